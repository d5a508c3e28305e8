//! Every query and transaction, by aggregate: the only place that speaks SQL.
//!
//! Conventions:
//! - Every read takes the [`Scope`] of who asks and applies it in SQL: what is out of scope is not found, not listed and
//!   not counted.
//! - Verbs: `find` one row or `None`; `by_…` rows for many keys (loaders); `page` one page in a keyset order; `count`.
//! - Writes run in [`Store::transaction`], name their actor, and leave their events in the same transaction.

mod actions;
mod agent_reports;
mod agents;
mod alerts;
mod api_keys;
mod audit;
mod calendars;
mod changes;
mod changing;
mod completion;
mod copy;
mod db;
mod deliverables;
mod direct;
mod events;
mod examine;
mod forecast;
mod found;
mod hints;
mod ingest_runs;
mod job_outcomes;
mod leases;
mod line;
mod members;
mod meter;
mod metrics;
mod new_actions;
mod nodes;
mod own_events;
mod owners;
mod page;
mod periods;
mod pipeline;
mod plans;
mod reads;
mod replica;
mod results;
mod schema_lock;
mod scope;
mod sessions;
mod songs;
mod summary;
mod sums;
mod tables;
mod together;
mod transaction;
mod transitions;
mod warehouse;
mod weeks;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr, SqlxError};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

pub use actions::{ActionFilter, ActionOrderField, ActionQuery};
pub use agent_reports::LockedAgent;
pub use agents::{AgentFilter, AgentOrderField, Heartbeat};
pub use alerts::{
    AlertBells, AlertChange, AlertClaim, AlertFilter, AlertOutcome, Begun, NewAlertDelivery, NewAlertSubscription, QuietHours,
    SmsLimit, Watcher, Whose,
};
pub use api_keys::NewApiKey;
pub use audit::{AccessChange, AuditFilter};
pub use calendars::NewCalendarFeed;
pub use changes::{Changes, Point};
pub use changing::ChangeRequest;
pub use completion::Counts;
pub use copy::{Snapshot, TableSum, Target};
use db::Db;
pub use deliverables::{DeliverableFilter, DeliverableOrderField};
pub use direct::{Form, Part, Rows, Select, Template, Written};
use events::EVENT_CHANNEL;
pub use events::{EventFilter, NewEvent};
pub use examine::{Condition, DatabaseAddress, Examination, NotLetIn};
pub use forecast::{Follow, PastAction, PlannedAction};
pub use hints::Hints;
pub use ingest_runs::IngestOutcome;
pub use job_outcomes::FailingJob;
pub use leases::Lease;
use line::Line;
use members::MEMBER_CHANNEL;
pub use members::{MemberChange, NewMember, email_address};
use meter::Meter;
pub use meter::Pool;
pub use new_actions::NewAction;
pub use nodes::NodeKind;
use own_events::OwnEvents;
pub use owners::{normalise, split_owners};
pub use page::{Direction, Order, Page, Slice};
pub use periods::{PeriodFilter, PeriodSums};
use pipeline::{Pipeline, Use};
pub use plans::UNREAD;
pub use reads::{Reads, for_one_only, good_for_a_moment, good_until, reading};
use replica::Replica;
pub use results::{ResultOrderField, ResultQuery};
pub use schema_lock::SchemaLock;
pub use scope::Scope;
pub use sessions::{NewSession, Presented, Refreshed};
pub use songs::{SongFilter, SongOrderField};
pub use summary::Summary;
pub use sums::{ActionDay, ActionSums, AgentDay, AlbumDay, DeliverableDay, PlanWeek, ResultSums, StageOwner, StageSums};
pub use tables::{ANNOUNCED as ANNOUNCED_TABLES, SILENT as SILENT_TABLES, changed_by};
use together::Together;
pub use transaction::{Actor, Tx};
pub use transitions::{ActionChange, ActionKey};
pub use warehouse::{Export, TOUCHES_KEPT, Touched, WrittenDay};
pub use weeks::{WeekFilter, WeekKey, WeekOrderField};

use crate::error::Result;

/// Where the tables' triggers say which of them has changed.
const CHANGE_CHANNEL: &str = "rpm_changes";

/// The most connections one server opens (SPEC risk 1).
pub const MAX_CONNECTIONS: u32 = 20;

/// How long the database may take to be there at the start.
const THERE_WITHIN: Duration = Duration::from_secs(5);

/// How long a statement waits for a connection to a replica: the primary is there as well.
const REPLICA_PATIENCE: Duration = Duration::from_secs(1);

/// How the database is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// How long a statement waits for a connection.
    pub patience: Duration,
    /// The database stops a statement that takes longer. Not through a transaction pooler, which takes no such settings.
    pub statement_timeout: Option<Duration>,
    /// A replica that queries may be read from: a `postgres://` URL.
    pub read_url: Option<String>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), statement_timeout: None, read_url: None }
    }
}

/// The database, as the rest of the server sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    /// Position of the newest event that a transaction of this process has left.
    committed: Arc<watch::Sender<i64>>,
    own_events: Arc<OwnEvents>,
    together: Arc<Together>,
    changes: Changes,
    alert_bells: Arc<AlertBells>,
}

impl Store {
    /// Opens the pool. `url` is a `postgres://` URL; `max_connections` is capped at [`MAX_CONNECTIONS`].
    ///
    /// # Errors
    /// When the database cannot be reached within five seconds.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        Self::connect_with(url, max_connections, &StoreOptions::default()).await
    }

    /// The same. A replica need not be there.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_with(url: &str, max_connections: u32, options: &StoreOptions) -> Result<Self> {
        let changes = Changes::default();
        let until = Instant::now() + THERE_WITHIN;
        let line = Line::new();
        let connections = max_connections.clamp(1, MAX_CONNECTIONS);
        let [pipeline, writes] =
            [Use::Reads, Use::Changes].map(|what| Pipeline::new(url, what, connections, options.statement_timeout));
        let shared = [&pipeline, &writes].into_iter().flatten().map(Pipeline::connections).sum::<u32>();
        let mut pool = pool_options(url, connections - shared, options.patience, options.statement_timeout);
        line.guard(&mut pool);
        let mut primary = loop {
            match Database::connect(pool.clone()).await {
                Err(DbErr::Conn(RuntimeErr::SqlxError(error)))
                    if matches!(*error, SqlxError::PoolTimedOut) && Instant::now() < until =>
                {
                    sleep(Duration::from_millis(100)).await;
                }
                connected => break connected?,
            }
        };
        note_statements(&mut primary, &changes);
        let mut replica = None;
        if let Some(url) = &options.read_url {
            let pipeline = Pipeline::new(url, Use::Reads, connections, options.statement_timeout);
            let shared = pipeline.as_ref().map_or(0, Pipeline::connections);
            let mut pool = pool_options(url, connections - shared, REPLICA_PATIENCE, options.statement_timeout);
            let mut db = Database::connect(pool.connect_lazy(true).min_connections(0).clone()).await?;
            note_statements(&mut db, &changes);
            let own = Replica::new(db, pipeline);
            tokio::spawn(own.clone().watch(primary.clone(), changes.clone()));
            replica = Some(own);
        }
        Ok(Self {
            db: Db { primary, pipeline, writes, replica, line },
            committed: Arc::new(watch::Sender::new(0)),
            own_events: Arc::default(),
            together: Arc::default(),
            changes,
            alert_bells: Arc::default(),
        })
    }

    /// Whether there is a replica to read from.
    #[must_use]
    pub const fn has_replica(&self) -> bool {
        self.db.replica.is_some()
    }

    /// Runs work that only reads, on this task: from the replica while that has everything that is known to have changed.
    pub async fn reading_from_replica<F: Future>(&self, work: F) -> F::Output {
        match &self.db.replica {
            Some(replica) => replica.reading(&self.changes, work).await,
            None => work.await,
        }
    }

    /// Closes the pools; waits for statements under way.
    pub async fn close(&self) {
        let pools = std::iter::once(&self.db.primary).chain(self.db.replica.iter().map(|replica| &replica.db));
        let of_replica = self.db.replica.as_ref().map_or(&None, |replica| &replica.pipeline);
        for pipeline in [&self.db.pipeline, &self.db.writes, of_replica].into_iter().flatten() {
            pipeline.close();
        }
        for pool in pools {
            if let Err(error) = pool.close_by_ref().await {
                tracing::warn!(%error, "a pool did not close");
            }
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.db.primary.ping().await?)
    }

    /// The position of the newest event that a transaction of this process has committed; 0 before the first.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<i64> {
        self.committed.subscribe()
    }

    /// When each table changed last.
    #[must_use]
    pub fn changes(&self) -> Changes {
        self.changes.clone()
    }

    /// The connection for `migration::Migrator`, which speaks to the database itself.
    #[must_use]
    pub const fn connection(&self) -> &DatabaseConnection {
        &self.db.primary
    }
}

/// A pool of connections.
fn pool_options(url: &str, max_connections: u32, patience: Duration, statement_timeout: Option<Duration>) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .min_connections(1)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .sqlx_logging(false);
    options.map_sqlx_postgres_opts(move |options| statement_options(options, statement_timeout));
    options
}

/// The settings of each connection.
fn statement_options(options: PgConnectOptions, statement_timeout: Option<Duration>) -> PgConnectOptions {
    let Some(timeout) = statement_timeout else { return options };
    let milliseconds = timeout.as_millis();
    // A transaction whose owner is gone without a word would hold its locks for hours.
    options.options([("statement_timeout", milliseconds), ("idle_in_transaction_session_timeout", milliseconds)])
}

/// Counts the statements of a pool, and notes what they read and change.
fn note_statements(db: &mut DatabaseConnection, changes: &Changes) {
    let (changed, meter) = (changes.clone(), Meter::new());
    db.set_metric_callback(move |info| {
        meter.count(&info.statement.sql, info.elapsed, info.failed);
        // Too early for what a transaction does, which is noted again when it commits.
        changed.note(reads::note(&info.statement.sql));
    });
}
