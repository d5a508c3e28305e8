//! What a week is committed to achieve.

use sea_orm::entity::prelude::*;

use crate::entities::enums::ResultStatus;
use crate::ids::{ResultId, WeekId};

/// What a week is committed to achieve.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rpm_results")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResultId,
    pub weekly_plan_id: WeekId,
    /// Order within the plan.
    pub position: i32,
    pub result_code: String,
    pub result_text: String,
    pub purpose: String,
    pub outcome: Option<String>,
    pub verification_criteria: Option<String>,
    /// As written.
    pub owner: Option<String>,
    /// 1 is the highest, 0 unknown.
    pub priority: i32,
    pub category: Option<String>,
    pub status: ResultStatus,
    pub completion_date: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
