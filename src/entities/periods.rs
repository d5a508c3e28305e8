//! The sums of a day, week, month or quarter.

use sea_orm::entity::prelude::*;

use crate::entities::enums::PeriodType;
use crate::ids::PeriodId;

/// The sums of a day, week, month or quarter.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rpm_dna_periods")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PeriodId,
    pub period_type: PeriodType,
    pub period_start: DateTimeUtc,
    pub period_end: DateTimeUtc,
    pub total_actions: i32,
    pub completed_actions: i32,
    pub completion_rate: Option<Decimal>,
    pub velocity_score: Option<Decimal>,
    pub revenue_target: Option<Decimal>,
    pub revenue_actual: Option<Decimal>,
    /// The principal's rate, under SPEC's column name.
    pub jesse_completion_rate: Option<Decimal>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
