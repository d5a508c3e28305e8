//! The lines below one headline: fields (`Key: value`, with the list or code block below it) and loose lines.

use serde_json::Value;

use super::ledger::{Fate, Ledger};
use super::markdown::{Kind, Line};
use super::values::snake;

/// Fields and loose lines in document order.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// Whether bold words before a colon are keys here.
    keyed: bool,
    /// Whether this is the front of a plan, where lines one under the other need no more than a colon.
    front: bool,
    pub(super) fields: Vec<Field>,
    /// Lines that belong to no field.
    pub(super) loose: Vec<Line>,
    /// Whether the last field may still grow.
    open: bool,
}

/// `Key: value` and what stands below it.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The key in snake_case.
    pub(super) name: String,
    /// The key as written.
    pub(super) key: String,
    /// Its line, from 1.
    pub(super) line: usize,
    /// The last line of the value beside the key.
    last: usize,
    /// The value beside the key.
    pub(super) inline: String,
    /// The list, code block or lines below it.
    pub(super) body: Vec<Line>,
    /// How many lists it stands in; 0 for a line of a paragraph.
    depth: usize,
}

/// Whether a key means something to every plan, bold or not.
pub(super) fn is_plan_key(name: &str) -> bool {
    PLAIN_KEYS.contains(&name)
}

/// Keys that count without being bold.
const PLAIN_KEYS: [&str; 38] = [
    "action",
    "actual_hours",
    "agent",
    "assignee",
    "blocked_by",
    "blocker",
    "category",
    "classification",
    "code",
    "completion",
    "dependencies",
    "depends_on",
    "deadline",
    "due",
    "due_date",
    "est",
    "estimate",
    "estimated",
    "estimated_hours",
    "evidence",
    "funnel_position",
    "funnel_stage",
    "last_updated",
    "outcome",
    "owner",
    "owners",
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
    "week",
    "week_of",
];

/// Keys that count at the front of a plan without being bold.
const FRONT_KEYS: [&str; 14] = [
    "budget", "date", "dates", "end", "focus", "period", "project", "revenue", "sprint", "start", "support", "team", "title",
    "updated",
];

/// The most characters of a key that is not known.
const LONGEST_KEY: usize = 30;

/// The most key lines of a headline that are looked through.
const MOST_FIELDS: usize = 50;

impl Sheet {
    pub(super) fn new(keyed: bool) -> Self {
        Self { keyed, ..Self::default() }
    }

    /// The sheet of the lines before the first heading.
    pub(super) fn front() -> Self {
        Self { keyed: true, front: true, ..Self::default() }
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

    /// Ends the value of the last line: what comes next does not go on with it. A label still waits for its list.
    pub(super) fn end_value(&mut self) {
        self.open = self.open && self.label().is_some();
    }

    /// The key of the last line, where it is a label that waits for the list below it.
    pub(super) fn label(&self) -> Option<&str> {
        self.fields.last().filter(|field| self.open && field.inline.is_empty()).map(|field| field.key.as_str())
    }

    /// The fields that can count for what stands around them: no headline is followed by more.
    pub(super) fn first_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().take(MOST_FIELDS)
    }

    /// The first field with one of these names that says anything.
    pub(super) fn field(&self, names: &[&str]) -> Option<&Field> {
        self.first_fields().find(|field| names.contains(&field.name.as_str()) && !field.text().is_empty())
    }

    /// Whether words before a colon are a key at the front of a plan: known ones, and those right below another key line.
    fn is_front_key(&self, key: &str, line: &Line) -> bool {
        let above = self.fields.last().filter(|above| self.open && above.body.is_empty() && above.last + 1 == line.number);
        let words = key.split_whitespace().count();
        let plain = key.starts_with(char::is_alphabetic)
            && key.len() <= LONGEST_KEY
            && key.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | '(' | ')'));
        FRONT_KEYS.contains(&snake(key).as_str()) || line.follows && above.is_some() && plain && (1..=3).contains(&words)
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
            None => line.plain_key().filter(|(key, value)| {
                PLAIN_KEYS.contains(&snake(key).as_str())
                    || self.front && !item && !value.is_empty() && self.is_front_key(key, line)
            })?,
        };
        let name = snake(key);
        let depth = if item { line.depth } else { 0 };
        (!name.is_empty()).then(|| Field {
            name,
            key: key.to_owned(),
            line: line.number,
            last: line.last,
            inline: value.to_owned(),
            body: Vec::new(),
            depth,
        })
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
        if line.follows && self.body.is_empty() && line.number == self.last + 1 {
            if !self.inline.is_empty() {
                self.inline.push(' ');
            }
            self.inline.push_str(&line.text);
            self.last = line.last;
        } else {
            append(&mut self.body, line);
        }
    }

    /// A field that stands in no document line of its own: a cell, a remark.
    pub(super) fn of(name: &str, line: usize, value: String) -> Self {
        Self { name: name.to_owned(), key: name.to_owned(), line, last: line, inline: value, body: Vec::new(), depth: 0 }
    }

    /// Enters its lines as read; a bare label gives shape and says nothing.
    pub(super) fn mark(&self, ledger: &mut Ledger<'_>) {
        let says = !self.inline.is_empty() || !self.body.is_empty();
        ledger.mark(self.line, self.last, if says { Fate::Field } else { Fate::Structure });
        self.body.iter().for_each(|line| ledger.field(line));
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
            last.last = line.last;
        }
        _ => lines.push(line.clone()),
    }
}
