//! How far things to do are, in the signs and words that people write.

use crate::entities::enums::{ActionStatus, ResultStatus};

use super::dates::begins_with_day;
use super::tongues;

/// The box or sign that a headline begins with, as a status, and the rest of the headline.
pub(super) fn tick_box(text: &str) -> (Option<ActionStatus>, &str) {
    let text = text.trim_start();
    if let Some((inside, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let status = match inside.trim() {
            "" => Some(ActionStatus::Pending),
            "x" | "X" | "✓" | "✔" => Some(ActionStatus::Completed),
            "~" | "/" | ">" => Some(ActionStatus::InProgress),
            "!" | "b" | "B" => Some(ActionStatus::Blocked),
            _ => None,
        };
        if status.is_some() {
            return (status, rest.trim_start());
        }
    }
    let mut chars = text.chars();
    let status = match chars.next() {
        Some('□' | '☐' | '◻' | '⬜' | '▢' | '⏳' | '⌛' | '🕐' | '🔲' | '🔜') => ActionStatus::Pending,
        Some('✅' | '☑' | '☒' | '■' | '✔' | '✓' | '🏁') => ActionStatus::Completed,
        // What is at risk is being worked on.
        Some('🔄' | '🚧' | '🏃' | '🔃' | '▶' | '⏩' | '⚠') => ActionStatus::InProgress,
        Some('🚫' | '⛔' | '🛑' | '❌' | '✗' | '✘' | '⏸') => ActionStatus::Blocked,
        _ => return (None, text),
    };
    (Some(status), after_sign(chars.as_str()))
}

/// What follows a sign: U+FE0F asks for the colourful form of the sign before it.
pub(super) fn after_sign(text: &str) -> &str {
    text.trim_start_matches('\u{fe0f}').trim_start()
}

/// Whether a sign tells how urgent something is.
pub(super) const fn is_urgency(sign: char) -> bool {
    matches!(sign, '🔴' | '🟠' | '🟡' | '🟢' | '🔵' | '⚪' | '🔥')
}

const STATUS_WORDS: [(&str, ActionStatus); 41] = {
    use ActionStatus::{Blocked, Completed, InProgress, Pending};
    [
        ("pending", Pending),
        ("not started", Pending),
        ("not-started", Pending),
        ("not yet started", Pending),
        ("to do", Pending),
        ("to-do", Pending),
        ("todo", Pending),
        ("open", Pending),
        ("planned", Pending),
        ("scheduled", Pending),
        ("queued", Pending),
        ("ready", Pending),
        ("tbd", Pending),
        ("in progress", InProgress),
        ("in-progress", InProgress),
        ("in_progress", InProgress),
        ("in review", InProgress),
        ("ongoing", InProgress),
        ("started", InProgress),
        ("underway", InProgress),
        ("under way", InProgress),
        ("on track", InProgress),
        ("at risk", InProgress),
        ("active", InProgress),
        ("wip", InProgress),
        ("blocked", Blocked),
        ("on hold", Blocked),
        ("on-hold", Blocked),
        ("stuck", Blocked),
        ("paused", Blocked),
        ("waiting", Blocked),
        ("awaiting", Blocked),
        ("completed", Completed),
        ("complete", Completed),
        ("done", Completed),
        ("finished", Completed),
        ("shipped", Completed),
        ("deployed", Completed),
        ("launched", Completed),
        ("resolved", Completed),
        ("closed", Completed),
    ]
};

/// Reads an action's status from a word with or without a sign before it, or from a share (`80%`); the words after it are
/// returned too.
pub(super) fn action_status(text: &str) -> Option<(ActionStatus, Option<&str>)> {
    let (sign, behind) = tick_box(text);
    let words = if sign.is_some() && behind.is_empty() { "" } else { text };
    let words = words.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end();
    if words.is_empty() {
        return sign.or_else(|| light(text)).map(|status| (status, None));
    }
    if let Some(share) = words.strip_suffix('%').and_then(|share| share.trim_end().parse::<u32>().ok()) {
        let status = match share {
            0 => ActionStatus::Pending,
            100.. => ActionStatus::Completed,
            _ => ActionStatus::InProgress,
        };
        return Some((status, Some(words).filter(|_| status == ActionStatus::InProgress)));
    }
    // `✅ 3/8` is done, and since when.
    let dated = || sign.filter(|sign| *sign == ActionStatus::Completed && begins_with_day(words)).map(|sign| (sign, Some(words)));
    let written = STATUS_WORDS.iter().chain(tongues::STATUSES).find_map(|(word, status)| {
        let rest = after(words, word)?;
        // “Complete by Friday” promises, “COMPLETE - shipped on Friday” and “Completed on Mar 8” state.
        let next = rest.trim_start().chars().next();
        let goes_on = next.is_some_and(|c| c.is_alphabetic() || matches!(c, '?' | '_'));
        let since = || *status == ActionStatus::Completed && completion_day(rest).is_some();
        if goes_on && !since() {
            return None;
        }
        let more = rest.trim_matches(|c: char| !c.is_alphanumeric());
        Some((*status, (!more.is_empty()).then_some(rest.trim())))
    });
    written.or_else(dated)
}

/// What follows a word that a text begins with, in any case.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

/// The day in words on which something was done, behind the word that says that it was: ` on Mar 8`, ` 3/8)`, ` am 8. März`.
pub(super) fn completion_day(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—' | '(' | ','));
    let day = ["on ", "at ", "am ", "el "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let day = day.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ')' | ']'));
    // “by Friday” is a promise.
    let ahead = ["by ", "bis ", "hasta ", "end ", "eod", "tomorrow"].iter().any(|word| after(day, word).is_some());
    (!ahead && begins_with_day(day)).then_some(day)
}

/// Words for what will not be done, or not in this plan.
const CANCELLED: &[&str] = &[
    "cancelled",
    "canceled",
    "dropped",
    "won't do",
    "won’t do",
    "wont do",
    "won't fix",
    "will not do",
    "deferred",
    "postponed",
    "descoped",
    "abandoned",
    "no longer needed",
];

/// The words behind a status that says that something will not be done: `❌ CANCELLED — moved`, `Won't do`.
pub(super) fn cancelled(text: &str) -> Option<&str> {
    let words = text.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end();
    CANCELLED.iter().chain(tongues::CANCELLED).find_map(|word| {
        let rest = after(words, word)?;
        let next = rest.trim_start().chars().next();
        let stands = !next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '?' | '_'));
        stands.then_some(rest.trim_matches(|c: char| !c.is_alphanumeric()))
    })
}

/// Whether words in brackets say that something will not be done, whatever follows: `DEFERRED to May`.
pub(super) fn bracket_cancelled(text: &str) -> bool {
    let words = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    CANCELLED.iter().chain(tongues::CANCELLED).any(|word| is_whole_word(words, word))
}

/// Whether a text begins with a word, and not with a longer one.
fn is_whole_word(text: &str, word: &str) -> bool {
    after(text, word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// A traffic light that stands alone.
fn light(text: &str) -> Option<ActionStatus> {
    match text.trim().chars().next()? {
        '🔴' => Some(ActionStatus::Blocked),
        '🟡' | '🟠' | '🟢' => Some(ActionStatus::InProgress),
        '⚪' | '🔵' => Some(ActionStatus::Pending),
        _ => None,
    }
}

/// Reads the words in brackets behind an action: `DONE - WAITING APPROVAL`, `READY FOR CONFIG`.
pub(super) fn bracket_status(text: &str) -> Option<ActionStatus> {
    let words = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    STATUS_WORDS.iter().chain(tongues::STATUSES).find(|(word, _)| is_whole_word(words, word)).map(|(_, status)| *status)
}

/// The status of a result in the words of an action's; a result cannot be cancelled.
pub(super) fn as_result(status: ActionStatus) -> ResultStatus {
    match status {
        ActionStatus::Pending | ActionStatus::Cancelled => ResultStatus::NotStarted,
        ActionStatus::InProgress => ResultStatus::InProgress,
        ActionStatus::Blocked => ResultStatus::Blocked,
        ActionStatus::Completed => ResultStatus::Completed,
    }
}

#[cfg(test)]
#[path = "statuses_tests.rs"]
mod tests;
