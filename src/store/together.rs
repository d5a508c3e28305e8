//! Changes of actions that come together are made together: one call of the database and one commit for all that came while the one before
//! was under way. Nobody is waited for, so one that comes alone is made at once, and the more there are the less each costs.
//!
//! A call that fails is made for none of them. Each then goes its own way, as one does that somebody was in the way of.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Value;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Store;
use super::db::SHARED_WITHIN;
use super::events::SignedEvent;
use super::meter::named;
use super::reads::note;
use crate::ids::ActionId;
use crate::telemetry;

/// Makes changes: what it takes is said in migration 28. The values come as texts, which every connection takes.
pub(super) const CHANGE: &str = "SELECT change_actions($1::text::jsonb, $2::bool) AS events";

/// The most that are made in one commit: what is locked for one of them is locked until the end of it.
const MOST: usize = 64;

/// Changes that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Together {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by who makes some.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    action: ActionId,
    change: String,
    event: SignedEvent,
    /// Takes the word that it was made; dropped without it, it was not.
    told: oneshot::Sender<()>,
}

/// Changes that are made in one commit.
struct Batch {
    /// Each of another action.
    changes: Vec<Waiting>,
    /// Of the same actions, and decided on rows that will be others then: they are told so, which is to drop them, when the commit is made.
    behind: Vec<Waiting>,
}

/// What a change has left in the log.
#[derive(Debug, Deserialize)]
pub(super) struct Left {
    pub(super) position: i64,
    action: ActionId,
    occurred_at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    payload: Json,
}

/// The values of [`CHANGE`]; each change is a JSON object.
pub(super) fn values<'a>(changes: impl IntoIterator<Item = &'a str>, may_wait: bool) -> [Value; 2] {
    let mut text = String::from("[");
    for change in changes {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(change);
    }
    text.push(']');
    [text.into(), may_wait.into()]
}

/// The events that changes have left, as [`CHANGE`] tells them, by position.
pub(super) fn left(text: Option<&str>) -> Vec<Left> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

impl Together {
    /// Adds a change; whether it is the first that waits.
    fn add(&self, change: Waiting) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(change);
        waiting.len() == 1
    }

    /// Takes those that have waited longest; whether there are more.
    fn take(&self) -> (Batch, bool) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(MOST);
        let rest = waiting.split_off(count);
        let taken = std::mem::replace(&mut *waiting, rest);
        let is_more = !waiting.is_empty();
        drop(waiting);
        let mut actions = HashSet::with_capacity(taken.len());
        // Who waited too long has gone another way.
        let (changes, behind) =
            taken.into_iter().filter(|change| !change.told.is_closed()).partition(|change| actions.insert(change.action));
        (Batch { changes, behind }, is_more)
    }
}

impl Store {
    /// Makes a change, with those of others; whether it was made as far as is known in three seconds.
    pub(super) async fn change_together(&self, action: ActionId, change: String, event: SignedEvent) -> bool {
        let begun = Instant::now();
        let (told, made) = oneshot::channel();
        if self.together.add(Waiting { action, change, event, told }) {
            tokio::spawn(self.clone().make_waiting());
        }
        let is_made = timeout(SHARED_WITHIN, made).await.is_ok_and(|told| told.is_ok());
        note(CHANGE);
        // With the time that it waited for its turn. One that was left out has not failed.
        telemetry::statement(begun.elapsed(), false, || named(CHANGE));
        is_made
    }

    /// Makes the changes that wait when its turn has come.
    fn make_waiting(self) -> BoxFuture<'static, ()> {
        async move {
            let _turn = self.together.turn.lock().await;
            let (Batch { changes, behind }, is_more) = self.together.take();
            if is_more {
                tokio::spawn(self.clone().make_waiting());
            }
            self.make(changes).await;
            drop(behind);
        }
        .boxed()
    }

    async fn make(&self, changes: Vec<Waiting>) {
        if changes.is_empty() {
            return;
        }
        let values = values(changes.iter().map(|change| change.change.as_str()), false);
        let _awaited = self.own_events.await_some();
        let left = match self.db.shared_write(CHANGE, &values).await {
            Ok(row) => row.and_then(|row| row.try_get::<_, Option<&str>>(0).ok().map(left)).unwrap_or_default(),
            // Whatever it was: should it be a change's own fault, it is said again.
            Err(error) => {
                tracing::debug!(%error, changes = changes.len(), "changes wait in line");
                Vec::new()
            }
        };
        // Whatever came of it: a commit may have happened without its word coming back.
        self.changes.note(note(CHANGE));
        let mut changes: HashMap<ActionId, Waiting> = changes.into_iter().map(|change| (change.action, change)).collect();
        let mut told = Vec::with_capacity(left.len());
        let mut events = Vec::with_capacity(left.len());
        for Left { position, action, occurred_at, recorded_at, payload } in left {
            if let Some(change) = changes.remove(&action) {
                events.push(change.event.recorded(position, occurred_at, recorded_at, payload));
                told.push(change.told);
            }
        }
        metrics::counter!("rpm_changes_together_total").increment(told.len() as u64);
        metrics::counter!("rpm_change_commits_total").increment(u64::from(!told.is_empty()));
        self.have_committed(events);
        for made in told {
            // Who does not wait any more has been cut off.
            let _ = made.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::NewEvent;
    use super::*;
    use crate::entities::enums::EventType;

    fn waiting(number: u128) -> (Waiting, oneshot::Receiver<()>) {
        let (told, made) = oneshot::channel();
        let event = NewEvent::new(EventType::ActionUpdated).signed("somebody");
        (Waiting { action: ActionId(Uuid::from_u128(number)), change: String::new(), event, told }, made)
    }

    #[test]
    fn they_are_taken_in_turn_and_no_action_twice() {
        let together = Together::default();
        let mut told = Vec::new();
        for (at, number) in (0..MOST as u128).chain([3, 7]).enumerate() {
            let (change, made) = waiting(number % (MOST as u128 - 1));
            assert_eq!(together.add(change), at == 0);
            told.push(made);
        }
        let (Batch { changes, behind }, is_more) = together.take();
        assert_eq!((changes.len(), behind.len(), is_more), (MOST - 1, 1, true));
        assert_eq!(
            told[MOST - 1].try_recv(),
            Err(oneshot::error::TryRecvError::Empty),
            "the same action as the first, until that is made"
        );
        drop(behind);
        assert_eq!(told[MOST - 1].try_recv(), Err(oneshot::error::TryRecvError::Closed));
        assert_eq!(told[0].try_recv(), Err(oneshot::error::TryRecvError::Empty));
        // One of the two that are left does not wait any more.
        drop(told.pop());
        let (Batch { changes, .. }, is_more) = together.take();
        assert_eq!((changes.len(), is_more), (1, false));
        assert!(together.add(waiting(1).0), "whoever comes then is the first");
    }

    #[test]
    fn they_are_one_array() {
        for (changes, text) in [(vec![], "[]"), (vec!["{}"], "[{}]"), (vec![r#"{"id":1}"#, "{}"], r#"[{"id":1},{}]"#)] {
            assert_eq!(values(changes, true), [text.into(), true.into()]);
        }
    }
}
