//! What is kept as it stands: every line that no field took, under the heading that it stands below.

use serde_json::{Map, Value, json};

use super::ledger::{Fate, Ledger};
use super::markdown::{Kind, Line};

/// Headings down to this level begin an entry of their own; deeper ones stand in its text.
const OWN_ENTRY: u8 = 2;

/// A heading and the lines below it that are kept.
#[derive(Default)]
struct Entry {
    /// The heading and its line.
    heading: Option<(String, usize)>,
    text: Vec<String>,
    /// The last line that was taken.
    last: usize,
    /// Whether anything below the heading was read.
    read: bool,
    /// Headings inside, waiting for a line that is kept.
    waiting: Vec<Waiting>,
}

/// A deeper heading.
struct Waiting {
    level: u8,
    line: usize,
    /// Whether anything below it was read: then it has done its work.
    read: bool,
}

/// Keeps what is left of a document as the plan's `sections`: for each, its heading and its text in markdown.
pub(super) fn keep(metadata: &mut Map<String, Value>, lines: &[Line], ledger: &mut Ledger<'_>) {
    let mut headings = lines.iter().filter_map(|line| match line.kind {
        Kind::Heading(level) => Some((line, level)),
        _ => None,
    });
    let mut next = headings.next();
    let mut sections: Vec<Value> = Vec::new();
    let mut entry = Entry::default();
    for number in 1..=ledger.len() {
        let heading = next.filter(|(line, _)| line.number == number);
        if heading.is_some() {
            next = headings.next();
        }
        match (heading, ledger.fate(number)) {
            (Some((line, level)), fate) if level <= OWN_ENTRY => {
                std::mem::take(&mut entry).finish(&mut sections, ledger);
                entry.heading = Some((line.text.clone(), number));
                entry.read = fate.is_some();
            }
            (Some((_, level)), None) => entry.wait(level, number, ledger),
            (_, Some(_)) => entry.pass(),
            (None, None) if is_shape(ledger.text(number)) => {
                if entry.goes_on_with(number, ledger) {
                    entry.line(number, ledger);
                } else {
                    ledger.mark(number, number, Fate::Structure);
                }
            }
            (None, None) => entry.take(number, ledger),
        }
    }
    entry.finish(&mut sections, ledger);
    // Of a heading that takes two lines, the second is its underline.
    for line in lines.iter().filter(|line| matches!(line.kind, Kind::Heading(_))) {
        ledger.structure(line);
    }
    if !sections.is_empty() {
        metadata.insert("sections".to_owned(), sections.into());
    }
}

impl Entry {
    /// Takes a line that nothing has read.
    fn take(&mut self, number: usize, ledger: &mut Ledger<'_>) {
        for waiting in std::mem::take(&mut self.waiting) {
            self.line(waiting.line, ledger);
        }
        self.line(number, ledger);
    }

    /// Notes a deeper heading; one that it ends, and below which nothing was read, says something itself.
    fn wait(&mut self, level: u8, line: usize, ledger: &mut Ledger<'_>) {
        self.end(level, ledger);
        self.waiting.push(Waiting { level, line, read: false });
    }

    fn end(&mut self, level: u8, ledger: &mut Ledger<'_>) {
        let ends = |waiting: &Waiting| waiting.level >= level;
        if self.waiting.iter().any(|waiting| ends(waiting) && !waiting.read) {
            for waiting in std::mem::take(&mut self.waiting) {
                self.line(waiting.line, ledger);
            }
        }
        self.waiting.retain(|waiting| !ends(waiting));
    }

    /// Notes that a line here was read.
    fn pass(&mut self) {
        self.read = true;
        self.waiting.iter_mut().for_each(|waiting| waiting.read = true);
    }

    /// Whether a line of signs belongs to kept lines around it: the border of a code block, the line below a table's head.
    fn goes_on_with(&self, number: usize, ledger: &Ledger<'_>) -> bool {
        let text = ledger.text(number).trim();
        let border = text.starts_with("```") || text.starts_with("~~~") || text.contains('|');
        let kept_before = !self.text.is_empty() && self.last + 1 == number;
        let next = ledger.text(number + 1);
        border && (kept_before || ledger.fate(number + 1).is_none() && !is_shape(next))
    }

    fn line(&mut self, number: usize, ledger: &mut Ledger<'_>) {
        if !self.text.is_empty() && number > self.last + 1 {
            self.text.push(String::new());
        }
        self.text.push(ledger.text(number).trim_end().to_owned());
        self.last = number;
        ledger.mark(number, number, Fate::Kept);
    }

    fn finish(mut self, sections: &mut Vec<Value>, ledger: &mut Ledger<'_>) {
        self.end(0, ledger);
        let (heading, line) = self.heading.unwrap_or_default();
        if !self.text.is_empty() || !self.read && !heading.is_empty() {
            ledger.mark(line, line, Fate::Kept);
            sections.push(json!({ "heading": heading, "text": self.text.join("\n") }));
        } else {
            ledger.mark(line, line, Fate::Structure);
        }
    }
}

/// Whether a line has no words of its own: a rule, the line below a table's head, `=== RPM WEEKLY PLAN ===`.
fn is_shape(text: &str) -> bool {
    let text = text.trim();
    !text.contains(char::is_alphanumeric) || text.starts_with("===") && text.ends_with("===")
}
