//! Sums up the DNA periods in which something changed, by the clock.

use std::time::Duration;

use chrono::Utc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Over;
use crate::analytics::{Basis, periods};
use crate::error::Result;
use crate::store::Store;
use crate::telemetry::watched;

/// Name of the job: one instance does it at a time.
const JOB: &str = "periods";
/// How long the job stays with an instance that says nothing.
const LEASE: Duration = Duration::from_secs(60);

/// What is summed up, and how often: a change shows that much later at the latest.
#[derive(Clone, Debug)]
pub struct Periods {
    /// The database.
    pub store: Store,
    /// The zone of the periods, and who the principal is.
    pub basis: Basis,
    /// How often.
    pub every: Duration,
}

impl Periods {
    /// Does so until `over`, for the first time when the first interval has passed.
    pub async fn run(self, over: Over) {
        let mut clock = interval_at(Instant::now() + self.every, self.every);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = over.clone() => return,
                _ = clock.tick() => {}
            }
            self.round(over.clone()).await;
        }
    }

    /// One round, unless another instance is at it. What it fails to do is done in the next.
    pub async fn round(&self, over: impl Future<Output = ()>) {
        match watched(JOB, self.work(over)).await {
            Ok(written) => tracing::debug!(written, "summed up the DNA periods"),
            Err(error) => tracing::warn!(%error, "the DNA periods cannot be summed up; the next try comes by the clock"),
        }
    }

    async fn work(&self, over: impl Future<Output = ()>) -> Result<Option<usize>> {
        let Some(lease) = self.store.lease(JOB, LEASE).await? else { return Ok(None) };
        let done = tokio::select! {
            done = lease.during(periods::keep_up(&self.store, &self.basis, Utc::now())) => done.unwrap_or(Ok(0)),
            () = over => Ok(0),
        };
        lease.release().await?;
        done.map(Some)
    }
}
