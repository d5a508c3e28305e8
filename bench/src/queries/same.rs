//! Whether answers say the same, however they write it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

/// Fields that hold exact numbers, as text or as numbers.
const DECIMALS: [&str; 3] = ["completionRate", "estimatedHours", "actualHours"];

/// Fields that hold an instant.
const INSTANTS: [&str; 3] = ["dueDate", "startedAt", "completionDate"];

/// Fields that hold one of a closed set, in upper or lower case.
const SETS: [&str; 2] = ["status", "funnelStage"];

/// Fields that hold one object.
const ONES: [&str; 2] = ["week", "action"];

/// An answer in one form: without its envelope, connections as lists, enums in upper case, decimals and
/// instants written alike.
pub(super) fn plain(body: &[u8]) -> Value {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    if let Some(data) = answer.get_mut("data") {
        answer = data.take();
    }
    walk("", answer)
}

fn walk(name: &str, value: Value) -> Value {
    match value {
        Value::Object(mut object) if object.contains_key("nodes") => walk(name, object.remove("nodes").unwrap_or_default()),
        Value::Object(object) => {
            Value::Object(object.into_iter().map(|(name, value)| (name.clone(), walk(&name, value))).collect::<Map<_, _>>())
        }
        // One row, where a server can only list.
        Value::Array(mut values) if values.len() == 1 && ONES.contains(&name) => walk(name, values.remove(0)),
        Value::Array(values) => values.into_iter().map(|value| walk(name, value)).collect(),
        Value::String(text) if SETS.contains(&name) => text.to_uppercase().into(),
        Value::String(text) if INSTANTS.contains(&name) => {
            let instant: DateTime<Utc> = text.parse().unwrap_or_else(|error| panic!("{name}: {text}: {error}"));
            instant.to_rfc3339_opts(SecondsFormat::Micros, true).into()
        }
        Value::String(text) if DECIMALS.contains(&name) => text.parse::<f64>().unwrap().into(),
        Value::Number(number) if DECIMALS.contains(&name) => number.as_f64().into(),
        other => other,
    }
}

/// Where two answers differ first; `None` when they do not.
pub(super) fn difference(one: &Value, other: &Value) -> Option<String> {
    let below = |key: String, one: &Value, other: &Value| difference(one, other).map(|rest| format!("/{key}{rest}"));
    match (one, other) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().find_map(|(key, value)| below(key.clone(), value, b.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| below(at.to_string(), a, b))
        }
        _ if one == other => None,
        _ => Some(format!(": {one} and {other}")),
    }
}
