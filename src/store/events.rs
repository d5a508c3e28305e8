//! The event log.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, Iterable, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::scope::{Scope, Scoped};
use super::{Actor, Store, Tx};
use crate::entities::enums::EventType;
use crate::entities::events;
use crate::error::{ClientError, Error, Result};
use crate::ids::{ActionId, AgentId, DeliverableId, OwnerId, ResultId, SongId, WeekId};

/// An event that a transaction leaves.
#[derive(Clone, Debug, Serialize)]
pub struct NewEvent {
    /// What it tells of.
    pub event_type: EventType,
    /// The week it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week_id: Option<WeekId>,
    /// The result it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_id: Option<ResultId>,
    /// The action it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_id: Option<ActionId>,
    /// The agent it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The deliverable it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliverable_id: Option<DeliverableId>,
    /// The song it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub song_id: Option<SongId>,
    /// The owners of the action at this moment.
    pub owner_ids: Vec<Uuid>,
    /// When it happened; the moment of the commit where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<DateTime<Utc>>,
    /// Details: small, for machines, with nothing that the row does not show.
    pub payload: Json,
}

impl NewEvent {
    /// An event of a type, with nothing else yet.
    #[must_use]
    pub fn new(event_type: EventType) -> Self {
        Self {
            event_type,
            week_id: None,
            result_id: None,
            action_id: None,
            agent_id: None,
            deliverable_id: None,
            song_id: None,
            owner_ids: Vec::new(),
            occurred_at: None,
            payload: json!({}),
        }
    }

    /// It with the name of who made the change.
    pub(super) fn signed(self, actor: &Actor) -> SignedEvent {
        SignedEvent { actor: actor.to_owned(), event: self }
    }
}

/// An event as `append_events` takes it (migration 28).
#[derive(Debug, Serialize)]
pub(super) struct SignedEvent {
    actor: String,
    #[serde(flatten)]
    event: NewEvent,
}

impl SignedEvent {
    /// It as it stands in the log: at a position, by the database's clock, and with the keys of its payload in the database's order.
    pub(super) fn recorded(
        self,
        id: i64,
        occurred_at: DateTime<Utc>,
        recorded_at: DateTime<Utc>,
        payload: Json,
    ) -> events::Model {
        let Self { actor, event } = self;
        events::Model {
            id,
            event_type: event.event_type,
            occurred_at,
            recorded_at,
            actor,
            week_id: event.week_id,
            result_id: event.result_id,
            action_id: event.action_id,
            agent_id: event.agent_id,
            deliverable_id: event.deliverable_id,
            song_id: event.song_id,
            owner_ids: event.owner_ids,
            payload,
        }
    }
}

/// Which events are wanted; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventFilter {
    /// Any of these types.
    pub types: Option<Vec<EventType>>,
    /// Of actions owned by any of these.
    pub owners: Option<Vec<OwnerId>>,
    /// Only of this week.
    pub week_id: Option<WeekId>,
}

impl EventFilter {
    /// Whether an event passes, by the same rules as the SQL of [`Store::events_after`].
    #[must_use]
    pub fn admits(&self, scope: Scope, event: &events::Model) -> bool {
        let visible = match scope {
            Scope::All => true,
            Scope::Owner(owner) => event.owner_ids.contains(&owner.0),
            Scope::Nothing => false,
        };
        visible
            && self.types.as_ref().is_none_or(|types| types.contains(&event.event_type))
            && self.owners.as_ref().is_none_or(|owners| owners.iter().any(|owner| event.owner_ids.contains(&owner.0)))
            && self.week_id.is_none_or(|week| event.week_id == Some(week))
    }

    fn select(&self, scope: Scope) -> Select<events::Entity> {
        let mut select = events::Entity::visible(scope);
        // A newer server on the same log may append types that this one has no words for: its followers go on without them.
        if self.types.is_none() {
            select = select.filter(Expr::cust(KNOWN_TYPES.as_str()));
        }
        if let Some(types) = &self.types {
            select = select.filter(events::Column::EventType.is_in(types.iter().copied()));
        }
        if let Some(owners) = &self.owners {
            let ids: Vec<Uuid> = owners.iter().map(|owner| owner.0).collect();
            select = select.filter(Expr::cust_with_values("\"events\".\"owner_ids\" && $1", [ids]));
        }
        if let Some(week) = self.week_id {
            select = select.filter(events::Column::WeekId.eq(week));
        }
        select
    }
}

/// That an event is of a type which has words here. The same in every statement: as text, it is not written out each time.
static KNOWN_TYPES: LazyLock<String> = LazyLock::new(|| {
    let types: Vec<String> = EventType::iter().map(|known| format!("'{}'", known.as_str())).collect();
    format!("\"events\".\"event_type\" IN ({})", types.join(", "))
});

/// The advisory lock of whoever prunes the log ("rpm-prun" in ASCII).
const PRUNE_LOCK: i64 = 0x7270_6d2d_7072_756e;

/// Events removed in one transaction.
const PRUNED_AT_ONCE: i64 = 5000;

/// The channel on which the database says that events have been committed; the payload is the newest one's id.
pub(super) const EVENT_CHANNEL: &str = "rpm_events";

impl Store {
    /// Events oldest first, at most `limit`: all that there are behind a position, or, without one, from the oldest event
    /// that is still kept.
    ///
    /// # Errors
    /// `CURSOR_EXPIRED` when events behind `after` have been removed: a caller that follows a position never gets a gap.
    pub async fn events_after(
        &self,
        scope: Scope,
        filter: &EventFilter,
        after: Option<i64>,
        limit: u64,
    ) -> Result<Vec<events::Model>> {
        let select = || {
            let mut select = filter.select(scope);
            if let Some(after) = after {
                select = select.filter(Expr::col(events::Column::Id.as_column_ref()).gt(after));
            }
            select.order_by_asc(events::Column::Id).limit(limit)
        };
        // As one text: it is what every server reads behind every change, and comes over a connection that is shared.
        let page = select().into_query();
        let texts = Query::select()
            .expr(Expr::cust("json_agg(to_jsonb(page) ORDER BY page.id)::text"))
            .from_subquery(page, "page")
            .take();
        let text = self.db.text(DbBackend::Postgres.build(&texts)).await?;
        let events: Vec<events::Model> = match serde_json::from_str(text.as_deref().unwrap_or("[]")) {
            Ok(events) => events,
            // An instant may be in a year that JSON has no form for.
            Err(_) => select().all(&self.db).await?,
        };
        // Only the log's head is ever removed: nothing can be missing behind the first event, nor before it where none fits.
        // Asked behind the events: what was removed before they were read is certainly seen here.
        if let Some(after) = after
            && events.first().is_none_or(|first| first.id > after + 1)
            && after < self.number("SELECT pruned_through AS number FROM event_log").await?
        {
            return Err(ClientError::CursorExpired.into());
        }
        Ok(events)
    }

    /// Events for many ids.
    pub async fn events_by_id(&self, scope: Scope, ids: &[i64]) -> Result<Vec<events::Model>> {
        Ok(events::Entity::visible(scope).filter(events::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// The position of the newest committed event, though it be removed since; 0 when there never was one.
    pub async fn last_event(&self) -> Result<i64> {
        self.number("SELECT GREATEST(pruned_through, (SELECT max(id) FROM events)) AS number FROM event_log").await
    }

    /// The one number that a statement answers with.
    pub(super) async fn number(&self, sql: &'static str) -> Result<i64> {
        let row = self.db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        Ok(row.ok_or_else(|| Error::internal("the row of event_log is gone"))?.try_get("", "number")?)
    }

    /// Removes the log's head: every event below the first that was recorded at `recorded_before` or later. Says how many;
    /// fewer than all when another instance is at it.
    ///
    /// It goes by `recorded_at`: what was filled in or read from a document happened (`occurred_at`) long before it was
    /// appended, and has followers all the same.
    ///
    /// # Errors
    /// The database's own; what was removed until then stays so.
    pub async fn prune_events(&self, recorded_before: DateTime<Utc>) -> Result<u64> {
        let mut total = 0;
        loop {
            let removed = self.transaction("retention", &recorded_before, |cutoff, tx| tx.prune_events(*cutoff).boxed()).await?;
            total += removed;
            if removed < PRUNED_AT_ONCE.unsigned_abs() {
                return Ok(total);
            }
        }
    }
}

impl Tx {
    async fn prune_events(&self, recorded_before: DateTime<Utc>) -> Result<u64> {
        let lock = "SELECT pg_try_advisory_xact_lock($1) AS mine";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [PRUNE_LOCK.into()]);
        let mine = self.db.query_one_raw(lock).await?.map(|row| row.try_get("", "mine")).transpose()?;
        if mine != Some(true) {
            return Ok(0);
        }
        let prune = include_str!("sql/prune_events.sql");
        let values = [recorded_before.into(), PRUNED_AT_ONCE.into()];
        let pruned = self.db.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, prune, values)).await?;
        let removed: i64 = pruned.map(|row| row.try_get("", "removed")).transpose()?.unwrap_or_default();
        Ok(removed.unsigned_abs())
    }
}
