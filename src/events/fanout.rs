//! One execution for an event, a document and a scope, however many subscribe.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::Hub;
use super::feed::{Delivery, Feed};
use super::subscriber::Subscriber;
use crate::entities::events;
use crate::error::{Error, Result};
use crate::store::{EventFilter, Scope};

/// Events executed at a time: they share their batches of SQL.
const BATCH: usize = 64;

/// Pause before a log that cannot be read is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Documents and the events to execute them for.
pub type Work<D> = Vec<(Arc<D>, Arc<events::Model>)>;

/// Executes subscribed documents.
pub trait Render: Send + Sync + 'static {
    /// What is executed: the same for all who share a key.
    type Document: Send + Sync + 'static;

    /// One answer for each pair, in their order, as somebody with this scope sees them now. What can be read once for all of
    /// them is read once.
    fn render(&self, scope: Scope, work: Work<Self::Document>) -> BoxFuture<'_, Vec<Arc<Delivery>>>;
}

/// All subscriptions of the server. Cheap to clone.
pub struct Fanout<R: Render> {
    inner: Arc<Inner<R>>,
}

impl<R: Render> Clone for Fanout<R> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

pub(super) struct Inner<R: Render> {
    pub(super) hub: Hub,
    pub(super) renderer: R,
    groups: Mutex<HashMap<Scope, Group<R::Document>>>,
}

/// The documents subscribed in one scope. They move through the log together, so that they share what is read for it; a slow
/// one holds up its own scope only.
struct Group<D> {
    /// Up to where the feeds of now will be complete when the work at hand is done: one that joins is complete behind it.
    claimed: i64,
    feeds: HashMap<Key, Weak<Feed<D>>>,
    /// How many there may be until those that nobody holds any more are looked for.
    look_at: usize,
}

/// What subscribers share: a document and, as names in it are understood when they come, the events that it wants.
type Key = ([u8; 32], EventFilter);

/// Feeds of a group at least, before dead ones are looked for.
const LOOK_AT: usize = 64;

impl<R: Render> Fanout<R> {
    /// Subscriptions to what a hub follows.
    #[must_use]
    pub fn new(hub: Hub, renderer: R) -> Self {
        Self { inner: Arc::new(Inner { hub, renderer, groups: Mutex::default() }) }
    }

    /// Position of the newest event; asked of the log where this server does not know it at once.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn newest(&self) -> Result<i64> {
        if self.inner.hub.hears() { Ok(self.position()) } else { self.inner.hub.store().last_event().await }
    }

    /// Position of the newest event that has been read.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.inner.hub.position()
    }

    /// Subscribes, from behind a position of the log. `key` is a hash of everything about the document
    /// that changes its answers; who subscribes with the same key, filter and scope shares them.
    #[must_use]
    pub fn subscribe(
        &self,
        scope: Scope,
        key: [u8; 32],
        filter: EventFilter,
        after: i64,
        document: impl FnOnce() -> R::Document,
    ) -> Subscriber<R> {
        let feed = {
            let mut groups = self.inner.lock();
            let group = groups.entry(scope).or_insert_with(|| {
                let claimed = self.inner.hub.position();
                tokio::spawn(Arc::clone(&self.inner).follow(scope, claimed));
                Group { claimed, feeds: HashMap::new(), look_at: LOOK_AT }
            });
            let key = (key, filter);
            match group.feeds.get(&key).and_then(Weak::upgrade) {
                Some(feed) => feed,
                None => {
                    if group.feeds.len() >= group.look_at {
                        group.feeds.retain(|_, feed| feed.strong_count() > 0);
                        group.look_at = (group.feeds.len() * 2).max(LOOK_AT);
                    }
                    let feed = Arc::new(Feed::new(document(), key.1.clone(), group.claimed));
                    group.feeds.insert(key, Arc::downgrade(&feed));
                    feed
                }
            }
        };
        Subscriber::new(Arc::clone(&self.inner), feed, scope, after)
    }
}

impl<R: Render> Inner<R> {
    fn lock(&self) -> MutexGuard<'_, HashMap<Scope, Group<R::Document>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the feeds of a scope on for as long as there are any.
    async fn follow(self: Arc<Self>, scope: Scope, mut position: i64) {
        let mut newest = self.hub.newest();
        loop {
            // The sender lives in the hub, which lives here.
            let Ok(target) = newest.wait_for(|newest| *newest > position).await.map(|newest| *newest) else { return };
            let stretch = match self.hub.read(Scope::All, &EventFilter::default(), position, target, BATCH).await {
                Ok(stretch) => stretch,
                // What lies between is gone from the log. Those who have followed until here are told so.
                Err(Error::Client(_)) => {
                    let Some(feeds) = self.claim(scope, target) else { return };
                    feeds.iter().for_each(|feed| feed.skip(target));
                    position = target;
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, "the event log cannot be read for subscribers; trying again");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let Some(feeds) = self.claim(scope, stretch.through) else { return };
            self.advance(scope, &feeds, &stretch.events, stretch.through).await;
            position = stretch.through;
        }
    }

    /// The feeds that events up to a position are executed for; none when nobody is left, and the group is gone then.
    fn claim(&self, scope: Scope, through: i64) -> Option<Vec<Arc<Feed<R::Document>>>> {
        let mut groups = self.lock();
        let group = groups.get_mut(&scope)?;
        group.claimed = through;
        let mut feeds = Vec::with_capacity(group.feeds.len());
        group.feeds.retain(|_, feed| feed.upgrade().map(|feed| feeds.push(feed)).is_some());
        if feeds.is_empty() {
            groups.remove(&scope);
            return None;
        }
        Some(feeds)
    }

    async fn advance(&self, scope: Scope, feeds: &[Arc<Feed<R::Document>>], events: &[Arc<events::Model>], through: i64) {
        let admitted = |feed: &Arc<Feed<R::Document>>| {
            let feed = Arc::clone(feed);
            events.iter().filter(move |event| feed.filter.admits(scope, event))
        };
        let work = feeds.iter().flat_map(|feed| admitted(feed).map(|event| (Arc::clone(&feed.document), Arc::clone(event))));
        let work: Vec<_> = work.collect();
        let mut deliveries = if work.is_empty() { Vec::new() } else { self.renderer.render(scope, work).await }.into_iter();
        for feed in feeds {
            let count = admitted(feed).count();
            feed.append(deliveries.by_ref().take(count).collect(), through);
        }
    }
}
