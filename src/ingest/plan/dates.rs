//! Days and spans of days in the spellings that people use in plans.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::tokens::{Token, tokens};

/// First and last day of a plan.
pub(super) type Span = (NaiveDate, NaiveDate);

/// Reads the first span of days in a text: `2025-10-26 to 2025-11-02`, `OCTOBER 27 - NOVEMBER 9, 2025`, `Oct 21–27, 2025`,
/// `2025-W43`. Where it names no year, the one nearest to `hint` is meant; without a hint it is none.
pub(super) fn span(text: &str, hint: Option<NaiveDate>) -> Option<Span> {
    let tokens = tokens(text);
    let hint = hint.map(|day| (day, day));
    (0..tokens.len()).find_map(|at| span_at(&tokens, at, hint)).map(|(span, _)| span).or_else(|| iso_week(&tokens))
}

/// Whether a text is a span of days, or one day, and says nothing more.
pub(super) fn is_only_days(text: &str, hint: Option<NaiveDate>) -> bool {
    let tokens = tokens(text);
    let near = hint.map(|day| (day, day));
    let first = tokens.iter().position(|token| !matches!(token, Token::Word(word) if weekday(word).is_some())).unwrap_or(0);
    let end = span_at(&tokens, first, near).map(|(_, next)| next).or_else(|| day_at(&tokens, first).map(|(_, next)| next));
    end == Some(tokens.len()) || iso_week(&tokens).is_some() && tokens.len() <= 4
}

/// Reads the one day that a text names, in the year nearest to `hint` where it names none.
pub(super) fn only_day(text: &str, hint: Option<NaiveDate>) -> Option<NaiveDate> {
    let tokens = tokens(text);
    let (day, next) = (0..tokens.len()).find_map(|at| day_at(&tokens, at))?;
    if (next..tokens.len()).any(|at| day_at(&tokens, at).is_some()) {
        return None;
    }
    match (day.year, hint) {
        (Some(year), _) => day.in_year(year),
        (None, hint) => day.near((hint?, hint?)),
    }
}

/// Reads the first day of a text whose year is written.
pub(super) fn first_full_day(text: &str) -> Option<NaiveDate> {
    let tokens = tokens(text);
    (0..tokens.len()).find_map(|at| day_at(&tokens, at).and_then(|(day, _)| day.in_year(day.year?)))
}

/// Whether a text begins with a day: `Monday Oct 7`, `TODAY 9:00am`, `Weekend Oct 12-13`, `Day 3`, `Oct 28`.
pub(super) fn begins_with_day(text: &str) -> bool {
    let tokens = tokens(text);
    let first = tokens.iter().position(|token| !matches!(token, Token::Other | Token::Open)).unwrap_or(tokens.len());
    match tokens.get(first..).unwrap_or_default() {
        [Token::Word(word), Token::Number(_, 1..=2), ..] if word == "day" => true,
        [Token::Word(word), ..] if weekday(word).is_some() || DAY_WORDS.contains(&word.as_str()) => true,
        [Token::Word(word), Token::Word(day), ..] if matches!(word.as_str(), "by" | "end" | "eod") => weekday(day).is_some(),
        [] => false,
        _ => day_at(&tokens, first).is_some(),
    }
}

const DAY_WORDS: [&str; 7] = ["today", "tonight", "tomorrow", "weekend", "eod", "eow", "asap"];

/// A day whose year may be missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    pub(super) year: Option<i32>,
    month: u32,
    day: u32,
}

impl Day {
    pub(super) fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }

    /// The day in its own year, or in the year that brings it nearest to the week.
    pub(super) fn near(self, (start, _): Span) -> Option<NaiveDate> {
        if let Some(year) = self.year {
            return self.in_year(year);
        }
        (start.year() - 1..=start.year() + 1)
            .filter_map(|year| self.in_year(year))
            .min_by_key(|day| (*day - start).num_days().abs())
    }
}

/// Reads a span that begins at a token; returns it and the index of the token after it.
pub(super) fn span_at(tokens: &[Token], at: usize, week: Option<Span>) -> Option<(Span, usize)> {
    let Some((first, next)) = day_at(tokens, at) else { return days_of_month(tokens, at, week) };
    if !is_until(tokens.get(next)?) {
        return None;
    }
    let after = (next + 1..tokens.len().min(next + 3))
        .find(|at| !matches!(tokens.get(*at), Some(Token::Word(word)) if weekday(word).is_some()))?;
    let (last, next) = match day_at(tokens, after) {
        Some(found) => found,
        None => {
            let day = day_number(tokens, after)?;
            let (year, next) = year_at(tokens, after_ordinal(tokens, after + 1));
            (Day { year, month: first.month, day }, next)
        }
    };
    let (start, end) = match (first.year, last.year, week) {
        (Some(from), Some(to), _) => (first.in_year(from)?, last.in_year(to)?),
        (Some(from), None, _) => {
            let start = first.in_year(from)?;
            (start, last.in_year(from).filter(|end| start <= *end).or_else(|| last.in_year(from + 1))?)
        }
        (None, Some(to), _) => {
            let end = last.in_year(to)?;
            let start = first.in_year(to).filter(|start| *start <= end).or_else(|| first.in_year(to - 1))?;
            (start, end)
        }
        (None, None, Some(week)) => {
            let (start, end) = (first.near(week)?, last.near(week)?);
            (start, if end < start { last.in_year(start.year() + 1)? } else { end })
        }
        (None, None, None) => return None,
    };
    // More than a year is two dates that happen to stand side by side.
    (start <= end && start.checked_add_days(Days::new(366)).is_some_and(|limit| end <= limit)).then_some(((start, end), next))
}

/// Whether a token stands between the days of a span.
fn is_until(token: &Token) -> bool {
    match token {
        Token::Dash => true,
        Token::Word(word) => matches!(word.as_str(), "to" | "through" | "thru" | "until"),
        _ => false,
    }
}

/// Reads a span whose month stands behind its last day: `13.–19. April 2026`.
fn days_of_month(tokens: &[Token], at: usize, week: Option<Span>) -> Option<(Span, usize)> {
    let within = at.checked_sub(1).is_some_and(|before| matches!(tokens.get(before), Some(Token::Slash | Token::Dash)));
    let from = day_number(tokens, at).filter(|_| !within)?;
    if !is_until(tokens.get(at + 1)?) || !matches!(tokens.get(at + 3), Some(Token::Word(_))) {
        return None;
    }
    let (last, next) = day_at(tokens, at + 2)?;
    let end = match (last.year, week) {
        (Some(year), _) => last.in_year(year)?,
        (None, week) => last.near(week?)?,
    };
    let start = Day { day: from, ..last }.in_year(end.year())?;
    (start <= end).then_some(((start, end), next))
}

/// Reads a day that begins at a token; returns it and the index of the token after it.
pub(super) fn day_at(tokens: &[Token], at: usize) -> Option<(Day, usize)> {
    use Token::{Dash, Number, Slash, Word};
    // A number that goes on from a slash is the middle of something else.
    let within = at.checked_sub(1).is_some_and(|before| tokens.get(before) == Some(&Slash));
    match tokens.get(at..).unwrap_or_default() {
        [Number(year, 4), Dash, Number(month, 1..=2), Dash, Number(day, 1..=2), ..]
        | [Number(year, 4), Slash, Number(month, 1..=2), Slash, Number(day, 1..=2), ..] => {
            Some((Day { year: Some(plausible(*year)?), month: *month, day: *day }, at + 5))
        }
        [Number(compact, 8), ..] => {
            let year = plausible(compact / 10_000)?;
            Some((Day { year: Some(year), month: compact / 100 % 100, day: compact % 100 }, at + 1))
        }
        [Number(month, 1..=2), Slash, Number(day, 1..=2), Slash, Number(year, digits @ (2 | 4)), ..] if !within => {
            let year = if *digits == 2 { 2000 + year } else { *year };
            let (month, day) = day_and_month(*month, *day)?;
            Some((Day { year: Some(plausible(year)?), month, day }, at + 5))
        }
        [Number(month, 1..=2), Slash, Number(day, 1..=2), rest @ ..] if !within && rest.first() != Some(&Slash) => {
            let (month, day) = day_and_month(*month, *day)?;
            Some((Day { year: None, month, day }, at + 3))
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

/// `10/27` and `27/10` as month and day; where both could be the month, it is the first.
fn day_and_month(first: u32, second: u32) -> Option<(u32, u32)> {
    match (first, second) {
        (1..=12, 1..=31) => Some((first, second)),
        (13..=31, 1..=12) => Some((second, first)),
        _ => None,
    }
}

/// The day of a month at a token, unless it is an hour.
fn day_number(tokens: &[Token], at: usize) -> Option<u32> {
    match (tokens.get(at), tokens.get(at + 1)) {
        (_, Some(Token::Colon)) => None,
        (_, Some(Token::Word(word))) if matches!(word.as_str(), "am" | "pm" | "min" | "hours" | "h") => None,
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

pub(super) fn plausible(year: u32) -> Option<i32> {
    i32::try_from(year).ok().filter(|year| (1900..2200).contains(year))
}

/// Reads `2025-W43` or `W43 2025`, from Monday to Sunday.
fn iso_week(tokens: &[Token]) -> Option<Span> {
    use Token::{Dash, Number, Slash, Word};
    let (year, week) = (0..tokens.len()).find_map(|at| match tokens.get(at..).unwrap_or_default() {
        [Number(year, 4), Dash, Word(w), Number(week, 1..=2), ..] if w == "w" => Some((*year, *week)),
        [Word(w), Number(week, 1..=2), Number(year, 4), ..] | [Word(w), Number(week, 1..=2), Slash, Number(year, 4), ..]
            if matches!(w.as_str(), "w" | "week" | "kw" | "woche" | "semana") =>
        {
            Some((*year, *week))
        }
        _ => None,
    })?;
    let monday = NaiveDate::from_isoywd_opt(plausible(year)?, week, Weekday::Mon)?;
    Some((monday, monday.checked_add_days(Days::new(6))?))
}

/// The months in English.
pub(super) const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

fn month(word: &str) -> Option<u32> {
    let word = if word == "sept" { "sep" } else { word };
    let at = (word.len() >= 3).then(|| MONTHS.iter().position(|month| month.starts_with(word))).flatten()?;
    u32::try_from(at + 1).ok()
}

/// Whether a word in lower case names a month: `oct`, `march`.
pub(super) fn is_month(word: &str) -> bool {
    month(word).is_some()
}

/// The day of the week that a word names: `mon`, `tues`, `Wednesday`.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    DAYS.iter().find(|(day, _)| word.len() >= 3 && day.starts_with(word)).map(|(_, day)| *day)
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
