//! `rpm-api ingest`: documents into the database, again and again, without undoing what people did.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::support::postgres::ADMIN;
use crate::support::{Server, fixture};

const WORKS: &str = "works/RPM-WORKS-001-Warehouse-Labels-20260301.md";

fn reports(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ingest(server: &Server, path: &Path) -> Value {
    let output = server.command(&["ingest", "--json", path.to_str().unwrap()]);
    reports(&output).pop().unwrap_or_else(|| panic!("{output:?}"))
}

/// A copy of a document that a test may edit.
struct Document {
    folder: tempfile::TempDir,
    name: String,
}

impl Document {
    fn copy(of: &str) -> Self {
        let source = fixture(of);
        let folder = tempfile::tempdir().unwrap();
        let name = source.file_name().unwrap().to_str().unwrap().to_owned();
        std::fs::copy(&source, folder.path().join(&name)).unwrap();
        Self { folder, name }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join(&self.name)
    }

    fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path()).unwrap();
        assert!(text.contains(from), "{from:?} is in the document");
        std::fs::write(self.path(), text.replacen(from, to, 1)).unwrap();
    }
}

async fn action(server: &Server, token: &str, code: &str) -> Value {
    let query =
        "query($code: String!) { action(code: $code) { status text completionDate description ownerText blockerDescription } }";
    server.ask(token, query, json!({ "code": code })).await.data()["action"].clone()
}

#[tokio::test]
async fn a_folder_is_read_file_by_file_and_a_bad_one_stops_nobody() {
    let server = Server::start().await;
    let folder = fixture("plans");
    let output = server.command(&["ingest", "--json", folder.to_str().unwrap()]);
    let first = reports(&output);
    let names: Vec<&str> = first.iter().map(|report| report["path"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["RPM-ATLAS-001-Studio-Upgrade-20260301.md", "RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md", "broken.md"]);
    for report in &first {
        for key in
            ["path", "project", "weekStart", "results", "actions", "completed", "created", "updated", "unchanged", "unread"]
        {
            assert!(report.get(key).is_some(), "{key} in {report}");
        }
        for unread in report["unread"].as_array().unwrap() {
            assert!(unread["line"].as_u64().unwrap() > 0 && !unread["reason"].as_str().unwrap().is_empty());
        }
    }
    assert!(first[0]["actions"].as_u64().unwrap() > 0 && first[1]["actions"].as_u64().unwrap() > 0);
    let second = reports(&server.command(&["ingest", "--json", folder.to_str().unwrap()]));
    for (before, after) in first.iter().zip(&second) {
        assert_eq!((&after["created"], &after["updated"]), (&json!(0), &json!(0)), "{after:#}");
        assert_eq!(after["unchanged"], before["created"]);
        assert_eq!(after["unread"], before["unread"]);
    }
}

#[tokio::test]
async fn reading_again_leaves_no_trace_in_the_database() {
    use sqlx::Row;
    let server = Server::with_plan(WORKS).await;
    let mut connection = server.database.connection().await;
    let mut rows = async || {
        let sql = "SELECT md5(string_agg(line, '|' ORDER BY line)) AS sum FROM (
            SELECT w::text AS line FROM rpm_weekly_plans w UNION ALL SELECT r::text FROM rpm_results r
            UNION ALL SELECT a::text FROM rpm_action_items a UNION ALL SELECT o::text FROM action_owners o
            UNION ALL SELECT e::text FROM events e) AS lines";
        sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get::<String, _>("sum")
    };
    let before = rows().await;
    ingest(&server, &fixture(WORKS));
    assert_eq!(rows().await, before);
}

#[tokio::test]
async fn what_people_did_stands_and_what_the_document_changes_changes() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    ingest(&server, &document.path());
    let data = server
        .ask(
            &token,
            "{ actions(filter: { status: [PENDING] }, first: 2, orderBy: { field: CODE }) { nodes { code text } } }",
            json!({}),
        )
        .await
        .data();
    let nodes = data["actions"]["nodes"].as_array().unwrap();
    let (done, text) = (nodes[0]["code"].as_str().unwrap(), nodes[0]["text"].as_str().unwrap());
    let complete = "mutation($code: String!) { completeAction(input: { code: $code }) { action { id } } }";
    server.ask(&token, complete, json!({ "code": done })).await.data();
    let reassign = "mutation($code: String!) { reassignAction(input: { code: $code, owner: \"Charlie\" }) { action { id } } }";
    server.ask(&token, reassign, json!({ "code": done })).await.data();

    // The headline changes in the document; its status there is still pending, as it was.
    document.edit(text, "A new headline");
    let report = ingest(&server, &document.path());
    assert_eq!((&report["created"], &report["updated"]), (&json!(0), &json!(1)), "{report:#}");
    let after = action(&server, &token, done).await;
    assert_eq!(after["text"], "A new headline");
    assert_eq!(after["status"], "COMPLETED");
    assert_eq!(after["ownerText"], "Charlie");
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_named_with_the_reason() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("empty.md", &b""[..]),
        ("binary.md", &[0xff, 0xfe, 0, 1, 2][..]),
        ("prose-plan.md", &b"# Notes\n\nNothing to do.\n"[..]),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = server.command(&["ingest", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "some were not read");
    let reports = reports(&output);
    assert_eq!(reports.len(), 3);
    for report in reports {
        assert_eq!(report["weekStart"], Value::Null);
        assert!(!report["unread"].as_array().unwrap().is_empty(), "{report}");
    }
    // What is missing is reported like what cannot be read, and the rest is read all the same.
    let output = server.command(&["ingest", "--json", "/no/such/file.md", fixture(WORKS).to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["unread"][0]["reason"].as_str().unwrap().contains("cannot be read"), "{lines:?}");
    assert_eq!(lines[1]["actions"], 8);
}

#[tokio::test]
async fn what_is_no_plan_is_kept_as_a_document() {
    let server = Server::start().await;
    let temporary = tempfile::tempdir().unwrap();
    // What is in a hidden folder has no place in the lake.
    let folder = temporary.path().join("pier");
    let report = "# Tests of the pier\n\nWeek of: 2026-04-13\n\n- [ ] Paint the gate\n";
    std::fs::create_dir_all(folder.join("qa")).unwrap();
    for (name, text) in [
        ("README.md", "# Harbour\n\nHow to build it.\n"),
        ("PIER_REPORT_20260414.md", report),
        ("qa/pier.md", report),
        ("compose.yaml", "services:\n  db: {image: postgres}\n"),
        ("pier.json", "{\"week\": \"2026-W16\", \"project\": \"PIER\", \"actions\": [\"Paint the gate\"]}"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let lake = tempfile::tempdir().unwrap();
    let (lake_folder, outbox) = (lake.path().join("lake"), lake.path().join("outbox"));
    let command = || {
        let [lake, outbox, folder] = [&*lake_folder, &*outbox, &*folder].map(|path| path.to_str().unwrap());
        server.command(&["ingest", "--json", "--lake", lake, "--outbox", outbox, folder])
    };
    // Without a lake there is nothing to keep it in, and it is no fault of the document either.
    let bare = server.command(&["ingest", "--json", folder.join("README.md").to_str().unwrap()]);
    assert_eq!((bare.status.code(), &reports(&bare)[0]["raw"]), (Some(0), &Value::Null), "{bare:?}");
    let output = command();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let first = reports(&output);
    let kept: Vec<_> = first.iter().filter(|report| report["kept"] == true).collect();
    assert_eq!(kept.len(), 4, "{first:#?}");
    assert!(kept.iter().all(|report| !report["raw"].is_null() && report["unread"] == json!([])), "{kept:#?}");
    let plan = first.iter().find(|report| report["kept"] != true).unwrap();
    assert_eq!((&plan["project"], &plan["actions"]), (&json!("PIER"), &json!(1)));
    assert_eq!(plan["raw"], "rpm-plans/raw/2026/W16/pier.json");
    assert_eq!(reports(&command()).iter().filter(|report| report["kept"] == true).count(), 4, "kept the second time too");
}

#[tokio::test]
async fn what_a_plan_cancels_is_neither_open_nor_completed_until_it_is_taken_up_again() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("RPM-WEEKLY-PLAN-Apr13-Apr19-2026.md");
    let text = "# Pier\n\n## Tasks\n\n- [ ] Paint the gate\n- [-] Oil the crane\n- [x] Count the boats\n";
    std::fs::write(&path, text).unwrap();
    let first = ingest(&server, &path);
    assert_eq!((&first["actions"], &first["cancelled"], &first["created"]), (&json!(2), &json!(1), &json!(5)), "{first:#}");
    assert_eq!((&first["unread"], &first["coverage"]), (&json!([]), &json!({ "actionable": 3, "read": 3 })));

    // What is struck out stays as it is where it was done.
    std::fs::write(&path, text.replace("- [ ] Paint the gate", "- ~~Paint the gate~~").replace("- [x] Count", "- [-] Count"))
        .unwrap();
    let second = ingest(&server, &path);
    assert_eq!((&second["actions"], &second["created"], &second["cancelled"]), (&json!(0), &json!(0), &json!(3)), "{second:#}");
    let [reason] = second["unread"].as_array().unwrap().as_slice() else { panic!("{second:#}") };
    assert!(reason["reason"].as_str().unwrap().ends_with("stays in the database as completed"), "{reason}");
    let statuses = async || {
        let data = server.ask(&token, "{ actions(first: 5) { nodes { code text status } } }", json!({})).await.data();
        let nodes = data["actions"]["nodes"].as_array().unwrap().clone();
        let of = move |text: &str| nodes.iter().find(|node| node["text"] == text).unwrap().clone();
        ["Paint the gate", "Oil the crane", "Count the boats"].map(of)
    };
    let [gate, crane, boats] = statuses().await;
    assert_eq!([&gate, &crane, &boats].map(|node| &node["status"]), ["CANCELLED", "CANCELLED", "COMPLETED"]);
    let counts = "{ weeks(first: 1) { nodes { actionCounts { total pending completed } results(first: 1) { nodes { status } } \
        forecast(at: \"2026-04-14T12:00:00Z\") { missing } open: actions(filter: { status: [PENDING, IN_PROGRESS, BLOCKED] }) { totalCount } } } }";
    let data = server.ask(&token, counts, json!({})).await.data();
    let week = &data["weeks"]["nodes"][0];
    assert_eq!(week["actionCounts"], json!({ "total": 1, "pending": 0, "completed": 1 }));
    assert_eq!(
        (&week["results"]["nodes"][0]["status"], &week["forecast"]["missing"]),
        (&json!("COMPLETED"), &json!("COMPLETED"))
    );
    assert_eq!(week["open"]["totalCount"], 0);

    let start = "mutation ($code: String!) { startAction(input: { code: $code }) { action { status } } }";
    let refused = server.ask(&token, start, json!({ "code": gate["code"] })).await;
    assert_eq!(refused.code(), "CONFLICT");
    // One takes it up again here, the other one in the plan.
    let reopen = "mutation ($code: String!) { reopenAction(input: { code: $code }) { action { status } } }";
    let reopened = server.ask(&token, reopen, json!({ "code": gate["code"] })).await.data();
    assert_eq!(reopened["reopenAction"]["action"]["status"], "PENDING");
    std::fs::write(&path, text.replace("- [ ] Paint the gate", "- ~~Paint the gate~~").replace("- [-] Oil", "- Oil")).unwrap();
    ingest(&server, &path);
    let [gate, crane, boats] = statuses().await;
    assert_eq!([&gate, &crane, &boats].map(|node| &node["status"]), ["PENDING", "PENDING", "COMPLETED"]);
}

#[tokio::test]
async fn a_project_on_the_command_line_begins_the_codes() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("RPM-WEEKLY-PLAN-Apr13-Apr19-2026.md");
    std::fs::write(&path, "# Pier\n\n- [ ] Paint the gate\n").unwrap();
    let output = server.command(&["ingest", "--json", "--project", "OPS", path.to_str().unwrap()]);
    assert_eq!(reports(&output)[0]["project"], "OPS", "{output:?}");
    let data = server.ask(&token, "{ actions(first: 5) { nodes { code } } }", json!({})).await.data();
    assert!(data["actions"]["nodes"][0]["code"].as_str().unwrap().starts_with("OPS-20260413-"), "{data}");
}

const CARD: &str = "OPS-WORKS-001c";

#[tokio::test]
async fn a_document_completes_reopens_and_unblocks_when_it_says_so() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    ingest(&server, &document.path());
    assert_eq!(action(&server, &token, CARD).await["status"], "IN_PROGRESS");
    document.edit("- **Status**: IN PROGRESS", "- **Status**: COMPLETED");
    assert_eq!(ingest(&server, &document.path())["updated"], 1);
    let done = action(&server, &token, CARD).await;
    assert_eq!(done["status"], "COMPLETED");
    assert_ne!(done["completionDate"], Value::Null);
    document.edit(
        "- **Status**: COMPLETED\n- **Dependencies**: OPS-WORKS-001b",
        "- **Status**: PENDING\n- **Dependencies**: OPS-WORKS-001b",
    );
    ingest(&server, &document.path());
    let open = action(&server, &token, CARD).await;
    assert_eq!((&open["status"], &open["completionDate"]), (&json!("PENDING"), &Value::Null));

    // Blocked by somebody, completed by the document: what blocked it is over.
    let block =
        "mutation($code: String!) { blockAction(input: { code: $code, blockerDescription: \"no key\" }) { action { id } } }";
    server.ask(&token, block, json!({ "code": CARD })).await.data();
    document.edit(
        "- **Status**: PENDING\n- **Dependencies**: OPS-WORKS-001b",
        "- **Status**: COMPLETED\n- **Dependencies**: OPS-WORKS-001b",
    );
    ingest(&server, &document.path());
    let done = action(&server, &token, CARD).await;
    assert_eq!((&done["status"], &done["blockerDescription"]), (&json!("COMPLETED"), &Value::Null));
}

#[tokio::test]
async fn a_document_that_is_older_than_what_people_did_changes_no_status() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    ingest(&server, &document.path());
    let complete = "mutation($code: String!) { completeAction(input: { code: $code }) { action { id } } }";
    server.ask(&token, complete, json!({ "code": CARD })).await.data();
    document.edit("- **Status**: IN PROGRESS", "- **Status**: PENDING");
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    std::fs::File::options().write(true).open(document.path()).unwrap().set_modified(yesterday).unwrap();
    ingest(&server, &document.path());
    assert_eq!(action(&server, &token, CARD).await["status"], "COMPLETED");
}

#[tokio::test]
async fn a_document_that_moves_is_the_same_document() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    ingest(&server, &document.path());
    let change = "mutation($code: String!) {
        rescheduleAction(input: { code: $code, dueDate: \"2026-12-24T12:00:00Z\" }) { action { id } }
        reassignAction(input: { code: $code, owner: \"Charlie\" }) { action { id } }
        completeAction(input: { code: $code }) { action { id } } }";
    server.ask(&token, change, json!({ "code": CARD })).await.data();
    let elsewhere = Document::copy(WORKS);
    assert_eq!(ingest(&server, &elsewhere.path())["updated"], 0, "the same content under another path");
    let moved = elsewhere.folder.path().join("RPM-WORKS-001-Renamed-20260301.md");
    std::fs::rename(elsewhere.path(), &moved).unwrap();
    let text = std::fs::read_to_string(&moved).unwrap().replace("Order paper for the year", "Order paper for two years");
    std::fs::write(&moved, text).unwrap();
    assert_eq!(ingest(&server, &moved)["updated"], 1, "renamed and edited: one headline");
    let now = action(&server, &token, CARD).await;
    assert_eq!((&now["status"], &now["ownerText"]), (&json!("COMPLETED"), &json!("Charlie")));
}

#[tokio::test]
async fn a_corrected_first_day_takes_the_week_along() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    let first = ingest(&server, &document.path());
    document.edit("Week of: 2026-03-01", "Week of: 2026-02-28");
    let second = ingest(&server, &document.path());
    assert_eq!((&second["created"], &second["weekStart"]), (&json!(0), &json!("2026-02-28")), "{second:#}");
    let data = server.ask(&token, "{ weeks { nodes { startDate actionCounts { total } } } }", json!({})).await.data();
    assert_eq!(data["weeks"]["nodes"], json!([{ "startDate": "2026-02-28", "actionCounts": { "total": first["actions"] } }]));
}

#[tokio::test]
async fn what_is_gone_from_a_document_and_what_belongs_to_another_is_said() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    ingest(&server, &document.path());
    document.edit("**□ OPS-WORKS-001e**", "**□ OPS-WORKS-009e**");
    let report = ingest(&server, &document.path());
    assert_eq!(report["created"], 1);
    let unread = report["unread"].as_array().unwrap();
    let gone = unread.iter().find(|unread| unread["reason"].as_str().unwrap().contains("no longer in the document")).unwrap();
    assert!(gone["reason"].as_str().unwrap().contains("OPS-WORKS-001e") && gone["line"] == 0, "{report:#}");
    assert_eq!(action(&server, &token, "OPS-WORKS-001e").await["status"], "PENDING", "it stays");

    // The same codes in a plan of another week: nothing to take over, no empty week, and everything is said.
    let other = Document::copy(WORKS);
    other.edit("Week of: 2026-03-01 to 2026-03-08", "Week of: 2026-04-05 to 2026-04-12");
    let output = server.command(&["ingest", "--json", other.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let report = reports(&output).pop().unwrap();
    assert_eq!((&report["weekStart"], report["unread"].as_array().unwrap().len()), (&Value::Null, 8), "{report:#}");
    let weeks = server.ask(&token, "{ weeks { totalCount } }", json!({})).await.data();
    assert_eq!(weeks["weeks"]["totalCount"], 1);
    for wrong in ["", "two words", "line\nbreak"] {
        assert_eq!(server.command(&["ingest", "--project", wrong, "x.md"]).status.code(), Some(2), "{wrong:?}");
    }
}

#[tokio::test]
async fn documents_and_people_at_once_never_wait_for_each_other_crosswise() {
    use sqlx::Row;
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let document = Document::copy(WORKS);
    ingest(&server, &document.path());
    for agent in ["Artifacts", "QA", "Research"] {
        let beat = "mutation($agent: String!) { recordHeartbeat(input: { agent: $agent, status: ACTIVE }) { agent { id } } }";
        server.ask(&token, beat, json!({ "agent": agent })).await.data();
    }
    let loads = async {
        for round in 0..12 {
            let (from, to) = if round % 2 == 0 { ("a lamp", "a torch") } else { ("a torch", "a lamp") };
            let text = std::fs::read_to_string(document.path()).unwrap();
            let text = text.replace("under the lamp of the bench", "under a lamp").replace(from, to);
            std::fs::write(document.path(), text).unwrap();
            let mut command = crate::support::rpm_api();
            command.env("DATABASE_URL", &server.database.url).args(["ingest", document.path().to_str().unwrap()]);
            let load = tokio::task::spawn_blocking(move || command.output().unwrap());
            assert!(load.await.unwrap().status.success());
        }
    };
    let people = async {
        let act = "mutation($code: String!) { completeAction(input: { code: $code, actualHours: \"1\" }) { action { id } }
            reopenAction(input: { code: $code }) { action { id } } }";
        let new = "mutation($result: ID!, $code: String!) { createAction(input: { resultId: $result, code: $code, text: \"x\" }) { action { id } } }";
        let data = server.ask(&token, "{ results(first: 1) { nodes { id } } }", json!({})).await.data();
        for round in 0..30 {
            let both = [CARD, "OPS-WORKS-001b", "OPS-WORKS-002a"].map(|code| server.ask(&token, act, json!({ "code": code })));
            let made =
                server.ask(&token, new, json!({ "result": data["results"]["nodes"][0]["id"], "code": format!("NEW-{round}") }));
            let (acted, made) = tokio::join!(futures_util::future::join_all(both), made);
            acted.into_iter().chain([made]).for_each(|answer| {
                answer.data();
            });
        }
    };
    tokio::join!(loads, people);
    let mut connection = server.database.connection().await;
    let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get("deadlocks");
    assert_eq!(deadlocks, 0);
}

#[tokio::test]
async fn two_loads_of_the_same_new_plan_at_once_make_it_once() {
    let server = Server::start().await;
    let spawn = || {
        let mut command = crate::support::rpm_api();
        command.env("DATABASE_URL", &server.database.url).args(["ingest", "--json", fixture(WORKS).to_str().unwrap()]);
        command.stdout(std::process::Stdio::piped()).spawn().unwrap()
    };
    let both = [spawn(), spawn()].map(|child| reports(&child.wait_with_output().unwrap()).pop().unwrap());
    let created: Vec<u64> = both.iter().map(|report| report["created"].as_u64().unwrap()).collect();
    assert!(created.contains(&0) && created.iter().sum::<u64>() > 0, "{created:?}");
}
