//! A weekly plan. Unique by project and first day.

use sea_orm::entity::prelude::*;

use crate::entities::enums::WeekStatus;
use crate::ids::{ProjectId, WeekId};

/// A weekly plan. Unique by project and first day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rpm_weekly_plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WeekId,
    pub project_id: ProjectId,
    /// The document's own code (`RPM-BOOT-001`).
    pub code: Option<String>,
    pub title: String,
    pub week_start_date: Date,
    /// Last day, included.
    pub week_end_date: Date,
    pub status: WeekStatus,
    pub classification: Option<String>,
    /// As written.
    pub owner: String,
    pub version: Option<String>,
    /// Completed ÷ all actions, 0–100, kept with every change of an action.
    pub completion_rate: Option<Decimal>,
    /// US dollars.
    pub revenue_target_low: Option<Decimal>,
    /// US dollars.
    pub revenue_target_high: Option<Decimal>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
