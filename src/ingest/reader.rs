//! One file: a copy for the lake, then what it says into the database.

mod copies;

use std::path::{Path, PathBuf};

use chrono::Utc;
use chrono_tz::Tz;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::agents::{ParsedAgents, load_agents, parse_agents};
use super::depot::Depot;
use super::document::{Parsed, Unread};
use super::files::{self, Content, Found};
use super::kind::{Kind, is_named_plan};
use super::load::{READER, Source, load};
use super::merge::micros;
use super::plan::parse_plan_for;
use super::report::Report;
use super::songs::{ParsedSongs, load_songs, lyrics_beside, parse_song_csv, parse_songs, songs_of_plan};
use crate::entities::ingested_files;
use crate::error::Result;
use crate::lake::ContentHash;
use crate::store::{Store, UNREAD};

/// Folder of the lake whose documents are kept and never read as plans, however much they speak of weeks and actions.
const LOGS: &str = "session-logs/";

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
    /// It was read; the report tells what was in it.
    Read(Report),
    /// It could not be read or kept now, whatever is in it: the next look tries again.
    Failed(Report),
}

impl Looked {
    /// The report.
    #[must_use]
    pub const fn report(&self) -> &Report {
        match self {
            Self::Unchanged(report) | Self::Read(report) | Self::Failed(report) => report,
        }
    }
}

/// What a file says.
#[derive(Debug)]
enum Said {
    Plan(Box<Parsed>),
    Agents(ParsedAgents),
    Songs(ParsedSongs),
}

impl Said {
    fn unread(&mut self) -> &mut Vec<Unread> {
        match self {
            Self::Plan(parsed) => &mut parsed.unread,
            Self::Agents(parsed) => &mut parsed.unread,
            Self::Songs(parsed) => &mut parsed.unread,
        }
    }
}

/// A file before the last step.
#[derive(Debug)]
pub enum Taken {
    /// There is no more to do.
    Done(Box<Looked>),
    /// Its copy is taken over, and its words wait for the database.
    Waiting(Box<Waiting>),
}

impl Taken {
    fn done(looked: Looked) -> Self {
        Self::Done(Box::new(looked))
    }
}

/// What a file says, and where it comes from.
#[derive(Debug)]
pub struct Waiting {
    source: Source,
    said: Said,
    text: String,
    /// Whether there are bytes in it that are no text.
    damaged: bool,
}

impl Reader {
    /// The first step of looking at a file: reads it and takes its copy over. Several files may be at it at once.
    ///
    /// # Errors
    /// When the database fails. What is wrong with the file is in the report.
    pub async fn take(&self, found: &Found) -> Result<Taken> {
        // The name under which the file is known is the same from whichever folder it is looked for.
        let real = found.path.canonicalize().unwrap_or_else(|_| found.path.clone());
        let name = real.to_string_lossy().into_owned();
        let kind = files::kind(&real, &found.below);
        let is_log = || files::place(&found.below, Utc::now()).is_some_and(|place| place.as_str().starts_with(LOGS));
        let is_read = match kind {
            Kind::AgentHistory | Kind::CoordinationLog => true,
            Kind::Lyrics | Kind::Audio | Kind::Report | Kind::Other => false,
            Kind::Plan | Kind::AgentStatus | Kind::AgentRegistry | Kind::Song | Kind::SongTable => !is_log(),
        };
        if !is_read {
            return Ok(Taken::done(self.keep_only(found, name).await?));
        }
        let mut content = match files::read(&real) {
            Ok(content) => content,
            Err(error) => {
                let report = refused(name, format!("the file cannot be read: {error}"));
                return Ok(Taken::done(Looked::Failed(report)));
            }
        };
        let lyrics = (kind == Kind::Song).then(|| lyrics_beside(&real)).flatten().and_then(|beside| files::read(&beside).ok());
        if let Some(lyrics) = &lyrics {
            // A song whose words changed is another one, although its own file is as it was.
            content.sha256 = ContentHash::of(format!("{} {}", content.sha256, lyrics.sha256)).to_string();
        }
        let recording = (kind == Kind::Song).then(|| recording_beside(&real)).flatten();
        if let Some(recording) = &recording {
            content.sha256 = ContentHash::of(format!("{} {}", content.sha256, recording.display())).to_string();
        }
        if let Some(report) = self.as_it_was(found, &name, |known| known.sha256 == content.sha256).await? {
            return Ok(Taken::done(Looked::Unchanged(report)));
        }
        let said = match kind {
            Kind::AgentStatus | Kind::AgentRegistry | Kind::AgentHistory | Kind::CoordinationLog => {
                Said::Agents(parse_agents(&name, &content.text))
            }
            Kind::Song => {
                let parsed = parse_songs(&name, &content.text, lyrics.as_ref().map(|lyrics| &*lyrics.text));
                Said::Songs(self.with_recording(found, recording, parsed))
            }
            Kind::SongTable => Said::Songs(parse_song_csv(&name, &content.text)),
            Kind::Plan | Kind::Lyrics | Kind::Audio | Kind::Report | Kind::Other => {
                let project = self.project_of_codes(&name).await?;
                Said::Plan(Box::new(parse_plan_for(project.as_deref(), &name, &content.text, self.zone)))
            }
        };
        self.take_over(found, name, content, said).await
    }

    /// The second step: what the file says goes into the database. One file after the other, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&self, taken: Taken) -> Result<Looked> {
        let Waiting { source, said, text, damaged } = match taken {
            Taken::Done(looked) => return Ok(*looked),
            Taken::Waiting(waiting) => *waiting,
        };
        let report = match &said {
            // A document that nobody meant as a plan is kept as what it is.
            Said::Plan(parsed) if !damaged && is_document(parsed, &source.path, &text) => {
                Report { path: source.path.clone(), kept: true, raw: source.raw.clone(), ..Report::default() }
            }
            Said::Plan(parsed) => self.load_plan(&source, parsed, &text).await?,
            Said::Agents(parsed) => load_agents(&self.store, &source, parsed, Utc::now()).await?,
            Said::Songs(parsed) => load_songs(&self.store, &source, parsed).await?,
        };
        if !report.is_read() || report.kept {
            self.remember(&source, &report).await?;
        }
        Ok(Looked::Read(report))
    }

    /// The project that made codes of a plan begin with. A plan that was loaded into the same project under codes of its own words
    /// keeps those.
    async fn project_of_codes(&self, name: &str) -> Result<Option<String>> {
        let Some(project) = &self.project else { return Ok(None) };
        let known = self.store.ingested_file(name).await?.filter(|known| known.report["project"] == json!(project));
        let has_own = known.is_some_and(|known| known.parsed["project"] != json!(project));
        Ok(self.project.clone().filter(|_| !has_own))
    }

    /// The last report on a file that is the same and would be read the same way.
    async fn as_it_was(
        &self,
        found: &Found,
        name: &str,
        is_same: impl FnOnce(&ingested_files::Model) -> bool,
    ) -> Result<Option<Report>> {
        let Some(known) = self.store.ingested_file(name).await? else { return Ok(None) };
        if self.again || !is_same(&known) || known.reader != READER {
            return Ok(None);
        }
        let Ok(mut report) = serde_json::from_value::<Report>(known.report) else { return Ok(None) };
        let moves = self.project.is_some() && report.week_start.is_some() && self.project != report.project;
        // What was read while there was no lake gets its copy now.
        let lacks_copy = self.depot.is_some() && report.raw.is_none() && files::place(&found.below, known.modified_at).is_some();
        if moves || lacks_copy {
            return Ok(None);
        }
        report.unchanged += report.created + report.updated;
        (report.created, report.updated) = (0, 0);
        Ok(Some(report))
    }

    /// First the copy: what is in the database is in the lake, whatever happens in between. Then the database.
    async fn take_over(&self, found: &Found, name: String, content: Content, mut said: Said) -> Result<Taken> {
        if let Some(line) = content.damaged_line {
            let reason = "there are bytes here that are no UTF-8 text".to_owned();
            said.unread().push(Unread { line, text: String::new(), reason });
        }
        let raw = match self.keep(found, &said, &content).await {
            Ok(raw) => raw.map(|path| path.to_string()),
            Err(error) => return Ok(Taken::done(Looked::Failed(copies::not_kept(name, &error)))),
        };
        let source = Source {
            path: name,
            sha256: content.sha256.clone(),
            modified_at: content.modified_at,
            project: self.project.clone(),
            raw,
        };
        let damaged = content.damaged_line.is_some();
        Ok(Taken::Waiting(Box::new(Waiting { source, said, text: content.text, damaged })))
    }

    /// A plan, and the songs of its tables. These come first: with the plan the file counts as read.
    async fn load_plan(&self, source: &Source, parsed: &Parsed, text: &str) -> Result<Report> {
        let songs = match &parsed.plan {
            Some(plan) => songs_of_plan(plan.code.as_deref().unwrap_or(&plan.title), text),
            None => ParsedSongs::default(),
        };
        if songs.songs.is_empty() {
            return load(&self.store, source, parsed).await;
        }
        let of_songs = Source { path: format!("{}#songs", source.path), ..source.clone() };
        let of_songs = load_songs(&self.store, &of_songs, &songs).await?;
        let mut report = load(&self.store, source, parsed).await?;
        report.songs = of_songs.songs;
        report.created += of_songs.created;
        report.updated += of_songs.updated;
        report.unchanged += of_songs.unchanged;
        report.unread.extend(of_songs.unread);
        Ok(report)
    }

    /// Notes a file that holds nothing for the other tables, so that it is not read again until it changes.
    async fn remember(&self, source: &Source, report: &Report) -> Result<()> {
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

/// Whether a document is none that was meant as a plan: neither its name says so, nor has it a week or something to do.
fn is_document(parsed: &Parsed, path: &str, text: &str) -> bool {
    parsed.plan.is_none() && !parsed.is_meant && !text.trim().is_empty() && !is_named_plan(Path::new(path))
}

fn refused(path: String, reason: String) -> Report {
    Report { path, unread: vec![Unread { line: 1, text: String::new(), reason }], ..Report::default() }
}

/// The recording that belongs to a file of metadata: the same name, but for its ending.
pub(super) fn recording_beside(metadata: &Path) -> Option<PathBuf> {
    let stem = metadata.file_stem()?.to_str()?;
    let stem = ["-metadata", "_metadata", ".metadata"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    ["mp3", "wav", "flac", "m4a"]
        .iter()
        .map(|ending| metadata.with_file_name(format!("{stem}.{ending}")))
        .find(|path| path.is_file())
}
