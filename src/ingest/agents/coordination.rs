//! Coordination logs: lines in which agents tell each other what they did.
//!
//! A line is a trace of its source: at that moment the agent was at work. It becomes a heartbeat of the source with all
//! that the line says; whom it was for is not heard of by it. A line that tells of a failure carries its message as the
//! heartbeat's error: a task failed, and the agent lives.

use serde_json::value::RawValue;

use super::document::AgentDocument;
use super::{faults, record};
use crate::entities::enums::AgentState;
use crate::ingest::document::Unread;
use crate::ingest::fields::Reader;
use crate::ingest::times;

const SOURCE: [&str; 6] = ["source_agent", "source", "from_agent", "from", "agent", "agent_name"];
const EVENT: [&str; 4] = ["event_type", "event", "type", "action"];

/// Whether a record is a line of a coordination log: it says what happened, and not how an agent is.
pub(super) fn is_line(reader: &Reader<'_>, raw: &RawValue) -> bool {
    let names: Vec<String> = reader.members(raw).into_iter().map(|(name, _)| crate::ingest::fields::snake(&name)).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    has("source_agent") || (has("event_type") && !has("status"))
}

/// Reads one line.
pub(super) fn read<'a>(reader: &Reader<'a>, raw: &'a RawValue, unread: &mut Vec<Unread>) -> Option<AgentDocument> {
    let Some(mut fields) = reader.fields(raw) else {
        unread.push(reader.unread(raw, "an event is an object"));
        return None;
    };
    let line = fields.line;
    let Some(name) = fields.take(&SOURCE).and_then(|field| field.text()) else {
        unread.push(reader.unread(raw, "this event names no source_agent"));
        return None;
    };
    let time = fields.take(&record::REPORTED).and_then(|field| times::instant(&field.value));
    if time.is_none() {
        unread.push(reader.unread(raw, "this event has no time, so it has no place in the history"));
        return None;
    }
    let event = fields.get(&EVENT).and_then(|field| field.text()).unwrap_or_default().to_lowercase();
    let has_failed = ["fail", "error", "crash"].iter().any(|word| event.contains(word));
    let message = fields.get(&["message", "description", "reason"]).and_then(|field| field.text());
    let fault = has_failed.then(|| faults::one_line(&message.unwrap_or(event)));
    Some(AgentDocument {
        name,
        status: AgentState::Active,
        reported_status: None,
        reported_at: time,
        session_start: None,
        health_score: None,
        faults: fault.into_iter().collect(),
        current_action: None,
        metadata: fields.rest(),
        is_trace: true,
        line,
    })
}
