//! What forecasts are made of: the actions of some weeks with what they wait for, and how long actions took before.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;

use super::metrics::{ids, visible};
use super::{Scope, Store};
use crate::entities::enums::{ActionStatus, FunnelStage};
use crate::error::Result;
use crate::ids::{ActionId, OwnerId, ResultId, WeekId};

/// An action of a week, or one of another week that an action of the week waits for.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PlannedAction {
    /// The week that is asked about.
    pub week_id: WeekId,
    /// When that week begins.
    pub begins_at: DateTime<Utc>,
    /// When that week is over.
    pub ends_at: DateTime<Utc>,
    /// Whether the action is of that week.
    pub is_of_week: bool,
    /// The action.
    pub id: ActionId,
    /// Its code.
    pub code: String,
    /// Its result.
    pub result_id: ResultId,
    /// Where it stands.
    pub status: ActionStatus,
    /// Its first owner; none where it has none.
    pub owner_id: Option<OwnerId>,
    /// Canonical name of the first owner.
    pub owner: Option<String>,
    /// Stage of the funnel.
    pub stage: FunnelStage,
    /// Estimate.
    pub estimated_hours: Option<Decimal>,
    /// When it is due.
    pub due_date: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When work began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed; none while it is open.
    pub completed_at: Option<DateTime<Utc>>,
    /// Codes of what it waits for, as an array.
    pub dependencies: serde_json::Value,
}

/// An action as far as it tells how long actions take.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PastAction {
    /// Its first owner; none where it has none.
    pub owner_id: Option<OwnerId>,
    /// Stage of the funnel.
    pub stage: FunnelStage,
    /// Estimate.
    pub estimated_hours: Option<Decimal>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When work began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed, later than it was made; none while it is open.
    pub completed_at: Option<DateTime<Utc>>,
    /// When its week is over.
    pub week_ends_at: DateTime<Utc>,
}

/// Whether it is also asked what completed actions waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// What is open, and what it waits for.
    Open,
    /// Everything: for a look back.
    Everything,
}

impl Store {
    /// The visible actions of many weeks, and the visible ones elsewhere that they wait for, by week and code.
    pub async fn planned_actions(&self, scope: Scope, weeks: &[WeekId], zone: Tz, follow: Follow) -> Result<Vec<PlannedAction>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        let values = [ids(weeks), owner.into(), zone.name().into(), (follow == Follow::Everything).into()];
        self.sums(include_str!("sql/forecast_plan.sql"), values).await
    }

    /// The visible actions that were made in a span of time (its end excluded), the newest first: at most `limit`. Weeks end in the zone.
    pub async fn past_actions(
        &self,
        scope: Scope,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        zone: Tz,
        limit: u32,
    ) -> Result<Vec<PastAction>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        let values = [owner.into(), from.into(), to.into(), i64::from(limit).into(), zone.name().into()];
        self.sums(include_str!("sql/forecast_history.sql"), values).await
    }
}
