//! How agents did: SPEC 2.3, section 4, and `agent_performance`.

use rust_decimal::Decimal;

use super::formulas::{hours, mean, ratio};
use crate::store::AgentDay;

/// An agent over a day or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performance {
    /// Actions of its that were completed, alone or with others.
    pub completed: i64,
    /// Hours spent on these.
    pub hours_worked: Decimal,
    cycles: i64,
    cycle_seconds: Decimal,
    beats: i64,
    health_sum: i64,
    /// The lowest health score, 0–100; none without a heartbeat.
    pub health_minimum: Option<i32>,
    /// Heartbeats that told of an error.
    pub errors: i64,
    active_seconds: Decimal,
    idle_seconds: Decimal,
    error_seconds: Decimal,
}

impl Performance {
    /// Several days together.
    #[must_use]
    pub fn over<'a>(days: impl IntoIterator<Item = &'a AgentDay>) -> Self {
        days.into_iter().fold(Self::default(), |sum, day| Self {
            completed: sum.completed + day.completed,
            hours_worked: sum.hours_worked + day.hours,
            cycles: sum.cycles + day.cycles,
            cycle_seconds: sum.cycle_seconds + day.cycle_seconds,
            beats: sum.beats + day.beats,
            health_sum: sum.health_sum + day.health_sum,
            health_minimum: sum.health_minimum.into_iter().chain(day.health_least).min(),
            errors: sum.errors + day.errors,
            active_seconds: sum.active_seconds + day.active_seconds,
            idle_seconds: sum.idle_seconds + day.idle_seconds,
            error_seconds: sum.error_seconds + day.error_seconds,
        })
    }

    /// Average hours from making to completion, of the actions completed after they were made; none where there are none.
    #[must_use]
    pub fn average_completion_hours(&self) -> Option<Decimal> {
        mean(hours(self.cycle_seconds), self.cycles)
    }

    /// Average of the health scores, 0–100; none without a heartbeat.
    #[must_use]
    pub fn health_average(&self) -> Option<Decimal> {
        mean(self.health_sum.into(), self.beats)
    }

    /// Hours at work. A heartbeat tells how the agent is until the next one, and no longer than `RPM_AGENT_STALE_AFTER`.
    #[must_use]
    pub fn active_hours(&self) -> Decimal {
        hours(self.active_seconds)
    }

    /// Hours idle.
    #[must_use]
    pub fn idle_hours(&self) -> Decimal {
        hours(self.idle_seconds)
    }

    /// Hours in error.
    #[must_use]
    pub fn error_hours(&self) -> Decimal {
        hours(self.error_seconds)
    }

    /// Active ÷ (active + idle), in percent; none where both are 0.
    #[must_use]
    pub fn utilization(&self) -> Option<Decimal> {
        ratio(self.active_seconds * Decimal::ONE_HUNDRED, self.active_seconds + self.idle_seconds)
    }
}
