//! Texts cut into the numbers, words and signs that dates are made of.

use super::dates::MONTHS;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number and how many digits it has.
    Number(u32, usize),
    /// A word in lower case.
    Word(String),
    Dash,
    Colon,
    Slash,
    Open,
    Close,
    Other,
}

/// The most of a text that is looked at: no date stands behind that many words.
const LOOKED_AT: usize = 2_000;

/// Cuts a text into its pieces, words of dates in English; spaces, commas, dots and underscores only separate.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let whole = &text[..text.floor_char_boundary(LOOKED_AT)];
    let mut rest = whole;
    while let Some(c) = rest.chars().next() {
        let before = whole[..whole.len() - rest.len()].chars().next_back();
        if let Some((date, after)) = dotted(before, rest) {
            tokens.extend(date);
            rest = after;
            continue;
        }
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
                '-' | '–' | '—' | '−' | '→' => tokens.push(Token::Dash),
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
    super::tongues::dates(tokens)
}

/// Reads `15.04.2026`, `15.04.26` or `15.04.` as its day, month and year; figures of versions and sums are none.
fn dotted(before: Option<char>, text: &str) -> Option<(Vec<Token>, &str)> {
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ',' | '$' | '€' | '#' | '/')) {
        return None;
    }
    let figure = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = Some(figure(text)).filter(|length| (1..=2).contains(length))?;
    let rest = text[first..].strip_prefix('.')?;
    let second = Some(figure(rest)).filter(|length| (1..=2).contains(length))?;
    let after = rest[second..].strip_prefix('.')?;
    let year = figure(after);
    let ends = !after[year..].starts_with(|c: char| c.is_alphanumeric()) && figure(after[year..].trim_start_matches('.')) == 0;
    let whole = first == 2 && second == 2;
    let plain = match year {
        4 => true,
        2 => whole,
        // `15.4.` is a day only where nothing else is said.
        0 => whole || before.is_none() && after.trim().is_empty(),
        _ => false,
    };
    let month =
        rest[..second].parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).filter(|_| ends && plain)?;
    let day: u32 = text[..first].parse().ok().filter(|day| (1..=31).contains(day))?;
    let mut date = vec![Token::Number(day, first), Token::Word((*month).to_owned())];
    if let Ok(figures) = after[..year].parse::<u32>() {
        date.push(Token::Number(if year == 2 { 2000 + figures } else { figures }, 4));
    }
    Some((date, &after[year..]))
}
