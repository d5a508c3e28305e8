//! DNA periods.

use async_graphql::SimpleObject;

use crate::entities::periods;
use crate::ids::PeriodId;
use crate::schema::enums::PeriodType;
use crate::schema::scalars::{DateTime, Decimal};

/// A DNA period: the actions due in a day, week (from Monday), month or quarter of RPM_TIMEZONE, as they stand now, in sums. A change
/// shows within a minute. There is none where nothing was ever due, but for those that we were in.
#[derive(SimpleObject, Clone, Debug)]
pub struct Period {
    /// Global id.
    pub id: PeriodId,
    /// How long it is.
    pub r#type: PeriodType,
    /// When it begins.
    pub start: DateTime,
    /// When it ends, excluded.
    pub end: DateTime,
    /// Actions due in it.
    pub total_actions: i32,
    /// Actions completed of those.
    pub completed_actions: i32,
    /// Completed ÷ all, 0–100; null when there are none.
    pub completion_rate: Option<Decimal>,
    /// Completed ÷ days of it that have begun; null before the first.
    pub velocity_score: Option<Decimal>,
    /// What the deliverables of these actions are to bring, in US dollars; null when none is set.
    pub revenue_target: Option<Decimal>,
    /// What they brought, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
    /// The principal's own completion rate, 0–100; null when they have no actions in it.
    pub principal_completion_rate: Option<Decimal>,
}

impl From<periods::Model> for Period {
    fn from(row: periods::Model) -> Self {
        Self {
            id: row.id,
            r#type: row.period_type.into(),
            start: DateTime(row.period_start),
            end: DateTime(row.period_end),
            total_actions: row.total_actions,
            completed_actions: row.completed_actions,
            completion_rate: row.completion_rate.map(Decimal),
            velocity_score: row.velocity_score.map(Decimal),
            revenue_target: row.revenue_target.map(Decimal),
            revenue_actual: row.revenue_actual.map(Decimal),
            principal_completion_rate: row.jesse_completion_rate.map(Decimal),
        }
    }
}
