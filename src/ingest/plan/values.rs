//! Statuses, priorities, hours, money and funnel stages as plans spell them.

use rust_decimal::Decimal;

use crate::entities::enums::{ActionStatus, FunnelStage, ResultStatus};

use super::dates::begins_with_day;
use super::tongues;

/// The most hours that one action can take (the column holds five digits, two of them decimals).
const MOST_HOURS: Decimal = Decimal::from_parts(99_999, 0, 0, false, 2);

/// A key as metadata holds it: `Evidence Needed` → `evidence_needed`, `File(s)` → `files`, `Fällig` → `due`.
pub(super) fn snake(key: &str) -> String {
    let key = key.replace("(s)", "s");
    let words = key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let key = words.map(str::to_lowercase).collect::<Vec<_>>().join("_");
    match tongues::key(&key) {
        english if english == key => key,
        english => english.to_owned(),
    }
}

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
        let (head, rest) = words.split_at_checked(word.len())?;
        // “Complete by Friday” promises, “COMPLETE - shipped on Friday” and “Completed on Mar 8” state.
        let next = rest.trim_start().chars().next();
        let goes_on = next.is_some_and(|c| c.is_alphabetic() || matches!(c, '?' | '_'));
        let since = *status == ActionStatus::Completed && completion_day(rest).is_some();
        if !head.eq_ignore_ascii_case(word) || goes_on && !since {
            return None;
        }
        let more = rest.trim_matches(|c: char| !c.is_alphanumeric());
        Some((*status, (!more.is_empty()).then_some(rest.trim())))
    });
    written.or_else(dated)
}

/// The day in words on which something was done, behind the word that says that it was: ` on Mar 8`, ` 3/8)`, ` am 8. März`.
pub(super) fn completion_day(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—' | '(' | ','));
    let day = ["on ", "at ", "am ", "el "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text);
    let day = day.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ')' | ']'));
    // “by Friday” is a promise.
    let ahead = ["by ", "bis ", "hasta ", "end ", "eod", "tomorrow"].iter().any(|word| day.to_lowercase().starts_with(word));
    (begins_with_day(day) && !ahead).then_some(day)
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
        let (head, rest) = words.split_at_checked(word.len())?;
        let next = rest.trim_start().chars().next();
        let stands = head.eq_ignore_ascii_case(word) && !next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '?' | '_'));
        stands.then_some(rest.trim_matches(|c: char| !c.is_alphanumeric()))
    })
}

/// Whether words in brackets say that something will not be done, whatever follows: `DEFERRED to May`.
pub(super) fn bracket_cancelled(text: &str) -> bool {
    let words = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    CANCELLED.iter().chain(tongues::CANCELLED).any(|word| {
        let split = words.split_at_checked(word.len());
        split.is_some_and(|(head, rest)| {
            head.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    })
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
    let begins = |word: &str| {
        words.split_at_checked(word.len()).is_some_and(|(head, rest)| {
            head.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    STATUS_WORDS.iter().chain(tongues::STATUSES).find(|(word, _)| begins(word)).map(|(_, status)| *status)
}

/// The status of a result in the words of an action's.
pub(super) fn as_result(status: ActionStatus) -> ResultStatus {
    match status {
        ActionStatus::Pending => ResultStatus::NotStarted,
        ActionStatus::InProgress => ResultStatus::InProgress,
        ActionStatus::Blocked => ResultStatus::Blocked,
        ActionStatus::Completed => ResultStatus::Completed,
    }
}

/// Reads what stands behind a key of priorities (1 is the highest): what [`urgency`] knows, or one of the short words that mean
/// something else in running text.
pub(super) fn priority(text: &str) -> Option<i32> {
    let short = text.trim().to_lowercase();
    let short = || PRIORITIES.iter().chain(tongues::PRIORITIES).find(|(word, _)| *word == short).map(|(_, rank)| *rank);
    urgency(text).or_else(short)
}

/// Short forms of priorities, which count where nothing else stands.
const PRIORITIES: &[(&str, i32)] = &[("h", 2), ("hi", 2), ("m", 3), ("med", 3), ("mid", 3), ("normal", 3), ("l", 4), ("lo", 4)];

/// Reads a priority from `P0`, `1`, `🔴 CRITICAL — …`, `HIGH PRIORITY` or the coloured sign alone, wherever it stands.
pub(super) fn urgency(text: &str) -> Option<i32> {
    let text = text.trim();
    let sign = match text.chars().next() {
        Some('🔴') => Some(1),
        Some('🟡' | '🟠') => Some(2),
        Some('⚡') => Some(3),
        Some('🟢' | '🔵') => Some(4),
        _ => None,
    };
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let word = words.first().copied().unwrap_or_default().to_ascii_lowercase();
    if let Some(rank) = word.strip_prefix('p').and_then(|rank| rank.parse::<u8>().ok()).filter(|rank| *rank <= 9) {
        return Some(i32::from(rank) + 1);
    }
    match word.as_str() {
        _ if sign.is_some() => sign,
        "critical" | "immediate" | "urgent" => Some(1),
        "high" => Some(2),
        "medium" => Some(3),
        "low" => Some(4),
        number => number.parse().ok().filter(|rank| (1..=9).contains(rank)),
    }
}

/// Why hours could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoHours {
    Negative,
    Unreadable,
}

/// Reads hours from `2 hours`, `1.5h`, `45 min`, `3`; of a range (`2-4 hours`) the high end. A remark in parentheses is returned
/// beside them, a range as it is written.
pub(super) fn hours(text: &str) -> Result<(Decimal, Option<&str>), NoHours> {
    let text = text.trim();
    let (figure, remark) = match text.split_once('(') {
        Some((figure, remark)) => (figure.trim(), Some(remark.trim_end().trim_end_matches(')').trim())),
        None => (text, None),
    };
    let bare = figure.trim_start_matches(['~', '≈']).trim_start();
    let (negative, bare) = match bare.strip_prefix(['-', '−']) {
        Some(bare) => (true, bare.trim_start()),
        None => (false, bare),
    };
    let (low, unit) = number(bare).ok_or(NoHours::Unreadable)?;
    let (high, unit) = match unit.strip_prefix(['-', '–', '—']).or_else(|| unit.strip_prefix("to ")) {
        Some(high) => number(high.trim_start()).filter(|(high, _)| *high >= low).map(|(high, unit)| (Some(high), unit)),
        None => Some((None, unit)),
    }
    .ok_or(NoHours::Unreadable)?;
    let number = high.unwrap_or(low);
    let hours = match unit.trim_end_matches('.').to_ascii_lowercase().as_str() {
        "" | "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "hora" | "horas" => number,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" => {
            (number / Decimal::from(60)).round_dp(2)
        }
        _ => return Err(NoHours::Unreadable),
    };
    let remark = if high.is_some() { Some(text) } else { remark.filter(|remark| !remark.is_empty()) };
    match (negative, hours > MOST_HOURS) {
        (true, _) if !hours.is_zero() => Err(NoHours::Negative),
        (_, true) => Err(NoHours::Unreadable),
        _ => Ok((hours, remark)),
    }
}

/// A figure at the beginning of a text, and what follows it.
fn number(text: &str) -> Option<(Decimal, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim_start()))
}

/// Whether a text is a time that something takes, with its unit: `10 min`, `~3h`, `2-4 hours`.
pub(super) fn is_duration(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphabetic() || c == '.') && !text.contains('(') && hours(text).is_ok()
}

/// Reads a text that is a sum of dollars and nothing else: `$5k`, `US$ 1.2M`, `~$125K-175K`.
pub(super) fn sum(text: &str) -> Option<(Decimal, Decimal)> {
    let text = text.trim().trim_start_matches(['~', '≈']).trim_start();
    let text = text.strip_prefix("US").or_else(|| text.strip_suffix("USD")).unwrap_or(text);
    let of_sums = |c: char| c.is_ascii_digit() || c.is_whitespace() || "$.,-–—kKmMbB".contains(c);
    let text = text.replace("$ ", "$").replace(" to ", "-");
    money(&text).filter(|_| text.chars().all(of_sums))
}

/// Why a sum is kept in its words only.
pub(super) const OTHER_CURRENCY: &str = "revenue is kept in US dollars: this sum stays in its words";

/// Whether a text speaks of money that is no US dollars.
pub(super) fn is_other_currency(text: &str) -> bool {
    let named = |word: &str| ["EUR", "GBP", "CHF", "MXN", "CAD", "JPY", "Euro", "euros", "pesos"].contains(&word);
    let signed = text.contains(['€', '£', '¥', '₹']) || text.split(|c: char| !c.is_alphabetic()).any(named);
    signed && text.contains(|c: char| c.is_ascii_digit())
}

/// Reads the first sum of dollars in a text, low and high end: `$125K-175K`, `$1.148M`, `$439K-$729K`.
pub(super) fn money(text: &str) -> Option<(Decimal, Decimal)> {
    let (_, rest) = text.split_once('$')?;
    let (low, low_scale, rest) = amount(rest)?;
    let after = rest.trim_start();
    let high = after
        .strip_prefix(['-', '–', '—'])
        .or_else(|| after.strip_prefix("to "))
        .map(|high| high.trim_start().trim_start_matches('$'))
        .and_then(amount);
    let Some((high, high_scale, _)) = high else {
        let sum = low.checked_mul(low_scale.unwrap_or(Decimal::ONE))?.normalize();
        return Some((sum, sum));
    };
    // In `$125-175K` the K stands for both.
    let scale = high_scale.unwrap_or(Decimal::ONE);
    let (low, high) = (low.checked_mul(low_scale.unwrap_or(scale))?.normalize(), high.checked_mul(scale)?.normalize());
    (low <= high).then_some((low, high))
}

/// A number with its thousands, millions or billions, and the text after it.
fn amount(text: &str) -> Option<(Decimal, Option<Decimal>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let digits = text[..end].trim_end_matches(['.', ',']);
    let number = digits.replace(',', "").parse().ok()?;
    let rest = &text[digits.len()..];
    let mut after = rest.chars();
    let scale = match after.next() {
        Some('K' | 'k') => 1_000,
        Some('M' | 'm') => 1_000_000,
        Some('B' | 'b') => 1_000_000_000,
        _ => return Some((number, None, rest)),
    };
    if after.clone().next().is_some_and(char::is_alphanumeric) {
        return Some((number, None, rest));
    }
    Some((number, Some(Decimal::from(scale)), after.as_str()))
}

/// Reads a funnel stage: the first of the words Top, Middle and Bottom.
pub(super) fn funnel_stage(text: &str) -> Option<FunnelStage> {
    text.split(|c: char| !c.is_alphanumeric()).find_map(|word| match word.to_ascii_lowercase().as_str() {
        "top" => Some(FunnelStage::Top),
        "middle" => Some(FunnelStage::Middle),
        "bottom" => Some(FunnelStage::Bottom),
        _ => None,
    })
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
