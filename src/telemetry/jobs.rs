//! Runs of jobs: how long, how often, with what outcome, and when one went well last.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tracing::Instrument;

use super::{Told, Work, part};

/// Runs a job once and takes note of it. `None` says that another server is at it.
///
/// # Errors
/// Those of the work.
pub async fn watched<T, E>(job: &'static str, work: impl Future<Output = Result<Option<T>, E>>) -> Result<Option<T>, E> {
    let (span, begun) = (part(job), Instant::now());
    let outcome = Work::job(job).scope(work.instrument(span.clone())).await;
    let told = match &outcome {
        Ok(Some(_)) => "done",
        Ok(None) => "elsewhere",
        Err(_) => "failed",
    };
    if outcome.is_err() {
        span.failed();
    }
    metrics::counter!("rpm_job_runs_total", "job_name" => job, "outcome" => told).increment(1);
    if told != "elsewhere" {
        metrics::histogram!("rpm_job_seconds", "job_name" => job).record(begun.elapsed());
    }
    if told == "done" {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        metrics::gauge!("rpm_job_last_success_timestamp_seconds", "job_name" => job).set(now.as_secs_f64());
    }
    outcome
}
