//! Spans taken apart and put together.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{Days, NaiveDate};

use super::basis::Span;

impl Span {
    /// The days in order; none when it ends before it begins.
    pub fn each_day(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |day| *day <= self.through)
    }

    /// The same days in pieces of at most so many.
    pub fn pieces(self, days: u64) -> impl Iterator<Item = Self> {
        let next = move |first: &NaiveDate| first.checked_add_days(Days::new(days)).filter(|day| *day <= self.through);
        std::iter::successors(Some(self.from), next).map(move |from| {
            let last = from.checked_add_days(Days::new(days.saturating_sub(1))).unwrap_or(self.through);
            Self { from, through: last.min(self.through) }
        })
    }

    /// Days in order, as few spans as there are gaps between them.
    #[must_use]
    pub fn over(days: &BTreeSet<NaiveDate>) -> Vec<Self> {
        let mut spans: Vec<Self> = Vec::new();
        for day in days {
            match spans.last_mut() {
                Some(last) if last.through.succ_opt() == Some(*day) => last.through = *day,
                _ => spans.push(Self { from: *day, through: *day }),
            }
        }
        spans
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 10, number).expect("a date")
    }

    fn span(from: u32, through: u32) -> Span {
        Span { from: day(from), through: day(through) }
    }

    #[test]
    fn pieces_are_the_whole() {
        assert_eq!(span(1, 7).pieces(3).collect::<Vec<_>>(), [span(1, 3), span(4, 6), span(7, 7)]);
        assert_eq!(span(1, 6).pieces(3).collect::<Vec<_>>(), [span(1, 3), span(4, 6)]);
        assert_eq!(span(2, 2).pieces(31).collect::<Vec<_>>(), [span(2, 2)]);
        let all = Span { from: NaiveDate::MIN, through: NaiveDate::MAX };
        assert_eq!(all.pieces(u64::MAX).collect::<Vec<_>>(), [all]);
    }

    #[test]
    fn days_in_a_row_are_one_span() {
        let days = [1, 2, 3, 5, 9, 10].map(day).into();
        assert_eq!(Span::over(&days), [span(1, 3), span(5, 5), span(9, 10)]);
        assert_eq!(Span::over(&days).into_iter().flat_map(Span::each_day).collect::<BTreeSet<_>>(), days);
    }
}
