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
    for (name, bytes) in
        [("empty.md", &b""[..]), ("binary.md", &[0xff, 0xfe, 0, 1, 2][..]), ("prose.md", &b"# Notes\n\nNothing to do.\n"[..])]
    {
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
    let missing = server.command(&["ingest", "/no/such/file.md"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/no/such/file.md"));
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
