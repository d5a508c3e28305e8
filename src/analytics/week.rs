//! The metrics of a week: SPEC 2.3, section 1, and `rpm_plan_effectiveness`.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::formulas::{days, days_begun, estimation_accuracy, mean, percentage};
use crate::store::ActionSums;

/// How many of some actions are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Actions.
    pub total: i64,
    /// Of these, completed.
    pub completed: i64,
}

impl Completion {
    /// Completed ÷ all, in percent; none of no actions.
    #[must_use]
    pub fn rate(self) -> Option<Decimal> {
        percentage(self.completed, self.total)
    }
}

/// All actions.
#[must_use]
pub fn all(sums: &ActionSums) -> Completion {
    Completion { total: sums.total, completed: sums.completed }
}

/// Those that the principal owns, alone or with others.
#[must_use]
pub fn principal(sums: &ActionSums) -> Completion {
    Completion { total: sums.principal_total, completed: sums.principal_completed }
}

/// Those that the principal does not own: with the principal's these are all.
#[must_use]
pub fn team(sums: &ActionSums) -> Completion {
    Completion { total: sums.total - sums.principal_total, completed: sums.completed - sums.principal_completed }
}

/// Completed actions for each day that has begun; none before the first day.
#[must_use]
pub fn velocity(completed: i64, (first, last): (NaiveDate, NaiveDate), today: NaiveDate) -> Option<Decimal> {
    mean(completed.into(), days_begun(first, last, today))
}

/// Completed by their due date, of those completed that have one, in percent; none where there are none. Overdue open actions are no
/// part of it: they are late when they are done.
#[must_use]
pub fn on_time_rate(sums: &ActionSums) -> Option<Decimal> {
    percentage(sums.on_time, sums.due)
}

/// Average days from making to completion, of those completed after they were made; none where there are none.
#[must_use]
pub fn cycle_time_days(sums: &ActionSums) -> Option<Decimal> {
    mean(days(sums.cycle_seconds), sums.cycles)
}

/// Average estimate in hours; none where nothing is estimated.
#[must_use]
pub fn average_estimated_hours(sums: &ActionSums) -> Option<Decimal> {
    mean(sums.estimated_hours, sums.estimated)
}

/// Average hours spent; none where none are recorded.
#[must_use]
pub fn average_actual_hours(sums: &ActionSums) -> Option<Decimal> {
    mean(sums.recorded_hours, sums.recorded)
}

/// Average hours spent ÷ average estimate; see [`estimation_accuracy`].
#[must_use]
pub fn accuracy(sums: &ActionSums) -> Option<Decimal> {
    estimation_accuracy((sums.recorded_hours, sums.recorded), (sums.estimated_hours, sums.estimated))
}

/// Several parts together.
#[must_use]
pub fn together(parts: impl IntoIterator<Item = Completion>) -> Completion {
    parts.into_iter().fold(Completion::default(), |sum, part| Completion {
        total: sum.total + part.total,
        completed: sum.completed + part.completed,
    })
}
