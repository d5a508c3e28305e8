//! Statuses, priorities, hours, money and funnel stages as plans spell them.

use rust_decimal::Decimal;

use crate::entities::enums::FunnelStage;

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

/// Reads what stands behind a key of priorities (1 is the highest): what [`urgency`] knows, or one of the short words that mean
/// something else in running text.
pub(super) fn priority(text: &str) -> Option<i32> {
    let short = text.trim().to_lowercase();
    let short = || PRIORITIES.iter().chain(tongues::PRIORITIES).find(|(word, _)| *word == short).map(|(_, rank)| *rank);
    urgency(text).or_else(short)
}

/// Short forms of priorities, which count where nothing else stands.
const PRIORITIES: &[(&str, i32)] = &[
    ("h", 2),
    ("hi", 2),
    ("m", 3),
    ("med", 3),
    ("mid", 3),
    ("normal", 3),
    ("l", 4),
    ("lo", 4),
    ("must", 1),
    ("must have", 1),
    ("must haves", 1),
    ("should", 2),
    ("should have", 2),
    ("should haves", 2),
    ("could", 4),
    ("could have", 4),
    ("could haves", 4),
    ("nice to have", 4),
];

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
        "critical" | "immediate" | "urgent" | "urgente" | "dringend" | "kritisch" => Some(1),
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
