//! One file: read, kept, understood, loaded.

use std::path::{Path, PathBuf};

use chrono::Utc;
use chrono_tz::Tz;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::depot::Depot;
use super::document::{Parsed, Unread};
use super::files::{self, Content};
use super::load::{READER, Source, load};
use super::merge::micros;
use super::plan::parse_plan;
use super::report::Report;
use crate::entities::ingested_files;
use crate::error::Result;
use crate::store::{Store, UNREAD};

/// Reads files into the database, and copies of them into the lake.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The database.
    pub store: Store,
    /// The lake, where there is one.
    pub depot: Option<Depot>,
    /// The zone of days and hours without one.
    pub zone: Tz,
    /// The project that plans are put into, whatever their names say.
    pub project: Option<String>,
    /// Whether what is as it was is read again.
    pub again: bool,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub enum Looked {
    /// It is as it was when it was last read, by a reader that knew as much; the report of that time, with nothing done.
    Unchanged(Report),
    /// It was read, or could not be: the report tells.
    Read(Report),
}

impl Looked {
    /// The report.
    #[must_use]
    pub const fn report(&self) -> &Report {
        match self {
            Self::Unchanged(report) | Self::Read(report) => report,
        }
    }
}

impl Reader {
    /// Looks at one file.
    ///
    /// # Errors
    /// When the database fails. What is wrong with the file is in the report.
    pub async fn look(&self, path: &Path) -> Result<Looked> {
        // The name under which the file is known is the same from whichever folder it is looked for.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = real.to_string_lossy().into_owned();
        let content = match files::read(path) {
            Ok(content) => content,
            Err(error) => return Ok(Looked::Read(refused(name, format!("the file cannot be read: {error}")))),
        };
        if !self.again
            && let Some(report) = self.as_it_was(&name, &content).await?
        {
            return Ok(Looked::Unchanged(report));
        }
        self.read(real, name, content).await.map(Looked::Read)
    }

    /// The last report on a file that has not changed since, and would be read the same way.
    async fn as_it_was(&self, name: &str, content: &Content) -> Result<Option<Report>> {
        let Some(known) = self.store.ingested_file(name).await? else { return Ok(None) };
        let same = known.sha256 == content.sha256 && known.reader == READER;
        let Some(mut report) = same.then(|| serde_json::from_value::<Report>(known.report).ok()).flatten() else {
            return Ok(None);
        };
        if self.project.is_some() && self.project != report.project {
            return Ok(None);
        }
        report.unchanged += report.created + report.updated;
        (report.created, report.updated) = (0, 0);
        Ok(Some(report))
    }

    async fn read(&self, real: PathBuf, name: String, content: Content) -> Result<Report> {
        let mut parsed: Parsed = parse_plan(&name, &content.text, self.zone);
        if let Some(line) = content.damaged_line {
            let reason = "there are bytes here that are no UTF-8 text".to_owned();
            parsed.unread.push(Unread { line, text: String::new(), reason });
        }
        // First the copy: a document that is in the database is in the lake, whatever happens in between.
        let raw = match self.keep(&real, &parsed, &content).await {
            Ok(raw) => raw,
            Err(error) => {
                tracing::error!(path = %name, %error, "no copy can be kept");
                return Ok(refused(name, "no copy of the file can be kept: is the disk full?".to_owned()));
            }
        };
        let source =
            Source { path: name, sha256: content.sha256, modified_at: content.modified_at, project: self.project.clone(), raw };
        let report = load(&self.store, &source, &parsed).await?;
        if !report.is_read() {
            self.remember_unread(&source, &report).await?;
        }
        Ok(report)
    }

    /// Copies for the lake; where the file's own goes.
    async fn keep(&self, real: &Path, parsed: &Parsed, content: &Content) -> Result<Option<String>> {
        let (Some(depot), Some(plan)) = (&self.depot, &parsed.plan) else { return Ok(None) };
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let now = Utc::now();
        let raw = depot.keep_plan(&name, plan.week_start, content.bytes.clone(), now).await?;
        depot.keep_parts(&name, plan, now).await?;
        Ok(Some(raw.to_string()))
    }

    /// Notes a file that holds nothing for the database, so that it is not read again until it changes.
    async fn remember_unread(&self, source: &Source, report: &Report) -> Result<()> {
        let row = ingested_files::ActiveModel {
            id: Set(Uuid::new_v4()),
            path: Set(source.path.clone()),
            sha256: Set(source.sha256.clone()),
            kind: Set(UNREAD.to_owned()),
            week_id: Set(None),
            parsed: Set(json!(null)),
            report: Set(json!(report)),
            modified_at: Set(micros(source.modified_at)),
            ingested_at: Set(Utc::now()),
            reader: Set(READER),
        };
        self.store.remember_unread(row).await
    }
}

fn refused(path: String, reason: String) -> Report {
    Report { path, unread: vec![Unread { line: 1, text: String::new(), reason }], ..Report::default() }
}
