//! A line of a document, and what it is.

/// One line of a document, markup removed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Line in the source, from 1.
    pub(super) number: usize,
    /// The last line in the source that its words stand in.
    pub(super) last: usize,
    pub(super) kind: Kind,
    /// How many lists it stands in.
    pub(super) depth: usize,
    /// Its words; the whole content of a code block.
    pub(super) text: String,
    /// Where the bold text that opens the line ends, in bytes of `text`.
    pub(super) lead: Option<usize>,
    /// Whether it goes on with the paragraph of the line before.
    pub(super) follows: bool,
    /// Whether the source line begins at the margin.
    pub(super) flush: bool,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A heading, from 1 to 6.
    Heading(u8),
    /// A line of a paragraph.
    Text,
    /// The first line of a list item.
    Item {
        /// Whether the list is numbered.
        ordered: bool,
        /// The task box before it.
        ticked: Option<bool>,
    },
    /// A code block.
    Code,
    /// A table row; the cells are joined by ` | ` in `text`.
    Row {
        cells: Vec<String>,
        /// Whether it is the table's head.
        head: bool,
    },
    /// A thematic break.
    Rule,
}

impl Line {
    /// Splits `**Key:** value` or `**Key**: value` into key and value, both trimmed.
    pub(super) fn bold_key(&self) -> Option<(&str, &str)> {
        let (head, rest) = self.text.split_at_checked(self.lead?)?;
        let (key, value) = match head.trim_end().strip_suffix(':') {
            Some(key) => (key, rest),
            None => (head, rest.trim_start().strip_prefix(':')?),
        };
        let key = key.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end();
        (!key.is_empty() && key.chars().count() <= 60).then_some((key, value.trim()))
    }

    /// Splits `Key: value` at its first colon, whatever is bold.
    pub(super) fn plain_key(&self) -> Option<(&str, &str)> {
        if matches!(self.kind, Kind::Code | Kind::Row { .. } | Kind::Heading(_)) {
            return None;
        }
        let (key, value) = self.text.split_once(':')?;
        Some((key.trim(), value.trim()))
    }
}

/// The cells of a row of a table beyond the first ones.
pub(super) fn surplus(row: &str, known: usize) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let row = row.strip_suffix('|').unwrap_or(row);
    if row.contains("\\|") {
        return Vec::new();
    }
    row.split('|').skip(known).map(|cell| cell.trim().to_owned()).filter(|cell| !cell.is_empty()).collect()
}
