//! The weeks around now, in the plan's time zone.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, SubsecRound, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// Weeks before the current one.
pub(super) const PAST_WEEKS: usize = 12;

/// What time it is, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    /// The present, in whole seconds.
    pub now: DateTime<Utc>,
    zone: Tz,
    monday: NaiveDate,
}

impl Calendar {
    pub(super) fn new(now: DateTime<Utc>, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
        Self { now: now.trunc_subsecs(0), zone, monday }
    }

    /// The Monday of a week, counted from the oldest (0) to the current one ([`PAST_WEEKS`]).
    pub(super) fn monday(&self, week: usize) -> NaiveDate {
        let weeks_ago = PAST_WEEKS.saturating_sub(week);
        self.monday - Days::new(7 * weeks_ago as u64)
    }

    /// Begin (included) and end (excluded) of a week.
    pub(super) fn week(&self, week: usize) -> (DateTime<Utc>, DateTime<Utc>) {
        let monday = self.monday(week);
        (self.at(monday, 0, 0), self.at(monday + Days::new(7), 0, 0))
    }

    /// The day that an instant falls in.
    pub(super) fn day(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    /// The hour that the clock on the wall shows at an instant.
    pub(super) fn hour(&self, instant: DateTime<Utc>) -> u32 {
        instant.with_timezone(&self.zone).hour()
    }

    /// An instant by the clock on the wall.
    pub(super) fn at(&self, day: NaiveDate, hour: i64, minute: i64) -> DateTime<Utc> {
        let wall = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(60 * hour + minute);
        // A clock that is put forward skips an hour: then the next one that exists is meant.
        (0..=24)
            .find_map(|later| self.zone.from_local_datetime(&(wall + TimeDelta::hours(later))).earliest())
            .map_or_else(|| wall.and_utc(), |instant| instant.with_timezone(&Utc))
    }

    /// When the plan of a week was written: on Friday afternoon of the week before.
    pub(super) fn planned_at(&self, week: usize) -> DateTime<Utc> {
        self.at(self.monday(week) - Days::new(3), 15, 0)
    }

    /// An instant, or a little before now if it would lie in the future.
    pub(super) fn past(&self, instant: DateTime<Utc>) -> DateTime<Utc> {
        instant.min(self.now - TimeDelta::seconds(75))
    }
}
