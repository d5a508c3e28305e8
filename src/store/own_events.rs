//! Events that this process has left and nobody has read yet.
//!
//! A change that is one call of the database is answered with the events that it left, as they stand in the log. Whoever follows the log has
//! them from here where they come right behind what it has read, and need not ask for them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Store;
use crate::entities::events;

/// How many are kept for who follows the log; the others are read from there. Where nobody follows it, nobody takes them.
const KEPT: usize = 1024;

/// The events, and how many changes are under way that may bring more.
#[derive(Debug, Default)]
pub(super) struct OwnEvents {
    /// By their positions.
    kept: Mutex<BTreeMap<i64, events::Model>>,
    awaited: AtomicUsize,
}

/// A change under way that will bring events along, unless nothing comes of it.
pub(super) struct Awaited<'a>(&'a OwnEvents);

impl OwnEvents {
    /// Says that a change is under way, until what is given back is dropped.
    pub(super) fn await_some(&self) -> Awaited<'_> {
        self.awaited.fetch_add(1, Ordering::Relaxed);
        Awaited(self)
    }

    fn add(&self, events: Vec<events::Model>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + events.len() <= KEPT {
            kept.extend(events.into_iter().map(|event| (event.id, event)));
        }
    }

    fn take_behind(&self, position: i64) -> Vec<events::Model> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_empty() {
            return Vec::new();
        }
        let Some(mut next) = position.checked_add(1) else {
            kept.clear();
            return Vec::new();
        };
        // What has been read from the log goes.
        *kept = kept.split_off(&next);
        let mut taken = Vec::new();
        while let Some(event) = kept.remove(&next) {
            taken.push(event);
            next += 1;
        }
        taken
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        self.0.awaited.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Store {
    /// Takes in the events that a change has left: they are committed.
    pub(super) fn have_committed(&self, events: Vec<events::Model>) {
        let Some(newest) = events.last().map(|event| event.id) else { return };
        self.own_events.add(events);
        self.has_committed(newest);
    }

    /// Events of this process that come right behind a position of the log, without a gap; they are given once. Call it with the position
    /// that the log has been read to: those up to there are forgotten, with the highest number all of them.
    #[must_use]
    pub fn own_events_behind(&self, position: i64) -> Vec<events::Model> {
        self.own_events.take_behind(position)
    }

    /// Whether a change of this process is under way that may bring events along.
    #[must_use]
    pub fn awaits_own_events(&self) -> bool {
        self.own_events.awaited.load(Ordering::Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::entities::enums::EventType;

    fn event(id: i64) -> events::Model {
        events::Model {
            id,
            event_type: EventType::ActionUpdated,
            occurred_at: Utc::now(),
            recorded_at: Utc::now(),
            actor: String::new(),
            week_id: None,
            result_id: None,
            action_id: None,
            agent_id: None,
            deliverable_id: None,
            song_id: None,
            owner_ids: Vec::new(),
            payload: serde_json::Value::Null,
        }
    }

    fn taken(own: &OwnEvents, position: i64) -> Vec<i64> {
        own.take_behind(position).iter().map(|event| event.id).collect()
    }

    #[test]
    fn they_are_given_once_and_without_a_gap() {
        let own = OwnEvents::default();
        for ids in [&[4][..], &[7, 8], &[5]] {
            own.add(ids.iter().copied().map(event).collect());
        }
        assert_eq!(taken(&own, 2), [0; 0]);
        assert_eq!(taken(&own, 3), [4, 5]);
        assert_eq!(taken(&own, 3), [0; 0]);
        assert_eq!(taken(&own, 5), [0; 0]);
        // 6 was another's, and read from the log with 7.
        assert_eq!(taken(&own, 7), [8]);
        own.add(vec![event(9)]);
        assert_eq!(taken(&own, 9), [0; 0]);
        assert_eq!(taken(&own, 8), [0; 0], "what has been read is forgotten");
        own.add(vec![event(12)]);
        assert_eq!(taken(&own, i64::MAX), [0; 0]);
        assert_eq!(taken(&own, 11), [0; 0]);
    }

    #[test]
    fn no_more_are_kept_than_somebody_takes() {
        let own = OwnEvents::default();
        for id in 1..=2 * KEPT as i64 {
            own.add(vec![event(id)]);
        }
        assert_eq!(taken(&own, 0).len(), KEPT);
        own.add(vec![event(5000)]);
        assert_eq!(taken(&own, 4999), [5000]);
    }
}
