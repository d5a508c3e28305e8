//! `rpm-api ingest`: plans, and files about agents and songs, into the database.

use std::path::Path;
use std::process::ExitCode;

use chrono::Utc;

use super::{Database, Use, print};
use crate::config::{Common, Ingest};
use crate::error::{Error, Result};
use crate::ingest::agents::{load_agents, parse_agents};
use crate::ingest::document::{Parsed, Unread};
use crate::ingest::plan::parse_plan;
use crate::ingest::songs::{load_songs, lyrics_beside, parse_song_csv, parse_songs};
use crate::ingest::{Kind, Report, Source, files, load};
use crate::store::Store;

/// Exit code when some file held nothing of its own: the others were read all the same.
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
    let source = Source { path: name, sha256: content.sha256, modified_at: content.modified_at, project: ingest.project.clone() };
    let damage = content.damaged_line.map(|line| Unread {
        line,
        text: String::new(),
        reason: "there are bytes here that are no UTF-8 text".to_owned(),
    });
    let text = &content.text;
    match files::kind(path) {
        Kind::AgentStatus | Kind::AgentRegistry | Kind::AgentHistory | Kind::CoordinationLog => {
            let mut parsed = parse_agents(&source.path, text);
            parsed.unread.extend(damage);
            load_agents(store, &source, &parsed, Utc::now()).await
        }
        Kind::Song => {
            let lyrics = lyrics_beside(path).and_then(|beside| files::read(&beside).ok());
            let mut parsed = parse_songs(&source.path, text, lyrics.as_ref().map(|lyrics| lyrics.text.as_str()));
            parsed.unread.extend(damage);
            load_songs(store, &source, &parsed).await
        }
        Kind::SongTable => {
            let mut parsed = parse_song_csv(&source.path, text);
            parsed.unread.extend(damage);
            load_songs(store, &source, &parsed).await
        }
        Kind::Plan | Kind::Lyrics | Kind::Audio | Kind::Other => {
            let mut parsed: Parsed = parse_plan(&source.path, text, common.timezone);
            parsed.unread.extend(damage);
            load(store, &source, &parsed).await
        }
    }
}
