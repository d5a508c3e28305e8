//! One look at all files: what changed is read, and what came of it is written down.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::Utc;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::document::Coverage;
use super::files;
use super::reader::{Looked, Reader, recording_beside};
use super::report::Report;
use super::songs::lyrics_beside;
use crate::entities::enums::IngestOrigin;
use crate::error::Result;
use crate::ids::IngestRunId;
use crate::store::IngestOutcome;

/// Reports that a run keeps; all of them are counted.
const REPORTS_KEPT: usize = 50;
/// Lines of each that it keeps.
const UNREAD_KEPT: usize = 10;

/// Files that are read and copied at the same time: the disk takes many as quickly as one.
const TAKEN_AT_ONCE: usize = 16;

/// What files looked like when they were last looked at, and whether they were refused. For those who look again and again: a file that
/// looks the same is not opened.
#[derive(Debug, Default)]
pub struct Seen(HashMap<PathBuf, (Sight, bool)>);

/// The length of a file and when it was changed, and those of the lyrics and the recording that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sight([Option<(u64, SystemTime)>; 3]);

impl Sight {
    /// None where the file cannot be looked at.
    fn of(path: &Path) -> Option<Self> {
        let stat = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        };
        let file = stat(path)?;
        // Of all files that have others beside them, the names end so.
        let is_song = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let beside = |find: fn(&Path) -> Option<PathBuf>| is_song.then(|| find(path)).flatten().and_then(|path| stat(&path));
        Some(Self([Some(file), beside(lyrics_beside), beside(recording_beside)]))
    }

    /// When the last of them was changed.
    fn changed(&self) -> Option<SystemTime> {
        self.0.iter().flatten().map(|(_, changed)| *changed).max()
    }
}

/// A look at files.
#[derive(Debug)]
pub struct Run<'a> {
    /// What reads.
    pub reader: &'a Reader,
    /// Who looks.
    pub origin: IngestOrigin,
    /// How long a file must have been left alone: one that is being written is passed over, and read by the next run.
    pub settled: Duration,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Files that were looked at.
    pub done: usize,
    /// Files that were found.
    pub of: usize,
}

impl Run<'_> {
    /// Looks at the files among some paths, one after the other, and tells of each as it comes. A bad one stops nobody.
    ///
    /// A run is written down when it begins; one of [`IngestOrigin::Watch`] only when it finds something to read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn over(
        &self,
        paths: &[PathBuf],
        seen: &mut Seen,
        mut tell: impl FnMut(Progress, &Looked) -> Result<()> + Send,
    ) -> Result<IngestOutcome> {
        let mut id = match self.origin {
            IngestOrigin::Watch => None,
            IngestOrigin::Command | IngestOrigin::Schedule => Some(self.begin().await?),
        };
        let mut outcome = IngestOutcome::default();
        let looked = self.look(paths, seen, &mut id, &mut outcome, &mut tell).await;
        // What waits from earlier is sent too, also when there was nothing to read.
        let sent = match &self.reader.depot {
            Some(depot) => depot.send(Utc::now()).await,
            None => Ok(0),
        };
        let ended = looked.and(sent.map(|waiting| outcome.uploads_waiting = waiting));
        outcome.failure = ended.as_ref().err().map(|_| "the database or the outbox failed: see the log".to_owned());
        if let Some(id) = id {
            let written = self.reader.store.finish_ingest_run(id, outcome.clone(), Utc::now()).await;
            ended.and(written)?;
        } else {
            ended?;
        }
        count(&outcome);
        Ok(outcome)
    }

    async fn begin(&self) -> Result<IngestRunId> {
        self.reader.store.begin_ingest_run(self.origin, Utc::now()).await
    }

    async fn look(
        &self,
        paths: &[PathBuf],
        seen: &mut Seen,
        id: &mut Option<IngestRunId>,
        outcome: &mut IngestOutcome,
        tell: &mut (impl FnMut(Progress, &Looked) -> Result<()> + Send),
    ) -> Result<()> {
        let found = files::find(paths, self.reader.depot.is_some());
        let of = found.len();
        let mut changed = Vec::new();
        for (file, done) in found.into_iter().zip(1..) {
            let sight = Sight::of(&file.path);
            let before = seen.0.get(&file.path).filter(|(before, _)| sight.as_ref() == Some(before));
            if let Some((_, was_refused)) = before {
                outcome.files_unchanged += 1;
                outcome.files_still_refused += usize::from(*was_refused);
            } else if !sight.is_some_and(|sight| self.is_being_written(sight)) {
                changed.push((file, sight, done));
            }
        }
        let mut taken = stream::iter(changed)
            .map(|(file, sight, done)| async move { self.reader.take(&file).await.map(|taken| (file, sight, done, taken)) })
            .buffered(TAKEN_AT_ONCE);
        while let Some((file, sight, done, taken)) = taken.try_next().await? {
            let looked = self.reader.finish(taken).await?;
            if id.is_none() && !matches!(looked, Looked::Unchanged(_)) {
                *id = Some(self.begin().await?);
            }
            add(outcome, &looked);
            if let (Some(sight), false) = (sight, matches!(looked, Looked::Failed(_))) {
                let is_refused = matches!(&looked, Looked::Read(report) if !report.is_read());
                seen.0.insert(file.path, (sight, is_refused));
            }
            tell(Progress { done, of }, &looked)?;
        }
        Ok(())
    }

    fn is_being_written(&self, sight: Sight) -> bool {
        sight.changed().and_then(|changed| changed.elapsed().ok()).is_some_and(|since| since < self.settled)
    }
}

fn add(outcome: &mut IngestOutcome, looked: &Looked) {
    let report = match looked {
        Looked::Unchanged(_) => {
            outcome.files_unchanged += 1;
            return;
        }
        Looked::Read(report) | Looked::Failed(report) => report,
    };
    if report.is_read() {
        outcome.files_read += 1;
    } else {
        outcome.files_refused += 1;
    }
    outcome.rows_created += report.created;
    outcome.rows_updated += report.updated;
    if outcome.files.len() < REPORTS_KEPT {
        outcome.files.push(kept(report));
    }
}

/// A report as a run keeps it.
fn kept(report: &Report) -> Value {
    let mut report = report.clone();
    let (count, percent) = (report.unread.len(), report.coverage.map(Coverage::percent));
    report.unread.truncate(UNREAD_KEPT);
    let mut kept = json!(report);
    (kept["unreadCount"], kept["coveragePercent"]) = (json!(count), json!(percent));
    kept
}

fn count(outcome: &IngestOutcome) {
    let files = |what: &'static str, count: usize| {
        metrics::counter!("rpm_ingest_files_total", "outcome" => what).increment(count as u64);
    };
    files("read", outcome.files_read);
    files("unchanged", outcome.files_unchanged);
    files("refused", outcome.files_refused);
    metrics::counter!("rpm_ingest_rows_total", "change" => "created").increment(outcome.rows_created as u64);
    metrics::counter!("rpm_ingest_rows_total", "change" => "updated").increment(outcome.rows_updated as u64);
}
