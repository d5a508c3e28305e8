//! Keeps the event log as long as was asked for, and no longer; and forgets sessions that ended long ago.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::time::{MissedTickBehavior, interval};

use crate::error::Result;
use crate::store::{Store, TOUCHES_KEPT};
use crate::telemetry::watched;

/// Name of the job.
const JOB: &str = "retention";

/// How often the log is looked at.
const PERIOD: Duration = Duration::from_secs(3600);

/// How long a session is remembered, from its last use or its end: so long a token of it that was stolen is known as such. One that
/// is good for longer without use is remembered for longer.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long a look at the files is remembered.
const RUNS_KEPT: TimeDelta = TimeDelta::days(90);

/// How long it is remembered what became of an alert, and that a calendar link was revoked.
const ALERTS_KEPT: TimeDelta = TimeDelta::days(90);

/// What is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Events, from when they were recorded.
    pub events: TimeDelta,
    /// How long a session is good for without use.
    pub session_idle: TimeDelta,
}

/// Removes what was recorded too long ago from the log's head, and sessions of long ago, at once and then every hour, until
/// `over`.
///
/// Several instances may run this: one at a time does the work. What one hour fails to do is done in the next.
pub async fn run(store: Store, kept: Kept, over: impl Future<Output = ()>) {
    let work = async {
        let mut clock = interval(PERIOD);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            // What failed has been told, each by itself.
            let _ = watched(JOB, round(&store, kept)).await;
        }
    };
    tokio::select! {
        () = over => {}
        () = work => {}
    }
}

/// One round: each of its parts whatever becomes of the others; the last of their errors.
async fn round(store: &Store, kept: Kept) -> Result<Option<()>> {
    let mut failed = None;
    match store.prune_events(Utc::now() - kept.events).await {
        Ok(0) => tracing::debug!("the event log holds nothing that is old enough to go"),
        Ok(removed) => {
            metrics::counter!("rpm_events_pruned_total").increment(removed);
            tracing::info!(removed, days = kept.events.num_days(), "removed old events");
        }
        Err(error) => {
            tracing::warn!(%error, "old events cannot be removed; trying again in an hour");
            failed = Some(error);
        }
    }
    if let Err(error) = store.forget_ingest_runs(Utc::now() - RUNS_KEPT).await {
        tracing::warn!(%error, "old looks at the files cannot be forgotten; trying again in an hour");
        failed = Some(error);
    }
    if let Err(error) = store.forget_alerts(Utc::now() - ALERTS_KEPT).await {
        tracing::warn!(%error, "alerts of long ago cannot be forgotten; trying again in an hour");
        failed = Some(error);
    }
    if let Err(error) = store.forget_calendar_feeds(Utc::now() - ALERTS_KEPT).await {
        tracing::warn!(%error, "calendar links that were revoked long ago cannot be forgotten; trying again in an hour");
        failed = Some(error);
    }
    if let Err(error) = store.forget_touches(Utc::now() - TOUCHES_KEPT).await {
        tracing::warn!(%error, "what was deleted long ago cannot be forgotten; trying again in an hour");
        failed = Some(error);
    }
    if let Err(error) = store.forget_sessions(Utc::now() - SESSIONS_KEPT.max(kept.session_idle)).await {
        tracing::warn!(%error, "old sessions cannot be forgotten; trying again in an hour");
        failed = Some(error);
    }
    failed.map_or(Ok(Some(())), Err)
}
