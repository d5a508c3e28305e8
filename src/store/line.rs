//! Connections that may be dead without a word, or are not to be had.
//!
//! The pool takes a connection back when it has answered a last word, however long that takes: on a line whose other end is gone, after a
//! failover say, as long as the operating system tries, which is a quarter of an hour. All connections of the pool could be out as long.
//! So where work was given up in the middle of a statement, connections that come back in the time after it have a few seconds to answer.
//!
//! Where one has broken, the others of the pool may have broken as well, with the database that was restarted: those that are taken out in
//! the moment after that are tried first.
//!
//! Where somebody has waited for a connection in vain, those who come in the moment after that are told so at once: they would wait as
//! long behind the same queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::{ConnAcquireErr, ConnectOptions, DbErr};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, timeout};

use crate::error::is_broken_off;

/// How long a connection that comes back may take to answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// For how long lines are suspected after work was given up.
const SUSPECTED_FOR: Duration = Duration::from_secs(60);

/// For how long the others are tried after one has broken.
const BROKEN_FOR: Duration = Duration::from_secs(10);

/// For how long nobody waits for a connection after somebody has waited in vain.
const NOBODY_WAITS_FOR: Duration = Duration::from_millis(500);

/// Whether the line to a database is suspected. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Line(Arc<Suspicion>);

#[derive(Debug)]
struct Suspicion {
    begun: Instant,
    /// Until then, in milliseconds since the beginning; 0 at first.
    until: AtomicU64,
    /// Until then no connection is waited for, likewise.
    none_until: AtomicU64,
    /// Until then connections are tried before they are used, likewise.
    broken_until: AtomicU64,
}

/// Work on a line, which is suspected when this is dropped before the work is done.
pub(super) struct Watched<'a> {
    line: &'a Line,
    is_done: bool,
}

impl Line {
    pub(super) fn new() -> Self {
        Self(Arc::new(Suspicion {
            begun: Instant::now(),
            until: AtomicU64::new(0),
            none_until: AtomicU64::new(0),
            broken_until: AtomicU64::new(0),
        }))
    }

    pub(super) fn watch(&self) -> Watched<'_> {
        Watched { line: self, is_done: false }
    }

    fn elapsed(&self) -> u64 {
        milliseconds(self.0.begun.elapsed())
    }

    /// Whether the time that was set has not come.
    fn is_before(&self, until: &AtomicU64) -> bool {
        self.elapsed() < until.load(Ordering::Relaxed)
    }

    fn set(&self, until: &AtomicU64, from_now: Duration) {
        until.store(self.elapsed() + milliseconds(from_now), Ordering::Relaxed);
    }

    /// Sees to it that a connection is worth waiting for.
    ///
    /// # Errors
    /// As if it had been waited for in vain.
    pub(super) fn is_worth_waiting_for(&self) -> Result<(), DbErr> {
        if self.is_before(&self.0.none_until) {
            return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        }
        Ok(())
    }

    /// Takes in why work on it failed.
    pub(super) fn failed(&self, error: &DbErr) {
        if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
            self.set(&self.0.none_until, NOBODY_WAITS_FOR);
        } else if is_broken_off(error) {
            self.set(&self.0.broken_until, BROKEN_FOR);
        }
    }

    /// Has the pool try connections that come back, or are taken out, while there is a reason to.
    pub(super) fn guard(&self, options: &mut ConnectOptions) {
        let line = self.clone();
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let (back, out) = (line.clone(), line.clone());
            pool.after_release(move |connection, _| tried(connection, back.is_before(&back.0.until)))
                .before_acquire(move |connection, _| tried(connection, out.is_before(&out.0.broken_until)))
        });
    }
}

/// Tries a connection where there is a reason to; the error is for the pool, which gives the connection up.
fn tried(connection: &mut PgConnection, is_doubtful: bool) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    async move {
        if !is_doubtful {
            return Ok(true);
        }
        timeout(ANSWERS_WITHIN, connection.ping()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
    }
    .boxed()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Watched<'_> {
    pub(super) fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.line.set(&self.line.0.until, SUSPECTED_FOR);
        }
    }
}
