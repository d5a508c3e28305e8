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
mod api_keys;
mod audit;
mod changes;
mod completion;
mod copy;
mod deliverables;
mod direct;
mod events;
mod examine;
mod forecast;
mod hints;
mod ingest_runs;
mod leases;
mod members;
mod meter;
mod metrics;
mod new_actions;
mod nodes;
mod owners;
mod page;
mod periods;
mod plans;
mod reads;
mod results;
mod scope;
mod sessions;
mod songs;
mod summary;
mod sums;
mod tables;
mod transaction;
mod transitions;
mod warehouse;
mod weeks;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use tokio::sync::watch;

pub use actions::{ActionFilter, ActionOrderField, ActionQuery};
pub use agent_reports::LockedAgent;
pub use agents::{AgentFilter, AgentOrderField, Heartbeat};
pub use api_keys::NewApiKey;
pub use audit::{AccessChange, AuditFilter};
pub use changes::{Changes, Point};
pub use completion::Counts;
pub use copy::{Snapshot, TableSum, Target};
pub use deliverables::{DeliverableFilter, DeliverableOrderField};
pub use direct::{Form, Part, Rows, Select, Template, Written};
use events::EVENT_CHANNEL;
pub use events::{EventFilter, NewEvent};
pub use examine::{Condition, DatabaseAddress, Examination, NotLetIn};
pub use forecast::{Follow, PastAction, PlannedAction};
pub use hints::Hints;
pub use ingest_runs::IngestOutcome;
pub use leases::Lease;
use members::MEMBER_CHANNEL;
pub use members::{MemberChange, NewMember, email_address};
use meter::Meter;
pub use meter::Pool;
pub use new_actions::NewAction;
pub use nodes::NodeKind;
pub use owners::{normalise, split_owners};
pub use page::{Direction, Order, Page, Slice};
pub use periods::{PeriodFilter, PeriodSums};
pub use plans::UNREAD;
pub use reads::{Reads, for_one_only, good_for_a_moment, good_until, reading};
pub use results::{ResultOrderField, ResultQuery};
pub use scope::Scope;
pub use sessions::{NewSession, Presented, Refreshed};
pub use songs::{SongFilter, SongOrderField};
pub use summary::Summary;
pub use sums::{ActionDay, ActionSums, AgentDay, AlbumDay, DeliverableDay, PlanWeek, ResultSums, StageOwner, StageSums};
pub use tables::{ANNOUNCED as ANNOUNCED_TABLES, SILENT as SILENT_TABLES, changed_by};
pub use transaction::{Actor, Tx};
pub use transitions::{ActionChange, ActionKey, ChangeRequest};
pub use warehouse::{Export, TOUCHES_KEPT, Touched, WrittenDay};
pub use weeks::{WeekFilter, WeekKey, WeekOrderField};

use crate::error::Result;

/// Where the tables' triggers say which of them has changed.
const CHANGE_CHANNEL: &str = "rpm_changes";

/// The most connections one server opens (SPEC risk 1).
pub const MAX_CONNECTIONS: u32 = 20;

/// How long a connection is waited for.
pub const CONNECTION_PATIENCE: Duration = Duration::from_secs(5);

/// The database, as the rest of the server sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: DatabaseConnection,
    /// Position of the newest event that a transaction of this process has left.
    committed: Arc<watch::Sender<i64>>,
    changes: Changes,
}

impl Store {
    /// Opens the pool. `url` is a `postgres://` URL; `max_connections` is capped at [`MAX_CONNECTIONS`].
    ///
    /// # Errors
    /// When the database cannot be reached within five seconds.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self> {
        Self::connect_with(url, max_connections, None).await
    }

    /// The same; the database stops a statement that takes longer than that. Not through a transaction pooler, which takes no such
    /// settings.
    ///
    /// # Errors
    /// As [`Store::connect`].
    pub async fn connect_with(url: &str, max_connections: u32, statement_timeout: Option<Duration>) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(max_connections.clamp(1, MAX_CONNECTIONS))
            .min_connections(1)
            .acquire_timeout(CONNECTION_PATIENCE)
            .test_before_acquire(false)
            .sqlx_logging(false);
        if let Some(timeout) = statement_timeout {
            let milliseconds = timeout.as_millis().to_string();
            options.map_sqlx_postgres_opts(move |options| options.options([("statement_timeout", milliseconds.as_str())]));
        }
        let mut db = Database::connect(options).await?;
        let changes = Changes::default();
        let (changed, meter) = (changes.clone(), Meter::new());
        db.set_metric_callback(move |info| {
            meter.count(&info.statement.sql, info.elapsed, info.failed);
            // Too early for what a transaction does, which is noted again when it commits.
            changed.note(reads::note(&info.statement.sql));
        });
        Ok(Self { db, committed: Arc::new(watch::Sender::new(0)), changes })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.db.ping().await?)
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
        &self.db
    }
}
