//! `rpm-api backup` and `restore`: one moment of a database at work, whole, and into nothing but an empty or given-up database.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rpm_api::store::{Snapshot, TableSum};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::own_postgres::clients;
use crate::support::postgres::ADMIN;
use crate::support::server::spawn_private;
use crate::support::{Server, Socket, TestDatabase, http, node, rpm_api};

const PLAN: &str = "works/RPM-WORKS-001-Warehouse-Labels-20260301.md";
const EVENTS: &str = "subscription($after: Cursor) { events(after: $after) { cursor __typename } }";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

/// A command on a database, with a folder's lake.
fn on(url: &str, folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = rpm_api();
    command.env("DATABASE_URL", url).env("RPM_LAKE", folder.path().join("lake")).env("RPM_HOME", folder.path().join("home"));
    command.args(arguments);
    command
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn refused(output: &Output, why: &str) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{output:?}");
}

fn manifest(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(format!("{}.json", file.display())).unwrap()).unwrap()
}

async fn sums(url: &str) -> BTreeMap<String, TableSum> {
    let mut snapshot = Snapshot::take(url).await.unwrap();
    let sums = snapshot.sums().await.unwrap();
    snapshot.release().await;
    sums
}

/// The backup that a folder's lake holds.
fn in_lake(folder: &TempDir) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.path().join("lake/backups")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_at_work_is_copied_as_of_one_moment_and_goes_on_elsewhere() {
    if clients().is_none() {
        return;
    }
    let (server, folder) = (Server::with_plan(PLAN).await, folder());
    let (token, file) = (server.token(ADMIN), folder.path().join("rpm.dump"));
    let (over, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    // Each leaves a heartbeat, an event and an entry of the audit log, in one transaction.
    let write = async {
        while !over.load(Ordering::SeqCst) {
            let beat = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: \"rain\" }) { agent { id } } }";
            server.ask(&token, beat, json!({})).await.data();
            written.fetch_add(1, Ordering::SeqCst);
        }
    };
    let copy = async {
        while written.load(Ordering::SeqCst) < 5 {
            tokio::task::yield_now().await;
        }
        let mut command = on(&server.database.url, &folder, &["backup", file.to_str().unwrap()]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        over.store(true, Ordering::SeqCst);
        done(&output)
    };
    let ((), said) = tokio::join!(write, copy);
    assert!(said.contains("rows"), "{said}");
    let (manifest, now) = (manifest(&file), sums(&server.database.url).await);
    let rows = |table: &str| manifest["tables"][table]["rows"].as_i64().unwrap();
    assert!(
        rows("agent_heartbeats") >= 5 && rows("agent_heartbeats") < now["agent_heartbeats"].rows,
        "in the middle of the work"
    );
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "for its owner only");

    // Into a home that was not there, where a server goes on.
    let home = folder.path().join("restored");
    let restore = || rpm_api().env("RPM_HOME", &home).env_remove("JWT_SECRET").arg("restore").arg(&file).output().unwrap();
    assert!(done(&restore()).contains("compared and the same"));
    let (mut child, address) = spawn_private(&home, &[]);
    refused(&restore(), "already serves");
    let output = rpm_api().env("RPM_HOME", &home).env_remove("JWT_SECRET").args(["token", ADMIN]).output().unwrap();
    let token = done(&output).trim().to_owned();
    let ask = async |query: &str| -> Value {
        let response = http().post(format!("http://{address}/graphql")).bearer_auth(&token).json(&json!({ "query": query }));
        response.send().await.unwrap().json().await.unwrap()
    };
    let found = ask("{ eventCursor weeks { totalCount } actions { totalCount } auditLog(first: 100) { nodes { kind } } }").await;
    assert_eq!(found["data"]["actions"]["totalCount"], manifest["tables"]["rpm_action_items"]["rows"], "{found}");
    let mut socket = Socket::open(&address, &token).await;
    socket.subscribe("1", EVENTS, json!({ "after": found["data"]["eventCursor"] })).await;
    ask("mutation { recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: \"sun\" }) { agent { id } } }").await;
    assert_eq!(socket.next("1").await["events"]["__typename"], "AgentStatusChangedEvent");
    drop(socket);
    child.kill().unwrap();
    child.wait().unwrap();
    // What is there is not replaced unasked.
    refused(&restore(), "not empty");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_there_is_replaced_on_demand_whole_or_not_at_all() {
    if clients().is_none() {
        return;
    }
    use sqlx::Executor;
    let (from, into, folder) = (Server::with_plan(PLAN).await, TestDatabase::new().await, folder());
    let file = folder.path().join("rpm.dump");
    let back = |arguments: &[&str]| {
        on(&into.url, &folder, &[&["restore", file.to_str().unwrap()], arguments].concat()).output().unwrap()
    };
    done(&on(&from.database.url, &folder, &["backup", file.to_str().unwrap()]).output().unwrap());
    let (copied, before) = (sums(&from.database.url).await, sums(&into.url).await);
    assert_ne!(copied, before);
    refused(&on(&from.database.url, &folder, &["backup", file.to_str().unwrap()]).output().unwrap(), "replaces nothing");
    refused(&back(&[]), "not empty");
    // Somebody is still at work on it.
    let other = into.connection().await;
    refused(&back(&["--force"]), "others are connected");
    drop(other);
    // What does not turn out to be what was copied is taken back.
    let list = folder.path().join("rpm.dump.json");
    let true_list = std::fs::read_to_string(&list).unwrap();
    let mut lies: Value = serde_json::from_str(&true_list).unwrap();
    lies["tables"]["rpm_results"]["rows"] = json!(1);
    std::fs::write(&list, lies.to_string()).unwrap();
    refused(&back(&["--force"]), "rpm_results");
    assert_eq!(sums(&into.url).await, before);
    // A damaged file is not even begun with.
    std::fs::write(&list, &true_list).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    std::fs::write(&file, &damaged).unwrap();
    refused(&back(&["--force"]), "damaged");
    std::fs::write(&file, &whole).unwrap();
    done(&back(&["--force"]));
    assert_eq!(sums(&into.url).await, copied);
    // The audit log refuses as it did, and the next event has the next number.
    let mut connection = into.connection().await;
    assert!(connection.execute("DELETE FROM audit_log").await.is_err());
    let migrated = on(&into.url, &folder, &["migrate", "status"]).output().unwrap();
    assert!(done(&migrated).lines().all(|line| line.starts_with("applied")));
    // Nothing of before is left beside it.
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'before%'";
    let left: i64 = sqlx::query_scalar(schemas).fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_backup_goes_into_the_lake_and_comes_back_from_there() {
    if clients().is_none() {
        return;
    }
    let (from, into, folder) = (Server::with_plan(PLAN).await, TestDatabase::empty().await, folder());
    let said: Value =
        serde_json::from_str(&done(&on(&from.database.url, &folder, &["backup", "--json"]).output().unwrap())).unwrap();
    let files = in_lake(&folder);
    assert_eq!(files.len(), 2, "the copy and what is in it: {files:?}");
    assert_eq!(said["sha256"], manifest(&files[0])["sha256"]);
    let name = files[0].strip_prefix(folder.path().join("lake")).unwrap().to_str().unwrap();
    assert!(name.starts_with("backups/20") && name.ends_with(".dump"), "{name}");
    refused(&on(&into.url, &folder, &["restore", "backups/2025/10/none.dump"]).output().unwrap(), "none.dump");
    done(&on(&into.url, &folder, &["restore", name]).output().unwrap());
    assert_eq!(sums(&into.url).await, sums(&from.database.url).await);
    // Without a lake and without a file there is no place.
    let nowhere = rpm_api().env("DATABASE_URL", &from.database.url).arg("backup").output().unwrap();
    refused(&nowhere, "RPM_LAKE");
}

#[test]
fn a_moment_of_the_past_comes_back() {
    if clients().is_none() {
        return;
    }
    let script = node::root().join("scripts/rehearse-recovery.sh");
    let output = Command::new(script).arg(env!("CARGO_BIN_EXE_rpm-api")).output().unwrap();
    let said = done(&output);
    assert!(said.contains("recovered: the plan is there, and what was deleted is back"), "{said}");
}
