//! The way back to a feed for those who are behind it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::fanout::{Inner, Render};
use super::feed::{Delivery, Feed};
use crate::error::{Error, Result};
use crate::store::Scope;

/// Events read for a page at most.
const PAGE: usize = 100;

/// Events executed at a time for a page.
const CHUNK: usize = 20;

/// Bytes at which a page ends: what a subscriber that is not asked holds of it, and one answer more.
const PAGE_BYTES: usize = 64 * 1024;

/// Pages that a feed keeps for those who come for the same a moment later: a crowd that was cut off at once is spread a little.
const PAGES: usize = 4;

/// Pause before a log that cannot be read is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Some of what subscribers are behind: everything behind `from` up to and including `through`.
#[derive(Clone, Debug)]
pub(super) struct Page {
    from: i64,
    pub(super) through: i64,
    pub(super) deliveries: Vec<Arc<Delivery>>,
}

impl Page {
    /// What of it lies behind a position; none where it does not go on from there.
    fn behind(&self, position: i64) -> Option<Self> {
        (self.from..self.through).contains(&position).then(|| Self {
            from: position,
            through: self.through,
            deliveries: self.deliveries.iter().filter(|delivery| delivery.position > position).cloned().collect(),
        })
    }
}

/// The newest pages that were made. Whoever makes the next one holds the lock, so that a crowd makes each page once.
pub(super) type Pages = tokio::sync::Mutex<VecDeque<Page>>;

/// The first page behind a position that lies before the feed's base. While the database is away this waits for it.
///
/// # Errors
/// `CURSOR_EXPIRED`.
pub(super) async fn replay<R: Render>(
    fanout: Arc<Inner<R>>,
    feed: Arc<Feed<R::Document>>,
    scope: Scope,
    position: i64,
) -> Result<Page> {
    let mut pages = feed.pages.lock().await;
    if let Some(page) = pages.iter().find_map(|page| page.behind(position)) {
        return Ok(page);
    }
    let base = feed.base();
    let stretch = loop {
        match fanout.hub.read(scope, &feed.filter, position, base, PAGE).await {
            Ok(stretch) => break stretch,
            Err(error @ Error::Client(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "the event log cannot be replayed; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    };
    let mut page = Page { from: position, through: stretch.through, deliveries: Vec::new() };
    let mut bytes = 0;
    for chunk in stretch.events.chunks(CHUNK) {
        let work = chunk.iter().map(|event| (Arc::clone(&feed.document), Arc::clone(event))).collect();
        for delivery in fanout.renderer.render(scope, work).await {
            bytes += delivery.payload.len();
            page.deliveries.push(delivery);
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        if bytes >= PAGE_BYTES {
            break;
        }
    }
    if page.deliveries.len() < stretch.events.len()
        && let Some(last) = page.deliveries.last()
    {
        page.through = last.position;
    }
    metrics::counter!("rpm_events_replayed_total").increment(page.deliveries.len() as u64);
    if pages.len() == PAGES {
        pages.pop_front();
    }
    pages.push_back(page.clone());
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_serves_those_who_are_somewhere_in_it() {
        let delivery = |position| Arc::new(Delivery { position, cursor: "".into(), payload: "".into() });
        let page = Page { from: 10, through: 20, deliveries: [12, 15, 18].map(delivery).to_vec() };
        let behind = |position| {
            page.behind(position).map(|page| {
                assert_eq!((page.from, page.through), (position, 20));
                page.deliveries.iter().map(|delivery| delivery.position).collect::<Vec<_>>()
            })
        };
        assert_eq!(behind(10), Some(vec![12, 15, 18]));
        assert_eq!(behind(15), Some(vec![18]));
        assert_eq!(behind(19), Some(vec![]));
        assert_eq!([behind(9), behind(20)], [None, None]);
    }
}
