//! One record (a JSON object, or `key=value` lines) as the report of one agent.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::document::AgentDocument;
use super::{faults, status};
use crate::entities::enums::AgentState;
use crate::ingest::document::Unread;
use crate::ingest::fields::{self, Fields, plain};
use crate::ingest::times;

pub(super) const NAME: [&str; 5] = ["agent", "agent_name", "name", "agent_id", "id"];
const STATUS: [&str; 4] = ["status", "state", "agent_status", "current_status"];
const STARTED: [&str; 4] = ["started_at", "session_start", "session_started_at", "start_time"];
const FINISHED: [&str; 4] = ["finished_at", "ended_at", "stopped_at", "end_time"];
pub(super) const REPORTED: [&str; 17] = [
    "updated_at",
    "last_updated",
    "last_update",
    "updated",
    "last_heartbeat",
    "heartbeat_at",
    "heartbeat",
    "timestamp",
    "ts",
    "time",
    "reported_at",
    "last_seen",
    "last_activity",
    "activated_at",
    "initialized_at",
    "reinitialized_at",
    "checked_at",
];
/// Times inside `health`.
const OF_HEALTH: [&str; 4] = ["last_activity", "last_heartbeat", "last_check", "timestamp"];
const HEALTH: [&str; 3] = ["health_score", "health", "health_percent"];
const ACTION: [&str; 5] = ["current_action", "current_action_code", "action_code", "current_task", "action"];

/// Reads one record. `name` is the agent's where the record names none, `time` when it was reported where the record tells no
/// time at all.
///
/// What cannot be used is added to `unread`; without a name there is no report.
pub(super) fn read(
    mut fields: Fields,
    name: Option<&str>,
    time: Option<DateTime<Utc>>,
    unread: &mut Vec<Unread>,
) -> Option<AgentDocument> {
    let line = fields.line;
    let Some(name) = take_name(&mut fields).or_else(|| name.map(str::to_owned)) else {
        unread.push(fields::unread(line, "", "there is no agent's name in this report, nor in the file's name"));
        return None;
    };
    let faults = faults::read(&fields);
    let times = Times::take(&mut fields, unread);
    let health_score = take_health(&mut fields, unread);
    let reported_status = fields.take(&STATUS).map(|field| (plain(&field.value), field));
    let word = reported_status.as_ref().map(|(word, _)| word.clone());
    let state = word.as_deref().and_then(status::state);
    if let (Some((word, field)), None) = (&reported_status, state) {
        unread.push(field.unread(format!("the status “{word}” is not known; it is kept, and the rest of the report decides")));
    }
    let (status, faults) = judge(state, word.as_deref(), faults, &times, &fields);
    let current_action = fields.get(&ACTION).and_then(|field| field.text()).as_deref().and_then(action_code);
    let mut metadata = fields.rest();
    if let Some(word) = &word {
        metadata.insert("reported_status".to_owned(), json!(word));
    }
    Some(AgentDocument {
        name,
        status,
        reported_status: word,
        reported_at: times.latest().or(time),
        session_start: times.started,
        health_score,
        faults,
        current_action,
        metadata,
        is_trace: false,
        line,
    })
}

/// The agent's name: `agent` may be an object that has it.
fn take_name(fields: &mut Fields) -> Option<String> {
    if fields.get(&["agent"]).is_some_and(|field| field.value.is_object()) {
        fields.unfold("agent");
    }
    NAME.iter().find_map(|key| fields.get(&[key])?.text().and_then(|_| fields.take(&[key])?.text()))
}

/// When the report says that things happened.
struct Times {
    started: Option<DateTime<Utc>>,
    finished: Option<DateTime<Utc>>,
    reported: Option<DateTime<Utc>>,
}

impl Times {
    fn take(fields: &mut Fields, unread: &mut Vec<Unread>) -> Self {
        let inside = OF_HEALTH.iter().filter_map(|key| times::instant(fields.inside(&["health"], key)?)).max();
        let mut latest = |names: &[&str]| {
            let mut latest = None;
            for field in fields.take_all(names) {
                match times::instant(&field.value) {
                    Some(instant) => latest = latest.max(Some(instant)),
                    // `started_at: 0` and `finished_at: false` are ways to say: not yet.
                    None if matches!(&field.value, Value::Bool(false)) || field.value.as_f64() == Some(0.0) => {}
                    None => unread.push(field.unread("this is no time that is known here")),
                }
            }
            latest
        };
        let (started, finished, reported) = (latest(&STARTED), latest(&FINISHED), latest(&REPORTED));
        Self { started, finished, reported: reported.max(inside) }
    }

    fn latest(&self) -> Option<DateTime<Utc>> {
        self.started.max(self.finished).max(self.reported)
    }

    /// Whether the session is over: a report that is newer than its end says otherwise.
    fn is_over(&self) -> bool {
        self.finished.is_some() && self.finished == self.latest()
    }
}

/// How the agent is, and what is wrong. The word decides; what is blocked and names failures has failed; a session that is
/// over without an error is offline. Without a word: health's own, then what failed, then whether anything was reported.
fn judge(
    state: Option<AgentState>,
    word: Option<&str>,
    mut faults: Vec<String>,
    times: &Times,
    fields: &Fields,
) -> (AgentState, Vec<String>) {
    let is_blocked = word.is_some_and(status::is_blocked);
    let has_failed = ["failures", "failure", "errors", "error", "last_error"].iter().any(|key| {
        let mut only = Fields::at(0);
        if let Some(field) = fields.get(&[key]) {
            only.push(key, field.value.clone(), 0);
        }
        !faults::read(&only).is_empty()
    });
    let of_health = || fields.inside(&["health"], "status").and_then(Value::as_str).and_then(status::state);
    let of_phase = || fields.get(&["phase", "health"]).and_then(|field| status::state(field.value.as_str()?));
    let implied = || match (has_failed, times.latest()) {
        (true, _) => AgentState::Error,
        (false, Some(_)) if word.is_none() => AgentState::Active,
        _ => AgentState::Idle,
    };
    let status = match state.or_else(of_health).or_else(of_phase).unwrap_or_else(implied) {
        AgentState::Idle if is_blocked && has_failed => AgentState::Error,
        AgentState::Active | AgentState::Idle if times.is_over() => AgentState::Offline,
        status => status,
    };
    // An agent that is stuck and lists no reason gives it in its notes.
    if faults.is_empty() && (status == AgentState::Error || is_blocked) {
        let reason = fields.get(&["reason", "message", "notes", "note"]).and_then(|field| field.text());
        faults.extend(reason.map(|text| faults::one_line(&text)));
    }
    (status, faults)
}

/// Health as stated: `98`, `98%`, `98/100`, `0.98`. Words and objects under the same key are no score, and stay.
fn take_health(fields: &mut Fields, unread: &mut Vec<Unread>) -> Option<i32> {
    for name in HEALTH {
        let Some(text) = fields.get(&[name]).and_then(|field| field.text()) else { continue };
        let Some(score) = percent(&text) else {
            if name == "health" && !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                continue;
            }
            let field = fields.take(&[name]);
            unread.extend(field.map(|field| field.unread("health is a number from 0 to 100; it is worked out instead")));
            continue;
        };
        fields.take(&[name]);
        return Some(score);
    }
    None
}

/// A whole number is of 100, a fraction up to 1.0 is of one.
fn percent(text: &str) -> Option<i32> {
    let bare = text.trim().strip_suffix('%').or_else(|| text.trim().strip_suffix("/100")).unwrap_or(text.trim()).trim();
    let number: f64 = bare.parse().ok()?;
    let is_fraction = bare.len() == text.trim().len() && bare.contains('.') && number <= 1.0;
    let score = if is_fraction { number * 100.0 } else { number }.round();
    (0.0..=100.0).contains(&score).then_some(score as i32)
}

/// The code in `ARCH-BOOT-001c (voice greeting)`.
fn action_code(text: &str) -> Option<String> {
    let code = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find(|word| {
        let mut parts = word.split('-');
        let has_area = parts.next().is_some_and(|area| area.len() > 1 && area.chars().all(|c| c.is_ascii_uppercase()));
        has_area && word.contains('-') && word.chars().any(|c| c.is_ascii_digit())
    })?;
    (code.len() <= 100).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_in_every_spelling() {
        for (text, score) in [
            ("98", Some(98)),
            ("98%", Some(98)),
            ("98/100", Some(98)),
            ("0.98", Some(98)),
            ("1.0", Some(100)),
            ("1", Some(1)),
            ("0.5%", Some(1)),
            ("97.6", Some(98)),
            ("101", None),
            ("-1", None),
            ("NaN", None),
            ("good", None),
        ] {
            assert_eq!(percent(text), score, "{text}");
        }
    }

    #[test]
    fn codes_of_actions_among_words() {
        for (text, code) in [
            ("ARCH-BOOT-001c", Some("ARCH-BOOT-001c")),
            ("works on OPS-2: labels", Some("OPS-2")),
            ("re-index 5 e-mails", None),
            ("", None),
        ] {
            assert_eq!(action_code(text).as_deref(), code, "{text}");
        }
    }
}
