//! Which days are worth a look.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Exporter;
use crate::analytics::{Span, Table};
use crate::error::Result;
use crate::store::{Export, Touched};

/// So long before the last look changes are looked for again: one that was made before it may have been committed after it, by
/// another's clock.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// How many days back time alone changes a day's row: today's and yesterday's.
const RECENT: u64 = 1;
/// The same for a week's row, which is known by its first day.
const RECENT_WEEKS: u64 = 8;

impl Exporter {
    /// The days of a table that may have changed since it was exported last: those that changes touch, those that time itself
    /// changes, and those whose export was cut off. At the first time all of them.
    pub(super) async fn changed(&self, export: Export<'_>, table: Table, now: DateTime<Utc>) -> Result<Vec<Span>> {
        let (zone, today) = (self.basis.zone.name(), self.basis.day(now));
        let Some(since) = self.store.exported_up_to(export).await? else {
            let all = self.store.days_with_data(zone).await?;
            return Ok(all.into_iter().map(|(from, through)| Span { from, through: through.max(today) }).collect());
        };
        let touched = self.store.changed_days(since - OVERLAP, zone).await?;
        let mut days: BTreeSet<NaiveDate> =
            touched.into_iter().filter(|(what, _)| concerns(table, *what)).map(|(_, day)| day).collect();
        days.extend(self.store.unknown_days(export).await?);
        days.extend(recent(table, today).each_day());
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

/// The days that time itself changes.
fn recent(table: Table, today: NaiveDate) -> Span {
    let back = if table.day() == "week_start" { RECENT_WEEKS } else { RECENT };
    Span { from: today.checked_sub_days(Days::new(back)).unwrap_or(today), through: today }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_recent_until_it_is_over() {
        let today: NaiveDate = "2025-10-27".parse().expect("a date");
        let first = |table| recent(table, today).from.to_string();
        assert_eq!((first(Table::AgentPerformance), first(Table::FunnelVelocity)), ("2025-10-26".into(), "2025-10-19".into()));
    }
}
