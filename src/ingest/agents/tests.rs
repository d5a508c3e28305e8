//! Files of agents in, snapshots of what they say out; and files torn apart, which must not break anything.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::entities::enums::AgentState;

macro_rules! snapshot {
    ($name:literal, $file:literal) => {
        insta::assert_json_snapshot!($name, parse_agents($file, include_str!(concat!("../../../tests/fixtures/agents/", $file))))
    };
}

#[test]
fn status_file() {
    snapshot!("status", "courier.status.json");
}

#[test]
fn status_of_one_that_failed() {
    snapshot!("failed", "proofreader.status.json");
}

#[test]
fn heartbeat_file() {
    snapshot!("heartbeat", "press.heartbeat");
}

#[test]
fn history() {
    snapshot!("history", "history/courier.jsonl");
}

#[test]
fn registry_without_times() {
    snapshot!("registry", "shared/agent_registry.json");
}

#[test]
fn registry_as_a_list_with_the_time_of_its_snapshot() {
    snapshot!("snapshot", "snapshots/2026/03/02/08-15-00_agent_registry.json");
}

#[test]
fn coordination_log() {
    snapshot!("coordination", "shared/coordination_log.jsonl");
}

/// The only report in a text.
fn only(path: &str, text: &str) -> AgentDocument {
    let mut parsed = parse_agents(path, text);
    assert_eq!(parsed.documents.len(), 1, "{text}: {:?}", parsed.unread);
    parsed.documents.remove(0)
}

#[test]
fn heartbeats_in_other_shapes() {
    let lines = only("press.heartbeat", "status=busy\npid=12\nts=2026-03-02T10:30:00Z\n");
    assert_eq!((lines.name.as_str(), lines.status, lines.reported_at.is_some()), ("press", AgentState::Active, true));
    let beats = parse_agents("heartbeat.json", r#"{"press": 1772447460, "binder": "2026-03-02T10:30:00Z"}"#);
    assert_eq!(beats.documents.iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>(), ["press", "binder"]);
    let nested = only("heartbeat.json", r#"{"agent": {"name": "press"}, "timestamp": 1772447460, "alive": true}"#);
    assert_eq!((nested.name.as_str(), nested.status), ("press", AgentState::Active));
    assert_eq!(
        only("press.heartbeat", "\"2026-03-02T10:31:00Z\"").reported_at,
        only("press.heartbeat", "1772447460").reported_at
    );
}

#[test]
fn how_an_agent_is() {
    use AgentState::{Active, Error, Idle, Offline};
    for (report, expected) in [
        (json!({ "status": "running" }), Active),
        (json!({ "status": "running", "finished_at": "2026-03-02T10:00:00Z" }), Offline),
        (json!({ "status": "running", "finished_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T11:00:00Z" }), Active),
        (json!({ "status": "failed", "finished_at": "2026-03-02T10:00:00Z" }), Error),
        (json!({ "status": "blocked" }), Idle),
        (json!({ "status": "blocked", "blockers": ["the key"] }), Idle),
        (json!({ "status": "blocked", "failures": ["the door"] }), Error),
        (json!({ "status": "blocked", "failures": [] }), Idle),
        (json!({ "status": "dancing", "errors": ["fell"] }), Error),
        (json!({ "status": "dancing", "updated_at": "2026-03-02T11:00:00Z" }), Idle),
        (json!({ "updated_at": "2026-03-02T11:00:00Z" }), Active),
        (json!({ "updated_at": "2026-03-02T11:00:00Z", "health": { "status": "failed" } }), Error),
        (json!({ "phase": "operational" }), Active),
        (json!({ "pid": 12 }), Idle),
    ] {
        assert_eq!(only("press.status.json", &report.to_string()).status, expected, "{report}");
    }
}

#[test]
fn the_latest_time_counts_wherever_it_stands() {
    let report = json!({
        "started_at": "2026-03-02T08:00:00Z", "timestamp": "2026-03-02T09:00:00Z", "last_heartbeat": "",
        "health": { "last_activity": "2026-03-02T10:00:00Z" }, "finished_at": null,
    });
    let report = only("press.status.json", &report.to_string());
    assert_eq!(report.reported_at, times::parse("2026-03-02T10:00:00Z"));
    assert_eq!(report.session_start, times::parse("2026-03-02T08:00:00Z"));
}

#[test]
fn nothing_said_is_said() {
    for (path, text) in [
        ("a.status.json", ""),
        ("a.status.json", "[]"),
        ("a.status.json", "7"),
        ("a.jsonl", ""),
        ("a.jsonl", "{"),
        ("heartbeat.json", "{}"),
        ("a.heartbeat", "soon"),
    ] {
        let parsed = parse_agents(path, text);
        assert!(!parsed.unread.is_empty(), "{path} {text:?}: {parsed:?}");
    }
    let deep = format!("{{\"status\": \"running\", \"a\": {}{}}}", "[".repeat(500), "]".repeat(500));
    assert_eq!(parse_agents("a.status.json", &deep).unread.len(), 1, "nested beyond reason");
}

const PATHS: [&str; 6] = [
    "a.status.json",
    "agent_registry.json",
    "a.jsonl",
    "coordination_log.jsonl",
    "a.heartbeat",
    "2026/03/02/08-15-00_agent_registry.json",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..400), path in 0..PATHS.len()) {
        parse_agents(PATHS[path], &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_json_breaks_it(
        keys in proptest::collection::vec("agents?|status|failures|health|updated_at|source_agent|event_type|[a-zÀ-ſ_.-]{0,9}", 1..8),
        values in proptest::collection::vec(r#"null|true|-?[0-9]{1,18}|"\PC{0,30}"|\[1,"x"\]|\{"status":"blocked","a":\[\{\}\]\}"#, 1..8),
        path in 0..PATHS.len(),
    ) {
        let members: Vec<String> = keys.iter().zip(&values).map(|(key, value)| format!("{key:?}: {value}")).collect();
        let text = format!("{{{}}}", members.join(", "));
        parse_agents(PATHS[path], &text);
        parse_agents(PATHS[path], &format!("[{text}, {text}]"));
    }

    #[test]
    fn no_cut_breaks_a_file(cut in 0..2000_usize) {
        let text = include_str!("../../../tests/fixtures/agents/history/courier.jsonl");
        let cut = text.floor_char_boundary(cut.min(text.len()));
        parse_agents("history/courier.jsonl", &text[..cut]);
        parse_agents("courier.status.json", &text[cut..]);
    }
}
