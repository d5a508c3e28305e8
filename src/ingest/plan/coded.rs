//! Where in a document actions carry codes.

use std::collections::HashSet;

use super::heads::{self, ResultHead};
use super::markdown::{Kind, Line};
use super::values::snake;

/// Where a document's actions carry codes.
pub(super) struct Codes {
    /// Whether there are any.
    pub(super) any: bool,
    /// Lines of the headings above actions with codes: what stands there without one describes them.
    above: HashSet<usize>,
    /// Lines of headings with a code and the key lines of a result.
    pub(super) results: HashSet<usize>,
}

impl Codes {
    /// Looks through the lines of a document.
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut codes = Self { any: false, above: HashSet::new(), results: HashSet::new() };
        let mut path: Vec<(u8, usize)> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let coded = heads::action(line).is_some();
            if let Kind::Heading(_) = line.kind
                && coded
                && is_result_card(&lines[at + 1..])
            {
                codes.results.insert(line.number);
            } else if coded {
                codes.any = true;
                codes.above.extend(path.drain(..).map(|(_, number)| number));
            }
            if let (Kind::Heading(level), false) = (&line.kind, coded) {
                while path.pop_if(|(open, _)| *open >= *level).is_some() {}
                path.push((*level, line.number));
            }
        }
        codes
    }

    /// Whether actions with codes stand below a heading.
    pub(super) fn below(&self, line: &Line) -> bool {
        self.above.contains(&line.number)
    }

    /// The head of a result whose code looks like an action's: `CARD-001: Voice`.
    pub(super) fn result(&self, line: &Line) -> Option<ResultHead> {
        let head = heads::action(line).filter(|_| self.results.contains(&line.number))?;
        Some(ResultHead { code: head.code, title: head.title, status: None })
    }
}

/// Whether the key lines below a heading are those of a result and of no action.
fn is_result_card(below: &[Line]) -> bool {
    let keys = || {
        let lines = below.iter().take_while(|line| !matches!(line.kind, Kind::Heading(_))).take(MOST_KEYS);
        lines.filter_map(|line| line.bold_key().map(|(key, _)| snake(key)))
    };
    keys().any(|key| matches!(key.as_str(), "result" | "outcome"))
        && !keys().any(|key| matches!(key.as_str(), "action" | "agent"))
}

/// How many lines below a heading are looked at for its keys.
const MOST_KEYS: usize = 40;
