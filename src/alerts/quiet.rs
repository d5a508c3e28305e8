//! Quiet hours: when alerts wait, and until when.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::entities::alert_subscriptions;
use crate::entities::enums::AlertKind;
use crate::store::QuietHours;

/// Until when an alert of a kind waits for a subscriber; none when it may go at `now`. `zone` is the plans'.
#[must_use]
pub fn held_until(
    subscription: &alert_subscriptions::Model,
    kind: AlertKind,
    now: DateTime<Utc>,
    zone: Tz,
) -> Option<DateTime<Utc>> {
    // Who tries it out wants to see it.
    if kind == AlertKind::Test || subscription.urgent_kinds.iter().any(|urgent| urgent == kind.as_str()) {
        return None;
    }
    let (from, until) = subscription.quiet_from.zip(subscription.quiet_until)?;
    let zone = subscription.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(zone);
    ends_at(QuietHours { from, until }, now, zone)
}

/// When the quiet hours end that an instant is in; none when it is in none.
fn ends_at(QuietHours { from, until }: QuietHours, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&zone).naive_local();
    let time = local.time();
    let is_over_midnight = until <= from;
    let (is_quiet, ends_tomorrow) =
        if is_over_midnight { (time >= from || time < until, time >= from) } else { (time >= from && time < until, false) };
    if !is_quiet {
        return None;
    }
    let day = local.date() + Days::new(u64::from(ends_tomorrow));
    Some(first_after(now, day.and_time(until), zone))
}

/// The first instant after `now` at which clocks show a time; where they skip it, an hour later.
fn first_after(now: DateTime<Utc>, local: chrono::NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let shown = zone.from_local_datetime(&local);
    let found = [shown.earliest(), shown.latest()].into_iter().flatten().map(|at| at.to_utc()).find(|at| *at > now);
    let later = || zone.from_local_datetime(&(local + TimeDelta::hours(1))).latest().map(|at| at.to_utc());
    found.or_else(later).unwrap_or_else(|| now + TimeDelta::hours(1))
}

/// A time of day as it is written (`22:00`); none for what is no such time.
#[must_use]
pub fn time_of_day(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(from: &str, until: &str, now: &str) -> Option<String> {
        let time = |text| time_of_day(text).expect("a time");
        let now = now.parse().expect("an instant");
        let zone = chrono_tz::America::Chicago;
        ends_at(QuietHours { from: time(from), until: time(until) }, now, zone).map(|at| at.to_rfc3339())
    }

    #[test]
    fn the_night_is_over_in_the_morning_of_the_zone() {
        let night = |now| end("22:00", "07:00", now);
        // 21:59, 22:00, 23:30, 06:59 and 07:00 in Chicago, in winter (UTC-6).
        assert_eq!(night("2026-01-11T03:59:00Z"), None);
        assert_eq!(night("2026-01-11T04:00:00Z").as_deref(), Some("2026-01-11T13:00:00+00:00"));
        assert_eq!(night("2026-01-11T05:30:00Z").as_deref(), Some("2026-01-11T13:00:00+00:00"));
        assert_eq!(night("2026-01-11T12:59:00Z").as_deref(), Some("2026-01-11T13:00:00+00:00"));
        assert_eq!(night("2026-01-11T13:00:00Z"), None);
    }

    #[test]
    fn hours_within_a_day_and_up_to_midnight() {
        assert_eq!(end("12:00", "13:30", "2026-07-01T17:00:00Z").as_deref(), Some("2026-07-01T18:30:00+00:00"));
        assert_eq!(end("12:00", "13:30", "2026-07-01T18:30:00Z"), None);
        assert_eq!(end("20:00", "00:00", "2026-07-02T02:00:00Z").as_deref(), Some("2026-07-02T05:00:00+00:00"));
    }

    #[test]
    fn clocks_that_are_put_forward_or_back_end_it_all_the_same() {
        // 2026-03-08: 02:00 becomes 03:00. 02:30 does not come.
        assert_eq!(end("22:00", "02:30", "2026-03-08T07:00:00Z").as_deref(), Some("2026-03-08T08:30:00+00:00"));
        // 2026-11-01: 02:00 becomes 01:00. 01:30 comes twice.
        assert_eq!(end("22:00", "01:30", "2026-11-01T06:00:00Z").as_deref(), Some("2026-11-01T06:30:00+00:00"));
        assert_eq!(end("22:00", "01:30", "2026-11-01T07:10:00Z").as_deref(), Some("2026-11-01T07:30:00+00:00"));
    }

    #[test]
    fn times_are_hours_and_minutes() {
        assert_eq!(time_of_day(" 07:05 ").map(|time| time.to_string()).as_deref(), Some("07:05:00"));
        for wrong in ["24:00", "7", "7:5:1", "seven", ""] {
            assert_eq!(time_of_day(wrong), None, "{wrong}");
        }
    }
}
