//! `rpm-api ingest`: plan documents into the database.

use std::path::Path;
use std::process::ExitCode;

use super::{Database, Use, print};
use crate::config::{Common, Ingest};
use crate::error::{Error, Result};
use crate::ingest::document::{Parsed, Unread};
use crate::ingest::plan::parse_plan;
use crate::ingest::{Report, Source, files, load};
use crate::store::Store;

/// Exit code when some file held no plan: the others were read all the same.
const SOME_NOT_READ: u8 = 3;

/// Reads documents, one after the other, and reports on each. A bad one does not stop the others.
///
/// # Errors
/// When the database fails.
pub async fn run(common: &Common, ingest: &Ingest) -> Result<ExitCode> {
    let documents = files::find(&ingest.paths);
    let database = Database::open(common, Use::Join).await?;
    let outcome = async {
        let mut all_read = true;
        for path in &documents {
            let report = read(&database.store, common, ingest, path).await?;
            all_read &= report.is_read();
            let line = if ingest.json {
                format!("{}\n", serde_json::to_string(&report).map_err(Error::internal)?)
            } else {
                report.to_string()
            };
            print(&line)?;
        }
        Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::from(SOME_NOT_READ) })
    }
    .await;
    database.close().await;
    outcome
}

async fn read(store: &Store, common: &Common, ingest: &Ingest, path: &Path) -> Result<Report> {
    // The name under which the file is known is the same from whichever folder the command is run.
    let name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned();
    let content = match files::read(path) {
        Ok(content) => content,
        Err(error) => {
            let unread = vec![Unread { line: 1, text: String::new(), reason: format!("the file cannot be read: {error}") }];
            return Ok(Report { path: name, unread, ..Report::default() });
        }
    };
    let mut parsed: Parsed = parse_plan(&name, &content.text, common.timezone);
    if let Some(line) = content.damaged_line {
        parsed.unread.push(Unread {
            line,
            text: String::new(),
            reason: "there are bytes here that are no UTF-8 text".to_owned(),
        });
    }
    let source = Source { path: name, sha256: content.sha256, modified_at: content.modified_at, project: ingest.project.clone() };
    load(store, &source, &parsed).await
}
