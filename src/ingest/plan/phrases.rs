//! Small turns of phrase around a thing to do: hours, remarks, parts of the day.

use crate::entities::enums::ActionStatus;

use super::instants::begins_with_hour;
use super::statuses::{action_status, cancelled, completion_day, tick_box};
use super::values::urgency;

/// `P1`, `HIGH`, `Critical`, `🔴` and nothing else.
pub(super) fn is_priority(piece: &str) -> bool {
    piece.len() <= 16
        && urgency(piece).is_some()
        && piece.parse::<i32>().is_err()
        && matches!(piece.split_whitespace().count(), 1 | 2)
        && !piece.contains(|c: char| c.is_ascii_digit() && !piece.starts_with(['P', 'p']))
}

/// `Post-meeting`, `Evening`: when in the day, in words.
pub(super) fn is_part_of_day(label: &str) -> bool {
    let label = label.trim().to_lowercase();
    label.starts_with("post-")
        || label.starts_with("pre-")
        || matches!(label.as_str(), "morning" | "noon" | "afternoon" | "evening" | "night")
}

/// Whether a label is a half of a day and nothing else: `AM`, `pm`.
pub(super) fn is_half_day(label: &str) -> bool {
    matches!(label.trim(), "AM" | "PM" | "am" | "pm" | "a.m." | "p.m.")
}

/// Whether a remark that begins with a day goes on to say more than that.
pub(super) fn is_sentence(remark: &str) -> bool {
    let joint = |word: &&str| {
        matches!(*word, "de" | "del" | "la" | "las" | "a" | "el" | "am" | "um" | "at" | "on" | "by" | "bis" | "hasta")
    };
    remark.split_whitespace().filter(|word| !joint(word)).count() > 6
}

/// What follows the words by which a thing to do begins that will not be done: `[-]`, `❌ CANCELLED:`, `Dropped —`, `CANCELLED`.
pub(super) fn cancelled_before(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("[-]") {
        return Some(rest);
    }
    let words = tick_box(text).1.trim_start_matches('[');
    let end = words.find([':', ']', '—', '–']).filter(|end| *end <= 24 && cancelled(&words[..*end]) == Some(""));
    let shouted = || {
        words.find(' ').filter(|end| words[..*end].bytes().all(|b| b.is_ascii_uppercase()) && cancelled(&words[..*end]).is_some())
    };
    let rest = words[end.or_else(shouted)?..].trim_start_matches([':', ']', '—', '–', ' ']);
    (!rest.is_empty()).then_some(rest)
}

/// The day in words of a remark that says that something was done on it: `done 3/8`, `✅ 3/8`, `completed on Mar 8`.
pub(super) fn done_on(remark: &str) -> Option<&str> {
    match action_status(remark)? {
        (ActionStatus::Completed, Some(more)) => completion_day(more).filter(|day| !is_sentence(day)),
        _ => None,
    }
}

/// What stands in parentheses.
pub(super) fn enclosed(text: &str) -> impl Iterator<Item = &str> {
    text.split('(')
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(inside, _)| inside)
        .flat_map(|inside| inside.split(','))
        .map(str::trim)
}

/// Splits `9:00am CST - words` behind the hour and its zone.
pub(super) fn hour_before(text: &str) -> Option<(&str, &str)> {
    let mut end = text.find(' ').filter(|end| begins_with_hour(&text[..*end]))?;
    let zone = text[end..].trim_start().split(' ').next().unwrap_or_default();
    if zone.len() == 3 && zone.ends_with('T') && zone.bytes().all(|b| b.is_ascii_uppercase()) {
        end = text.len() - text[end..].trim_start()[zone.len()..].len();
    }
    let rest = text[end..].trim_start_matches(['-', '–', '—', '|', ' ']);
    Some((&text[..end], rest)).filter(|_| !rest.is_empty())
}

/// Splits `8:45am: words` behind the hour.
pub(super) fn hour_label(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut colons = text.match_indices(':').map(|(at, _)| at);
    let at = colons.find(|at| !text[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let label = text.get(..at).filter(|label| label.len() <= 60)?;
    Some((label, &text[at + 1..]))
}
