//! One look at all files: what changed is read, and what came of it is written down.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::Utc;
use serde_json::{Value, json};

use super::files;
use super::reader::{Looked, Reader};
use super::report::Report;
use crate::entities::enums::IngestOrigin;
use crate::error::Result;
use crate::ids::IngestRunId;
use crate::store::{IngestOutcome, Lease};

/// Reports that a run keeps; all of them are counted.
const REPORTS_KEPT: usize = 50;
/// Lines of each that it keeps.
const UNREAD_KEPT: usize = 10;

/// What files looked like when they were last looked at: their length and when they were changed. For those who look again and
/// again: a file that looks the same is not opened.
#[derive(Debug, Default)]
pub struct Seen(HashMap<PathBuf, (u64, SystemTime)>);

/// A look at files.
#[derive(Debug)]
pub struct Run<'a> {
    /// What reads.
    pub reader: &'a Reader,
    /// Who looks.
    pub origin: IngestOrigin,
    /// How long a file must have been left alone: one that is being written is passed over, and read by the next run.
    pub settled: Duration,
    /// The right to look, where only one does at a time; the run ends when it is lost.
    pub lease: Option<&'a Lease>,
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
        for (file, done) in found.into_iter().zip(1..) {
            let stat = stat(&file.path);
            if stat.is_some() && stat == seen.0.get(&file.path).copied() {
                outcome.files_unchanged += 1;
                continue;
            }
            if stat.is_some_and(|(_, changed)| changed.elapsed().is_ok_and(|since| since < self.settled)) {
                continue;
            }
            if let Some(lease) = self.lease
                && !lease.renew().await?
            {
                tracing::info!("somebody else looks at the files now");
                return Ok(());
            }
            let looked = self.reader.look(&file).await?;
            if id.is_none() && !matches!(looked, Looked::Unchanged(_)) {
                *id = Some(self.begin().await?);
            }
            add(outcome, &looked);
            if let (Some(stat), false) = (stat, matches!(looked, Looked::Failed(_))) {
                seen.0.insert(file.path, stat);
            }
            tell(Progress { done, of }, &looked)?;
        }
        Ok(())
    }
}

/// A file's length and when it was changed; none where that cannot be told.
fn stat(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
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
    report.unread.truncate(UNREAD_KEPT);
    json!(report)
}

fn count(outcome: &IngestOutcome) {
    let files = |what: &'static str, count: usize| {
        metrics::counter!("rpm_ingest_files_total", "outcome" => what).increment(count as u64);
    };
    files("read", outcome.files_read);
    files("unchanged", outcome.files_unchanged);
    files("refused", outcome.files_refused);
}
