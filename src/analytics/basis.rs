//! What metrics depend on beside the rows.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::error::Result;
use crate::ids::OwnerId;
use crate::store::{Scope, Store};

/// What the owner has set about metrics.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The time zone in which an instant falls on a day (`RPM_TIMEZONE`).
    pub zone: Tz,
    /// Whose own rate is shown beside everybody's, in any known spelling (`RPM_PRINCIPAL`).
    pub principal: Arc<str>,
    /// So long a heartbeat tells how its agent is (`RPM_AGENT_STALE_AFTER`).
    pub agent_stale_after: Duration,
}

impl Basis {
    /// The day that an instant falls on.
    #[must_use]
    pub fn day(&self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }

    /// When a day is over. Where the clock is put forward at midnight, an hour early.
    #[must_use]
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = (day + Days::new(1)).and_time(NaiveTime::MIN);
        let local = |at: NaiveDateTime| self.zone.from_local_datetime(&at).earliest();
        let instant = local(midnight).or_else(|| local(midnight - TimeDelta::hours(1)));
        instant.map_or_else(|| midnight.and_utc(), |instant| instant.to_utc())
    }

    /// Who the principal is; none when nobody has the name.
    ///
    /// # Errors
    /// The database's own.
    pub async fn principal(&self, store: &Store) -> Result<Option<OwnerId>> {
        Ok(store.owner_by_name(Scope::All, &self.principal).await?.map(|owner| owner.id))
    }
}

/// Some days in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub through: NaiveDate,
}

impl Span {
    /// So many days that end with this one; at least one.
    #[must_use]
    pub fn ending(through: NaiveDate, days: u32) -> Self {
        let from = through.checked_sub_days(Days::new(u64::from(days.max(1)) - 1)).unwrap_or(NaiveDate::MIN);
        Self { from, through }
    }

    /// How many days; 0 or less when it ends before it begins.
    #[must_use]
    pub fn days(self) -> i64 {
        (self.through - self.from).num_days() + 1
    }
}
