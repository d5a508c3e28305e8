//! The list of what a document said and the parser did not understand.

use crate::ingest::document::Unread;

/// The most characters of a line that a report quotes.
const QUOTED: usize = 200;

/// Collects what was not understood, quoting the document's own lines.
pub(super) struct Report<'a> {
    lines: Vec<&'a str>,
    unread: Vec<Unread>,
}

impl<'a> Report<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { lines: source.lines().collect(), unread: Vec::new() }
    }

    /// Says why the line with this number (from 1) was not read.
    pub(super) fn add(&mut self, line: usize, reason: impl Into<String>) {
        let text = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let text = text.trim().chars().take(QUOTED).collect();
        self.unread.push(Unread { line, text, reason: reason.into() });
    }

    /// The list in document order.
    pub(super) fn finish(mut self) -> Vec<Unread> {
        self.unread.sort_by_key(|unread| unread.line);
        self.unread
    }
}
