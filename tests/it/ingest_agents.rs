//! `rpm-api ingest` of files about agents: every report into the history once, the newest into the agent's row.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use sqlx::Row;

use crate::support::postgres::ADMIN;
use crate::support::{Server, fixture};

fn reports(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ingest(server: &Server, path: &Path) -> Vec<Value> {
    reports(&server.command(&["ingest", "--json", path.to_str().unwrap()]))
}

fn changes(reports: &[Value]) -> (u64, u64) {
    let sum = |key: &str| reports.iter().map(|report| report[key].as_u64().unwrap()).sum();
    (sum("created"), sum("updated"))
}

async fn agent(server: &Server, name: &str) -> Value {
    let query = "query($name: String!) { agent(name: $name) { name healthScore lastHeartbeat sessionStart errorLog metadata } }";
    server.ask(&server.token(ADMIN), query, json!({ "name": name })).await.data()["agent"].clone()
}

/// How many rows there are, and the text of all that files about agents leave.
async fn database(server: &Server) -> (i64, String) {
    let sql = "SELECT count(*), coalesce(md5(string_agg(line, '|' ORDER BY line)), '') AS sum FROM (
        SELECT a::text AS line FROM agent_status a UNION ALL SELECT h::text FROM agent_heartbeats h
        UNION ALL SELECT e::text FROM events e UNION ALL SELECT o::text FROM owners o) AS lines";
    let row = sqlx::query(sql).fetch_one(&mut server.database.connection().await).await.unwrap();
    (row.get("count"), row.get("sum"))
}

async fn count(server: &Server, sql: &'static str) -> i64 {
    sqlx::query(sql).fetch_one(&mut server.database.connection().await).await.unwrap().get(0)
}

#[tokio::test]
async fn a_folder_of_agents_files_is_read_and_reading_it_again_changes_nothing() {
    let server = Server::start().await;
    let first = ingest(&server, &fixture("agents"));
    assert_eq!(first.len(), 7, "{first:#?}");
    assert!(first.iter().all(|report| report["agents"].as_u64().unwrap() > 0 && report["weekStart"].is_null()));
    let history = first.iter().find(|report| report["path"].as_str().unwrap().ends_with("courier.jsonl")).unwrap();
    // The status file came first; its report is the last line of the history too.
    assert_eq!((&history["heartbeats"], &history["created"], &history["unchanged"]), (&json!(7), &json!(6), &json!(2)));
    assert_eq!(history["unread"].as_array().unwrap().len(), 3);

    let courier = agent(&server, "courier-layer2.9").await;
    assert_eq!(courier, Value::Null, "spellings are for documents");
    let courier = agent(&server, "Courier").await;
    assert_eq!(courier["name"], "courier");
    assert_eq!(courier["lastHeartbeat"], "2026-03-02T15:50:00.104286Z", "its trace in the log is its newest sign of life");
    assert_eq!(courier["sessionStart"], "2026-03-02T12:30:00.000000Z");
    let metadata = &courier["metadata"];
    assert_eq!((&metadata["reported_status"], &metadata["http_port"]), (&json!("running"), &json!(6011)));
    assert_eq!(metadata["undated"]["self_heal"], true, "what the registry says is kept, and does not compete");
    assert_eq!(metadata["last_trace"]["event_type"], "task_created");

    let proofreader = agent(&server, "proofreader").await;
    assert_eq!(proofreader["healthScore"], 42);
    assert_eq!(proofreader["errorLog"].as_str().unwrap().lines().count(), 3);
    let janitor = agent(&server, "janitor").await;
    assert_eq!(
        (&janitor["lastHeartbeat"], &janitor["metadata"]["no_heartbeat_yet"]),
        (&json!("2026-03-02T08:14:00.000000Z"), &Value::Null)
    );

    let before = database(&server).await;
    let second = ingest(&server, &fixture("agents"));
    assert_eq!(changes(&second), (0, 0), "{second:#?}");
    assert_eq!(database(&server).await, before);
}

#[tokio::test]
async fn names_mean_the_agents_that_are_known() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, agent) in
        [("a", "artifact"), ("b", "Artifacts Agent (Layer 1.4)"), ("c", "exec"), ("d", "qa-layer-1.5"), ("e", "Jesse")]
    {
        let text =
            json!({ "agent": agent, "status": "running", "updated_at": format!("2026-03-02T10:00:0{}Z", agent.len() % 10) });
        std::fs::write(folder.path().join(format!("{name}.status.json")), text.to_string()).unwrap();
    }
    let output = server.command(&["ingest", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "a person is no agent");
    assert!(reports(&output)[4]["unread"][0]["reason"].as_str().unwrap().contains("Jesse is a person"));
    let data = server.ask(&server.token(ADMIN), "{ agents { nodes { name } } }", json!({})).await.data();
    assert_eq!(data["agents"]["nodes"], json!([{ "name": "Artifacts" }, { "name": "ExecMon" }, { "name": "QA" }]));
}

#[tokio::test]
async fn an_older_report_never_overwrites_a_newer_one() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("press.status.json");
    let write =
        |status: &str, at: &str| std::fs::write(&path, json!({ "status": status, "updated_at": at }).to_string()).unwrap();
    let events = "SELECT count(*) FROM events WHERE event_type = 'AGENT_STATUS_CHANGE'";
    write("running", "2026-03-02T10:00:00Z");
    assert_eq!(changes(&ingest(&server, &path)), (2, 0), "the agent and its report");
    assert_eq!(count(&server, events).await, 1);
    let beat = "mutation { recordHeartbeat(input: { agent: \"press\", status: IDLE, healthScore: 77 }) { agent { id } } }";
    server.ask(&server.token(ADMIN), beat, json!({})).await.data();
    assert_eq!(count(&server, events).await, 2);
    write("failed", "2026-03-02T09:00:00Z");
    // The file was written over without a newer time: it says so since it was changed, which was before the heartbeat.
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    assert_eq!(changes(&ingest(&server, &path)), (1, 0), "into the history only");
    assert_eq!(agent(&server, "press").await["healthScore"], 77);
    assert_eq!(count(&server, events).await, 2);
}

#[tokio::test]
async fn a_file_that_changes_its_word_and_not_its_time_counts_from_its_change() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("press.status.json");
    let write = |status: &str| {
        std::fs::write(&path, json!({ "status": status, "started_at": "2026-03-02T10:00:00Z", "notes": "jam" }).to_string())
            .unwrap();
    };
    write("running");
    ingest(&server, &path);
    write("failed");
    assert_eq!(changes(&ingest(&server, &path)), (1, 1));
    assert_eq!(agent(&server, "press").await["errorLog"], "jam");
    assert_eq!(changes(&ingest(&server, &path)), (0, 0));
}

#[tokio::test]
async fn reports_from_the_future_and_without_a_time_do_not_shut_out_others() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let registry = folder.path().join("agent_registry.json");
    std::fs::write(&registry, json!({ "agents": { "press": { "status": "starting", "port": 1 } } }).to_string()).unwrap();
    assert_eq!(changes(&ingest(&server, &registry)), (1, 0), "known, and not heard of yet");
    assert_eq!(agent(&server, "press").await["metadata"]["no_heartbeat_yet"], true);
    let history = folder.path().join("press.jsonl");
    let line = |at: &str| json!({ "agent": "press", "status": "running", "timestamp": at }).to_string();
    std::fs::write(&history, format!("{}\n{}\n", line("2026-03-02T10:00:00Z"), line("2098-01-01T00:00:00Z"))).unwrap();
    let report = ingest(&server, &history).pop().unwrap();
    assert!(report["unread"][0]["reason"].as_str().unwrap().contains("future"), "{report:#}");
    let press = agent(&server, "press").await;
    assert_eq!(press["lastHeartbeat"], "2026-03-02T10:00:00.000000Z", "older than the registry, and heard of");
    assert_eq!((&press["metadata"]["no_heartbeat_yet"], &press["metadata"]["undated"]["port"]), (&Value::Null, &json!(1)));
    assert_eq!(changes(&ingest(&server, folder.path())), (0, 0));
}

#[tokio::test]
async fn a_long_history_leaves_one_event_and_takes_more_lines() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("press.jsonl");
    let line = |number: i64| {
        let (status, at) = (["running", "ready", "failed"][number as usize % 3], 1_772_447_400 + 60 * number);
        json!({ "agent": "press", "status": status, "updated_at": at }).to_string() + "\n"
    };
    std::fs::write(&path, (0..336).map(line).collect::<String>()).unwrap();
    let report = ingest(&server, &path).pop().unwrap();
    assert_eq!((&report["heartbeats"], &report["created"], &report["agents"]), (&json!(336), &json!(337), &json!(1)));
    assert_eq!(count(&server, "SELECT count(*) FROM agent_heartbeats").await, 336);
    assert_eq!(count(&server, "SELECT count(*) FROM events").await, 1, "only what it came to");
    // Lines are added at the end; the last is still being written.
    let more = std::fs::read_to_string(&path).unwrap() + &line(336) + "{\"agent\": \"press\", \"stat";
    std::fs::write(&path, more).unwrap();
    let report = ingest(&server, &path).pop().unwrap();
    assert_eq!((&report["created"], &report["updated"], &report["unread"]), (&json!(1), &json!(1), &json!([])));
}
