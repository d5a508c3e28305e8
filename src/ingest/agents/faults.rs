//! What went wrong, as lines of text, out of lists in any shape.

use serde_json::{Map, Value};

use crate::ingest::fields::{Fields, is_silent_text, plain};
use crate::ingest::merge::clip;

/// Lists and texts that tell of something wrong.
const KEYS: [&str; 11] = [
    "failures",
    "failure",
    "errors",
    "error",
    "last_error",
    "recent_errors",
    "error_log",
    "error_message",
    "blockers",
    "critical_blockers",
    "blocked_by",
];

/// The most faults that are kept, and the most characters of each.
const MOST: usize = 50;
const LONGEST: usize = 500;

/// What the parts of a fault are called, in the order in which they are put together.
const SEVERITY: [&str; 3] = ["severity", "level", "priority"];
const WHERE: [&str; 5] = ["component", "step", "task", "code", "id"];
const WHAT: [&str; 8] = ["reason", "issue", "description", "message", "error", "text", "title", "summary"];
const MORE: [(&str, &[&str]); 3] =
    [("impact", &["impact"]), ("remedy", &["remedy", "resolution", "fix"]), ("log", &["log", "log_file"])];

/// The faults that a record names, one line each.
pub(super) fn read(fields: &Fields) -> Vec<String> {
    let mut lines = Vec::new();
    for key in KEYS {
        if let Some(field) = fields.get(&[key]) {
            add(&field.value, &mut lines);
        }
    }
    for value in ["last_error", "error", "errors"].iter().filter_map(|key| fields.inside(&["health"], key)) {
        add(value, &mut lines);
    }
    bounded(lines)
}

fn bounded(mut lines: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    if lines.len() > MOST {
        let more = lines.len() - (MOST - 1);
        lines.truncate(MOST - 1);
        lines.push(format!("… and {more} more"));
    }
    lines
}

fn add(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) => lines.extend(text.lines().filter(|line| !is_silent_text(line)).map(one_line)),
        Value::Array(list) => list.iter().for_each(|value| add(value, lines)),
        Value::Object(fault) => lines.extend(told(fault)),
        // A count says that there is something and not what; `blockers: 0` says that there is nothing.
        Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// `CRITICAL: START.sh: wrong version; impact: nothing starts; remedy: install 20`
fn told(fault: &Map<String, Value>) -> Option<String> {
    let part = |names: &[&str]| {
        let value = names.iter().find_map(|name| fault.get(*name))?;
        let text = plain(value);
        (!value.is_null() && !is_silent_text(&text)).then_some(text)
    };
    let step = fault.get("step").and_then(Value::as_i64).map(|step| format!("step {step}"));
    let head: Vec<String> = [part(&SEVERITY), step.or_else(|| part(&WHERE)), part(&WHAT)].into_iter().flatten().collect();
    let mut line = head.join(": ");
    for (name, names) in MORE {
        if let Some(text) = part(names) {
            line = if line.is_empty() { format!("{name}: {text}") } else { format!("{line}; {name}: {text}") };
        }
    }
    if line.is_empty() {
        line = Value::Object(fault.clone()).to_string();
    }
    (!fault.is_empty()).then(|| one_line(&line))
}

/// A fault as one line: also one that is reported by its notes alone.
pub(super) fn one_line(text: &str) -> String {
    clip(&text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(value: Value) -> Vec<String> {
        let mut fields = Fields::at(1);
        for (name, value) in value.as_object().unwrap() {
            fields.push(name, value.clone(), 1);
        }
        read(&fields)
    }

    #[test]
    fn any_shape_becomes_lines() {
        let shapes = json!({
            "failures": [{ "step": 2, "reason": "No space left\n on device", "log": "logs/build.log" }, "queue is full", 7, null],
            "errors": { "severity": "MAJOR", "component": "Courier", "issue": "No route", "impact": "late", "remedy": "call" },
            "blockers": [{ "id": "B-1", "description": "Waits for the label" }, { "odd": true }, {}],
            "critical_blockers": 4,
            "health": { "last_error": "queue is full" },
        });
        assert_eq!(
            faults(shapes),
            [
                "step 2: No space left on device; log: logs/build.log",
                "queue is full",
                "MAJOR: Courier: No route; impact: late; remedy: call",
                "B-1: Waits for the label",
                "{\"odd\":true}",
            ]
        );
    }

    #[test]
    fn there_are_never_too_many_and_none_is_too_long() {
        let many: Vec<String> = (0..80).map(|number| format!("{number} {}", "x".repeat(900))).collect();
        let lines = faults(json!({ "errors": many }));
        assert_eq!((lines.len(), lines[49].as_str()), (50, "… and 31 more"));
        assert!(lines.iter().all(|line| line.chars().count() <= LONGEST));
    }
}
