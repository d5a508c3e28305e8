//! Action codes (`ARCH-BOOT-001a`) and the lists of them that stand for dependencies.

use std::collections::HashSet;

/// What a `Dependencies` line says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Dependencies {
    /// Codes in document order, ranges spelled out, none twice.
    pub(super) codes: Vec<String>,
    /// The line as written, where it says more than codes.
    pub(super) notes: Option<String>,
    /// Pieces that look like ranges of codes and are none.
    pub(super) malformed: Vec<String>,
}

/// Whether the text is a code: capital segments, three digits, at most one small letter (`CLOUD-001c`); or one that was made of an
/// action's words (`CLOUD-20251027-3f9a0c2e`).
pub(super) fn is_code(text: &str) -> bool {
    is_written_code(text) || is_made_code(text)
}

/// Whether the code is one of a plan (`RPM-BOOT-001`), and of no action.
pub(super) fn is_plan_code(code: &str) -> bool {
    code.starts_with("RPM-") && is_written_code(code)
}

/// Whether the text is a code as people give them.
fn is_written_code(text: &str) -> bool {
    let Some((stem, number)) = text.rsplit_once('-') else { return false };
    let digits = number.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(number);
    digits.len() == 3
        && digits.bytes().all(|b| b.is_ascii_digit())
        && stem.starts_with(|c: char| c.is_ascii_uppercase())
        && stem.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// Whether the text is a code that was made: what it belongs to, a day, eight hexadecimal figures, and a number where there are
/// several of the same words.
fn is_made_code(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    if parts.last().is_some_and(|last| last.len() < 8 && !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())) {
        parts.pop();
    }
    let [stem @ .., day, hash] = parts.as_slice() else { return false };
    digits(day, 8)
        && hash.len() == 8
        && hash.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        && stem.first().is_some_and(|part| part.starts_with(|c: char| c.is_ascii_uppercase()))
        && stem.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// The code that a text begins with, and what follows it.
pub(super) fn leading_code(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_' && c != '.').unwrap_or(text.len());
    let code = text[..end].trim_end_matches(['-', '.']);
    is_code(code).then(|| (code, &text[code.len()..]))
}

/// Reads the words of a dependency line.
///
/// Codes in parentheses count only where none stand outside them: `CLOUD-001a (parallel with CLOUD-001c)` waits for one.
pub(super) fn dependencies(text: &str) -> Dependencies {
    let text = text.trim();
    let first = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ':')).next().unwrap_or_default();
    if text.is_empty()
        || ["none", "n/a", "nil", "no", "-", "–", "—"].iter().any(|word| first.trim_end_matches('.').eq_ignore_ascii_case(word))
    {
        let notes = (first.len() < text.len()).then(|| text.to_owned());
        return Dependencies { notes, ..Dependencies::default() };
    }
    let mut found = Dependencies::default();
    let (mut outside, mut inside, mut words) = (Vec::new(), Vec::new(), false);
    let tokens = tokens(text);
    let mut at = 0;
    while let Some((token, nested)) = tokens.get(at) {
        let codes = if *nested { &mut inside } else { &mut outside };
        let end = tokens.get(at + 1).filter(|(word, _)| is_range_word(word)).and_then(|_| tokens.get(at + 2)).map(|(end, _)| end);
        let piece = match end {
            Some(end) if is_code(token) && (is_code(end) || end.len() == 1) => {
                at += 2;
                range(token, end).map_or_else(|| Piece::Malformed(format!("{token} to {end}")), Piece::Codes)
            }
            _ => piece(token),
        };
        at += 1;
        match piece {
            Piece::Codes(more) => codes.extend(more),
            Piece::Malformed(text) => found.malformed.push(text),
            Piece::Word => words |= *nested || !is_filler(token),
        }
    }
    words |= !inside.is_empty() && !outside.is_empty();
    let mut seen = HashSet::new();
    for code in if outside.is_empty() { inside } else { outside } {
        if seen.insert(code.clone()) {
            found.codes.push(code);
        }
    }
    if words || !found.malformed.is_empty() {
        found.notes = Some(text.to_owned());
    }
    found
}

/// What one word of a dependency line is.
enum Piece {
    Codes(Vec<String>),
    Malformed(String),
    Word,
}

/// The words of a line, and whether each stands in parentheses.
fn tokens(text: &str) -> Vec<(String, bool)> {
    let mut tokens = Vec::new();
    let (mut word, mut depth) = (String::new(), 0_usize);
    for c in text.chars().chain(std::iter::once(' ')) {
        let border =
            c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '[' | ']' | '+' | '&' | '→' | '—' | '|' | '"' | '\'' | '`');
        if !border {
            // An en dash between letters of codes is how editors set `a-e`.
            word.push(if c == '–' { '-' } else { c });
            continue;
        }
        let trimmed = word.trim_matches(['.', ':', '!', '-', '*']);
        if !trimmed.is_empty() {
            tokens.push((trimmed.to_owned(), depth > 0));
        }
        word.clear();
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    tokens
}

fn piece(token: &str) -> Piece {
    if is_code(token) {
        return Piece::Codes(vec![token.to_owned()]);
    }
    if let Some((first, rest)) = token.split_once('/')
        && is_code(first)
    {
        let stem = first.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let spelled = rest.split('/').map(|part| if part.len() == 1 { format!("{stem}{part}") } else { part.to_owned() });
        let codes: Vec<_> = std::iter::once(first.to_owned()).chain(spelled).collect();
        return if codes.iter().all(|code| is_code(code)) { Piece::Codes(codes) } else { Piece::Malformed(token.to_owned()) };
    }
    for (dash, _) in token.match_indices('-') {
        let (start, end) = (&token[..dash], &token[dash + 1..]);
        if is_code(start) {
            return match range(start, end) {
                Some(codes) => Piece::Codes(codes),
                // `ARCH-BOOT-002-Agent-Spawn.md` is a file's name, not a range gone wrong.
                None if end.len() > 4 && !is_code(end) => Piece::Word,
                None => Piece::Malformed(token.to_owned()),
            };
        }
    }
    Piece::Word
}

/// Spells out a range; `end` is a letter, a number with or without a letter, or a whole code.
fn range(start: &str, end: &str) -> Option<Vec<String>> {
    let (stem, number) = start.rsplit_once('-')?;
    let end = match end.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-')) {
        Some(rest) => rest,
        None => end,
    };
    let (digits, from) = split_letter(number);
    let (end_digits, to) = split_letter(end);
    match (from, to) {
        (Some(from), Some(to)) if (end_digits.is_empty() || end_digits == digits) && from <= to => {
            Some((from..=to).map(|letter| format!("{stem}-{digits}{letter}")).collect())
        }
        (None, None) if end_digits.len() == 3 => {
            let (from, to): (u32, u32) = (digits.parse().ok()?, end_digits.parse().ok()?);
            (from <= to && to - from < 100).then(|| (from..=to).map(|n| format!("{stem}-{n:03}")).collect())
        }
        _ => None,
    }
}

fn split_letter(number: &str) -> (&str, Option<char>) {
    match number.chars().next_back() {
        Some(letter) if letter.is_ascii_lowercase() => (&number[..number.len() - 1], Some(letter)),
        _ => (number, None),
    }
}

fn is_range_word(word: &str) -> bool {
    ["to", "through", "thru"].iter().any(|range| word.eq_ignore_ascii_case(range))
}

/// Words that say no more than that the codes around them are awaited.
fn is_filler(word: &str) -> bool {
    const FILLER: [&str; 12] =
        ["all", "action", "actions", "and", "complete", "completed", "completion", "done", "finished", "of", "after", "✅"];
    FILLER.iter().any(|filler| word.eq_ignore_ascii_case(filler))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_one_shape() {
        for code in [
            "ARCH-BOOT-001a",
            "CLOUD-001c",
            "RPM-BOOT-001",
            "STR-2025-10-21-001",
            "MAIN-20251007-3f9a0c2e",
            "A-B-20251007-12345678-2",
        ] {
            assert!(is_code(code), "{code}");
        }
        for word in [
            "CLOUD-1a",
            "cloud-001a",
            "CLOUD-001ab",
            "001a",
            "-001a",
            "GA-56",
            "CLOUD--001a",
            "CLOUD-001A",
            "",
            "-",
            "É-001",
            "MAIN-20251007-3f9a0c2",
            "20251007-3f9a0c2e",
            "MAIN-20251007-3F9A0C2E",
        ] {
            assert!(!is_code(word), "{word}");
        }
    }

    #[test]
    fn dependency_lines() {
        // text, codes, notes kept, malformed pieces
        let cases: &[(&str, &[&str], bool, usize)] = &[
            ("ARCH-BOOT-001b complete", &["ARCH-BOOT-001b"], false, 0),
            ("All ARCH-BOOT-001a-c complete", &["ARCH-BOOT-001a", "ARCH-BOOT-001b", "ARCH-BOOT-001c"], false, 0),
            ("ARCH-BOOT-006a–b", &["ARCH-BOOT-006a", "ARCH-BOOT-006b"], false, 0),
            ("CLOUD-001a, CLOUD-001c complete", &["CLOUD-001a", "CLOUD-001c"], false, 0),
            ("CLOUD-001a and CLOUD-001a", &["CLOUD-001a"], false, 0),
            ("CLOUD-001a-001c", &["CLOUD-001a", "CLOUD-001b", "CLOUD-001c"], false, 0),
            ("CLOUD-001a through CLOUD-001c", &["CLOUD-001a", "CLOUD-001b", "CLOUD-001c"], false, 0),
            ("CLOUD-001 to CLOUD-003", &["CLOUD-001", "CLOUD-002", "CLOUD-003"], false, 0),
            ("CLOUD-001a/b", &["CLOUD-001a", "CLOUD-001b"], false, 0),
            ("CLOUD-002d complete (API available)", &["CLOUD-002d"], true, 0),
            ("CLOUD-002d (parallel with CLOUD-002e)", &["CLOUD-002d"], true, 0),
            ("API service (CLOUD-002d)", &["CLOUD-002d"], true, 0),
            ("None (parallel with CLOUD-001a)", &[], true, 0),
            ("None (research task)", &[], true, 0),
            ("None", &[], false, 0),
            ("", &[], false, 0),
            ("GCP project access, billing enabled", &[], true, 0),
            ("ARCH-BOOT-002-Agent-Spawn-Sequence.md", &[], true, 0),
            ("CLOUD-001e-a", &[], true, 1),
            ("CLOUD-001a-002c", &[], true, 1),
            ("CLOUD-001a, CLOUD-001e to CLOUD-001b", &["CLOUD-001a"], true, 1),
        ];
        for (text, codes, notes, malformed) in cases {
            let found = dependencies(text);
            assert_eq!(found.codes, *codes, "{text}");
            assert_eq!(found.notes.is_some(), *notes, "{text}");
            assert_eq!(found.malformed.len(), *malformed, "{text}");
        }
    }
}
