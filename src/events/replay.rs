//! The way back to a feed for those who are behind it.

use std::sync::Arc;
use std::time::Duration;

use super::fanout::{Inner, Render};
use super::feed::{Delivery, Feed};
use crate::error::{Error, Result};
use crate::store::Scope;

/// Events replayed at a time: what a subscriber holds of them at most.
const PAGE: usize = 100;

/// Pause before a log that cannot be read is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Some of what a subscriber is behind.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) deliveries: Vec<Arc<Delivery>>,
    pub(super) through: i64,
}

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
    let _turn = feed.filling.lock().await;
    let base = feed.base();
    if position >= base {
        // Somebody who waited for the same was first.
        return Ok(Page { deliveries: Vec::new(), through: position });
    }
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
    metrics::counter!("rpm_events_replayed_total").increment(stretch.events.len() as u64);
    let work = stretch.events.iter().map(|event| (Arc::clone(&feed.document), Arc::clone(event))).collect();
    let deliveries = fanout.renderer.render(scope, work).await;
    if stretch.through == base {
        feed.prepend(&deliveries, position, base);
    }
    Ok(Page { deliveries, through: stretch.through })
}
