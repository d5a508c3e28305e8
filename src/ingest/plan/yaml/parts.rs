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
use super::super::tasks::{Task, take_marks};
use super::super::write::is_free_in_action;
use super::node::{Node, Shape};
use super::{ACTIONS, NAMES, Reader};

impl Reader<'_, '_> {
    /// A result without its actions.
    ///
    /// The key of a map under which it stands is its code where it has a name of its own, else its name.
    pub(super) fn result(&mut self, key: Option<&str>, node: &Node, codes: &mut Codes) -> ResultDocument {
        let name = match node.shape {
            Shape::Map(_) => node.get(&NAMES),
            Shape::List(_) => None,
            _ => Some(node),
        };
        let own = name.and_then(|name| name.text(" "));
        let of_key = key.map(str::to_owned).filter(|_| own.is_some());
        let text = own.or_else(|| key.map(str::to_owned)).unwrap_or_default();
        let stated = node.get(&["code", "id"]).and_then(|code| code.text("-")).or(of_key);
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
            let key = match key.as_str() {
                "why" => "purpose".to_owned(),
                "owners" | "assignee" | "assignees" | "lead" => "owner".to_owned(),
                _ => key,
            };
            match field(&key, value) {
                Some(field) if is_result_key(&key) => results::take_field(&mut result, &field, self.ledger),
                _ if matches!(value.shape, Shape::Null) => {}
                _ => put(&mut result.metadata, &key, value.json()),
            }
        }
        result
    }

    /// An action: a text with what is written around it, or a map.
    ///
    /// The key of a map under which it stands is its code where it is one, else its name where it has none of its own.
    pub(super) fn action(&mut self, key: Option<&str>, node: &Node) -> Option<Task> {
        let name = if node.is_map() { node.get(&NAMES) } else { Some(node) };
        let is_name = |value: &Node| name.is_some_and(|name| std::ptr::eq(name, value));
        let description = node.get(&["description", "details"]);
        let key_name = key.filter(|key| name.is_none() && !is_code(key));
        let words = key_name.map(str::to_owned).or_else(|| name.or(description)?.text(" "))?;
        let marked =
            outline(&format!("- {words}")).first().map(|line| Marked::read(line, &self.people, true)).unwrap_or_default();
        let plain = node.is_map() || marked.text.is_empty();
        let mut start = actions::empty("", if plain { &words } else { &marked.text }, node.line);
        start.code = node.get(&["code", "id"]).and_then(|code| code.text("-")).filter(|code| is_code(code)).unwrap_or_default();
        if let Some(key) = key.filter(|key| start.code.is_empty() && is_code(key)) {
            start.code = key.to_owned();
        }
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
                _ if is_free_in_action(action_key(&key, value)) || field(action_key(&key, value), value).is_none() => {
                    put(&mut action.metadata, if key == "code" { "id" } else { &key }, value.json());
                }
                _ => {}
            }
        }
        if !plain {
            take_marks(&mut action, &marked, self.frame);
            action.due = action.due.or_else(|| {
                let due = marked.due.as_deref()?;
                super::instant(due, self.frame, super::DayMeans::End).map(|(at, _)| at)
            });
        }
        let is_blocked = !plain && marked.blocker.is_some();
        Some(Task { action, owner_is_inherited: false, due_is_inherited: false, is_blocked, list: None })
    }
}

/// A value as a key line; `None` when it is more than text. Owners may be maps with a name.
fn field(key: &str, value: &Node) -> Option<Field> {
    let who = matches!(key, "owner" | "owners" | "agent" | "agents" | "assignee" | "assigned_to" | "responsible");
    let between = if who || matches!(key, "depends_on" | "dependencies" | "blocked_by") { ", " } else { "\n" };
    let names = || {
        let names: Option<Vec<_>> = value.items().iter().map(|item| item.get(&NAMES).unwrap_or(item).text(" ")).collect();
        names.filter(|names| who && !names.is_empty()).map(|names| names.join(between))
    };
    Some(Field::of(key, value.line, value.text(between).or_else(names)?))
}

/// The key of an action that a key of YAML means.
fn action_key<'k>(key: &'k str, value: &Node) -> &'k str {
    match key {
        "hours" | "est" | "est_hours" | "estimate_hours" => "estimated_hours",
        "depends" | "after" | "needs" | "requires" | "prerequisites" => "depends_on",
        "details" => "description",
        "state" => "status",
        "who" | "person" | "lead" => "owner",
        "when" | "due_by" | "by_when" => "due",
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
