//! Which days are worth a look.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Exporter;
use crate::analytics::{Span, Table};
use crate::error::Result;
use crate::store::{Export, TOUCHES_KEPT, Touched};

/// So long before the last look changes are looked for again: one that was made before it may have been committed after it, by
/// another's clock.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// How many days back time alone changes a day's row: today's and yesterday's.
const RECENT: u64 = 1;
/// The same for a week's row, which is known by its first day.
const RECENT_WEEKS: u64 = 8;

impl Exporter {
    /// The days of a table that may have changed since it was exported last: those that changes touch, those that time itself
    /// changes, and those whose export was cut off. At the first time all of them, and when that is so long ago that nobody knows what
    /// was deleted since.
    pub(super) async fn changed(&self, export: Export<'_>, table: Table, now: DateTime<Utc>) -> Result<Vec<Span>> {
        let (zone, today) = (self.basis.zone.name(), self.basis.day(now));
        let mut days: BTreeSet<NaiveDate> = self.store.unknown_days(export).await?.into_iter().collect();
        days.extend(recent(table, today).each_day());
        let since = self.store.exported_up_to(export).await?.map(|looked_at| looked_at - OVERLAP);
        let touched = match since.filter(|since| *since >= now - TOUCHES_KEPT) {
            Some(since) => self.store.changed_days(since, zone).await?,
            None => return self.all(export, days, today).await,
        };
        for (_, day) in touched.into_iter().filter(|(what, _)| concerns(table, *what)) {
            match day {
                Some(day) => days.extend(shown(table, day, today).each_day()),
                None => return self.all(export, days, today).await,
            }
        }
        Ok(Span::over(&days))
    }

    /// Every day that the database or the warehouse has rows of, and some more.
    async fn all(&self, export: Export<'_>, mut days: BTreeSet<NaiveDate>, today: NaiveDate) -> Result<Vec<Span>> {
        let known = self.store.days_with_data(self.basis.zone.name()).await?;
        days.extend(known.into_iter().flat_map(|(from, through)| Span { from, through: through.max(today) }.each_day()));
        days.extend(self.store.days_held(export).await?);
        Ok(Span::over(&days))
    }
}

/// Whether a change shows in a table.
const fn concerns(table: Table, what: Touched) -> bool {
    matches!(
        (table, what),
        (Table::ActionCompletionMetrics, Touched::Created)
            | (Table::AgentPerformance, Touched::Worked)
            | (Table::RevenueCorrelation | Table::FunnelVelocity | Table::PlanEffectiveness, Touched::Week)
            | (Table::DeliverableMetrics, Touched::Deliverable)
            | (Table::AlbumAnalytics, Touched::Song)
    )
}

/// The days whose rows a change on a day shows in. Albums are counted up to the end of each day, so all that came after; what a
/// heartbeat tells holds for a while, and may reach into the next day.
fn shown(table: Table, day: NaiveDate, today: NaiveDate) -> Span {
    let through = match table {
        Table::AlbumAnalytics => today.max(day),
        Table::AgentPerformance => day.succ_opt().unwrap_or(day),
        _ => day,
    };
    Span { from: day, through }
}

/// The days that time itself changes.
fn recent(table: Table, today: NaiveDate) -> Span {
    let back = if table.day() == "week_start" { RECENT_WEEKS } else { RECENT };
    Span { from: today.checked_sub_days(Days::new(back)).unwrap_or(today), through: today }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_up_shows_on_every_day_since() {
        let [day, today]: [NaiveDate; 2] = ["2025-10-24", "2025-10-27"].map(|day| day.parse().expect("a date"));
        let days = |table| shown(table, day, today).each_day().count();
        assert_eq!([Table::AlbumAnalytics, Table::AgentPerformance, Table::DeliverableMetrics].map(days), [4, 2, 1]);
        assert_eq!(shown(Table::AlbumAnalytics, today, day).each_day().count(), 1);
    }

    #[test]
    fn a_week_is_recent_until_it_is_over() {
        let today: NaiveDate = "2025-10-27".parse().expect("a date");
        let first = |table| recent(table, today).from.to_string();
        assert_eq!((first(Table::AgentPerformance), first(Table::FunnelVelocity)), ("2025-10-26".into(), "2025-10-19".into()));
    }
}
