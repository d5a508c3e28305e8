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
    let plans: Vec<Standing> = plans(store, basis, span).await?.iter().map(Plan::standing).collect();
    Ok(points(&plans, span.through))
}

/// How a plan stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Its first and its last day.
    pub(super) days: (NaiveDate, NaiveDate),
    pub(super) all: Completion,
    pub(super) principal: Completion,
    pub(super) revenue: Revenue,
}

/// A point for each day on which some of these plans begin; they come in that order.
pub(super) fn points(plans: &[Standing], today: NaiveDate) -> Vec<Point> {
    plans.chunk_by(|one, next| one.days.0 == next.days.0).map(|plans| of_plans(plans, today)).collect()
}

fn of_plans(plans: &[Standing], today: NaiveDate) -> Point {
    let all = week::together(plans.iter().map(|plan| plan.all));
    let revenues: Vec<Revenue> = plans.iter().map(|plan| plan.revenue).collect();
    // They begin on one day and are not all equally long: their days are those of the longest.
    let first = plans.iter().map(|plan| plan.days.0).min().unwrap_or(today);
    let last = plans.iter().map(|plan| plan.days.1).max().unwrap_or(today);
    Point {
        first,
        last,
        total: all.total,
        completed: all.completed,
        rate: all.rate(),
        velocity: velocity(all.completed, (first, last), today),
        principal_rate: week::together(plans.iter().map(|plan| plan.principal)).rate(),
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

    fn standing(&self) -> Standing {
        Standing {
            days: (self.week.first_day, self.week.last_day),
            all: week::all(&self.sums),
            principal: week::principal(&self.sums),
            revenue: self.revenue(),
        }
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
