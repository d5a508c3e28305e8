//! One action of the massive action plan.

use sea_orm::entity::prelude::*;

use crate::entities::enums::{ActionStatus, FunnelStage};
use crate::ids::{ActionId, ResultId};

/// One action of the massive action plan.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rpm_action_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActionId,
    pub result_id: ResultId,
    /// Order within the result.
    pub position: i32,
    /// Unique everywhere.
    pub action_code: String,
    pub action_text: String,
    pub description: Option<String>,
    /// As written; `action_owners` holds whom it means.
    pub owner: Option<String>,
    pub due_date: Option<DateTimeUtc>,
    pub funnel_stage: FunnelStage,
    pub status: ActionStatus,
    pub started_at: Option<DateTimeUtc>,
    pub completion_date: Option<DateTimeUtc>,
    pub estimated_hours: Option<Decimal>,
    pub actual_hours: Option<Decimal>,
    /// Array of action codes.
    #[sea_orm(column_type = "JsonBinary")]
    pub dependencies: Json,
    pub blocker_description: Option<String>,
    pub verification_criteria: Option<String>,
    pub evidence_path: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
