//! A read replica, and whether it may be read from now.
//!
//! It lags behind the primary, by milliseconds mostly. It is read from while it certainly has everything that this server knows to have
//! changed, by its own commits, which are noted before they are acknowledged, and by what is heard of others' ([`Changes`]): so who
//! has changed something sees it, and an answer that was read there is as good as one of the primary, also to be given again. Where
//! that cannot be said, because it lags, is away, or nothing is heard, the primary is read.
//!
//! Whether it has caught up is asked once after changes, by the position in the primary's log, when somebody wants to read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Notify;
use tokio::task_local;
use tokio::time::sleep;

use super::changes::{Changes, Point};
use super::pipeline::Pipeline;
use super::tables::mention;

/// The pause between two looks whether it has caught up; it doubles with each.
const FIRST_LOOK: Duration = Duration::from_millis(2);
const LONGEST_LOOK: Duration = Duration::from_millis(250);

/// The pause before a replica that is away is tried again.
const AWAY: Duration = Duration::from_secs(1);

/// Behind everything that was committed so far, also what is not on the disk yet.
const PRIMARY_AT: &str = "SELECT pg_current_wal_insert_lsn()::text AS at";

/// A replica that has become a primary has a history of its own.
const HAS_REPLAYED: &str = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::pg_lsn AS reached";

task_local! {
    /// Whether the request at work may be read from the replica. Once it is not, it stays with the primary: what it read there must
    /// not be gone again.
    static MAY: AtomicBool;
}

/// A replica. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    pub(super) db: DatabaseConnection,
    pub(super) pipeline: Option<Pipeline>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// One more than the number of the last change that it has; 0 while nothing is known.
    has: AtomicU64,
    asked: Notify,
}

impl Replica {
    /// A replica, of which nothing is known yet.
    pub(super) fn new(db: DatabaseConnection, pipeline: Option<Pipeline>) -> Self {
        metrics::gauge!("rpm_replica_fit").set(0.0);
        Self { db, pipeline, state: Arc::default() }
    }

    /// Runs work that reads, on this task: from the replica if that is fit for it.
    pub(super) async fn reading<F: Future>(&self, changes: &Changes, work: F) -> F::Output {
        let is_fit = changes.are_current().await && self.state.has.load(Ordering::SeqCst) == number(changes.point());
        metrics::counter!("rpm_replica_requests_total", "read_from" => if is_fit { "replica" } else { "primary" }).increment(1);
        if is_fit {
            return MAY.scope(AtomicBool::new(true), work).await;
        }
        self.state.asked.notify_one();
        work.await
    }

    /// Whether a statement of the work at hand is run here: one that reads, and of tables whose changes are heard of.
    pub(super) fn serves(&self, sql: &str) -> bool {
        let may = MAY.try_with(|may| may.load(Ordering::Relaxed)).unwrap_or(false);
        may && {
            let mention = mention(sql);
            mention.changed.is_empty() && mention.tables.are_announced()
        }
    }

    /// It could not be read from: the work at hand goes on with the primary, and so does everybody else until it answers again.
    pub(super) fn failed(&self, error: &DbErr) {
        let _ = MAY.try_with(|may| may.store(false, Ordering::Relaxed));
        self.is_away(error);
        self.state.asked.notify_one();
    }

    fn is_away(&self, error: &DbErr) {
        metrics::counter!("rpm_replica_failures_total").increment(1);
        metrics::gauge!("rpm_replica_fit").set(0.0);
        if self.state.has.swap(0, Ordering::SeqCst) > 0 {
            tracing::warn!(%error, "the read replica does not answer; the primary is read");
        }
    }

    /// Finds out how far it is whenever somebody wants to know. Runs until the task is dropped.
    pub(super) async fn watch(self, primary: DatabaseConnection, changes: Changes) {
        loop {
            self.state.asked.notified().await;
            match self.catch_up(&primary, &changes).await {
                Ok(point) => {
                    self.state.has.store(number(point), Ordering::SeqCst);
                    metrics::gauge!("rpm_replica_fit").set(1.0);
                }
                Err(error) => {
                    self.is_away(&error);
                    tracing::debug!(%error, "how far the read replica is cannot be told");
                    sleep(AWAY).await;
                }
            }
        }
    }

    /// Waits until it has everything that is known to have changed by now.
    async fn catch_up(&self, primary: &DatabaseConnection, changes: &Changes) -> Result<Point, DbErr> {
        // In this order: what is known now was committed before the position is asked for.
        let point = changes.point();
        let at = primary.query_one_raw(Statement::from_string(DbBackend::Postgres, PRIMARY_AT)).await?;
        let at: String = at.ok_or_else(no_row)?.try_get("", "at")?;
        let mut pause = FIRST_LOOK;
        loop {
            let look = Statement::from_sql_and_values(DbBackend::Postgres, HAS_REPLAYED, [at.as_str().into()]);
            let row = self.db.query_one_raw(look).await?.ok_or_else(no_row)?;
            if row.try_get::<Option<bool>>("", "reached")? == Some(true) {
                return Ok(point);
            }
            metrics::gauge!("rpm_replica_fit").set(0.0);
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_LOOK);
        }
    }
}

fn no_row() -> DbErr {
    DbErr::Custom("a position without a row".to_owned())
}

const fn number(point: Point) -> u64 {
    point.0 + 1
}
