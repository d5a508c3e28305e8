//! What people begin the items of their lists with, beyond the rules of markdown.

use super::codes::leading_code;
use super::statuses::tick_box;

/// The beginning of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bullet {
    /// Whether it counts the items.
    pub(super) ordered: bool,
    /// How many bytes of the line are no words of the item; a box is told by its sign, which stays.
    pub(super) length: usize,
}

/// Signs that stand for a box, or for one that is ticked.
const BOXES: [char; 13] = ['□', '☐', '◻', '⬜', '▢', '🔲', '■', '☑', '☒', '✔', '✓', '✗', '✘'];

/// Signs that begin the items of lists from elsewhere.
const SIGNS: [char; 9] = ['•', '◦', '▪', '▫', '‣', '▸', '►', '➤', '●'];

/// Reads the beginning of a line of a paragraph: `1️⃣ `, `a) `, `(1) `, `ii. `, `• `, `☐ `, `[x] `. A box before a code or bold words is a
/// headline, and none of a list.
pub(super) fn bullet(text: &str) -> Option<Bullet> {
    if let Some(length) = keycap(text).or_else(|| letter(text)) {
        return Some(Bullet { ordered: true, length });
    }
    if let Some(rest) = text.strip_prefix(SIGNS) {
        let words = rest.trim_start_matches([' ', '\t']);
        return (words.len() < rest.len()).then(|| Bullet { ordered: false, length: text.len() - words.len() });
    }
    let boxed = text.starts_with(BOXES) || text.starts_with('[');
    let (sign, words) = tick_box(text);
    let headline = words.starts_with("**") || leading_code(words).is_some();
    (boxed
        && sign.is_some()
        && !headline
        && words.contains(char::is_alphanumeric)
        && text[..text.len() - words.len()].ends_with([' ', '\t']))
    .then_some(Bullet { ordered: false, length: 0 })
}

/// The length of `1. ` or `12) ` at the beginning of a text.
pub(super) fn numbered(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let dotted = (1..=3).contains(&digits) && [". ", ") "].iter().any(|dot| text[digits..].starts_with(dot));
    dotted.then_some(digits + 2)
}

/// The length of `1️⃣ ` or `🔟 ` at the beginning of a text, whatever is bold.
pub(super) fn keycap(text: &str) -> Option<usize> {
    let rest = match text.strip_prefix('🔟') {
        Some(rest) => rest,
        None => {
            let digits = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '\u{fe0f}' || c == '\u{20e3}');
            let counted = text[..text.len() - digits.len()].ends_with('\u{20e3}');
            counted.then_some(digits)?
        }
    };
    let words = rest.trim_start_matches([' ', '.', ':', ')', '-', '–', '—', '\u{fe0f}']);
    words.contains(char::is_alphanumeric).then(|| text.len() - words.len())
}

/// The length of `a) `, `(1) `, `(b) `, `ii. `, `iv) ` at the beginning of a text.
fn letter(text: &str) -> Option<usize> {
    let (open, rest) = text.strip_prefix('(').map_or((false, text), |rest| (true, rest));
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).filter(|end| (1..=4).contains(end))?;
    let (mark, rest) = rest.split_at(end);
    let closed = rest.starts_with(')');
    let roman = mark.len() <= 4 && mark.bytes().all(|b| matches!(b, b'i' | b'v' | b'x'));
    let number = mark.len() <= 2 && mark.bytes().all(|b| b.is_ascii_digit());
    let one = mark.len() == 1 && mark.bytes().all(|b| b.is_ascii_alphabetic());
    let counts = match (open, closed) {
        (true, true) => roman || number || one,
        (false, true) => roman || one,
        (false, false) => rest.starts_with('.') && (roman || one && mark.bytes().all(|b| b.is_ascii_lowercase())),
        (true, false) => false,
    };
    let words = rest.get(1..)?.trim_start_matches([' ', '\t']);
    let apart = words.len() + 1 < rest.len();
    (counts && apart && words.contains(char::is_alphanumeric)).then(|| text.len() - words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_of_items() {
        let cases = [
            ("1️⃣ Do", Some((true, "Do"))),
            ("1️⃣0️⃣ Do", Some((true, "Do"))),
            ("🔟 Do", Some((true, "Do"))),
            ("a) Do", Some((true, "Do"))),
            ("(1) Do", Some((true, "Do"))),
            ("(b) Do", Some((true, "Do"))),
            ("ii. Do", Some((true, "Do"))),
            ("iv) Do", Some((true, "Do"))),
            ("• Do", Some((false, "Do"))),
            ("☐ Do", Some((false, "☐ Do"))),
            ("[ ] Do", Some((false, "[ ] Do"))),
            ("[x] Do", Some((false, "[x] Do"))),
            ("■ Do", Some((false, "■ Do"))),
            ("□ AREA-001a: Do", None),
            ("□ **Do**", None),
            ("[Do](x)", None),
            ("(2025) Do", None),
            ("(see) Do", None),
            ("A. Lind", None),
            ("i.e. so", None),
            ("1 of 2", None),
            ("✅ All is done", None),
            ("☐", None),
        ];
        for (text, expected) in cases {
            let read = bullet(text).map(|bullet| (bullet.ordered, &text[bullet.length..]));
            assert_eq!(read, expected, "{text}");
        }
    }
}
