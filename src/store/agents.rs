//! Agents and their heartbeats.

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;
use sea_orm::sea_query::{Condition, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{ActionKey, Actor, NewEvent, Order, Page, Slice, Store, Tx};
use crate::entities::enums::{AgentState, EventType, OwnerKind};
use crate::entities::{actions, agents, heartbeats};
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, AgentId, OwnerId};

/// Which agents are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AgentFilter {
    /// Any of these, as shown: an agent silent since before `stale_before` counts as offline.
    pub status: Option<Vec<AgentState>>,
    /// Health score at most this.
    pub max_health: Option<i32>,
    /// Agents that have not reported since this instant are offline.
    pub stale_before: Option<DateTime<Utc>>,
}

/// What agents can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgentOrderField {
    /// Name.
    Name,
    /// Health score.
    HealthScore,
    /// Last heartbeat.
    LastHeartbeat,
}

impl AgentFilter {
    pub(super) fn select(&self, scope: Scope) -> Select<agents::Entity> {
        use agents::Column as C;
        let mut select = agents::Entity::visible(scope);
        if let Some(status) = &self.status {
            let mut shown = Condition::any().add(
                Condition::all()
                    .add(C::Status.is_in(status.iter().copied()))
                    .add_option(self.stale_before.map(|instant| C::LastHeartbeat.gte(instant))),
            );
            if status.contains(&AgentState::Offline) {
                shown = shown
                    .add(C::Status.eq(AgentState::Offline))
                    .add_option(self.stale_before.map(|instant| C::LastHeartbeat.lt(instant)));
            }
            select = select.filter(shown);
        }
        if let Some(score) = self.max_health {
            select = select.filter(C::HealthScore.lte(score));
        }
        select
    }
}

/// What an agent reports of itself.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// The agent, in any known spelling.
    pub agent: String,
    /// How it is.
    pub status: AgentState,
    /// 0–100; as before where absent (100 for a new agent).
    pub health_score: Option<i32>,
    /// What it works on; nothing where absent.
    pub current_action: Option<ActionKey>,
    /// What went wrong.
    pub error: Option<String>,
    /// When its session began.
    pub session_start: Option<DateTime<Utc>>,
    /// When it reported.
    pub reported_at: DateTime<Utc>,
    /// Anything else (process id, memory …).
    pub metadata: Json,
}

/// The order of a list of agents.
pub(super) const fn agent_key(order: Order<AgentOrderField>) -> Key<agents::Column> {
    let (column, kind, name) = match order.field {
        AgentOrderField::Name => (agents::Column::AgentName, Kind::Text, "agent.name"),
        AgentOrderField::HealthScore => (agents::Column::HealthScore, Kind::Int, "agent.health"),
        AgentOrderField::LastHeartbeat => (agents::Column::LastHeartbeat, Kind::Instant, "agent.heartbeat"),
    };
    Key { column, id: agents::Column::Id, kind, nullable: false, direction: order.direction, name }
}

impl Store {
    /// Every agent, by name: for the server's own records.
    pub async fn all_agents(&self) -> Result<Vec<agents::Model>> {
        Ok(agents::Entity::find().order_by_asc(agents::Column::AgentName).all(&self.db).await?)
    }

    /// Agents for many ids.
    pub async fn agents_by_id(&self, scope: Scope, ids: &[AgentId]) -> Result<Vec<agents::Model>> {
        Ok(agents::Entity::visible(scope).filter(agents::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// Agents for many canonical names.
    pub async fn agents_by_name(&self, scope: Scope, names: &[String]) -> Result<Vec<agents::Model>> {
        Ok(agents::Entity::visible(scope).filter(agents::Column::AgentName.is_in(names)).all(&self.db).await?)
    }

    /// The agents that work on any of the given actions at this moment.
    pub async fn agents_by_current_action(&self, scope: Scope, ids: &[ActionId]) -> Result<Vec<agents::Model>> {
        Ok(agents::Entity::visible(scope)
            .filter(agents::Column::CurrentActionId.is_in(ids.iter().copied()))
            .all(&self.db)
            .await?)
    }

    /// A page of agents.
    pub async fn agents(
        &self,
        scope: Scope,
        filter: &AgentFilter,
        order: Order<AgentOrderField>,
        page: &Page,
    ) -> Result<Slice<agents::Model>> {
        self.slice(filter.select(scope), agent_key(order), page).await
    }

    /// How many agents a filter lets through.
    pub async fn count_agents(&self, scope: Scope, filter: &AgentFilter) -> Result<u64> {
        Ok(filter.select(scope).count(&self.db).await?)
    }

    /// Records what an agent reports. The same report twice is recorded once; one that is older than the last goes into
    /// the history only.
    ///
    /// # Errors
    /// `NOT_FOUND` when its current action is not there.
    pub async fn record_heartbeat(&self, scope: Scope, actor: &Actor, heartbeat: &Heartbeat) -> Result<agents::Model> {
        self.transaction(actor, heartbeat, move |heartbeat, tx| record_heartbeat(tx, scope, heartbeat).boxed()).await
    }
}

async fn record_heartbeat(tx: &mut Tx, scope: Scope, heartbeat: &Heartbeat) -> Result<agents::Model> {
    let reported_at = heartbeat.reported_at.trunc_subsecs(6);
    let owner = tx.owner(&heartbeat.agent, OwnerKind::Agent).await?;
    if owner.kind == OwnerKind::Person {
        return Err(ClientError::input("input.agent", format!("{} is a person, not an agent", owner.name)).into());
    }
    let current_action_id = match &heartbeat.current_action {
        None => None,
        Some(key) => Some(
            key.filter(actions::Entity::visible(scope))
                .one(&tx.db)
                .await?
                .ok_or_else(|| ClientError::not_found("action", key))?
                .id,
        ),
    };
    let new = agents::ActiveModel {
        id: Set(AgentId(Uuid::new_v4())),
        agent_name: Set(owner.name.clone()),
        status: Set(heartbeat.status),
        last_heartbeat: Set(reported_at),
        ..Default::default()
    };
    let inserted = agents::Entity::insert(new)
        .on_conflict(OnConflict::column(agents::Column::AgentName).do_nothing().to_owned())
        .exec_without_returning(&tx.db)
        .await?;
    let before = agents::Entity::find()
        .filter(agents::Column::AgentName.eq(&owner.name))
        .lock(LockType::NoKeyUpdate)
        .one(&tx.db)
        .await?
        .ok_or_else(|| ClientError::not_found("agent", &owner.name))?;
    let is_new = inserted > 0;
    let health_score = heartbeat.health_score.unwrap_or(before.health_score);
    let line = heartbeats::ActiveModel {
        agent_id: Set(before.id),
        reported_at: Set(reported_at),
        status: Set(heartbeat.status),
        health_score: Set(health_score),
        current_action_id: Set(current_action_id),
        error: Set(heartbeat.error.clone()),
        metadata: Set(heartbeat.metadata.clone()),
        ..Default::default()
    };
    let known = OnConflict::columns([heartbeats::Column::AgentId, heartbeats::Column::ReportedAt]).do_nothing().to_owned();
    let recorded = heartbeats::Entity::insert(line).on_conflict(known).exec_without_returning(&tx.db).await?;
    if recorded == 0 || (!is_new && reported_at < before.last_heartbeat) {
        return Ok(before);
    }
    let mut next = before.clone();
    if is_new {
        // What it completed before anybody heard of it counts too.
        (next.total_actions_completed, next.total_hours_worked) = tx.agent_totals(&owner.name).await?;
    }
    next.status = heartbeat.status;
    next.health_score = health_score;
    next.last_heartbeat = reported_at;
    next.current_action_id = current_action_id;
    next.session_start = heartbeat.session_start.map(|start| start.trunc_subsecs(6)).or(before.session_start);
    next.error_log.clone_from(&heartbeat.error);
    next.updated_at = reported_at;
    next.metadata = heartbeat.metadata.clone();
    let agent = next.into_active_model().reset_all().update(&tx.db).await?;
    tx.emit_agent((!is_new).then_some(&before), &agent, owner.id);
    Ok(agent)
}

impl Tx {
    /// Leaves the event that a change of an agent deserves: a new agent, another status, health, action or error.
    pub fn emit_agent(&mut self, before: Option<&agents::Model>, agent: &agents::Model, owner: OwnerId) {
        let seen = |row: &agents::Model| (row.status, row.health_score, row.current_action_id, row.error_log.clone());
        if before.is_some_and(|before| seen(before) == seen(agent)) {
            return;
        }
        self.emit(NewEvent {
            agent_id: Some(agent.id),
            action_id: agent.current_action_id,
            owner_ids: vec![owner.0],
            payload: json!({
                "agent": agent.agent_name,
                "status": agent.status.as_str(),
                "previousStatus": before.map(|before| before.status.as_str()),
                "healthScore": agent.health_score,
                "previousHealthScore": before.map(|before| before.health_score),
            }),
            ..NewEvent::new(EventType::AgentStatusChange)
        });
    }
}
