//! What the server has read of the log.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use super::meter::Meter;
use crate::entities::events;
use crate::error::Result;
use crate::store::{EventFilter, Scope, Store};

/// Events kept in memory for those who follow.
const RECENT: usize = 4096;

/// Events read from the log at a time.
pub(super) const BATCH: usize = 500;

/// What the tail has read, shared by all who follow. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    recent: RwLock<Recent>,
    /// Position of the newest event that the tail has read.
    newest: watch::Sender<i64>,
    followers: AtomicUsize,
    /// Whether what is committed elsewhere is known here at once.
    hears: AtomicBool,
    meter: Meter,
}

/// The newest events: all there are behind `base`.
#[derive(Debug)]
struct Recent {
    base: i64,
    events: VecDeque<Arc<events::Model>>,
}

/// Some of the log: every event behind a position up to and including `through` that was asked for.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) events: Vec<Arc<events::Model>>,
    pub(super) through: i64,
}

impl Hub {
    /// A hub that begins at the end of the log as it is now.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn new(store: Store) -> Result<Self> {
        let base = store.last_event().await?;
        let shared = Shared {
            store,
            recent: RwLock::new(Recent { base, events: VecDeque::new() }),
            newest: watch::Sender::new(base),
            followers: AtomicUsize::new(0),
            hears: AtomicBool::new(false),
            meter: Meter::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Position of the newest event that has been read; 0 when there is none.
    #[must_use]
    pub fn position(&self) -> i64 {
        *self.shared.newest.borrow()
    }

    pub(super) fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Follows [`Hub::position`].
    pub(super) fn newest(&self) -> watch::Receiver<i64> {
        self.shared.newest.subscribe()
    }

    /// Whether anybody follows.
    pub(super) fn is_followed(&self) -> bool {
        self.shared.followers.load(Ordering::Relaxed) > 0
    }

    /// Whether hints of what is committed elsewhere are heard.
    pub(super) fn hears(&self) -> bool {
        self.shared.hears.load(Ordering::Relaxed)
    }

    pub(super) fn set_hears(&self, hears: bool) {
        self.shared.hears.store(hears, Ordering::Relaxed);
    }

    /// Takes in what the tail has read, in order.
    pub(super) fn publish(&self, batch: Vec<events::Model>) {
        let Some(newest) = batch.last().map(|event| event.id) else { return };
        self.shared.meter.read(&batch);
        {
            let mut recent = self.shared.recent.write().unwrap_or_else(PoisonError::into_inner);
            recent.events.extend(batch.into_iter().map(Arc::new));
            while recent.events.len() > RECENT {
                if let Some(event) = recent.events.pop_front() {
                    recent.base = event.id;
                }
            }
        }
        self.shared.newest.send_replace(newest);
    }

    /// Takes in how far the log reaches, as far as this server knows.
    pub(super) fn note_end(&self, newest: i64) {
        // A hint that is no number is a reason to look, and no position.
        if newest < i64::MAX {
            self.shared.meter.end(newest, self.position());
        }
    }

    /// Begins anew at the end of the log as it is now; what lies before is to be had from the log, as far as that goes.
    pub(super) async fn skip_to_end(&self) -> Result<()> {
        let base = self.shared.store.last_event().await?;
        // Those of a log that is no more must not pass for those of the new one.
        drop(self.shared.store.own_events_behind(i64::MAX));
        *self.shared.recent.write().unwrap_or_else(PoisonError::into_inner) = Recent { base, events: VecDeque::new() };
        self.shared.newest.send_replace(base);
        Ok(())
    }

    /// Up to `limit` events behind `after` that a scope and a filter admit, none beyond `until`: from memory where it reaches
    /// back that far, else from the log.
    ///
    /// # Errors
    /// `CURSOR_EXPIRED` when the log does not reach back that far either; the database's own.
    pub(super) async fn read(&self, scope: Scope, filter: &EventFilter, after: i64, until: i64, limit: usize) -> Result<Stretch> {
        let events = match self.recent(scope, filter, after, until, limit) {
            Some(events) => events,
            None => {
                let count = u64::try_from(limit).unwrap_or(u64::MAX);
                let events = self.shared.store.events_after(scope, filter, Some(after), count).await?;
                events.into_iter().filter(|event| event.id <= until).map(Arc::new).collect()
            }
        };
        let through = match events.last() {
            Some(last) if events.len() == limit => last.id,
            _ => until,
        };
        Ok(Stretch { events, through })
    }

    /// The same from memory; `None` when it does not reach back that far.
    fn recent(
        &self,
        scope: Scope,
        filter: &EventFilter,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Option<Vec<Arc<events::Model>>> {
        let recent = self.shared.recent.read().unwrap_or_else(PoisonError::into_inner);
        if after < recent.base {
            return None;
        }
        let from = recent.events.partition_point(|event| event.id <= after);
        let events = recent.events.range(from..).take_while(|event| event.id <= until);
        Some(events.filter(|event| filter.admits(scope, event)).take(limit).cloned().collect())
    }
}

/// A hub with one more follower for as long as this lives.
pub(super) struct Following(Hub);

impl Following {
    pub(super) fn new(hub: Hub) -> Self {
        hub.shared.followers.fetch_add(1, Ordering::Relaxed);
        metrics::gauge!("rpm_event_followers").increment(1.0);
        Self(hub)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.shared.followers.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("rpm_event_followers").decrement(1.0);
    }
}
