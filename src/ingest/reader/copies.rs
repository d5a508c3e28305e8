//! The copies for the lake: of what is read, and of what is kept and nothing else.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{Looked, Reader, Said, refused};
use crate::error::{Error, Result};
use crate::ingest::depot::content_type;
use crate::ingest::files::{self, Content, Found};
use crate::ingest::load::Source;
use crate::ingest::merge::micros;
use crate::ingest::report::Report;
use crate::ingest::songs::ParsedSongs;
use crate::lake::{LakePath, layout};

/// Folder of the lake for songs and what is said of them.
const SONGS: &str = "deliverables/songs/";

impl Reader {
    /// A song knows where the recording beside its metadata goes.
    pub(super) fn with_recording(&self, found: &Found, recording: Option<PathBuf>, mut parsed: ParsedSongs) -> ParsedSongs {
        let place = || {
            let recording = recording?;
            files::place(&found.below.with_file_name(recording.file_name()?), Utc::now())
        };
        if let (Some(depot), [song]) = (&self.depot, parsed.songs.as_mut_slice())
            && song.storage_path.is_none()
        {
            song.storage_path = place().map(|place| depot.address(&place));
        }
        parsed
    }

    /// Copies for the lake; where the file's own goes.
    pub(super) async fn keep(&self, found: &Found, said: &Said, content: &Content) -> Result<Option<LakePath>> {
        let Some(depot) = &self.depot else { return Ok(None) };
        let now = Utc::now();
        if let Said::Plan(parsed) = said
            && let Some(plan) = &parsed.plan
        {
            let name = found.path.file_name().unwrap_or_default().to_string_lossy();
            let raw = depot.keep_plan(&name, plan.week_start, content.bytes.clone(), now).await?;
            depot.keep_parts(&name, plan, now).await?;
            return Ok(Some(raw));
        }
        let Some(place) = place_of(found, said, content.modified_at)? else { return Ok(None) };
        depot.keep(&place, content.bytes.clone().into(), content_type(&found.path), now).await?;
        Ok(Some(place))
    }

    /// A file of which a copy is kept and nothing else. It may be large: whether it changed is told by its time.
    pub(super) async fn keep_only(&self, found: &Found, name: String) -> Result<Looked> {
        let modified = std::fs::metadata(&found.path).and_then(|metadata| metadata.modified());
        let modified: DateTime<Utc> = match modified {
            Ok(modified) => modified.into(),
            Err(error) => return Ok(Looked::Failed(refused(name, format!("the file cannot be read: {error}")))),
        };
        let (Some(depot), Some(place)) = (&self.depot, files::place(&found.below, modified)) else {
            return Ok(Looked::Read(refused(name, "it is no plan, and tells of no agents or songs".to_owned())));
        };
        if let Some(report) = self.as_it_was(found, &name, |known| known.modified_at == micros(modified)).await? {
            return Ok(Looked::Unchanged(report));
        }
        let entry = match depot.keep_file(&place, &found.path, Utc::now()).await {
            Ok(entry) => entry,
            Err(error) => return Ok(Looked::Failed(not_kept(name, &error))),
        };
        let raw = Some(place.to_string());
        let report = Report { path: name.clone(), kept: true, raw: raw.clone(), ..Report::default() };
        let source = Source { path: name, sha256: entry.sha256.to_string(), modified_at: modified, project: None, raw };
        self.remember(&source, &report).await?;
        Ok(Looked::Read(report))
    }
}

/// Where in the lake the copy of a file goes, by its name and by what it says.
fn place_of(found: &Found, said: &Said, modified: DateTime<Utc>) -> Result<Option<LakePath>> {
    let name = found.path.file_name().unwrap_or_default().to_string_lossy();
    let by_name = files::place(&found.below, modified);
    let place = match said {
        Said::Songs(_) if !by_name.as_ref().is_some_and(|place| place.as_str().starts_with(SONGS)) => {
            layout::place(layout::Kind::SongRaw, modified.date_naive(), &name)
        }
        Said::Agents(_) if by_name.is_none() => layout::agent_status(modified, &name),
        _ => return Ok(by_name),
    };
    place.map(Some).map_err(Error::internal)
}

pub(super) fn not_kept(path: String, error: &Error) -> Report {
    tracing::error!(%path, %error, "no copy can be kept");
    refused(path, "no copy of the file can be kept: is the disk full?".to_owned())
}
