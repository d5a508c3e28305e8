//! Agents.

use async_graphql::SimpleObject;

use crate::entities::agents;
use crate::ids::{ActionId, AgentId};
use crate::schema::enums::AgentStatus;
use crate::schema::scalars::{DateTime, Decimal, Json};

/// A software agent as it last reported.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Agent {
    /// Global id.
    pub id: AgentId,
    /// The canonical name (`Artifacts`).
    pub name: String,
    /// How it is: as reported, or OFFLINE when it has been silent for too long.
    pub status: AgentStatus,
    /// 0 (critical) to 100 (excellent).
    pub health_score: i32,
    /// When it last reported.
    pub last_heartbeat: DateTime,
    #[graphql(skip)]
    pub current_action_id: Option<ActionId>,
    /// When its session began; null when it did not say.
    pub session_start: Option<DateTime>,
    /// Actions completed so far that it owned, alone or with others.
    pub total_actions_completed: i32,
    /// Sum of the recorded hours of those actions.
    pub total_hours_worked: Decimal,
    /// What it last reported as wrong, in its own words; null when nothing is. Who sees the agent sees it.
    pub error_log: Option<String>,
    /// What else it reported (process id, memory …), by key.
    pub metadata: Json,
    /// When any of this last changed.
    pub updated_at: DateTime,
}

impl From<agents::Model> for Agent {
    fn from(row: agents::Model) -> Self {
        Self {
            id: row.id,
            name: row.agent_name,
            status: row.status.into(),
            health_score: row.health_score,
            last_heartbeat: DateTime(row.last_heartbeat),
            current_action_id: row.current_action_id,
            session_start: row.session_start.map(DateTime),
            total_actions_completed: row.total_actions_completed,
            total_hours_worked: Decimal(row.total_hours_worked),
            error_log: row.error_log,
            metadata: Json(row.metadata),
            updated_at: DateTime(row.updated_at),
        }
    }
}
