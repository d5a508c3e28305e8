//! The account of a document's lines: what became of each, and what was not understood.

use crate::ingest::document::Unread;

use super::markdown::Line;

/// The most characters of a line that a report quotes.
const QUOTED: usize = 200;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It gives the document its shape: a heading that became a result, a table's head, a rule, a label.
    Structure,
    /// Its words are in a field of the plan, of a result or of an action.
    Field,
    /// Its words are a note of a result, and nothing that is done.
    Note,
    /// Its words are kept as they are, with the plan's prose.
    Kept,
    /// It is in the list of what was not understood.
    Unread,
}

/// Collects the fates of lines and what was not understood, quoting the document's own lines.
pub(super) struct Ledger<'a> {
    lines: Vec<&'a str>,
    fates: Vec<Option<Fate>>,
    unread: Vec<Unread>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let lines: Vec<_> = source.split('\n').collect();
        Self { fates: vec![None; lines.len()], lines, unread: Vec::new() }
    }

    /// Says why the line with this number (from 1) was not read.
    pub(super) fn add(&mut self, line: usize, reason: impl Into<String>) {
        self.mark(line, line, Fate::Unread);
        let text = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let text = text.trim().chars().take(QUOTED).collect();
        self.unread.push(Unread { line, text, reason: reason.into() });
    }

    /// Enters what became of a stretch of lines. The first entry for a line stands, save that what was not understood is always said.
    pub(super) fn mark(&mut self, first: usize, last: usize, fate: Fate) {
        for slot in self.fates.get_mut(first.saturating_sub(1)..last.min(self.lines.len())).into_iter().flatten() {
            if slot.is_none() || fate == Fate::Unread {
                *slot = Some(fate);
            }
        }
    }

    pub(super) fn field(&mut self, line: &Line) {
        self.mark(line.number, line.last, Fate::Field);
    }

    pub(super) fn structure(&mut self, line: &Line) {
        self.mark(line.number, line.last, Fate::Structure);
    }

    pub(super) fn fate(&self, line: usize) -> Option<Fate> {
        self.fates.get(line.checked_sub(1)?).copied().flatten()
    }

    /// The words of a line, from 1.
    pub(super) fn text(&self, line: usize) -> &'a str {
        line.checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or_default()
    }

    /// How many lines the document has.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The list of what was not understood, in document order.
    pub(super) fn finish(mut self) -> Vec<Unread> {
        self.unread.sort_by_key(|unread| unread.line);
        self.unread
    }
}
