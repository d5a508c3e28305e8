//! Days, spans of days and instants in the spellings that people use in plans.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// First and last day of a plan.
pub(super) type Span = (NaiveDate, NaiveDate);

/// What stands beside a date in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    /// Only a remark in parentheses.
    Remark,
    Words,
}

/// What a day without an hour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayMeans {
    /// Noon: something happened on that day.
    Noon,
    /// 23:59:59: something is due on that day.
    End,
}

/// Reads the first span of days in a text: `2025-10-26 to 2025-11-02`, `OCTOBER 27 - NOVEMBER 9, 2025`, `Oct 21–27, 2025`.
pub(super) fn span(text: &str) -> Option<Span> {
    let tokens = tokens(text);
    (0..tokens.len()).find_map(|at| span_at(&tokens, at, None)).map(|(span, _)| span)
}

/// Reads the one day, year included, that a text names.
pub(super) fn only_day(text: &str) -> Option<NaiveDate> {
    let tokens = tokens(text);
    let (day, next) = (0..tokens.len()).find_map(|at| day_at(&tokens, at))?;
    let another = (next..tokens.len()).any(|at| day_at(&tokens, at).is_some());
    day.in_year(day.year.filter(|_| !another)?)
}

/// Reads an instant, in `zone` where the text names none; a year that is missing is the one nearest to `week`.
///
/// `AM` alone is noon and `PM` alone the day's end; of a span, its last day counts.
pub(super) fn instant(text: &str, week: Span, zone: Tz, means: DayMeans) -> Option<(DateTime<Utc>, Beside)> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some((instant.to_utc(), Beside::Nothing));
    }
    let tokens = tokens(text);
    let (first, date, next) = (0..tokens.len()).find_map(|at| match span_at(&tokens, at, Some(week)) {
        Some(((_, last), next)) => Some((at, last, next)),
        None => day_at(&tokens, at).and_then(|(day, next)| Some((at, day.near(week)?, next))),
    })?;
    let (clock, next) = clock_at(&tokens, next);
    let end = NaiveTime::from_hms_opt(23, 59, 59)?;
    let noon = NaiveTime::from_hms_opt(12, 0, 0)?;
    let time = match clock {
        Clock::None if means == DayMeans::End => end,
        Clock::None | Clock::Morning => noon,
        Clock::Afternoon => end,
        Clock::At(time, _) => time,
    };
    let local = date.and_time(time);
    let instant = match clock {
        Clock::At(_, Some(offset)) => offset.from_local_datetime(&local).single()?.to_utc(),
        _ => in_zone(local, zone)?,
    };
    let before = tokens[..first].iter().all(|token| matches!(token, Token::Word(word) if is_idle_word(word)));
    Some((instant, if before { beside(&tokens[next..]) } else { Beside::Words }))
}

/// A local time in a zone; one that the clocks skip is taken an hour later, one that they repeat is the first.
fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let later =
        || local.checked_add_signed(chrono::TimeDelta::hours(1)).and_then(|local| zone.from_local_datetime(&local).earliest());
    zone.from_local_datetime(&local).earliest().or_else(later).map(|instant| instant.to_utc())
}

#[derive(Debug, PartialEq)]
enum Token {
    /// A number and how many digits it has.
    Number(u32, usize),
    Word(String),
    Dash,
    Colon,
    Slash,
    Open,
    Close,
    Other,
}

/// Cuts a text into numbers, words (in lower case) and the signs that matter; spaces, commas, dots and underscores only separate.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = |same: fn(char) -> bool| rest.find(|c| !same(c)).unwrap_or(rest.len());
        let taken = if c.is_ascii_digit() {
            let taken = length(|c| c.is_ascii_digit());
            tokens.push(rest[..taken].parse().map_or(Token::Other, |number| Token::Number(number, taken)));
            taken
        } else if c.is_alphabetic() {
            let taken = length(char::is_alphabetic);
            tokens.push(Token::Word(rest[..taken].to_lowercase()));
            taken
        } else {
            match c {
                '-' | '–' | '—' => tokens.push(Token::Dash),
                ':' => tokens.push(Token::Colon),
                '/' => tokens.push(Token::Slash),
                '(' | '[' => tokens.push(Token::Open),
                ')' | ']' => tokens.push(Token::Close),
                ',' | '.' | '_' => {}
                c if c.is_whitespace() => {}
                _ => tokens.push(Token::Other),
            }
            c.len_utf8()
        };
        rest = &rest[taken..];
    }
    tokens
}

/// A day whose year may be missing.
#[derive(Clone, Copy, Debug)]
struct Day {
    year: Option<i32>,
    month: u32,
    day: u32,
}

impl Day {
    fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }

    /// The day in its own year, or in the year that brings it nearest to the week.
    fn near(self, (start, _): Span) -> Option<NaiveDate> {
        if let Some(year) = self.year {
            return self.in_year(year);
        }
        (start.year() - 1..=start.year() + 1)
            .filter_map(|year| self.in_year(year))
            .min_by_key(|day| (*day - start).num_days().abs())
    }
}

/// Reads a span that begins at a token; returns it and the index of the token after it.
fn span_at(tokens: &[Token], at: usize, week: Option<Span>) -> Option<(Span, usize)> {
    let (first, next) = day_at(tokens, at)?;
    match tokens.get(next)? {
        Token::Dash => {}
        Token::Word(word) if matches!(word.as_str(), "to" | "through" | "thru" | "until") => {}
        _ => return None,
    }
    let (last, next) = match day_at(tokens, next + 1) {
        Some(found) => found,
        None => {
            let day = day_number(tokens, next + 1)?;
            let (year, next) = year_at(tokens, after_ordinal(tokens, next + 2));
            (Day { year, month: first.month, day }, next)
        }
    };
    let (start, end) = match (first.year, last.year, week) {
        (Some(from), to, _) => (first.in_year(from)?, last.in_year(to.unwrap_or(from))?),
        (None, Some(to), _) => {
            let end = last.in_year(to)?;
            let start = first.in_year(to).filter(|start| *start <= end).or_else(|| first.in_year(to - 1))?;
            (start, end)
        }
        (None, None, Some(week)) => (first.near(week)?, last.near(week)?),
        (None, None, None) => return None,
    };
    // More than a year is two dates that happen to stand side by side.
    (start <= end && start.checked_add_days(Days::new(366)).is_some_and(|limit| end <= limit)).then_some(((start, end), next))
}

/// Reads a day that begins at a token; returns it and the index of the token after it.
fn day_at(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    use Token::{Dash, Number, Slash, Word};
    // A number that goes on from a dash or a slash is the middle of something else.
    match &tokens[at..] {
        [Number(year, 4), Dash, Number(month, 1..=2), Dash, Number(day, 1..=2), ..]
        | [Number(year, 4), Slash, Number(month, 1..=2), Slash, Number(day, 1..=2), ..] => {
            Some((Day { year: Some(plausible(*year)?), month: *month, day: *day }, at + 5))
        }
        [Number(compact, 8), ..] => {
            let year = plausible(compact / 10_000)?;
            Some((Day { year: Some(year), month: compact / 100 % 100, day: compact % 100 }, at + 1))
        }
        [Number(month @ 1..=12, 1..=2), Slash, Number(day, 1..=2), Slash, Number(year, 4), ..] => {
            Some((Day { year: Some(plausible(*year)?), month: *month, day: *day }, at + 5))
        }
        [Word(word), Number(day, 1..=2), ..] => {
            let month = month(word)?;
            let (year, next) = year_at(tokens, after_ordinal(tokens, at + 2));
            Some((Day { year, month, day: *day }, next))
        }
        [Number(day, 1..=2), ..] => {
            let next = after_ordinal(tokens, at + 1);
            let Some(Word(word)) = tokens.get(next) else { return None };
            let month = month(word)?;
            let (year, next) = year_at(tokens, next + 1);
            Some((Day { year, month, day: *day }, next))
        }
        _ => None,
    }
}

/// The day of a month at a token, unless it is an hour.
fn day_number(tokens: &[Token], at: usize) -> Option<u32> {
    match (tokens.get(at), tokens.get(at + 1)) {
        (_, Some(Token::Colon)) => None,
        (Some(Token::Number(day, 1..=2)), _) => Some(*day),
        _ => None,
    }
}

fn after_ordinal(tokens: &[Token], at: usize) -> usize {
    match tokens.get(at) {
        Some(Token::Word(word)) if matches!(word.as_str(), "st" | "nd" | "rd" | "th") => at + 1,
        _ => at,
    }
}

/// The year at a token, after a dash too (`Nov9-2025`), and the index of the token after it.
fn year_at(tokens: &[Token], at: usize) -> (Option<i32>, usize) {
    match tokens.get(at..).unwrap_or_default() {
        // A whole date after the dash is the other end of a span, not this day's year.
        [Token::Dash, Token::Number(_, 4), Token::Dash, Token::Number(_, 1..=2), Token::Dash, ..] => (None, at),
        [Token::Number(year, 4), ..] if plausible(*year).is_some() => (plausible(*year), at + 1),
        [Token::Dash, Token::Number(year, 4), ..] if plausible(*year).is_some() => (plausible(*year), at + 2),
        _ => (None, at),
    }
}

fn plausible(year: u32) -> Option<i32> {
    i32::try_from(year).ok().filter(|year| (1900..2200).contains(year))
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = MONTHS
        .iter()
        .position(|month| word.len() >= 3 && month.starts_with(word) || (word == "sept" && *month == "september"))?;
    u32::try_from(at + 1).ok()
}

/// The time of day beside a date.
#[derive(Clone, Copy)]
enum Clock {
    None,
    Morning,
    Afternoon,
    At(NaiveTime, Option<FixedOffset>),
}

/// Reads a time of day at a token: `AM`, `5pm`, `at 8:45am CDT`, `T20:23:00Z`.
fn clock_at(tokens: &[Token], at: usize) -> (Clock, usize) {
    use Token::{Colon, Number, Word};
    let start = match tokens.get(at) {
        Some(Word(word)) if matches!(word.as_str(), "t" | "at" | "by") => at + 1,
        _ => at,
    };
    let (hour, minute, second, mut next) = match tokens.get(start..).unwrap_or_default() {
        [Number(hour, 1..=2), Colon, Number(minute, 2), Colon, Number(second, 2), ..] => (*hour, *minute, *second, start + 5),
        [Number(hour, 1..=2), Colon, Number(minute, 2), ..] => (*hour, *minute, 0, start + 3),
        [Number(hour, 1..=2), Word(half), ..] if matches!(half.as_str(), "am" | "pm") => (*hour, 0, 0, start + 1),
        [Word(half), ..] if half == "am" => return (Clock::Morning, start + 1),
        [Word(half), ..] if matches!(half.as_str(), "pm" | "eod") => return (Clock::Afternoon, start + 1),
        _ => return (Clock::None, at),
    };
    let hour = match tokens.get(next) {
        Some(Word(half)) if matches!(half.as_str(), "am" | "pm") && (1..=12).contains(&hour) => {
            next += 1;
            hour % 12 + if half == "pm" { 12 } else { 0 }
        }
        _ => hour,
    };
    let zone = match tokens.get(next) {
        Some(Word(zone)) => offset(zone),
        _ => None,
    };
    match NaiveTime::from_hms_opt(hour, minute, second) {
        Some(time) => (Clock::At(time, zone), next + usize::from(zone.is_some())),
        None => (Clock::None, at),
    }
}

fn offset(zone: &str) -> Option<FixedOffset> {
    let hours = match zone {
        "z" | "utc" | "gmt" => 0,
        "edt" => -4,
        "est" | "cdt" => -5,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" => -8,
        _ => return None,
    };
    FixedOffset::east_opt(hours * 3600)
}

/// Words before a date that add nothing to it.
fn is_idle_word(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    matches!(word, "by" | "on" | "due") || word.len() >= 3 && DAYS.iter().any(|day| day.starts_with(word))
}

fn beside(rest: &[Token]) -> Beside {
    let mut depth = 0_usize;
    for token in rest {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ if depth == 0 => return Beside::Words,
            _ => {}
        }
    }
    if rest.is_empty() { Beside::Nothing } else { Beside::Remark }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a valid example")
    }

    #[test]
    fn spans() {
        let cases = [
            ("2025-10-26 to 2025-11-02", Some(("2025-10-26", "2025-11-02"))),
            ("RPM WEEKLY PLAN — OCTOBER 27 - NOVEMBER 9, 2025", Some(("2025-10-27", "2025-11-09"))),
            ("CURRENT (Oct 21–27, 2025)", Some(("2025-10-21", "2025-10-27"))),
            ("OCT 7-14, 2025", Some(("2025-10-07", "2025-10-14"))),
            ("13 days ASAP execution (Oct 28 - Nov 9, 2025)", Some(("2025-10-28", "2025-11-09"))),
            ("RPM_WEEKLY_PLAN_OCT21-27_2025_COMPLETE.md", Some(("2025-10-21", "2025-10-27"))),
            ("RPM-WEEKLY-PLAN-Oct27-Nov9-2025-CLOUD-INFRA", Some(("2025-10-27", "2025-11-09"))),
            ("Dec 29 - Jan 4, 2026", Some(("2025-12-29", "2026-01-04"))),
            ("Mar 2nd to Mar 8th, 2026", Some(("2026-03-02", "2026-03-08"))),
            ("3/2/2026 - 3/8/2026", Some(("2026-03-02", "2026-03-08"))),
            ("2025-11-02 to 2025-10-26", None),
            ("2025-02-30 to 2025-03-02", None),
            ("Oct 28, 2025 (Day 1)", None),
            ("Phases 1-5", None),
            ("$125K-175K", None),
        ];
        for (text, expected) in cases {
            assert_eq!(span(text), expected.map(|(a, b)| (date(a), date(b))), "{text}");
        }
    }

    #[test]
    fn instants() {
        let week = (date("2025-12-29"), date("2026-01-11"));
        let cases = [
            ("2026-01-05", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
            ("2026-01-05 AM", Some(("2026-01-05T18:00:00Z", Beside::Nothing))),
            ("2026-01-05 PM", Some(("2026-01-06T05:59:59Z", Beside::Nothing))),
            ("Jan 5, 2026 (Day 1)", Some(("2026-01-06T05:59:59Z", Beside::Remark))),
            ("2026-01-05 (Today)", Some(("2026-01-06T05:59:59Z", Beside::Remark))),
            ("Friday, January 9", Some(("2026-01-10T05:59:59Z", Beside::Nothing))),
            ("Dec 30", Some(("2025-12-31T05:59:59Z", Beside::Nothing))),
            ("Jan 5-7, 2026", Some(("2026-01-08T05:59:59Z", Beside::Nothing))),
            ("2026-01-05 2:30pm", Some(("2026-01-05T20:30:00Z", Beside::Nothing))),
            ("Sunday, October 27, 2025 at 8:45am CDT", Some(("2025-10-27T13:45:00Z", Beside::Nothing))),
            ("2025-10-26T20:23:00Z", Some(("2025-10-26T20:23:00Z", Beside::Nothing))),
            ("2026-03-08 02:30", Some(("2026-03-08T08:30:00Z", Beside::Nothing))),
            ("2026-01-05 if the part arrives", Some(("2026-01-06T05:59:59Z", Beside::Words))),
            ("2026-13-05", None),
            ("Feb 30, 2026", None),
            ("end of day", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(at, beside)| (at.parse().expect("a valid example"), beside));
            assert_eq!(instant(text, week, chrono_tz::America::Chicago, DayMeans::End), expected, "{text}");
        }
        let noon = instant("2026-01-05", week, chrono_tz::America::Chicago, DayMeans::Noon);
        assert_eq!(noon.map(|(at, _)| at.to_rfc3339()), Some("2026-01-05T18:00:00+00:00".into()));
    }
}
