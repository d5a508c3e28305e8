//! The tail: moves the hub on when there is reason to believe that the log has grown.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Hub;
use super::hub::BATCH;
use crate::error::{ClientError, Error, Result};
use crate::store::{EventFilter, Hints, Scope};

/// How often a followed log is looked at while no hint can be heard, and how soon after a failure it is looked at again.
const POLL: Duration = Duration::from_millis(500);

/// How long events that are hinted at may wait for the answer to a change under way, which may be theirs: on a busy server others are
/// woken first.
const A_MOMENT: Duration = Duration::from_millis(3);

/// How long a look may take: a connection may be dead without a word. What was read until then stays read.
const PATIENCE: Duration = Duration::from_secs(10);

/// Follows the log until the task is dropped.
///
/// Looks when a transaction of this process has left events that are not at hand, and when another's is hinted at. While hints
/// cannot be heard (a pooler that swallows them, a lost connection) it looks twice a second, if anybody follows; while they can,
/// an idle log costs next to nothing: a look each time that it is tried.
pub async fn run(hub: Hub, mut hints: watch::Receiver<Hints>) {
    let mut committed = hub.store().committed();
    let mut look = false;
    let mut trials = 0;
    loop {
        let now = *hints.borrow_and_update();
        let end = (*committed.borrow_and_update()).max(now.newest_event);
        hub.note_end(end);
        hub.publish(hub.store().own_events_behind(hub.position()));
        let grown = end > hub.position();
        let tried = now.trials != trials;
        trials = now.trials;
        if grown || tried || look {
            look = match timeout(PATIENCE, read(&hub)).await {
                Ok(Ok(())) => {
                    // There is no more, whatever was said: an event may be of a type that is not known here.
                    hub.note_end(hub.position());
                    false
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the event log cannot be read; trying again");
                    true
                }
                Err(_) => {
                    tracing::warn!("the event log is not read in time; trying again");
                    true
                }
            };
        }
        // Behind the look that the trial asks for.
        hub.set_hears(now.listening && !look);
        let poll = look || !now.listening;
        tokio::select! {
            told = hints.changed(), if !look => {
                if told.is_err() {
                    return;
                }
                // The answer to a change of this process brings its events along, and may be here a little later than the hint.
                let hinted = hints.borrow().newest_event;
                if hinted > hub.position() && hub.store().awaits_own_events() {
                    let _ = timeout(A_MOMENT, committed.wait_for(|newest| *newest >= hinted)).await;
                }
            }
            told = committed.changed(), if !look => if told.is_err() { return },
            () = sleep(POLL), if poll => look |= hub.is_followed(),
        }
    }
}

/// Reads everything behind the newest event that is known.
async fn read(hub: &Hub) -> Result<()> {
    loop {
        let after = Some(hub.position());
        let events = match hub.store().events_after(Scope::All, &EventFilter::default(), after, BATCH as u64).await {
            // Retention has overtaken this server, which followed nothing for so long; or the log was made anew.
            Err(Error::Client(ClientError::CursorExpired)) => return hub.skip_to_end().await,
            events => events?,
        };
        let full = events.len() == BATCH;
        hub.publish(events);
        if !full {
            return Ok(());
        }
    }
}
