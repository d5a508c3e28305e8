//! The weekly digest: when it is due, and to whom it says what.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde_json::Value as Json;

use super::decide::{Decider, by_scope, wanting};
use super::message::{Message, line};
use crate::analytics::Span;
use crate::entities::enums::AlertKind;
use crate::error::Result;
use crate::report::{Digest, gather, plans_ended};
use crate::store::{NewAlertDelivery, Watcher};

/// When in the week the digest goes out, by the plans' clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestAt {
    /// On which day.
    pub day: Weekday,
    /// At which hour, 0 to 23.
    pub hour: u32,
}

impl DigestAt {
    /// The last time that it was due: the day, and the instant. A server that was away then sends it when it is back.
    fn last(self, now: DateTime<Utc>, zone: Tz) -> Option<(NaiveDate, DateTime<Utc>)> {
        let today = now.with_timezone(&zone).date_naive();
        let back = today.weekday().days_since(self.day);
        let on = |day: NaiveDate| {
            let local = day.and_hms_opt(self.hour, 0, 0)?;
            // An hour that the clocks skip is the next one.
            let shown = zone.from_local_datetime(&local).earliest();
            let shown = shown.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest())?;
            Some((day, shown.to_utc()))
        };
        let latest = on(today.checked_sub_days(Days::new(u64::from(back)))?)?;
        if latest.1 <= now { Some(latest) } else { on(latest.0.checked_sub_days(Days::new(7))?) }
    }
}

impl Decider {
    /// The digest of the plans that ended in the seven days before it is due, to each what it may see.
    pub(super) async fn digests(&self, watchers: &[Watcher], now: DateTime<Utc>) -> Result<Vec<NewAlertDelivery>> {
        let Some((day, due)) = self.digest.last(now, self.basis.zone) else { return Ok(Vec::new()) };
        let told = |watcher: &&Watcher| watcher.subscription.told_from <= due;
        let mut new = Vec::new();
        for (scope, watchers) in by_scope(wanting(watchers, AlertKind::WeeklyDigest).filter(told)) {
            // What it says is made for those who have not got it yet.
            let nothing = || Message::new("", "", due, Json::Null);
            let each =
                watchers.iter().map(|watcher| self.delivery(watcher, AlertKind::WeeklyDigest, day.to_string(), nothing(), now));
            let undecided = self.store.undecided(each.collect()).await?;
            if undecided.is_empty() {
                continue;
            }
            let before = |days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
            let plans = plans_ended(&self.store, scope, Span { from: before(7), through: before(1) }).await?;
            let reports = gather(&self.store, &self.basis, scope, &plans, day).await?;
            let Some(digest) = Digest::new(&reports) else { continue };
            let message = Message {
                title: line(&format!("Last week: {}", digest.title)),
                text: digest.text,
                html: Some(digest.html),
                occurred_at: due,
                link: self.link.clone(),
                data: digest.data,
            };
            new.extend(
                undecided.into_iter().map(|delivery| NewAlertDelivery { payload: serde_json::json!(message), ..delivery }),
            );
        }
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_due_once_a_week_by_the_plans_clocks() {
        let at = DigestAt { day: Weekday::Mon, hour: 8 };
        let last = |now: &str| {
            let (day, due) = at.last(now.parse().expect("an instant"), chrono_tz::America::Chicago).expect("a day");
            format!("{day} {}", due.format("%FT%RZ"))
        };
        // Monday 2025-10-27 in Chicago: 07:59, 08:00, and Sunday night of the week after.
        assert_eq!(last("2025-10-27T12:59:59Z"), "2025-10-20 2025-10-20T13:00Z");
        assert_eq!(last("2025-10-27T13:00:00Z"), "2025-10-27 2025-10-27T13:00Z");
        assert_eq!(last("2025-11-03T04:00:00Z"), "2025-10-27 2025-10-27T13:00Z");
        assert_eq!(last("2025-11-03T14:00:00Z"), "2025-11-03 2025-11-03T14:00Z", "winter time has begun");
        let skipped = DigestAt { day: Weekday::Sun, hour: 2 };
        let (_, due) =
            skipped.last("2026-03-08T12:00:00Z".parse().expect("an instant"), chrono_tz::America::Chicago).expect("a day");
        assert_eq!(due.to_rfc3339(), "2026-03-08T08:00:00+00:00");
    }
}
