//! Results and actions in YAML.

use crate::entities::enums::ActionStatus;
use crate::ingest::document::ResultDocument;

use super::super::actions;
use super::super::codes::is_code;
use super::super::markdown::outline;
use super::super::marks::Marked;
use super::super::metadata::put;
use super::super::results;
use super::super::sheet::Field;
use super::super::stable::Codes;
use super::super::tasks::Task;
use super::super::values::hours;
use super::super::write::is_free_in_action;
use super::node::{Node, Shape};
use super::{ACTIONS, NAMES, Reader};

impl Reader<'_, '_> {
    /// A result without its actions.
    pub(super) fn result(&mut self, node: &Node, codes: &mut Codes) -> ResultDocument {
        let name = if node.is_map() { node.get(&NAMES) } else { Some(node) };
        let text = name.and_then(|name| name.text(" ")).unwrap_or_default();
        let stated = node.get(&["code", "id"]).and_then(|code| code.text("-"));
        let plain = |code: &String| code.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let code = match stated.filter(plain) {
            Some(code) if codes.take(&code) => code,
            Some(code) => {
                self.ledger.add(node.line, format!("{code} is used twice: this result has a code of its own words"));
                codes.section(&text)
            }
            None => codes.section(&text),
        };
        let mut result = results::empty(&code, if text.is_empty() { &code } else { &text }, node.line);
        let is_name = |value: &Node| name.is_some_and(|name| std::ptr::eq(name, value));
        for (key, value) in node.entries() {
            if key == "code" || key == "id" || ACTIONS.contains(&key.as_str()) || is_name(value) {
                continue;
            }
            let key = if key == "why" { "purpose".to_owned() } else { key };
            match field(&key, value) {
                Some(field) if is_result_key(&key) => results::take_field(&mut result, &field, self.ledger),
                _ if matches!(value.shape, Shape::Null) => {}
                _ => put(&mut result.metadata, &key, value.json()),
            }
        }
        result
    }

    /// An action: a text with what is written around it, or a map.
    pub(super) fn action(&mut self, node: &Node) -> Option<Task> {
        let name = if node.is_map() { node.get(&NAMES) } else { Some(node) };
        let is_name = |value: &Node| name.is_some_and(|name| std::ptr::eq(name, value));
        let description = node.get(&["description", "details"]);
        let words = name.or(description)?.text(" ")?;
        let marked =
            outline(&format!("- {words}")).first().map(|line| Marked::read(line, &self.people, true)).unwrap_or_default();
        let plain = node.is_map() || marked.text.is_empty();
        let mut start = actions::empty("", if plain { &words } else { &marked.text }, node.line);
        start.code = node.get(&["code", "id"]).and_then(|code| code.text("-")).filter(|code| is_code(code)).unwrap_or_default();
        if !plain {
            start.code = marked.code.clone().unwrap_or_default();
            start.status = marked.status;
        }
        let fields: Vec<Field> = node
            .entries()
            .filter(|(key, value)| !(is_name(value) || key == "code"))
            .filter_map(|(key, value)| field(action_key(&key, value), value))
            .filter(|field| !is_free_in_action(&field.name))
            .collect();
        let mut action = actions::with_fields(start, &fields, self.frame, self.ledger);
        for (key, value) in node.entries() {
            match value.shape {
                Shape::Bool(truth) if is_done_key(&key) => {
                    let box_says = if truth { ActionStatus::Completed } else { ActionStatus::Pending };
                    action.status = Some(action.status.unwrap_or(box_says));
                }
                Shape::Null => {}
                _ if is_name(value) || key == "code" && !action.code.is_empty() => {}
                Shape::Map(_) => put(&mut action.metadata, &key, value.json()),
                _ if is_free_in_action(action_key(&key, value)) => {
                    put(&mut action.metadata, if key == "code" { "id" } else { &key }, value.json());
                }
                _ => {}
            }
        }
        if !plain {
            action.owner = action.owner.or_else(|| marked.owner.clone());
            action.due = action.due.or_else(|| {
                let due = marked.due.as_deref()?;
                super::instant(due, self.frame, super::DayMeans::End).map(|(at, _)| at)
            });
            action.estimated_hours =
                action.estimated_hours.or_else(|| hours(marked.estimate.as_deref()?).ok().map(|(hours, _)| hours));
            if let Some(day) = marked.completed.as_deref().filter(|_| action.completed_at.is_none()) {
                action.completed_at = super::instant(day, self.frame, super::DayMeans::Noon).map(|(at, _)| at);
            }
            if marked.cancelled {
                actions::cancel(&mut action);
            }
            for (key, value) in [("status_line", marked.status_line), ("priority", marked.priority), ("when", marked.label)] {
                if let Some(value) = value {
                    put(&mut action.metadata, key, value.into());
                }
            }
        }
        Some(Task { action, owner_is_inherited: false, due_is_inherited: false })
    }
}

/// A value as a key line; `None` when it is more than text.
fn field(key: &str, value: &Node) -> Option<Field> {
    let between =
        if matches!(key, "owner" | "owners" | "agent" | "agents" | "assignee" | "depends_on" | "dependencies" | "blocked_by") {
            ", "
        } else {
            "\n"
        };
    Some(Field::of(key, value.line, value.text(between)?))
}

/// The key of an action that a key of YAML means.
fn action_key<'k>(key: &'k str, value: &Node) -> &'k str {
    match key {
        "hours" | "est" | "est_hours" | "estimate_hours" => "estimated_hours",
        "depends" | "after" | "needs" | "requires" | "prerequisites" => "depends_on",
        "details" => "description",
        "state" => "status",
        // `done: true` is a box, `completed: 2025-10-27` a day.
        key if is_done_key(key) && matches!(value.shape, Shape::Bool(_)) => "",
        key => key,
    }
}

fn is_done_key(key: &str) -> bool {
    matches!(key, "done" | "completed" | "complete" | "finished")
}

fn is_result_key(key: &str) -> bool {
    matches!(
        key,
        "outcome"
            | "purpose"
            | "verification"
            | "verification_criteria"
            | "success_criteria"
            | "owner"
            | "agent"
            | "status"
            | "priority"
            | "category"
            | "dependencies"
            | "depends_on"
            | "blocked_by"
    )
}
