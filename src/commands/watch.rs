//! What a server shows of itself while it runs, and its last words.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use migration::standing;
use tokio::time::{Instant, MissedTickBehavior};

use crate::http::{ReadinessCheck, RenderMetrics};
use crate::store::{Pool, Store};
use crate::telemetry::{self, Metrics};

/// Longest time for the last traces to be taken when the server stops, of the time that it has for that.
const FLUSH: Duration = Duration::from_secs(2);
/// How often it is tried how long a connection to the database has to be waited for.
const TRY_CONNECTIONS: Duration = Duration::from_secs(15);

/// The metrics, those of the connections to the database as they are when they are asked for.
pub(super) fn shown(metrics: Metrics, store: Store) -> RenderMetrics {
    Arc::new(move || {
        let Pool { busy, idle, most } = store.pool();
        ::metrics::gauge!("rpm_db_connections", "state" => "busy").set(busy);
        ::metrics::gauge!("rpm_db_connections", "state" => "idle").set(idle);
        ::metrics::gauge!("rpm_db_connections_max").set(most);
        metrics.render()
    })
}

/// Keeps the metrics in order, and tries how long a connection to the database has to be waited for, which is `patience` at most. Ends never.
pub(super) async fn watch_over(metrics: Metrics, store: &Store, patience: Duration) {
    let waited = ::metrics::histogram!("rpm_db_wait_seconds");
    let try_connections = async {
        let mut clock = tokio::time::interval(TRY_CONNECTIONS);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            // Who gets none has waited for as long as anybody does.
            waited.record(store.wait_for_connection().await.unwrap_or(patience));
        }
    };
    tokio::join!(metrics.keep_up(), try_connections);
}

/// Ready when the database answers and has every migration that this binary knows; it may have later ones.
pub(super) fn readiness(store: Store) -> ReadinessCheck {
    Arc::new(move || {
        let store = store.clone();
        async move {
            if let Err(error) = store.ping().await {
                tracing::warn!(%error, "not ready");
                return Err(vec!["The database does not answer.".to_owned()]);
            }
            match standing(store.connection()).await.map(|standing| standing.missing()) {
                Ok(0) => Ok(()),
                Ok(missing) => Err(vec![format!("{missing} migrations are not applied; run `rpm-api migrate`.")]),
                Err(error) => {
                    tracing::warn!(%error, "not ready");
                    Err(vec!["The state of the migrations cannot be read.".to_owned()])
                }
            }
        }
        .boxed()
    })
}

/// The time in which a server that was told to stop does so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    until: Instant,
    traces: Duration,
}

impl Stop {
    /// Begins now. Some of the time is for the last traces, where there are any.
    pub(super) fn begin(within: Duration) -> Self {
        let traces = if telemetry::traces() { FLUSH.min(within / 4) } else { Duration::ZERO };
        Self { until: Instant::now() + within, traces }
    }

    /// When connections must be closed.
    pub(super) fn connections(&self) -> Instant {
        self.until - self.traces
    }

    /// Sends the last traces, with what is left of the time.
    pub(super) async fn send_traces(self) {
        let left = self.until.saturating_duration_since(Instant::now()).min(FLUSH);
        // A panic there is told where it happens.
        drop(tokio::task::spawn_blocking(move || telemetry::flush(left)).await);
    }
}
