//! DNA periods: the sums of the past weeks and of the current week's days, taken from the very rows.

use chrono::{DateTime, Days, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::calendar::{Calendar, PAST_WEEKS};
use super::outputs::Deliverable;
use super::owners::Owners;
use super::plan::{Plan, rate};
use super::random::Random;
use crate::entities::enums::{ActionStatus, PeriodType};
use crate::entities::periods;
use crate::ids::{OwnerId, PeriodId};

/// Begin and end of a period, and its revenue target and actual.
type Frame = (PeriodType, DateTime<Utc>, DateTime<Utc>, Option<Decimal>, Option<Decimal>);

pub(super) fn periods(
    random: &mut Random,
    calendar: &Calendar,
    owners: &Owners,
    plan: &Plan,
    made: &[Deliverable],
) -> Vec<periods::Model> {
    let principal = owners.id("Jesse");
    let target_of = |week: usize| {
        let week = plan.weeks.get(week)?;
        Some((week.revenue_target_low? + week.revenue_target_high?) / Decimal::TWO)
    };
    let mut periods = Vec::new();
    for week in 0..PAST_WEEKS {
        let (start, end) = calendar.week(week);
        let earned = made.iter().filter(|item| plan.actions[item.action].week == week);
        let actual = earned.filter_map(|item| item.row.revenue_actual).sum();
        periods.push(period(random, plan, principal, (PeriodType::Weekly, start, end, target_of(week), Some(actual))));
    }
    for day in 0..7 {
        let date = calendar.monday(PAST_WEEKS) + Days::new(day);
        let (start, end) = (calendar.at(date, 0, 0), calendar.at(date + Days::new(1), 0, 0));
        let published = made.iter().filter(|item| item.row.published_at.is_some_and(|at| at >= start && at < end));
        let actual = (start <= calendar.now).then(|| published.filter_map(|item| item.row.revenue_actual).sum());
        let target = target_of(PAST_WEEKS).map(|target| (target / Decimal::from(7)).round_dp(2));
        periods.push(period(random, plan, principal, (PeriodType::Daily, start, end, target, actual)));
    }
    periods
}

/// Sums up the actions that are due in a period. A late completion counts for the period in which it was due.
fn period(
    random: &mut Random,
    plan: &Plan,
    principal: Option<OwnerId>,
    (period_type, start, end, revenue_target, revenue_actual): Frame,
) -> periods::Model {
    let due = || plan.actions.iter().filter(|action| action.row.due_date.is_some_and(|due| due >= start && due < end));
    let own = || due().filter(|action| principal.is_some_and(|id| action.owners.contains(&id)));
    let done = |status| status == ActionStatus::Completed;
    let completed = due().filter(|action| done(action.row.status)).count();
    let own_completed = own().filter(|action| done(action.row.status)).count();
    // A day on which the clock is changed is a day all the same.
    let days = ((end - start) + TimeDelta::hours(12)).num_days().max(1);
    periods::Model {
        id: PeriodId(random.uuid()),
        period_type,
        period_start: start,
        period_end: end,
        total_actions: i32::try_from(due().count()).unwrap_or(i32::MAX),
        completed_actions: i32::try_from(completed).unwrap_or(i32::MAX),
        completion_rate: rate(completed, due().count()),
        velocity_score: revenue_actual.map(|_| (Decimal::from(completed) / Decimal::from(days)).round_dp(2)),
        revenue_target,
        revenue_actual,
        jesse_completion_rate: rate(own_completed, own().count()),
        created_at: end.min(start + TimeDelta::hours(1)),
    }
}
