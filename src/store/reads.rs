//! What an answer was made of: which tables were read while it was made, and until when it holds if nothing changes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task_local;

use super::tables::{Tables, mention};

/// An answer that depends on the moment holds for so long.
const A_MOMENT: TimeDelta = TimeDelta::seconds(1);

task_local! {
    static READS: Arc<Noted>;
    static WRITES: Arc<AtomicU64>;
}

#[derive(Debug, Default)]
struct Noted {
    tables: AtomicU64,
    until: Mutex<Option<DateTime<Utc>>>,
    personal: AtomicBool,
}

/// What was read for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    pub(super) tables: Tables,
    until: Option<DateTime<Utc>>,
    personal: bool,
}

impl Reads {
    /// Whether the answer is good for others, and for the next question, as long as nothing changes.
    #[must_use]
    pub fn can_be_shared(&self) -> bool {
        !self.personal && self.tables.are_announced() && self.is_in_time()
    }

    /// Whether time alone has not changed it.
    #[must_use]
    pub fn is_in_time(&self) -> bool {
        self.until.is_none_or(|until| Utc::now() < until)
    }
}

/// Runs something that makes an answer, on this task, and tells what it has read.
pub async fn reading<F: Future>(work: F) -> (F::Output, Reads) {
    let noted = Arc::new(Noted::default());
    let output = READS.scope(Arc::clone(&noted), work).await;
    let until = *noted.until.lock().unwrap_or_else(PoisonError::into_inner);
    let tables = Tables::of_bits(noted.tables.load(Ordering::Relaxed));
    (output, Reads { tables, until, personal: noted.personal.load(Ordering::Relaxed) })
}

/// The answer that is being made holds until then at most.
pub fn good_until(instant: DateTime<Utc>) {
    let _ = READS.try_with(|noted| {
        let mut until = noted.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(until.map_or(instant, |known| known.min(instant)));
    });
}

/// The answer that is being made depends on the moment.
pub fn good_for_a_moment() {
    good_until(Utc::now() + A_MOMENT);
}

/// The answer that is being made is for whom it is made, and for nobody else.
pub fn for_one_only() {
    let _ = READS.try_with(|noted| noted.personal.store(true, Ordering::Relaxed));
}

/// Runs the work of a transaction, and tells what it may have changed.
pub(super) async fn writing<F: Future>(work: F) -> (F::Output, Tables) {
    let written = Arc::new(AtomicU64::new(0));
    let output = WRITES.scope(Arc::clone(&written), work).await;
    (output, Tables::of_bits(written.load(Ordering::Relaxed)))
}

/// Notes a statement that has run; what it may have changed.
pub(super) fn note(sql: &str) -> Tables {
    let mention = mention(sql);
    if !mention.tables.is_empty() {
        let _ = READS.try_with(|noted| noted.tables.fetch_or(mention.tables.bits(), Ordering::Relaxed));
    }
    if !mention.changed.is_empty() {
        let _ = WRITES.try_with(|written| written.fetch_or(mention.changed.bits(), Ordering::Relaxed));
    }
    mention.changed
}
