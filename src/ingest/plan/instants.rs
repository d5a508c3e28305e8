//! Instants: a day, an hour, or a word for one, in the plan's week and time zone.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

use super::dates::{Span, day_at, span_at, weekday};
use super::tokens::{Token, tokens};

/// What times of a document are read against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// The plan's first and last day.
    pub(super) week: Span,
    /// The zone of days and hours without one.
    pub(super) zone: Tz,
    /// The day that `today` means, where the document says when it was written.
    pub(super) today: Option<NaiveDate>,
}

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

/// The time of day beside a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clock {
    None,
    Morning,
    Afternoon,
    At(NaiveTime, Option<Offset>),
}

/// A zone written beside an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Offset {
    Fixed(FixedOffset),
    /// An abbreviation of central, eastern … time. People write `CST` in summer too, so where it is the plan's own zone, that counts.
    Named(&'static str, FixedOffset),
}

/// Reads an instant. Of a span, its last day counts; a year that is missing is the one nearest to the week. Words that stand for
/// a day (`Friday`, `EOD Thursday`, `tomorrow`, `Day 3`, `end of week`) count at the beginning of a text without a date.
///
/// `AM` alone is noon and `PM` alone the day's end.
pub(super) fn instant(text: &str, frame: &Frame, means: DayMeans) -> Option<(DateTime<Utc>, Beside)> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some((instant.to_utc(), Beside::Nothing));
    }
    let tokens = tokens(text);
    let dated = (0..tokens.len()).find_map(|at| match span_at(&tokens, at, Some(frame.week)) {
        Some(((_, last), next)) => Some((at, last, next)),
        None => day_at(&tokens, at).and_then(|(day, next)| Some((at, day.near(frame.week)?, next))),
    });
    let (first, date, next) = dated.or_else(|| relative_day(&tokens, frame))?;
    let (mut clock, mut next) = clock_at(&tokens, next);
    let mut idle = first;
    if clock == Clock::None {
        // `9:00am CDT Tuesday, October 22`: the hour may come first.
        let before = (0..first).find_map(|at| match clock_at(&tokens, at) {
            (clock @ Clock::At(..), after) if tokens.get(after..first).is_some_and(|rest| rest.iter().all(is_idle)) => {
                Some((at, clock))
            }
            _ => None,
        });
        if let Some((at, found)) = before {
            (clock, idle) = (found, at);
        }
    }
    if matches!(tokens.get(next), Some(Token::Word(word)) if word == "eod") {
        next += 1;
    }
    let instant = frame.at(date, clock, means)?;
    Some((instant, if tokens[..idle].iter().all(is_idle) { beside(&tokens[next..]) } else { Beside::Words }))
}

/// Reads the hour that a text begins with, and of a span of hours (`8:00am - 10:00am`) its end.
pub(super) fn hour(text: &str) -> Option<Clock> {
    let tokens = tokens(text);
    let (first, next) = clock_at(&tokens, 0);
    if !matches!(first, Clock::At(..)) {
        return None;
    }
    let last = match tokens.get(next) {
        Some(Token::Dash) => clock_at(&tokens, next + 1).0,
        Some(Token::Word(word)) if word == "to" => clock_at(&tokens, next + 1).0,
        _ => Clock::None,
    };
    Some(if matches!(last, Clock::At(..)) { last } else { first })
}

/// Whether a text begins with an hour: `8:00am - 10:00am | Kickoff`, `1pm CST`.
pub(super) fn begins_with_hour(text: &str) -> bool {
    // A figure and a colon (`4:3`) are an hour only with two digits behind, which `clock_at` asks for.
    hour(text.trim_start_matches(|c: char| !c.is_alphanumeric())).is_some()
}

impl Frame {
    /// The instant of a local day and hour.
    pub(super) fn at(&self, date: NaiveDate, clock: Clock, means: DayMeans) -> Option<DateTime<Utc>> {
        let end = NaiveTime::from_hms_opt(23, 59, 59)?;
        let noon = NaiveTime::from_hms_opt(12, 0, 0)?;
        let time = match clock {
            Clock::None if means == DayMeans::End => end,
            Clock::None | Clock::Morning => noon,
            Clock::Afternoon => end,
            Clock::At(time, _) => time,
        };
        let local = date.and_time(time);
        match clock {
            Clock::At(_, Some(Offset::Fixed(offset))) => Some(offset.from_local_datetime(&local).single()?.to_utc()),
            Clock::At(_, Some(Offset::Named(name, offset))) if !self.is_called(name, date.year()) => {
                Some(offset.from_local_datetime(&local).single()?.to_utc())
            }
            _ => in_zone(local, self.zone),
        }
    }

    /// Whether the zone goes by an abbreviation at some time of a year.
    fn is_called(&self, name: &str, year: i32) -> bool {
        [1, 7].iter().any(|month| {
            let day = NaiveDate::from_ymd_opt(year, *month, 1).unwrap_or_default();
            self.zone.offset_from_utc_date(&day).abbreviation().is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    }
}

/// A local time in a zone; one that the clocks skip is taken an hour later, one that they repeat is the first.
fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let later =
        || local.checked_add_signed(chrono::TimeDelta::hours(1)).and_then(|local| zone.from_local_datetime(&local).earliest());
    zone.from_local_datetime(&local).earliest().or_else(later).map(|instant| instant.to_utc())
}

/// The day that words stand for, where a text begins with them: the token, the day, the token behind.
fn relative_day(tokens: &[Token], frame: &Frame) -> Option<(usize, NaiveDate, usize)> {
    let (start, end) = frame.week;
    let idle = |token: &Token| matches!(token, Token::Word(word) if matches!(word.as_str(), "by" | "on" | "due" | "before" | "until" | "eod" | "this"));
    let at = tokens.iter().position(|token| !idle(token)).unwrap_or(tokens.len());
    let alone = at > 0 && at == tokens.len();
    match tokens.get(at..).unwrap_or_default() {
        // `EOD` and nothing else is the day of writing.
        [] if alone => Some((0, frame.today?, at)),
        [Token::Word(day), Token::Number(number @ 1..=62, 1..=2), ..] if day == "day" => {
            let day = start.checked_add_days(Days::new(u64::from(number - 1)))?;
            // A series may count its days from elsewhere: `Day 16` of a plan of seven is none of its days.
            (day <= end).then_some((at, day, at + 2))
        }
        [Token::Word(end_word), Token::Word(of), Token::Word(week), ..] if end_word == "end" && of == "of" => match week.as_str()
        {
            "week" => Some((at, end, at + 3)),
            "day" => Some((at, frame.today?, at + 3)),
            _ => None,
        },
        [Token::Word(word), ..] => {
            let day = match word.as_str() {
                "today" | "tonight" => frame.today?,
                "tomorrow" => frame.today?.succ_opt()?,
                "eow" | "week" => end,
                "weekend" => in_week("sunday", start)?,
                "next" => match tokens.get(at + 1)? {
                    Token::Word(day) => return Some((at, in_week(day, start)?.checked_add_days(Days::new(7))?, at + 2)),
                    _ => return None,
                },
                name => in_week(name, start)?,
            };
            Some((at, day, at + 1))
        }
        _ => None,
    }
}

/// The first day of a name in the seven days from `start`.
fn in_week(name: &str, start: NaiveDate) -> Option<NaiveDate> {
    let wanted = weekday(name)?;
    start.iter_days().take(7).find(|day| day.weekday() == wanted)
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
        [Number(hour, 1..=2), Word(half), ..] if matches!(half.as_str(), "am" | "pm" | "uhr") => (*hour, 0, 0, start + 1),
        [Word(noon), ..] if matches!(noon.as_str(), "noon" | "midday") => (12, 0, 0, start + 1),
        [Word(half), ..] if matches!(half.as_str(), "am" | "morning") => return (Clock::Morning, start + 1),
        [Word(half), ..] if matches!(half.as_str(), "pm" | "eod" | "afternoon" | "evening" | "night" | "midnight") => {
            return (Clock::Afternoon, start + 1);
        }
        _ => return (Clock::None, at),
    };
    let hour = match tokens.get(next) {
        Some(Word(half)) if matches!(half.as_str(), "am" | "pm") && (1..=12).contains(&hour) => {
            next += 1;
            hour % 12 + if half == "pm" { 12 } else { 0 }
        }
        Some(Word(word)) if word == "uhr" => {
            next += 1;
            hour
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

fn offset(zone: &str) -> Option<Offset> {
    let (name, hours) = match zone {
        "z" | "utc" | "gmt" => return Some(Offset::Fixed(FixedOffset::east_opt(0)?)),
        "edt" => ("EDT", -4),
        "est" => ("EST", -5),
        "cdt" => ("CDT", -5),
        "cst" => ("CST", -6),
        "mdt" => ("MDT", -6),
        "mst" => ("MST", -7),
        "pdt" => ("PDT", -7),
        "pst" => ("PST", -8),
        _ => return None,
    };
    Some(Offset::Named(name, FixedOffset::east_opt(hours * 3600)?))
}

/// Words before a date that add nothing to it.
fn is_idle(token: &Token) -> bool {
    matches!(token, Token::Word(word) if matches!(word.as_str(), "by" | "on" | "due" | "eod") || weekday(word).is_some())
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
#[path = "instants_tests.rs"]
mod tests;
