//! Revenue: SPEC 2.3, section 3, and `revenue_correlation`. US dollars.

use rust_decimal::Decimal;

use super::formulas::{achievement, midpoint, sum};
use crate::store::ResultSums;

/// What was aimed at, and what was earned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revenue {
    /// Low end of the target; none where there is none.
    pub target_low: Option<Decimal>,
    /// High end of it, the low end again where it is one figure.
    pub target_high: Option<Decimal>,
    /// Earned so far; none where none is recorded.
    pub actual: Option<Decimal>,
}

impl Revenue {
    /// Of one figure, where there is one.
    #[must_use]
    pub const fn of(target: Option<Decimal>, actual: Option<Decimal>) -> Self {
        Self { target_low: target, target_high: target, actual }
    }

    /// The middle of the target.
    #[must_use]
    pub fn target(&self) -> Option<Decimal> {
        midpoint(self.target_low, self.target_high)
    }

    /// Earned of aimed at, in percent; none where either is absent or the target is 0.
    #[must_use]
    pub fn achievement(&self) -> Option<Decimal> {
        achievement(self.actual, self.target())
    }
}

/// A week's revenue: what the deliverables of its actions brought, beside the plan's own target, or beside the deliverables' targets
/// where the plan states none. Who sees a part of the actions gets the targets of that part (`plan` is none), since the plan's own is
/// everybody's.
#[must_use]
pub fn of_week(plan: Option<(Option<Decimal>, Option<Decimal>)>, results: &[ResultSums]) -> Revenue {
    let actual = sum(results.iter().map(|result| result.actual));
    match plan {
        Some((low, high)) if low.is_some() || high.is_some() => {
            Revenue { target_low: low.or(high), target_high: high.or(low), actual }
        }
        _ => Revenue::of(sum(results.iter().map(|result| result.target)), actual),
    }
}

/// Several revenues together.
#[must_use]
pub fn together(parts: &[Revenue]) -> Revenue {
    Revenue {
        target_low: sum(parts.iter().map(|part| part.target_low)),
        target_high: sum(parts.iter().map(|part| part.target_high)),
        actual: sum(parts.iter().map(|part| part.actual)),
    }
}
