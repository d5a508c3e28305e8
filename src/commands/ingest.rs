//! `rpm-api ingest`: documents into the database, and copies of them into the lake.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::{MissedTickBehavior, interval};

use super::{Database, Use, lake, print, told_to_stop};
use crate::config::{Common, Ingest};
use crate::entities::enums::IngestOrigin;
use crate::error::{Error, Result};
use crate::ingest::{Looked, Progress, Reader, Report, Run, Seen};
use crate::jobs;

/// Exit code when some file held nothing that was understood: the others were read all the same.
const SOME_NOT_READ: u8 = 3;
/// The name under which it is noted how the looks of `--watch` go.
const JOB: &str = "ingest";
/// How long a file must have been left alone before `--watch` reads it.
const SETTLED: Duration = Duration::from_secs(2);

/// Reads documents, one after the other, and reports on each. A bad one does not stop the others.
///
/// # Errors
/// When the database fails.
pub async fn run(common: &Common, ingest: &Ingest) -> Result<ExitCode> {
    let database = Database::open(common, Use::Join).await?;
    let outcome = async {
        let reader = Reader {
            store: database.store.clone(),
            depot: lake::depot(common, &ingest.lake).await?,
            zone: common.timezone,
            project: ingest.project.clone(),
            again: ingest.again,
        };
        let all_read = once(&reader, ingest).await?;
        if ingest.watch {
            watch(&reader, ingest).await?;
        }
        Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::from(SOME_NOT_READ) })
    }
    .await;
    database.close().await;
    outcome
}

/// Reads what there is; whether all of it was understood.
async fn once(reader: &Reader, ingest: &Ingest) -> Result<bool> {
    let bar = progress_bar(ingest.json);
    let mut all_read = true;
    let run = Run { reader, origin: IngestOrigin::Command, settled: Duration::ZERO };
    let mut seen = Seen::default();
    let outcome = run.over(&ingest.paths, &mut seen, |Progress { done, of }, looked| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        all_read &= looked.report().is_read();
        let line = line(looked.report(), ingest.json)?;
        bar.suspend(|| print(&line))
    });
    let outcome = outcome.await;
    bar.finish_and_clear();
    if outcome?.uploads_waiting > 0 {
        tracing::warn!("some copies wait for the lake; the next run, or the server, sends them");
    }
    Ok(all_read)
}

/// Looks again and again, and reads what changed, until told to stop.
async fn watch(reader: &Reader, ingest: &Ingest) -> Result<()> {
    let run = Run { reader, origin: IngestOrigin::Watch, settled: SETTLED };
    let mut seen = Seen::default();
    let mut clock = interval(ingest.every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stop = told_to_stop();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            signal = &mut stop => return signal.map(drop),
            _ = clock.tick() => {}
        }
        let tell = |_: Progress, looked: &Looked| match looked {
            Looked::Unchanged(_) => Ok(()),
            Looked::Read(report) | Looked::Failed(report) => print(&line(report, ingest.json)?),
        };
        // The database may be away for a while: what was not read is read when it is back.
        let look = run.over(&ingest.paths, &mut seen, tell).await;
        if let Err(error) = &look {
            tracing::error!(%error, "this look at the files failed");
        }
        jobs::note_look(&reader.store, JOB, look.as_ref()).await;
    }
}

/// What is printed of a file.
fn line(report: &Report, json: bool) -> Result<String> {
    if json {
        return Ok(format!("{}\n", serde_json::to_string(report).map_err(Error::internal)?));
    }
    Ok(report.to_string())
}

/// A bar on the terminal; none where nobody sits there, or a program reads.
fn progress_bar(json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {elapsed}, {eta} to go");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
