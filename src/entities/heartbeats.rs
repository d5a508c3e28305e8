//! One report of an agent.

use sea_orm::entity::prelude::*;

use crate::entities::enums::AgentState;
use crate::ids::{ActionId, AgentId};

/// One report of an agent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_heartbeats")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub agent_id: AgentId,
    pub reported_at: DateTimeUtc,
    pub status: AgentState,
    pub health_score: i32,
    pub current_action_id: Option<ActionId>,
    pub error: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
