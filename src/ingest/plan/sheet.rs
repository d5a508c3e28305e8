//! The lines below one headline: fields (`Key: value`, with the list or code block below it) and loose lines.

use serde_json::Value;

use super::markdown::{Kind, Line};
use super::values::snake;

/// Fields and loose lines in document order.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// Whether bold words before a colon are keys here.
    keyed: bool,
    pub(super) fields: Vec<Field>,
    /// Lines that belong to no field.
    pub(super) loose: Vec<Line>,
    /// Whether the last field may still grow.
    open: bool,
}

/// `Key: value` and what stands below it.
#[derive(Debug)]
pub(super) struct Field {
    /// The key in snake_case.
    pub(super) name: String,
    /// Its line, from 1.
    pub(super) line: usize,
    /// The value beside the key.
    pub(super) inline: String,
    /// The list, code block or lines below it.
    pub(super) body: Vec<Line>,
    /// How many lists it stands in; 0 for a line of a paragraph.
    depth: usize,
}

/// Keys that count without being bold.
const PLAIN_KEYS: [&str; 30] = [
    "action",
    "actual_hours",
    "agent",
    "blocked_by",
    "blocker",
    "category",
    "classification",
    "completion",
    "dependencies",
    "depends_on",
    "due",
    "due_date",
    "estimated_hours",
    "evidence",
    "funnel_position",
    "funnel_stage",
    "last_updated",
    "outcome",
    "owner",
    "priority",
    "purpose",
    "result_category",
    "revenue_target",
    "status",
    "success_criteria",
    "timeline",
    "verification",
    "verification_criteria",
    "version",
    "week_of",
];

impl Sheet {
    pub(super) fn new(keyed: bool) -> Self {
        Self { keyed, ..Self::default() }
    }

    /// Takes the next line below the headline.
    pub(super) fn take(&mut self, line: &Line) {
        if let Some(field) = self.begins_field(line) {
            self.fields.push(field);
            self.open = true;
            return;
        }
        match self.fields.last_mut().filter(|_| self.open) {
            Some(field) if field.wants(line) => field.take(line),
            _ => {
                self.open = self.open && line.kind == Kind::Code;
                append(&mut self.loose, line);
            }
        }
    }

    /// The field that begins at a line, unless the line is part of the value above it.
    fn begins_field(&self, line: &Line) -> Option<Field> {
        if !self.keyed {
            return None;
        }
        let item = matches!(line.kind, Kind::Item { .. });
        let above = self.fields.last().filter(|_| self.open);
        let in_list_of = above.filter(|above| item && above.inline.is_empty());
        let (key, value) = match line.bold_key() {
            Some((key, value)) => {
                let below = above.is_some_and(|above| item && above.depth > 0 && line.depth > above.depth);
                // In the list below a label, only keys that every plan uses begin something new.
                let known = || PLAIN_KEYS.contains(&snake(key).as_str());
                if below || in_list_of.is_some_and(|above| above.depth == 0 && !known()) {
                    return None;
                }
                (key, value)
            }
            // A list below a key belongs to it, whatever its items look like.
            None if item && above.is_some_and(|above| above.depth != line.depth) => return None,
            None => line.plain_key().filter(|(key, _)| PLAIN_KEYS.contains(&snake(key).as_str()))?,
        };
        let name = snake(key);
        let depth = if item { line.depth } else { 0 };
        (!name.is_empty()).then(|| Field { name, line: line.number, inline: value.to_owned(), body: Vec::new(), depth })
    }
}

impl Field {
    /// Whether a line goes on with this field.
    fn wants(&self, line: &Line) -> bool {
        let item = matches!(line.kind, Kind::Item { .. });
        match (self.depth, item) {
            _ if line.follows => true,
            (0, item) => item || self.inline.is_empty(),
            (depth, true) => line.depth > depth,
            (depth, false) => line.depth >= depth || line.kind == Kind::Code && self.inline.is_empty() && self.body.is_empty(),
        }
    }

    fn take(&mut self, line: &Line) {
        if line.follows && self.body.is_empty() {
            if !self.inline.is_empty() {
                self.inline.push(' ');
            }
            self.inline.push_str(&line.text);
        } else {
            append(&mut self.body, line);
        }
    }

    /// The value as text: what stands beside the key, and each line below it on a line of its own.
    pub(super) fn text(&self) -> String {
        let inline = Some(self.inline.as_str()).filter(|text| !text.is_empty());
        inline.into_iter().chain(self.body.iter().map(|line| line.text.as_str())).collect::<Vec<_>>().join("\n")
    }

    /// The value for metadata: a list below a bare label as an array, anything else as text.
    pub(super) fn value(&self) -> Value {
        let listed = self.body.iter().all(|line| matches!(line.kind, Kind::Item { .. }));
        if self.inline.is_empty() && !self.body.is_empty() && listed {
            self.body.iter().map(|line| line.text.as_str()).collect()
        } else {
            Value::String(self.text())
        }
    }
}

/// Adds a line, or lengthens the last one by it where both are one sentence.
pub(super) fn append(lines: &mut Vec<Line>, line: &Line) {
    match lines.last_mut() {
        Some(last) if line.follows && last.kind != Kind::Code => {
            last.text.push(' ');
            last.text.push_str(&line.text);
        }
        _ => lines.push(line.clone()),
    }
}
