//! The tail: reads the log when it is told to, and sees to it that the other instances are told.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::{BATCH, Hub};
use crate::error::Result;
use crate::store::{EventFilter, Scope};

/// How often a followed log is looked at though nobody said there was something new.
const POLL: Duration = Duration::from_secs(1);

/// Pause before a lost LISTEN connection is tried again.
const RECONNECT: Duration = Duration::from_secs(1);

/// Follows the log until the task is dropped. `listen_url` is a direct connection for LISTEN (not through a transaction
/// pooler); without one that works, polling alone delivers within a second.
pub async fn run(hub: Hub, listen_url: String) {
    let store = hub.shared.store.clone();
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut listener: Option<PgListener> = None;
    let mut retry_at = Instant::now();
    loop {
        if listener.is_none() && retry_at <= Instant::now() {
            listener = listen(&listen_url).await;
            retry_at = Instant::now() + RECONNECT;
        }
        tokio::select! {
            () = store.committed() => {}
            heard = hear(&mut listener) => {
                if !heard {
                    listener = None;
                }
            }
            _ = poll.tick() => {
                if !hub.is_followed() {
                    continue;
                }
            }
            () = sleep(RECONNECT), if listener.is_none() => continue,
        }
        if let Err(error) = read(&hub).await {
            tracing::warn!(%error, "the event log cannot be read; trying again");
        }
    }
}

/// Reads everything behind the newest event that is known.
async fn read(hub: &Hub) -> Result<()> {
    loop {
        let events = hub.shared.store.events_after(Scope::All, &EventFilter::default(), Some(hub.position()), BATCH).await?;
        let full = u64::try_from(events.len()).is_ok_and(|length| length == BATCH);
        hub.publish(events);
        if !full {
            return Ok(());
        }
    }
}

async fn listen(url: &str) -> Option<PgListener> {
    let connect = async {
        let mut listener = PgListener::connect(url).await?;
        listener.listen(crate::store::EVENT_CHANNEL).await?;
        Ok::<_, sqlx::Error>(listener)
    };
    match connect.await {
        Ok(listener) => Some(listener),
        Err(error) => {
            tracing::debug!(%error, "LISTEN is not to be had; polling");
            None
        }
    }
}

/// Waits for a hint; false when the connection is lost. Never comes back without a listener.
async fn hear(listener: &mut Option<PgListener>) -> bool {
    match listener {
        Some(listener) => matches!(listener.try_recv().await, Ok(Some(_))),
        None => std::future::pending().await,
    }
}
