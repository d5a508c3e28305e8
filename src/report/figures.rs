//! Figures as people read them.

use chrono::{Datelike, NaiveDate};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::analytics::revenue::Revenue;
use crate::entities::enums::FunnelStage;

/// What is not known.
pub(super) const UNKNOWN: &str = "–";

fn rounded(value: Decimal, places: u32) -> Decimal {
    let mut value = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(places);
    value
}

/// `67.9%`.
pub(super) fn percent(rate: Option<Decimal>) -> String {
    rate.map_or_else(|| UNKNOWN.to_owned(), |rate| format!("{}%", rounded(rate, 1).normalize()))
}

/// `2.7`.
pub(super) fn one_place(value: Option<Decimal>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| rounded(value, 1).to_string())
}

/// `$98,000`: whole dollars.
pub(super) fn dollars(amount: Decimal) -> String {
    let whole = rounded(amount, 0).abs().to_string();
    let grouped: Vec<&str> = whole.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    format!("{}${}", if amount.is_sign_negative() { "-" } else { "" }, grouped.join(","))
}

/// `$125,000–175,000`; none where there is no target.
pub(super) fn target(revenue: &Revenue) -> Option<String> {
    match (revenue.target_low, revenue.target_high) {
        (Some(low), Some(high)) if low != high => Some(format!("{}–{}", dollars(low), dollars(high).trim_start_matches('$'))),
        (low, high) => low.or(high).map(dollars),
    }
}

/// A share from 0 to 1, for a bar.
pub(super) fn share(rate: Option<Decimal>) -> f32 {
    rate.and_then(|rate| (rate / Decimal::ONE_HUNDRED).to_f32()).unwrap_or_default().clamp(0.0, 1.0)
}

/// `Tue 21 Oct`, with the year where it is asked for.
pub(super) fn day(day: NaiveDate, with_year: bool) -> String {
    day.format(if with_year { "%a %-d %b %Y" } else { "%a %-d %b" }).to_string()
}

/// `Tue 21 Oct – Mon 27 Oct 2025`.
pub(super) fn days((first, last): (NaiveDate, NaiveDate)) -> String {
    format!("{} – {}", day(first, first.year() != last.year()), day(last, true))
}

/// A stage by its name.
pub(super) const fn stage(stage: FunnelStage) -> &'static str {
    match stage {
        FunnelStage::Top => "Top: ideation",
        FunnelStage::Middle => "Middle: execution",
        FunnelStage::Bottom => "Bottom: completion",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let decimal = |text: &str| text.parse::<Decimal>().expect("a number");
        assert_eq!(percent(Some(decimal("67.857"))), "67.9%");
        assert_eq!(percent(Some(decimal("75.00"))), "75%");
        assert_eq!(percent(None), "–");
        assert_eq!(one_place(Some(decimal("2.7142"))), "2.7");
        assert_eq!(
            ["0.4", "98000", "1234567.5", "-1200"].map(|text| dollars(decimal(text))),
            ["$0", "$98,000", "$1,234,568", "-$1,200"]
        );
        let revenue = |low: Option<i64>, high: Option<i64>| Revenue {
            target_low: low.map(Decimal::from),
            target_high: high.map(Decimal::from),
            actual: None,
        };
        assert_eq!(target(&revenue(Some(125_000), Some(175_000))).as_deref(), Some("$125,000–175,000"));
        assert_eq!(target(&revenue(Some(5), Some(5))).as_deref(), Some("$5"));
        assert_eq!(target(&revenue(None, None)), None);
        assert_eq!([decimal("250"), decimal("-1"), decimal("50")].map(|rate| share(Some(rate))), [1.0, 0.0, 0.5]);
        let date = |text: &str| text.parse().expect("a day");
        assert_eq!(days((date("2025-10-21"), date("2025-10-27"))), "Tue 21 Oct – Mon 27 Oct 2025");
        assert_eq!(days((date("2025-12-30"), date("2026-01-05"))), "Tue 30 Dec 2025 – Mon 5 Jan 2026");
    }
}
