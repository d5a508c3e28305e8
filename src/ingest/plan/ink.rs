//! Words as markdown, written so that they are read back as they are: plain where that will do, escaped where it will not.

use super::heads;
use super::markdown::{Kind, Line, outline};

/// Words behind a key: `- **Owner**: …`.
pub(super) fn value(text: &str) -> String {
    ink(text, |words| {
        let line = only_line(&format!("- **K**: {words}"));
        line.is_some_and(|line| matches!(line.kind, Kind::Item { .. }) && line.bold_key() == Some(("K", text)))
    })
}

/// Words of a list item: `- …`.
pub(super) fn item(text: &str) -> String {
    ink(text, |words| {
        let plain = Kind::Item { ordered: false, ticked: None };
        only_line(&format!("- {words}")).is_some_and(|line| line.kind == plain && line.lead.is_none() && line.text == text)
    })
}

/// Words of a heading without meaning of its own: `## …`.
pub(super) fn heading(text: &str) -> String {
    ink(text, |words| only_heading(words).is_some_and(|line| line.text == text))
}

/// An action's heading, and whether it says the text; what it cannot say is to be said below it.
pub(super) fn action(sign: &str, code: &str, text: &str) -> (String, bool) {
    let head = format!("{sign}{code}");
    let says = |words: &str| {
        only_heading(&format!("{head}: {words}"))
            .and_then(|line| heads::action(&line))
            .is_some_and(|head| head.code == code && head.title == text)
    };
    let words = ink(text, says);
    if says(&words) { (format!("{head}: {words}"), true) } else { (head, false) }
}

/// A result's heading, and whether it says the text.
pub(super) fn result(code: &str, text: &str) -> (String, bool) {
    let named = format!("{{#{code}}}");
    let says = |line: &str| {
        only_heading(line).is_some_and(|line| {
            let head = heads::result(&line).filter(|_| heads::action(&line).is_none() && heads::phase(&line).is_none());
            head.is_some_and(|head| head.code == code && head.title == text && head.status.is_none())
        })
    };
    let numbered = |words: &str| format!("{code}: {words}");
    let tagged = |words: &str| format!("{words} {named}");
    let short = numbered(&ink(text, |words| says(&numbered(words))));
    if says(&short) {
        return (short, true);
    }
    let long = tagged(&ink(text, |words| says(&tagged(words))));
    if says(&long) { (long, true) } else { (named, false) }
}

/// The words as they are if they are read back, else with every sign escaped.
fn ink(text: &str, is_read_back: impl Fn(&str) -> bool) -> String {
    if is_read_back(text) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn only_line(source: &str) -> Option<Line> {
    let mut lines = outline(source);
    (lines.len() == 1).then(|| lines.pop())?
}

fn only_heading(words: &str) -> Option<Line> {
    only_line(&format!("### {words}")).filter(|line| line.kind == Kind::Heading(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_plain() {
        for text in ["Order labels", "a_b.sh & more", "2 * 3 = 6", "C# is fine", "100% of $5", "gs://lake/raw"] {
            assert_eq!(value(text), text);
        }
        assert_eq!(item("1. first"), r"1\. first");
        assert_eq!(item("[ ] box"), r"\[ \] box");
        assert_eq!(value("**bold**"), r"\*\*bold\*\*");
        assert_eq!(value("`x`"), r"\`x\`");
        assert_eq!(heading("end #"), r"end \#");
    }

    #[test]
    fn headings_say_what_they_can() {
        assert_eq!(action("□ ", "AREA-001a", "Paint"), ("□ AREA-001a: Paint".to_owned(), true));
        assert_eq!(action("", "AREA-001a", "- Paint"), ("AREA-001a".to_owned(), false));
        assert_eq!(result("R1", "Paint"), ("R1: Paint".to_owned(), true));
        assert_eq!(result("MAP", "Paint"), ("Paint {#MAP}".to_owned(), true));
        assert_eq!(result("MAP", "AREA-001a first"), ("{#MAP}".to_owned(), false));
    }
}
