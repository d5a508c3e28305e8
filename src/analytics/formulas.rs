//! The divisions that all metrics share. Absent (`None`) is what cannot be divided; nothing is rounded.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

const SECONDS_IN_HOUR: i64 = 3_600;
const SECONDS_IN_DAY: i64 = 86_400;

/// Part of whole in percent: `100 × part ÷ whole`; none of nothing.
#[must_use]
pub fn percentage(part: i64, whole: i64) -> Option<Decimal> {
    ratio(Decimal::from(part) * Decimal::ONE_HUNDRED, Decimal::from(whole))
}

/// `part ÷ whole`; none where the whole is 0.
#[must_use]
pub fn ratio(part: Decimal, whole: Decimal) -> Option<Decimal> {
    part.checked_div(whole)
}

/// The average of so many values that add up to a sum; none of no values.
#[must_use]
pub fn mean(sum: Decimal, count: i64) -> Option<Decimal> {
    ratio(sum, Decimal::from(count))
}

/// Seconds as hours.
#[must_use]
pub fn hours(seconds: Decimal) -> Decimal {
    seconds / Decimal::from(SECONDS_IN_HOUR)
}

/// Seconds as days of 24 hours.
#[must_use]
pub fn days(seconds: Decimal) -> Decimal {
    seconds / Decimal::from(SECONDS_IN_DAY)
}

/// How many days from the first to the last, both included, have begun by a day; 0 before the first.
#[must_use]
pub fn days_begun(first: NaiveDate, last: NaiveDate, today: NaiveDate) -> i64 {
    ((last.min(today) - first).num_days() + 1).max(0)
}

/// What was earned of what was aimed at, in percent; none where either is absent or the target is 0. More than 100 is possible.
#[must_use]
pub fn achievement(actual: Option<Decimal>, target: Option<Decimal>) -> Option<Decimal> {
    ratio(actual? * Decimal::ONE_HUNDRED, target?)
}

/// The middle of a range.
#[must_use]
pub fn midpoint(low: Option<Decimal>, high: Option<Decimal>) -> Option<Decimal> {
    match (low, high) {
        (Some(low), Some(high)) => Some((low + high) / Decimal::TWO),
        (one, other) => one.or(other),
    }
}

/// Average time spent ÷ average estimate, each over the actions that have one: 1 is as estimated, 2 took twice as long. None where
/// either average is, or nothing was estimated.
#[must_use]
pub fn estimation_accuracy(
    (recorded_hours, recorded): (Decimal, i64),
    (estimated_hours, estimated): (Decimal, i64),
) -> Option<Decimal> {
    ratio(mean(recorded_hours, recorded)?, mean(estimated_hours, estimated)?)
}

/// The sum of what is there; none when nothing is.
#[must_use]
pub fn sum(values: impl IntoIterator<Item = Option<Decimal>>) -> Option<Decimal> {
    values.into_iter().flatten().reduce(|sum, value| sum + value)
}

/// As it is shown: with two decimals, halves away from zero (as PostgreSQL rounds).
#[must_use]
pub fn shown(value: Decimal) -> Decimal {
    let mut value = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(2);
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn the_examples_of_the_specification() {
        let shown = |value: Option<Decimal>| value.map(|value| shown(value).to_string());
        assert_eq!(shown(percentage(19, 28)).as_deref(), Some("67.86"));
        assert_eq!(shown(percentage(6, 8)).as_deref(), Some("75.00"));
        let target = midpoint(Some(125_000.into()), Some(175_000.into()));
        assert_eq!(shown(achievement(Some(98_000.into()), target)).as_deref(), Some("65.33"));
        assert_eq!(shown(achievement(Some(1_200.into()), Some(2_000.into()))).as_deref(), Some("60.00"));
        let begun = days_begun(day("2025-10-21"), day("2025-10-27"), day("2025-10-27"));
        assert_eq!(shown(mean(19.into(), begun)).as_deref(), Some("2.71"));
    }

    #[test]
    fn what_cannot_be_divided_is_absent() {
        assert_eq!(percentage(0, 0), None);
        assert_eq!(achievement(Some(Decimal::ONE), Some(Decimal::ZERO)), None);
        assert_eq!(achievement(None, Some(Decimal::ONE)), None);
        assert_eq!(estimation_accuracy((Decimal::ONE, 1), (Decimal::ZERO, 1)), None);
        assert_eq!(estimation_accuracy((Decimal::ZERO, 0), (Decimal::ONE, 1)), None);
        assert_eq!(sum([None, None]), None);
        assert_eq!(sum([None, Some(Decimal::ONE), Some(Decimal::TWO)]), Some(Decimal::from(3)));
        assert_eq!(midpoint(None, Some(Decimal::TEN)), Some(Decimal::TEN));
    }

    proptest! {
        #[test]
        fn a_part_is_from_0_to_100_percent(whole in 1_i64..1_000_000, part in 0_i64..1_000_000) {
            let part = part % (whole + 1);
            let rate = shown(percentage(part, whole).expect("there is a whole"));
            prop_assert!(rate >= Decimal::ZERO && rate <= Decimal::ONE_HUNDRED);
            prop_assert_eq!(rate == Decimal::ZERO, Decimal::from(part * 200) < Decimal::from(whole) / Decimal::ONE_HUNDRED);
        }

        #[test]
        fn days_begun_are_within_the_span(length in 1_i64..60, offset in -100_i64..100) {
            let first = day("2026-01-01");
            let last = first + chrono::TimeDelta::days(length - 1);
            let begun = days_begun(first, last, first + chrono::TimeDelta::days(offset));
            prop_assert_eq!(begun, (offset + 1).clamp(0, length));
        }

        #[test]
        fn the_middle_is_between(low in 0_u32..1_000_000, more in 0_u32..1_000_000) {
            let (low, high) = (Decimal::from(low), Decimal::from(low) + Decimal::from(more));
            let middle = midpoint(Some(low), Some(high)).expect("a middle");
            prop_assert!(middle >= low && middle <= high);
        }
    }
}
