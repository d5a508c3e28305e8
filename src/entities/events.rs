//! One line of the event log.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::entities::enums::EventType;
use crate::ids::{ActionId, AgentId, DeliverableId, ResultId, SongId, WeekId};

/// One line of the event log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub event_type: EventType,
    pub occurred_at: DateTimeUtc,
    /// When it was written into the log, by the database's clock.
    pub recorded_at: DateTimeUtc,
    /// Member, agent or job that made the change.
    pub actor: String,
    pub week_id: Option<WeekId>,
    pub result_id: Option<ResultId>,
    pub action_id: Option<ActionId>,
    pub agent_id: Option<AgentId>,
    pub deliverable_id: Option<DeliverableId>,
    pub song_id: Option<SongId>,
    /// Owners of the action at that moment: the owner filter and the TEAM scope look here.
    pub owner_ids: Vec<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
