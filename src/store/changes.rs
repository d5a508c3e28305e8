//! When each table changed last, as far as this process has heard.
//!
//! An answer holds as long as none of its tables has changed since before it was begun. Changes are heard of from the triggers of the
//! tables (`NOTIFY`), whoever makes them; own ones are noted before they are acknowledged. Whether everything has been heard is
//! asked, not assumed: a word through the connection that listens comes back behind all that was committed before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::reads::Reads;
use super::tables::{ANNOUNCED, Tables};

/// How long ago everything must have been heard for an answer to be given again. Others' changes show within that, and the time
/// that a word takes.
const CURRENT: Duration = Duration::from_millis(500);
/// How long a word may take before the database is asked instead.
const PATIENCE: Duration = Duration::from_millis(250);

/// The changes of the tables. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Heard>);

#[derive(Debug, Default)]
struct Heard {
    /// How many changes there were.
    count: AtomicU64,
    /// The number of each table's last one.
    last: [AtomicU64; ANNOUNCED.len()],
    /// Everything that was committed before this instant has been heard; none while nothing is heard.
    complete: watch::Sender<Option<Instant>>,
    asked: Notify,
}

/// A point between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point(pub(super) u64);

impl Changes {
    /// Now: what is read from here on is no older.
    #[must_use]
    pub fn point(&self) -> Point {
        Point(self.0.count.load(Ordering::SeqCst))
    }

    /// Whether what was read behind a point is still so, as far as has been heard.
    #[must_use]
    pub fn hold(&self, reads: &Reads, since: Point) -> bool {
        reads.tables.places().all(|at| self.0.last[at].load(Ordering::SeqCst) <= since.0)
    }

    /// Whether everything has been heard that was committed until a moment ago. Asks, and waits a little, where that is not known.
    pub async fn are_current(&self) -> bool {
        let now = Instant::now();
        let mut complete = self.0.complete.subscribe();
        match *complete.borrow_and_update() {
            None => return false,
            Some(until) if now.duration_since(until) <= CURRENT => return true,
            Some(_) => self.0.asked.notify_one(),
        }
        let heard = complete.wait_for(|complete| complete.is_none_or(|until| now.saturating_duration_since(until) <= CURRENT));
        matches!(timeout(PATIENCE, heard).await, Ok(Ok(complete)) if complete.is_some())
    }

    /// Takes in that tables have changed.
    pub(super) fn note(&self, tables: Tables) {
        if tables.is_empty() {
            return;
        }
        let number = self.0.count.fetch_add(1, Ordering::SeqCst) + 1;
        for at in tables.places() {
            self.0.last[at].fetch_max(number, Ordering::SeqCst);
        }
    }

    /// Resolves when somebody wants to know whether everything has been heard.
    pub(super) async fn asked(&self) {
        self.0.asked.notified().await;
    }

    /// Everything that was committed before an instant has been heard; with none, nothing is heard from now on.
    pub(super) fn heard(&self, until: Option<Instant>) {
        self.0.complete.send_replace(until);
    }
}
