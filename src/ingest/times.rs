//! Instants as scripts write them: ISO 8601 in its many forms, and epoch numbers.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

/// Years in which an instant is believed.
const YEARS: std::ops::Range<i32> = 2000..2100;

/// With a time of day and no zone. Fractions of seconds may follow the seconds.
const WITHOUT_ZONE: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];

/// With a numeric offset that RFC 3339 does not know (`+0200`, `+02`).
const WITH_ZONE: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];

/// Days alone.
const DAYS: [&str; 6] = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%B %d, %Y", "%d %B %Y", "%m/%d/%Y"];

/// The instant that a value states, in UTC: a text, or seconds, milliseconds, microseconds or nanoseconds since 1970 as a
/// number or a text. Without a zone it is UTC; a day alone is its first moment. `None` when it states none between 2000 and
/// 2099.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => parse(text),
        _ => None,
    }
}

/// The same for a text.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // A day such as 20251023 has eight digits, epoch seconds have nine or ten.
    if text.len() > 8
        && let Ok(number) = text.parse::<f64>()
    {
        return epoch(number);
    }
    let spelled = iso(text).or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|instant| instant.to_utc()));
    spelled.or_else(|| day(text)).filter(|instant| YEARS.contains(&instant.year()))
}

/// A day alone, as its first moment.
fn day(text: &str) -> Option<DateTime<Utc>> {
    let day = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

fn iso(text: &str) -> Option<DateTime<Utc>> {
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_suffix("UTC").or_else(|| upper.strip_suffix("GMT")).or_else(|| upper.strip_suffix('Z'));
    let bare = bare.unwrap_or(&upper).trim_end().replacen(' ', "T", 1);
    if let Ok(instant) = DateTime::parse_from_rfc3339(&bare) {
        return Some(instant.to_utc());
    }
    let zoned = bare.replace(' ', "");
    let with_zone = WITH_ZONE.iter().find_map(|format| DateTime::parse_from_str(&zoned, format).ok());
    with_zone.map(|instant| instant.to_utc()).or_else(|| {
        let naive = WITHOUT_ZONE.iter().find_map(|format| NaiveDateTime::parse_from_str(&bare, format).ok())?;
        Some(naive.and_utc())
    })
}

/// The unit follows from the size: the years from 2000 on do not overlap.
fn epoch(number: f64) -> Option<DateTime<Utc>> {
    let micros_of_unit = [1_000_000.0, 1_000.0, 1.0, 0.001];
    micros_of_unit.into_iter().find_map(|unit| {
        let micros = number * unit;
        // Far below the range of i64.
        if !(0.0..5e15).contains(&micros) {
            return None;
        }
        DateTime::from_timestamp_micros(micros.round() as i64).filter(|instant| YEARS.contains(&instant.year()))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn instants_in_every_spelling() {
        for value in [
            json!("2026-03-02T10:30:00Z"),
            json!("2026-03-02t10:30:00z"),
            json!(" 2026-03-02T12:30:00+02:00 "),
            json!("2026-03-02T12:30:00+0200"),
            json!("2026-03-02 12:30:00 +02"),
            json!("2026-03-02T10:30:00.000000"),
            json!("2026-03-02 10:30:00"),
            json!("2026-03-02 10:30 UTC"),
            json!("2026-03-02T10:30Z"),
            json!("Mon, 02 Mar 2026 10:30:00 +0000"),
            json!(1_772_447_400),
            json!(1_772_447_400.0),
            json!(1_772_447_400_000_i64),
            json!(1_772_447_400_000_000_i64),
            json!("1772447400"),
            json!("1772447400000"),
        ] {
            assert_eq!(
                instant(&value).map(|instant| instant.to_rfc3339()).as_deref(),
                Some("2026-03-02T10:30:00+00:00"),
                "{value}"
            );
        }
        for value in [json!("2026-03-02"), json!("20260302"), json!("Mar 2, 2026"), json!("03/02/2026"), json!("2 March 2026")] {
            assert_eq!(
                instant(&value).map(|instant| instant.to_rfc3339()).as_deref(),
                Some("2026-03-02T00:00:00+00:00"),
                "{value}"
            );
        }
        assert_eq!(instant(&json!(1_772_447_400.25)).unwrap().timestamp_subsec_millis(), 250);
    }

    #[test]
    fn what_states_no_instant() {
        for value in [
            json!(0),
            json!(-5),
            json!(12),
            json!(true),
            json!("yesterday"),
            json!("1e400"),
            json!("NaN"),
            json!("1850-01-01"),
            json!("+262142-01-01"),
        ] {
            assert_eq!(instant(&value), None, "{value}");
        }
    }
}
