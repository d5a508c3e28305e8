//! Tempo, length, money and status of songs as people write them.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde_json::Value;

use crate::entities::enums::SongStatus;
use crate::ingest::fields::plain;

/// Beats a minute that are believed.
const TEMPO: std::ops::RangeInclusive<f64> = 1.0..=1000.0;

/// The longest recording that is believed, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// A bare number above this is taken as milliseconds: nearly three hours would be a long song.
const MOST_SECONDS: f64 = 10_000.0;

/// The most money that a column holds.
const MOST_MONEY: Decimal = Decimal::from_parts(3_567_587_327, 232, 0, false, 2);

const GENERATED: &str = "generated complete completed draft raw new created demo idea pending planned queued submitted streaming";
const REVIEWED: &str = "reviewed review in_review approved selected edited mixed mixing mastering";
const MASTERED: &str = "mastered master final finished ready";
const RELEASED: &str = "released release published live out distributed";

/// `95`, `95 BPM`, `~95`, `94.6`
pub(super) fn bpm(value: &Value) -> Option<i32> {
    let text = plain(value).to_lowercase();
    let bare = text.trim().trim_start_matches(['~', '≈']).trim().trim_end_matches("bpm").trim();
    let beats: f64 = bare.parse().ok()?;
    TEMPO.contains(&beats).then(|| beats.round() as i32)
}

/// Seconds in `3:42`, `1:02:03`, `222`, `"222s"`, `3m 42s`, `222000 ms`, `PT3M42S`.
pub(super) fn seconds(value: &Value) -> Option<i32> {
    let text = plain(value).trim().to_lowercase();
    let seconds = match text.parse::<f64>() {
        Ok(number) if number > MOST_SECONDS => number / 1000.0,
        Ok(number) => number,
        Err(_) if text.contains(':') => clock(&text)?,
        Err(_) => units(&text)?,
    };
    whole(seconds)
}

/// Whole seconds in so many milliseconds.
pub(super) fn milliseconds(value: &Value) -> Option<i32> {
    let text = plain(value).trim().to_lowercase();
    whole(text.trim_end_matches("ms").trim().parse::<f64>().ok()? / 1000.0)
}

fn whole(seconds: f64) -> Option<i32> {
    (0.0..=LONGEST).contains(&seconds).then(|| seconds.round() as i32)
}

/// `3:42`, `1:02:03.5`
fn clock(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text.split(':').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let is_clock = parts.len() <= 3 && parts.iter().all(|part| *part >= 0.0) && parts.iter().skip(1).all(|part| *part < 60.0);
    is_clock.then(|| parts.iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

/// `3m 42s`, `3 min`, `pt3m42s`
fn units(text: &str) -> Option<f64> {
    let mut rest = text.trim_start_matches("pt").trim();
    let mut sum = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.trim_start();
        let end = letters.find(|c: char| !c.is_alphabetic()).unwrap_or(letters.len());
        let (unit, more) = letters.split_at(end);
        let factor = match unit {
            "ms" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hour" | "hours" => 3600.0,
            _ => return None,
        };
        sum += number.parse::<f64>().ok()? * factor;
        rest = more.trim_start_matches([',', ' ']);
    }
    (!text.is_empty()).then_some(sum)
}

/// US dollars with two decimals: `2000`, `"$2,000.50"`, `"$1.2K"`, `"$3M"`. A range or another currency is none.
pub(super) fn money(value: &Value) -> Option<Decimal> {
    let text = plain(value).to_lowercase().replace([',', '_', ' '], "");
    let bare = text.trim_start_matches("usd").trim_end_matches("usd").trim_start_matches('$');
    let (number, factor) = match bare.strip_suffix(['k', 'm']) {
        Some(number) if bare.ends_with('k') => (number, 1_000),
        Some(number) => (number, 1_000_000),
        None => (bare, 1),
    };
    let amount = number.parse().ok().or_else(|| value.as_f64().and_then(Decimal::from_f64))?;
    let mut amount = Decimal::checked_mul(amount, factor.into())?.round_dp(2);
    amount.rescale(2);
    (!amount.is_sign_negative() && amount <= MOST_MONEY).then_some(amount)
}

/// How far a song is. Of several words the first that is known counts.
pub(super) fn status(text: &str) -> Option<SongStatus> {
    use SongStatus::{Generated, Mastered, Released, Reviewed};
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let table = [(GENERATED, Generated), (REVIEWED, Reviewed), (MASTERED, Mastered), (RELEASED, Released)];
    let known = |word: &str| {
        table.iter().find(|(words, _)| words.split_whitespace().any(|known| known == word)).map(|(_, status)| *status)
    };
    known(&words.join("_")).or_else(|| words.iter().find_map(|word| known(word)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tempos() {
        for (value, beats) in [
            (json!(95), Some(95)),
            (json!(94.6), Some(95)),
            (json!("95 BPM"), Some(95)),
            (json!("~ 95bpm"), Some(95)),
            (json!("Variable"), None),
            (json!("95-100"), None),
            (json!(0), None),
            (json!(-5), None),
            (json!("inf"), None),
        ] {
            assert_eq!(bpm(&value), beats, "{value}");
        }
    }

    #[test]
    fn lengths() {
        for (value, expected) in [
            (json!("3:42"), Some(222)),
            (json!("03:42.4"), Some(222)),
            (json!("1:02:03"), Some(3723)),
            (json!(222), Some(222)),
            (json!(221.7), Some(222)),
            (json!(222_000), Some(222)),
            (json!("222s"), Some(222)),
            (json!("3m42s"), Some(222)),
            (json!("3 min, 42 sec"), Some(222)),
            (json!("PT3M42S"), Some(222)),
            (json!("222000 ms"), Some(222)),
            (json!("3:75"), None),
            (json!("1:2:3:4"), None),
            (json!("long"), None),
            (json!("3 bars"), None),
            (json!(-1), None),
            (json!(true), None),
            (json!("9e99"), None),
        ] {
            assert_eq!(seconds(&value), expected, "{value}");
        }
        assert_eq!(milliseconds(&json!(222_400)), Some(222));
        assert_eq!(milliseconds(&json!("900ms")), Some(1));
    }

    #[test]
    fn sums() {
        for (value, expected) in [
            (json!(2000), Some("2000.00")),
            (json!(1200.5), Some("1200.50")),
            (json!("$2K"), Some("2000.00")),
            (json!("$1.2k"), Some("1200.00")),
            (json!("$ 3M"), Some("3000000.00")),
            (json!("$2,000.50 USD"), Some("2000.50")),
            (json!("$2K-4K"), None),
            (json!("€5"), None),
            (json!(-5), None),
            (json!(1e30), None),
            (json!(9_999_999_999_i64), Some("9999999999.00")),
            (json!(10_000_000_000_i64), None),
            (json!("99999999999999999999999m"), None),
            (json!("much"), None),
        ] {
            assert_eq!(money(&value).map(|sum| sum.to_string()).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn words_for_how_far_it_is() {
        use SongStatus::{Generated, Mastered, Released, Reviewed};
        for (text, expected) in [
            ("Generated", Some(Generated)),
            ("complete", Some(Generated)),
            ("In Review", Some(Reviewed)),
            ("✅ MASTERED (final)", Some(Mastered)),
            ("published on Friday", Some(Released)),
            ("humming", None),
            ("", None),
        ] {
            assert_eq!(status(text), expected, "{text}");
        }
    }
}
