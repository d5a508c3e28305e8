//! Completion over time: SPEC 2.4, `completion-trends`.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::revenue::{self, Revenue};
use super::week::{self, Completion, velocity};
use super::{Basis, Span};
use crate::entities::enums::PeriodType;
use crate::entities::periods;
use crate::error::Result;
use crate::ids::WeekId;
use crate::store::{ActionSums, PlanWeek, ResultSums, Scope, Store};

/// The most weeks that a trend reaches back.
pub const MAX_WEEKS: u32 = 104;

/// A point of a trend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// First day.
    pub first: NaiveDate,
    /// Last day, included.
    pub last: NaiveDate,
    /// All actions.
    pub total: i64,
    /// Of these, completed.
    pub completed: i64,
    /// Completed of all, in percent.
    pub rate: Option<Decimal>,
    /// Completed actions for each day that has begun.
    pub velocity: Option<Decimal>,
    /// The principal's own rate, in percent.
    pub principal_rate: Option<Decimal>,
    /// What was aimed at and earned.
    pub revenue: Revenue,
}

/// The last weeks up to today, oldest first, in steps. Weekly: a point for each day on which plans begin, and the numbers are those of
/// these plans together. Other steps: the DNA periods that begin in those weeks.
///
/// # Errors
/// The database's own.
pub async fn completion(store: &Store, basis: &Basis, step: PeriodType, weeks: u32, today: NaiveDate) -> Result<Vec<Point>> {
    let span = Span::ending(today, 7 * weeks);
    if step == PeriodType::Weekly {
        return by_plan(store, basis, span).await;
    }
    let rows = store.periods_between(step, (span.from, span.through), basis.zone).await?;
    Ok(rows.into_iter().map(|row| of_period(basis, row)).collect())
}

fn of_period(basis: &Basis, row: periods::Model) -> Point {
    let end = basis.day(row.period_end);
    Point {
        first: basis.day(row.period_start),
        last: end.pred_opt().unwrap_or(end),
        total: row.total_actions.into(),
        completed: row.completed_actions.into(),
        rate: row.completion_rate,
        velocity: row.velocity_score,
        principal_rate: row.jesse_completion_rate,
        revenue: Revenue::of(row.revenue_target, row.revenue_actual),
    }
}

async fn by_plan(store: &Store, basis: &Basis, span: Span) -> Result<Vec<Point>> {
    let plans = plans(store, basis, span).await?;
    let same_day = plans.chunk_by(|one, next| one.week.first_day == next.week.first_day);
    Ok(same_day.map(|plans| of_plans(plans, span.through)).collect())
}

fn of_plans(plans: &[Plan], today: NaiveDate) -> Point {
    let sums = week::together(plans.iter().map(|plan| &plan.sums));
    let revenues: Vec<Revenue> = plans.iter().map(Plan::revenue).collect();
    // They begin on one day and are not all equally long: their days are those of the longest.
    let first = plans.iter().map(|plan| plan.week.first_day).min().unwrap_or(today);
    let last = plans.iter().map(|plan| plan.week.last_day).max().unwrap_or(today);
    Point {
        first,
        last,
        total: sums.total,
        completed: sums.completed,
        rate: Completion { total: sums.total, completed: sums.completed }.rate(),
        velocity: velocity(sums.completed, (first, last), today),
        principal_rate: week::principal(&sums).rate(),
        revenue: revenue::together(&revenues),
    }
}

/// A plan with its sums.
pub(super) struct Plan {
    pub(super) week: PlanWeek,
    pub(super) sums: ActionSums,
    pub(super) results: Vec<ResultSums>,
}

impl Plan {
    pub(super) fn revenue(&self) -> Revenue {
        revenue::of_week(Some((self.week.target_low, self.week.target_high)), &self.results)
    }
}

/// The plans that begin in some days, with their sums: three statements and one for the principal, whatever the number of plans.
pub(super) async fn plans(store: &Store, basis: &Basis, span: Span) -> Result<Vec<Plan>> {
    let weeks = store.plan_weeks(span.from, span.through).await?;
    let ids: Vec<WeekId> = weeks.iter().map(|week| week.id).collect();
    let principal = basis.principal(store).await?;
    let mut sums: std::collections::HashMap<_, _> =
        store.action_sums_by_week(Scope::All, &ids, principal).await?.into_iter().collect();
    let mut results: std::collections::HashMap<WeekId, Vec<ResultSums>> = std::collections::HashMap::new();
    for result in store.result_sums_by_week(Scope::All, &ids).await? {
        results.entry(result.week_id).or_default().push(result);
    }
    let plan = |week: PlanWeek| {
        let (sums, results) = (sums.remove(&week.id), results.remove(&week.id));
        Plan { sums: sums.unwrap_or_default(), results: results.unwrap_or_default(), week }
    };
    Ok(weeks.into_iter().map(plan).collect())
}
