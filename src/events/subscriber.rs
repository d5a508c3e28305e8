//! One subscription: a position in a feed.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use tokio::task::JoinHandle;

use super::fanout::{Inner, Render};
use super::feed::{Delivery, Feed, Next};
use super::hub::Following;
use super::replay::{Page, replay};
use crate::error::{Error, Result};
use crate::store::Scope;

/// The answers of a subscription, in commit order. Ends with the first error, and otherwise never.
pub struct Subscriber<R: Render> {
    fanout: Arc<Inner<R>>,
    feed: Arc<Feed<R::Document>>,
    scope: Scope,
    seat: usize,
    /// Everything up to here has been handed out or is in `replayed`.
    position: i64,
    /// Runs by itself, so that a subscriber that is not asked holds up nobody who waits for the same.
    replay: Option<JoinHandle<Result<Page>>>,
    replayed: VecDeque<Arc<Delivery>>,
    ended: bool,
    _following: Following,
}

impl<R: Render> Subscriber<R> {
    pub(super) fn new(fanout: Arc<Inner<R>>, feed: Arc<Feed<R::Document>>, scope: Scope, position: i64) -> Self {
        let following = Following::new(fanout.hub.clone());
        let seat = feed.take_seat();
        Self { fanout, feed, scope, seat, position, replay: None, replayed: VecDeque::new(), ended: false, _following: following }
    }

    fn begin_replay(&mut self) {
        let page = replay(Arc::clone(&self.fanout), Arc::clone(&self.feed), self.scope, self.position);
        self.replay = Some(tokio::spawn(page));
    }
}

impl<R: Render> Drop for Subscriber<R> {
    fn drop(&mut self) {
        self.feed.leave_seat(self.seat);
        if let Some(replay) = &self.replay {
            replay.abort();
        }
    }
}

impl<R: Render> Stream for Subscriber<R> {
    type Item = Result<Arc<Delivery>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        loop {
            if let Some(delivery) = this.replayed.pop_front() {
                return Poll::Ready(Some(Ok(delivery)));
            }
            if let Some(replay) = &mut this.replay {
                let page = ready!(Pin::new(replay).poll(cx)).map_err(Error::internal).flatten();
                this.replay = None;
                match page {
                    Ok(page) => {
                        this.position = page.through;
                        this.replayed = page.deliveries.into();
                        continue;
                    }
                    Err(error) => {
                        this.ended = true;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
            match this.feed.next(this.seat, &mut this.position, cx) {
                Next::Delivery(delivery) => return Poll::Ready(Some(Ok(delivery))),
                Next::Wait => return Poll::Pending,
                Next::Behind => this.begin_replay(),
            }
        }
    }
}
