//! An agent as it is now.

use sea_orm::entity::prelude::*;

use crate::entities::enums::AgentState;
use crate::ids::{ActionId, AgentId};

/// An agent as it is now.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_status")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgentId,
    /// The canonical owner name.
    pub agent_name: String,
    pub status: AgentState,
    /// 0–100.
    pub health_score: i32,
    pub last_heartbeat: DateTimeUtc,
    pub current_action_id: Option<ActionId>,
    pub session_start: Option<DateTimeUtc>,
    pub total_actions_completed: i32,
    pub total_hours_worked: Decimal,
    pub error_log: Option<String>,
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
