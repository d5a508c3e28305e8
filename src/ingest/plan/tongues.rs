//! German and Spanish words of plans as data: each with the English word that the parser knows.
//!
//! What is not in these tables is left as it is written. No English word is in them, so that English documents are read as they are.

mod words;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::entities::enums::ActionStatus;

use super::dates::is_month;
use super::tokens::Token;
use words::{KEYS, WORDS};

/// Statuses of actions.
pub(super) const STATUSES: &[(&str, ActionStatus)] = {
    use ActionStatus::{Blocked, Completed, InProgress, Pending};
    &[
        ("offen", Pending),
        ("geplant", Pending),
        ("nicht begonnen", Pending),
        ("ausstehend", Pending),
        ("in arbeit", InProgress),
        ("in bearbeitung", InProgress),
        ("laufend", InProgress),
        ("läuft", InProgress),
        ("begonnen", InProgress),
        ("blockiert", Blocked),
        ("pausiert", Blocked),
        ("wartet", Blocked),
        ("erledigt", Completed),
        ("abgeschlossen", Completed),
        ("fertig", Completed),
        ("pendiente", Pending),
        ("por hacer", Pending),
        ("sin empezar", Pending),
        ("no iniciado", Pending),
        ("no iniciada", Pending),
        ("en curso", InProgress),
        ("en progreso", InProgress),
        ("en proceso", InProgress),
        ("bloqueado", Blocked),
        ("bloqueada", Blocked),
        ("en espera", Blocked),
        ("hecho", Completed),
        ("hecha", Completed),
        ("completado", Completed),
        ("completada", Completed),
        ("terminado", Completed),
        ("terminada", Completed),
        ("listo", Completed),
    ]
};

/// Statuses of what will not be done.
pub(super) const CANCELLED: &[&str] = &[
    "abgesagt",
    "gestrichen",
    "verworfen",
    "verschoben",
    "zurückgestellt",
    "entfällt",
    "cancelado",
    "cancelada",
    "descartado",
    "descartada",
    "aplazado",
    "aplazada",
];

/// Priorities, 1 the highest.
pub(super) const PRIORITIES: &[(&str, i32)] = &[
    ("kritisch", 1),
    ("dringend", 1),
    ("hoch", 2),
    ("mittel", 3),
    ("niedrig", 4),
    ("gering", 4),
    ("crítica", 1),
    ("crítico", 1),
    ("urgente", 1),
    ("alta", 2),
    ("alto", 2),
    ("media", 3),
    ("medio", 3),
    ("baja", 4),
    ("bajo", 4),
];

/// Words of dates, and the English one that stands for them.
type DayWords = (&'static [&'static str], &'static str);

/// Longer ones first.
const DAYS: &[DayWords] = &[
    (&["fin", "de", "semana"], "weekend"),
    (&["ende", "der", "woche"], "eow"),
    (&["por", "la", "mañana"], "morning"),
    (&["por", "la", "tarde"], "afternoon"),
    (&["a", "las"], "at"),
    (&["antes", "del"], "by"),
    (&["um"], "at"),
    (&["montag"], "monday"),
    (&["dienstag"], "tuesday"),
    (&["mittwoch"], "wednesday"),
    (&["donnerstag"], "thursday"),
    (&["freitag"], "friday"),
    (&["samstag"], "saturday"),
    (&["sonnabend"], "saturday"),
    (&["sonntag"], "sunday"),
    (&["wochenende"], "weekend"),
    (&["heute"], "today"),
    (&["morgen"], "tomorrow"),
    (&["vormittag"], "morning"),
    (&["mittag"], "noon"),
    (&["nachmittag"], "afternoon"),
    (&["abend"], "evening"),
    (&["nächsten"], "next"),
    (&["lunes"], "monday"),
    (&["martes"], "tuesday"),
    (&["miércoles"], "wednesday"),
    (&["miercoles"], "wednesday"),
    (&["jueves"], "thursday"),
    (&["viernes"], "friday"),
    (&["sábado"], "saturday"),
    (&["sabado"], "saturday"),
    (&["domingo"], "sunday"),
    (&["hoy"], "today"),
    (&["mañana"], "tomorrow"),
    (&["mediodía"], "noon"),
    (&["próximo"], "next"),
    (&["januar"], "january"),
    (&["jänner"], "january"),
    (&["februar"], "february"),
    (&["märz"], "march"),
    (&["mrz"], "march"),
    (&["mai"], "may"),
    (&["juni"], "june"),
    (&["juli"], "july"),
    (&["oktober"], "october"),
    (&["okt"], "october"),
    (&["dezember"], "december"),
    (&["dez"], "december"),
    (&["enero"], "january"),
    (&["febrero"], "february"),
    (&["marzo"], "march"),
    (&["abril"], "april"),
    (&["de", "mayo"], "may"),
    (&["junio"], "june"),
    (&["julio"], "july"),
    (&["agosto"], "august"),
    (&["septiembre"], "september"),
    (&["octubre"], "october"),
    (&["noviembre"], "november"),
    (&["diciembre"], "december"),
];

/// Short names of weekdays, which are other words too where no number follows: `Fr 17.04.`.
const SHORT_WEEKDAYS: &[(&str, &str)] = &[
    ("di", "tuesday"),
    ("do", "thursday"),
    ("dom", "sunday"),
    ("fr", "friday"),
    ("jue", "thursday"),
    ("lun", "monday"),
    ("mi", "wednesday"),
    ("mié", "wednesday"),
    ("mo", "monday"),
    ("sa", "saturday"),
    ("so", "sunday"),
    ("sáb", "saturday"),
    ("vie", "friday"),
];

/// Words between the days of a span, and before a day.
const UNTIL: &[&str] = &["bis", "hasta"];

/// The word between the days of a span that means other things elsewhere.
const UP_TO: &str = "al";

/// Words that join the parts of a date: `15 de abril de 2026`, `vom 13.`.
const JOINTS: &[&str] = &["de", "del"];

/// Words before a day that add nothing to it: `am Freitag`, `el 15 de abril`.
const ARTICLES: &[&str] = &["am", "el", "vom", "zum"];

/// Words of dates by the first of them, in the order of the table.
static DAYS_BY_FIRST: LazyLock<HashMap<&str, Vec<&DayWords>>> = LazyLock::new(|| {
    let mut by_first: HashMap<_, Vec<_>> = HashMap::new();
    for day in DAYS {
        by_first.entry(day.0[0]).or_default().push(day);
    }
    by_first
});

/// Words that mean something only beside a date.
static BESIDE_DAYS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let short = SHORT_WEEKDAYS.iter().map(|(short, _)| *short);
    short.chain([UNTIL, JOINTS, ARTICLES, &[UP_TO]].into_iter().flatten().copied()).collect()
});

static ENGLISH_KEYS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| KEYS.iter().copied().collect());
static ENGLISH_WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| WORDS.iter().copied().collect());

/// The key that a key in snake case means.
pub(in crate::ingest) fn key(key: &str) -> &str {
    ENGLISH_KEYS.get(key).copied().unwrap_or(key)
}

/// The English word that a word in lower case means.
pub(super) fn word(word: &str) -> &str {
    ENGLISH_WORDS.get(word).copied().unwrap_or(word)
}

/// Puts English words in the place of those of dates.
pub(super) fn dates(tokens: Vec<Token>) -> Vec<Token> {
    let mut english: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first() {
        let taken = if let Token::Word(own) = first { take_word(own, rest, &mut english) } else { 0 };
        if taken == 0 {
            english.push(first.clone());
        }
        rest = &rest[taken.max(1)..];
    }
    english
}

/// Takes the word that stands first, with those that belong to it; how many, 0 for one that stays as it is.
fn take_word(own: &str, rest: &[Token], english: &mut Vec<Token>) -> usize {
    if let Some((words, meant)) = day_words(rest) {
        english.push(Token::Word((*meant).to_owned()));
        return words.len();
    }
    if !BESIDE_DAYS.contains(own) {
        return 0;
    }
    let number = |token: Option<&Token>| matches!(token, Some(Token::Number(..)));
    let next_is_number = number(rest.get(1));
    let behind = match rest.get(2) {
        Some(Token::Word(joint)) if JOINTS.contains(&joint.as_str()) => &rest[3..],
        _ => rest.get(2..).unwrap_or_default(),
    };
    let is_month = matches!(behind.first(), Some(Token::Word(month)) if is_month(month)) || is_month_abroad(behind);
    let dated = next_is_number && (is_month || is_month_abroad(rest.get(2..).unwrap_or_default()));
    if let Some((_, day)) = SHORT_WEEKDAYS.iter().find(|(short, _)| dated && *short == own) {
        english.push(Token::Word((*day).to_owned()));
        return 1;
    }
    let between = next_is_number && english.iter().any(|token| number(Some(token)));
    if UNTIL.contains(&own) || own == UP_TO && between {
        english.push(Token::Word(if between { "to" } else { "by" }.to_owned()));
        return 1;
    }
    if ARTICLES.contains(&own) && (dated || day_words(&rest[1..]).is_some()) {
        return 1;
    }
    // `15 de abril de 2026`
    let joins = JOINTS.contains(&own) && (number(english.last()) && is_month_abroad(&rest[1..]) || next_is_number);
    usize::from(joins)
}

fn begins_with(tokens: &[Token], words: &[&str]) -> bool {
    words.len() <= tokens.len() && words.iter().zip(tokens).all(|(word, token)| matches!(token, Token::Word(own) if own == word))
}

/// The words of a date that tokens begin with.
fn day_words(tokens: &[Token]) -> Option<&'static DayWords> {
    let Some(Token::Word(first)) = tokens.first() else { return None };
    DAYS_BY_FIRST.get(first.as_str())?.iter().find(|(words, _)| begins_with(tokens, words)).copied()
}

fn is_month_abroad(tokens: &[Token]) -> bool {
    day_words(tokens).is_some_and(|(_, meant)| is_month(meant))
}

#[cfg(test)]
#[path = "tongues_tests.rs"]
mod tests;
