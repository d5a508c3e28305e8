//! The event log as a live stream.
//!
//! One tail for the whole server reads what has been committed and keeps the newest events in memory; every subscriber
//! follows that memory at its own pace and falls back on the log when it has fallen behind. So a subscriber costs a
//! position and nothing else, a slow one holds nobody up, and nothing that was committed is passed over.

mod tail;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::stream::{self, Stream};
use tokio::sync::watch;

pub use tail::run;

use crate::entities::events;
use crate::error::Result;
use crate::store::{EventFilter, Scope, Store};

/// Events kept in memory for followers.
const RECENT: usize = 4096;

/// Events read from the log at a time by a follower that has fallen behind, and by the tail.
const BATCH: u64 = 500;

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
}

/// The newest events: all there are behind `base`.
#[derive(Debug)]
struct Recent {
    base: i64,
    events: VecDeque<Arc<events::Model>>,
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
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A position that is certainly not behind anything a query can read from now on: subscribe `after` it and nothing is
    /// missed between the two.
    #[must_use]
    pub fn position(&self) -> i64 {
        *self.shared.newest.borrow()
    }

    /// Whether anybody follows.
    fn is_followed(&self) -> bool {
        self.shared.followers.load(Ordering::Relaxed) > 0
    }

    /// Takes in what the tail has read, in order.
    fn publish(&self, batch: Vec<events::Model>) {
        let Some(newest) = batch.last().map(|event| event.id) else { return };
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

    /// What is in memory behind a position; `None` when the memory does not reach back that far.
    fn recent_after(&self, position: i64) -> Option<Vec<Arc<events::Model>>> {
        let recent = self.shared.recent.read().unwrap_or_else(PoisonError::into_inner);
        if position < recent.base {
            return None;
        }
        let from = recent.events.partition_point(|event| event.id <= position);
        Some(recent.events.range(from..).cloned().collect())
    }

    /// The events behind a position that a filter admits, first those in the log and then as they come. Without a position:
    /// from now on.
    ///
    /// The stream ends with the first error.
    pub fn follow(
        &self,
        scope: Scope,
        filter: EventFilter,
        after: Option<i64>,
    ) -> impl Stream<Item = Result<Arc<events::Model>>> + use<> {
        let follower = Follower {
            position: after.unwrap_or_else(|| self.position()),
            newest: self.shared.newest.subscribe(),
            hub: Following::new(self.clone()),
            scope,
            filter,
            pending: VecDeque::new(),
            failed: false,
        };
        stream::unfold(follower, |mut follower| async move { follower.next().await.map(|item| (item, follower)) })
    }
}

/// A hub with one more follower for as long as this lives.
struct Following(Hub);

impl Following {
    fn new(hub: Hub) -> Self {
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

struct Follower {
    hub: Following,
    newest: watch::Receiver<i64>,
    scope: Scope,
    filter: EventFilter,
    /// Everything up to here has been handed out or is pending.
    position: i64,
    pending: VecDeque<Arc<events::Model>>,
    failed: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Arc<events::Model>>> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(Ok(event));
            }
            if self.failed {
                return None;
            }
            let newest = *self.newest.borrow_and_update();
            if newest <= self.position {
                // The sender lives in the hub that this follower holds: it cannot be gone.
                self.newest.changed().await.ok()?;
                continue;
            }
            if let Err(error) = self.advance(newest).await {
                self.failed = true;
                return Some(Err(error));
            }
        }
    }

    /// Moves on to `newest`, or as far towards it as one batch goes.
    async fn advance(&mut self, newest: i64) -> Result<()> {
        if let Some(events) = self.hub.0.recent_after(self.position) {
            self.position = events.last().map_or(newest, |event| event.id);
            self.pending.extend(events.into_iter().filter(|event| self.filter.admits(self.scope, event)));
            return Ok(());
        }
        let events = self.hub.0.shared.store.events_after(self.scope, &self.filter, Some(self.position), BATCH).await?;
        let full = u64::try_from(events.len()).is_ok_and(|length| length == BATCH);
        let last = events.last().map_or(0, |event| event.id);
        // A batch that is not full has seen everything that was committed when it was read, up to `newest` at least.
        self.position = if full { last } else { last.max(newest) };
        self.pending.extend(events.into_iter().map(Arc::new));
        Ok(())
    }
}
