//! Key lines: `- **Owner**: …`, with a list or a code block below where one line will not do.

use serde_json::{Map, Value};

use super::super::ink;
use super::super::values::snake;

/// Key lines in the making.
#[derive(Default)]
pub(super) struct Fields {
    out: String,
}

impl Fields {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A key and words that need no escape.
    pub(super) fn line(&mut self, key: &str, words: &str) {
        self.out.push_str(&format!("- **{key}**: {words}\n"));
    }

    /// A key and one line of words.
    fn words(&mut self, key: &str, text: &str) {
        self.line(key, &ink::value(text));
    }

    /// A key and its text, one line or many; an empty one is left out.
    pub(super) fn text(&mut self, key: &str, text: &str) {
        match text.lines().count() {
            0 => {}
            1 => self.words(key, text),
            _ if text.lines().all(is_clean) => {
                self.label(key);
                text.lines().for_each(|line| self.item(line));
            }
            _ => self.code(key, "", text),
        }
    }

    /// A piece of metadata as a key line, if its key and value can be read back from one.
    pub(super) fn natural(&mut self, key: &str, value: &Value, is_free: fn(&str) -> bool) -> bool {
        let title = titled(key);
        if snake(&title) != key || !is_free(key) {
            return false;
        }
        match value {
            Value::String(text) if is_clean(text) && !text.contains('\n') => self.words(&title, text),
            Value::String(text) if text.lines().all(is_clean) && text.contains('\n') => {
                let mut lines = text.lines();
                self.words(&title, lines.next().unwrap_or_default());
                lines.for_each(|line| self.item(line));
            }
            Value::String(text) if !text.trim().is_empty() && text.trim_end() == text && !text.contains("```") => {
                self.code(&title, "", text);
            }
            Value::Array(items)
                if !items.is_empty()
                    && items.iter().all(|item| item.as_str().is_some_and(|text| is_clean(text) && !text.contains('\n'))) =>
            {
                self.label(&title);
                items.iter().filter_map(Value::as_str).for_each(|item| self.item(item));
            }
            _ => return false,
        }
        true
    }

    /// What no key line can say.
    pub(super) fn json(&mut self, entries: &Map<String, Value>) {
        if entries.is_empty() {
            return;
        }
        let text = serde_json::to_string_pretty(entries).unwrap_or_default();
        self.code("Metadata", "json", &text.replace('`', "\\u0060"));
    }

    fn label(&mut self, key: &str) {
        self.out.push_str(&format!("- **{key}**:\n"));
    }

    fn item(&mut self, text: &str) {
        self.out.push_str(&format!("  - {}\n", ink::item(text)));
    }

    fn code(&mut self, key: &str, language: &str, text: &str) {
        self.label(key);
        let fence = if text.contains("```") { "~~~~~~" } else { "```" };
        self.out.push_str(&format!("\n{fence}{language}\n{text}\n{fence}\n\n"));
    }
}

/// `due_notes` → `Due Notes`.
fn titled(key: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    key.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// Whether a line of text is as a parser leaves it.
fn is_clean(line: &str) -> bool {
    !line.is_empty() && line.split_whitespace().collect::<Vec<_>>().join(" ") == line
}

/// Whether a key means nothing else at the front of a plan.
pub(super) fn is_free_in_front(key: &str) -> bool {
    !matches!(
        key,
        "owner"
            | "classification"
            | "version"
            | "last_updated"
            | "updated"
            | "project"
            | "title"
            | "code"
            | "revenue"
            | "metadata"
            | "week"
            | "week_of"
            | "dates"
            | "date_range"
            | "period"
            | "plan_period"
            | "plan_week"
            | "plan_window"
            | "week_starting"
            | "sprint_dates"
            | "sections"
            | "purpose"
            | "subtitle"
            | "tagline"
    )
}

/// Whether a key means nothing else below a result.
pub(super) fn is_free_in_result(key: &str) -> bool {
    !matches!(
        key,
        "headline"
            | "rank"
            | "metadata"
            | "outcome"
            | "result"
            | "purpose"
            | "verification"
            | "verification_criteria"
            | "success_criteria"
            | "owner"
            | "agent"
            | "status"
            | "priority"
            | "category"
            | "result_category"
            | "dependencies"
            | "depends_on"
            | "blocked_by"
            | "funnel"
            | "funnel_stage"
            | "funnel_position"
    )
}

/// Whether a key means nothing else below an action.
pub(in crate::ingest::plan) fn is_free_in_action(key: &str) -> bool {
    !matches!(
        key,
        "headline"
            | "metadata"
            | "action"
            | "description"
            | "task"
            | "agent"
            | "agents"
            | "owner"
            | "owners"
            | "assignee"
            | "assigned_to"
            | "responsible"
            | "verification"
            | "verification_criteria"
            | "success_criteria"
            | "acceptance_criteria"
            | "evidence"
            | "evidence_path"
            | "blocker"
            | "blockers"
            | "dependencies"
            | "dependency"
            | "depends_on"
            | "blocked_by"
            | "status"
            | "due"
            | "due_date"
            | "deadline"
            | "completion"
            | "completed"
            | "completed_on"
            | "completed_at"
            | "completion_date"
            | "estimated_hours"
            | "estimated"
            | "estimate"
            | "est"
            | "estimated_time"
            | "effort"
            | "actual_hours"
            | "actual_time"
            | "funnel"
            | "funnel_stage"
            | "funnel_position"
    )
}
