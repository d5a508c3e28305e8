//! An agent's row out of what it was and what was reported since.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use super::health;
use super::load::Said;
use crate::entities::agents;
use crate::entities::enums::AgentState;
use crate::ingest::merge::micros;
use crate::store::LockedAgent;

/// Metadata keys of our own: what documents without a time say; the agent's newest trace in a log; and that nothing has been
/// heard of it yet, so that its last heartbeat is only when it was read of.
const UNDATED: &str = "undated";
const LAST_TRACE: &str = "last_trace";
const UNHEARD: &str = "no_heartbeat_yet";

/// The row as it should be. `dated` holds the reports by their time; what is not newer than the row's last heartbeat
/// leaves it as it is. `modified_at` is when the file was changed.
pub(super) fn row(
    agent: &LockedAgent,
    said: &[Said<'_>],
    dated: &BTreeMap<DateTime<Utc>, &Said<'_>>,
    modified_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> agents::Model {
    let mut next = agent.row.clone();
    for said in said.iter().filter(|said| said.at.is_none()) {
        undated(&mut next, said, agent.is_new && dated.is_empty(), modified_at);
    }
    let is_unheard = agent.is_new || next.metadata.get(UNHEARD).is_some();
    for (at, said) in dated.iter().filter(|(at, _)| is_unheard || **at > agent.row.last_heartbeat) {
        next.last_heartbeat = *at;
        apply(&mut next, said);
        let faults = next.error_log.as_deref().map_or(0, |log| log.lines().count());
        let score = || health::score(next.status, faults, now - *at);
        next.health_score = said.document.health_score.unwrap_or_else(score);
    }
    next
}

/// A report without a time makes an agent known. What it says is kept, and never competes with what the agent itself reports.
fn undated(next: &mut agents::Model, said: &Said<'_>, is_new: bool, modified_at: DateTime<Utc>) {
    if is_new {
        next.status = said.document.status;
        next.last_heartbeat = micros(modified_at);
        next.health_score = said
            .document
            .health_score
            .unwrap_or_else(|| health::score(next.status, said.document.faults.len(), chrono::TimeDelta::zero()));
        next.error_log = error_log(&said.document.faults);
        put(&mut next.metadata, UNHEARD, json!(true));
    }
    put(&mut next.metadata, UNDATED, json!(said.document.metadata));
}

/// What a newer report says. A trace in a log says that the agent was at work, and nothing else of it.
fn apply(next: &mut agents::Model, said: &Said<'_>) {
    let document = said.document;
    next.status = document.status;
    if document.is_trace {
        next.status = AgentState::Active;
        put(&mut next.metadata, LAST_TRACE, json!(document.metadata));
        take(&mut next.metadata, UNHEARD);
        return;
    }
    next.session_start = document.session_start.map(micros).or(next.session_start);
    next.error_log = error_log(&document.faults);
    next.current_action_id = said.action;
    let mut metadata = document.metadata.clone();
    for key in [UNDATED, LAST_TRACE] {
        if let Some(kept) = next.metadata.get(key) {
            metadata.insert(key.to_owned(), kept.clone());
        }
    }
    next.metadata = Json::Object(metadata);
}

/// Faults as the column holds them, one a line.
pub(super) fn error_log(faults: &[String]) -> Option<String> {
    (!faults.is_empty()).then(|| faults.join("\n"))
}

fn put(metadata: &mut Json, key: &str, value: Json) {
    if !metadata.is_object() {
        *metadata = Json::Object(Map::new());
    }
    if let Some(members) = metadata.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

fn take(metadata: &mut Json, key: &str) {
    if let Some(members) = metadata.as_object_mut() {
        members.shift_remove(key);
    }
}
