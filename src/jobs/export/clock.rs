//! Exports by the clock.

use std::time::Duration;

use super::{Exporter, JOB, Wanted};
use crate::jobs::{Over, note, told};
use crate::telemetry::watched;

/// The wait after the first failure; it doubles with each, up to the clock's own.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// Exports what changed, at the start and then again and again.
#[derive(Clone, Debug)]
pub struct ExportJob {
    /// What exports.
    pub exporter: Exporter,
    /// How often.
    pub every: Duration,
}

impl ExportJob {
    /// Does so until `over`. After a failure it is sooner tried again than the clock says.
    pub async fn run(self, over: Over) {
        let mut failures = 0;
        loop {
            match watched(JOB, self.exporter.run_unless_busy(&Wanted::default(), over.clone())).await {
                Ok(None) => failures = 0,
                Ok(Some(reports)) => {
                    let rows: usize = reports.iter().map(|report| report.rows_written).sum();
                    let refused = reports.iter().filter(|report| report.failure.is_some()).count();
                    tracing::info!(rows, refused, "the warehouse is up to date");
                    failures = 0;
                    let first = reports.iter().find_map(|report| Some(format!("{}: {}", report.table, report.failure.as_ref()?)));
                    note(&self.exporter.store, JOB, first).await;
                }
                Err(_) if over.peek().is_some() => return,
                Err(error) => {
                    failures += 1;
                    metrics::counter!("rpm_export_failed_total").increment(1);
                    tracing::warn!(%error, failures, "an export failed; what is missing is written by the next one");
                    note(&self.exporter.store, JOB, Some(told(&error))).await;
                }
            }
            tokio::select! {
                () = over.clone() => return,
                () = tokio::time::sleep(wait(self.every, failures, rand::random_range(0.0..=1.0))) => {}
            }
        }
    }
}

/// The wait for the next run after so many failures in a row. `chance` is random, from 0 to 1: instances that begin together do not
/// stay in step.
fn wait(every: Duration, failures: u32, chance: f64) -> Duration {
    match failures.checked_sub(1) {
        None => every.mul_f64(0.95 + 0.1 * chance),
        Some(doublings) => every.min(FIRST_WAIT * (1 << doublings.min(16))).mul_f64(0.5 + 0.5 * chance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_sooner_and_never_later_than_the_clock_says() {
        let hour = Duration::from_secs(3600);
        let waits = |chance| [0, 1, 2, 3, 8, 4_000_000].map(|failures| wait(hour, failures, chance).as_secs());
        assert_eq!(waits(1.0), [3780, 30, 60, 120, 3600, 3600]);
        assert_eq!(waits(0.0), [3420, 15, 30, 60, 1800, 1800]);
        assert_eq!(wait(Duration::from_secs(1), 5, 1.0), Duration::from_secs(1));
    }
}
