//! The event log.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbBackend, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, Statement};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Store;
use super::scope::{Scope, Scoped};
use crate::entities::enums::EventType;
use crate::entities::events;
use crate::error::Result;
use crate::ids::{ActionId, AgentId, DeliverableId, OwnerId, ResultId, SongId, WeekId};

/// An event that a transaction leaves.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What it tells of.
    pub event_type: EventType,
    /// The week it belongs to.
    pub week_id: Option<WeekId>,
    /// The result it belongs to.
    pub result_id: Option<ResultId>,
    /// The action it tells of.
    pub action_id: Option<ActionId>,
    /// The agent it tells of.
    pub agent_id: Option<AgentId>,
    /// The deliverable it tells of.
    pub deliverable_id: Option<DeliverableId>,
    /// The song it tells of.
    pub song_id: Option<SongId>,
    /// The owners of the action at this moment.
    pub owner_ids: Vec<Uuid>,
    /// When it happened; the moment of the commit where absent.
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

    pub(super) fn to_json(&self) -> Json {
        json!({
            "event_type": self.event_type.as_str(),
            "week_id": self.week_id,
            "result_id": self.result_id,
            "action_id": self.action_id,
            "agent_id": self.agent_id,
            "deliverable_id": self.deliverable_id,
            "song_id": self.song_id,
            "owner_ids": self.owner_ids,
            "occurred_at": self.occurred_at,
            "payload": self.payload,
        })
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

#[derive(FromQueryResult)]
struct Position {
    position: i64,
}

/// The channel on which the database says that events have been committed; the payload is the newest one's id.
pub const EVENT_CHANNEL: &str = "rpm_events";

impl Store {
    /// Events behind a position, oldest first, at most `limit`.
    pub async fn events_after(&self, scope: Scope, filter: &EventFilter, after: i64, limit: u64) -> Result<Vec<events::Model>> {
        Ok(filter
            .select(scope)
            .filter(Expr::col(events::Column::Id.as_column_ref()).gt(after))
            .order_by_asc(events::Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?)
    }

    /// Events for many ids.
    pub async fn events_by_id(&self, scope: Scope, ids: &[i64]) -> Result<Vec<events::Model>> {
        Ok(events::Entity::visible(scope).filter(events::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// The position of the newest committed event; 0 when there is none.
    pub async fn last_event(&self) -> Result<i64> {
        let statement = Statement::from_string(DbBackend::Postgres, "SELECT COALESCE(max(id), 0) AS position FROM events");
        Ok(Position::find_by_statement(statement).one(&self.db).await?.map_or(0, |row| row.position))
    }
}
