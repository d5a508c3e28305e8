//! What agents write of themselves: status files, registries, heartbeats, histories and coordination logs, in; who they
//! are, how they are and since when, out.
//!
//! `status` holds the words for how an agent is, `faults` what went wrong, `health` the score of agents that state none,
//! `names` the spellings of an agent's name. `record` reads one report, `coordination` one line of a log, and this module
//! finds them in files. `load` brings the database in line.

mod coordination;
mod document;
mod faults;
mod fold;
mod health;
mod load;
mod names;
mod record;
mod status;

#[cfg(test)]
mod tests;

use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub use document::{AgentDocument, ParsedAgents};
pub use load::load_agents;

use super::fields::{Fields, Reader, unread};
use super::times;

/// Reads a file about agents: a status, a list of statuses, a registry, a heartbeat, a history or log of one report a line.
///
/// The name of the file says what it is where its text does not: the agent, and for a snapshot
/// (`2025/10/27/08-15-00_agent_registry.json`, in UTC) the time. Any text at all may come in.
pub fn parse_agents(path: &str, text: &str) -> ParsedAgents {
    let reader = Reader::new(text);
    let mut parsed = ParsedAgents::default();
    let is_lines = Path::new(path)
        .extension()
        .is_some_and(|extension| ["jsonl", "ndjson"].iter().any(|known| extension.eq_ignore_ascii_case(known)));
    if is_lines {
        parsed.is_history = true;
        let (values, broken) = reader.values();
        parsed.unread = broken;
        values.into_iter().for_each(|raw| one(&reader, raw, path, &mut parsed));
    } else {
        match reader.root() {
            Ok(raw) => whole(&reader, raw, path, &mut parsed),
            Err(problem) if !text.trim_start().starts_with(['{', '[']) => words(text, path, problem, &mut parsed),
            Err(problem) => parsed.unread.push(problem),
        }
    }
    if parsed.documents.is_empty() && parsed.unread.is_empty() {
        parsed.unread.push(unread(1, "", "there is no report of an agent here"));
    }
    parsed.unread.sort_by_key(|unread| unread.line);
    parsed
}

/// A file that is one JSON value.
fn whole<'a>(reader: &Reader<'a>, raw: &'a RawValue, path: &str, parsed: &mut ParsedAgents) {
    if let Some(list) = reader.elements(raw) {
        list.into_iter().for_each(|raw| one(reader, raw, path, parsed));
        return;
    }
    let Some(mut fields) = reader.fields(raw) else {
        let problem = reader.unread(raw, "this is no report of an agent, or one that is nested too deep");
        if raw.get().starts_with('{') {
            parsed.unread.push(problem);
        } else {
            // A heartbeat file may be nothing but a time.
            words(raw.get().trim_matches('"'), path, problem, parsed);
        }
        return;
    };
    let members = reader.members(raw);
    let agents = members.iter().find(|(name, _)| matches!(super::fields::snake(name).as_str(), "agents" | "registry"));
    let Some((_, agents)) = agents else {
        if is_beats(&fields) {
            return registry(reader, raw, None, parsed);
        }
        return one(reader, raw, path, parsed);
    };
    let time = fields.take_all(&record::REPORTED).iter().filter_map(|field| times::instant(&field.value)).max();
    registry(reader, agents, time.or_else(|| of_snapshot(path)), parsed);
}

/// One report.
fn one<'a>(reader: &Reader<'a>, raw: &'a RawValue, path: &str, parsed: &mut ParsedAgents) {
    if coordination::is_line(reader, raw) {
        parsed.documents.extend(coordination::read(reader, raw, &mut parsed.unread));
        return;
    }
    match reader.fields(raw) {
        Some(fields) => {
            let name = names::of_file(path);
            parsed.documents.extend(record::read(fields, name.as_deref(), of_snapshot(path), &mut parsed.unread));
        }
        None => parsed.unread.push(reader.unread(raw, "a report of an agent is an object")),
    }
}

/// Agents by name, or a list of them; each an object, or its status or last heartbeat alone.
fn registry<'a>(reader: &Reader<'a>, raw: &'a RawValue, time: Option<DateTime<Utc>>, parsed: &mut ParsedAgents) {
    let list = reader.elements(raw).map(|list| list.into_iter().map(|raw| (None, raw)).collect::<Vec<_>>());
    let entries = list.unwrap_or_else(|| reader.members(raw).into_iter().map(|(name, raw)| (Some(name), raw)).collect());
    for (name, raw) in entries {
        let name = name.map(|name| name.replace('\0', "\u{fffd}")).filter(|name| !name.trim().is_empty());
        let fields = reader.fields(raw).or_else(|| {
            let value: Value =
                serde_json::from_str(raw.get()).ok().filter(|value: &Value| value.is_string() || value.is_number())?;
            let mut fields = Fields::at(reader.unread(raw, "").line);
            let line = fields.line;
            match (times::instant(&value), &name) {
                (Some(_), _) => fields.push("last_heartbeat", value, line),
                (None, Some(_)) => fields.push("status", value, line),
                (None, None) => fields.push("name", value, line),
            }
            Some(fields)
        });
        match fields {
            Some(fields) => {
                parsed.documents.extend(record::read(fields, name.as_deref(), time, &mut parsed.unread));
            }
            None => parsed.unread.push(reader.unread(raw, "an entry of a registry is an object")),
        }
    }
}

/// Whether an object is a list of last heartbeats by agent: every value is a time, and no key is one of a report.
fn is_beats(fields: &Fields) -> bool {
    let known =
        fields.get(&record::NAME).or_else(|| fields.get(&record::REPORTED)).or_else(|| fields.get(&["status", "started_at"]));
    let rest = fields.clone().rest();
    known.is_none() && !rest.is_empty() && rest.values().all(|value| times::instant(value).is_some())
}

/// A heartbeat file that is no JSON: a time alone, or `key=value` lines.
fn words(text: &str, path: &str, problem: super::document::Unread, parsed: &mut ParsedAgents) {
    let mut fields = Fields::at(1);
    if times::parse(text).is_some() {
        fields.push("last_heartbeat", json!(text.trim()), 1);
    } else {
        for (line, number) in text.lines().zip(1..) {
            if let Some((key, value)) = line.split_once('=').or_else(|| line.split_once(": ")) {
                fields.push(key, json!(value.trim()), number);
            }
        }
    }
    let says_something = fields.get(&record::REPORTED).or_else(|| fields.get(&["status", "state"])).is_some();
    if says_something {
        let name = names::of_file(path);
        parsed.documents.extend(record::read(fields, name.as_deref(), None, &mut parsed.unread));
    } else {
        parsed.unread.push(problem);
    }
}

/// When a snapshot was taken, in UTC: `…/2025/10/27/08-15-00_agent_registry.json`.
fn of_snapshot(path: &str) -> Option<DateTime<Utc>> {
    let parts: Vec<&str> = path.rsplit(['/', '\\']).take(4).collect();
    let [name, day, month, year] = parts.as_slice() else { return None };
    let day = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    let time = NaiveTime::parse_from_str(name.get(..8)?, "%H-%M-%S").ok()?;
    times::parse(&day.and_time(time).format("%Y-%m-%dT%H:%M:%S").to_string())
}
