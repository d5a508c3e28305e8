//! The command line: migrate, token, serve and its private PostgreSQL.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::Row;
use sqlx::postgres::PgListener;

use crate::support::postgres::{ADMIN, TEAM, VIP};
use crate::support::server::{spawn, spawn_private};
use crate::support::{Server, TestDatabase, fixture, http, rpm_api};

#[tokio::test]
async fn migrations_go_up_and_down_and_up_again() {
    let database = TestDatabase::empty().await;
    let migrate = |arguments: &[&str]| {
        let output = rpm_api().env("DATABASE_URL", &database.url).arg("migrate").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let applied = migrate(&["up"]);
    assert!(applied.lines().count() >= 7 && applied.lines().all(|line| line.starts_with("applied")), "{applied}");
    let mut connection = database.connection().await;
    let sql = "SELECT count(*) AS n, string_agg(table_name, ',' ORDER BY table_name) AS names FROM information_schema.tables WHERE table_schema = 'public'";
    let up = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
    let names: String = up.get("names");
    for table in
        ["rpm_weekly_plans", "rpm_results", "rpm_action_items", "agent_status", "deliverables", "rpm_dna_periods", "suno_songs"]
    {
        assert!(names.split(',').any(|name| name == table), "{table} in {names}");
    }
    let steps = applied.lines().count().to_string();
    let pending = migrate(&["down", "--steps", &steps]);
    assert!(pending.lines().all(|line| line.starts_with("pending")), "{pending}");
    let down = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
    assert_eq!(down.get::<String, _>("names"), "seaql_migrations");
    assert_eq!(migrate(&["up"]), applied);
    assert_eq!(migrate(&["status"]), applied);
}

#[tokio::test]
async fn the_schema_holds_what_it_must_by_itself() {
    use sqlx::Executor;
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let mut connection = server.database.connection().await;
    for wrong in [
        "UPDATE rpm_action_items SET status = 'done'",
        "UPDATE rpm_action_items SET actual_hours = -1",
        "UPDATE rpm_action_items SET funnel_stage = 'side'",
        "UPDATE rpm_weekly_plans SET week_end_date = week_start_date - 1",
        "INSERT INTO rpm_action_items (result_id, action_code, action_text) SELECT result_id, action_code, 'again' FROM rpm_action_items LIMIT 1",
        "INSERT INTO rpm_weekly_plans (project_id, week_start_date, week_end_date, owner) SELECT project_id, week_start_date, week_end_date, 'x' FROM rpm_weekly_plans",
    ] {
        assert!(connection.execute(wrong).await.is_err(), "{wrong}");
    }
    connection.execute("DELETE FROM rpm_weekly_plans").await.unwrap();
    let left = sqlx::query("SELECT count(*) AS n FROM rpm_action_items").fetch_one(&mut connection).await.unwrap();
    assert_eq!(left.get::<i64, _>("n"), 0, "a week takes its results and actions with it");
}

#[tokio::test]
async fn a_server_is_live_ready_and_counts() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz", "/health/live", "/health/ready", "/metrics"] {
        let response = server.http().get(server.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    assert!(server.statements().await > 0);
}

#[tokio::test]
async fn the_pool_is_capped_at_twenty_whatever_is_asked_for() {
    let server = Server::with(TestDatabase::new().await, &["--max-connections", "100"]);
    let token = server.token(ADMIN);
    // Slow enough to overlap: each holds a connection while the others ask for one.
    let query = "{ weeks { totalCount } results { totalCount } actions { totalCount } songs { totalCount } agents { totalCount } owners { name } }";
    futures_util::future::join_all((0..60).map(|_| server.ask(&token, query, json!({})))).await.into_iter().for_each(|answer| {
        answer.data();
    });
    let mut connection = server.database.connection().await;
    let sql = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let open: i64 = sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get("n");
    assert!((2..=21).contains(&open), "{open} connections: twenty and the one that listens");
}

#[tokio::test]
async fn a_server_without_a_schema_says_what_to_do() {
    let database = TestDatabase::empty().await;
    let output = rpm_api().env("DATABASE_URL", &database.url).args(["serve", "--port", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("rpm-api migrate"), "{output:?}");
}

#[test]
fn the_demo_is_for_this_machine_only() {
    let output = rpm_api().args(["serve", "--demo", "--host", "0.0.0.0", "--port", "0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"), "{output:?}");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_its_work_and_closes_its_sockets() {
    let mut server = Server::start().await;
    let token = server.token(ADMIN);
    let _socket = server.socket(&token).await;
    let before = Instant::now();
    assert_eq!(server.terminate(), Some(0));
    assert!(before.elapsed() < Duration::from_secs(10), "{:?}", before.elapsed());
}

/// A folder that the user whom PostgreSQL runs as can reach.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("rpm-serve-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    folder
}

#[tokio::test]
async fn a_private_server_survives_sigkill_without_a_lost_commit_or_a_stray_process() {
    let home = folder();
    let (mut child, address) = spawn_private(home.path(), &[]);
    // A second server on the same folder is refused, and other commands join.
    let second = rpm_api().env("RPM_HOME", home.path()).args(["serve", "--port", "0"]).output().unwrap();
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let command = |arguments: &[&str]| {
        let output = rpm_api().env("RPM_HOME", home.path()).env_remove("JWT_SECRET").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let ready = http().get(format!("http://{address}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let plan = fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md");
    let first = command(&["ingest", "--json", plan.to_str().unwrap()]);
    child.kill().unwrap();
    child.wait().unwrap();
    // Starting again on the same folder waits for the old PostgreSQL to be gone.
    let again = command(&["ingest", "--json", plan.to_str().unwrap()]);
    let created = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["created"].clone();
    assert_ne!(created(&first), json!(0));
    assert_eq!(created(&again), json!(0), "what was committed is there");
    // The command started PostgreSQL for itself and took it down again.
    assert_eq!(processes_in(home.path()), Vec::<String>::new());
    let secret = std::fs::metadata(home.path().join("jwt_secret")).ok();
    assert!(secret.is_none_or(|secret| secret.permissions().mode() & 0o077 == 0), "the secret is its owner's alone");
}

#[tokio::test]
async fn any_command_may_come_first_in_a_home_that_is_not_there_yet() {
    let homes = folder();
    let plan = fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md");
    let commands: [&[&str]; 3] = [&["provision"], &["ingest", "--json", plan.to_str().unwrap()], &["migrate"]];
    for first in 0..2 {
        let home = homes.path().join(format!("{first}/rpm"));
        for turn in 0..commands.len() {
            let arguments = commands[(first + turn) % commands.len()];
            let output = rpm_api().env("RPM_HOME", &home).env_remove("JWT_SECRET").args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?} in turn {turn}: {output:?}");
        }
    }
    // What is somebody else's is refused by all.
    std::fs::write(homes.path().join("notes.txt"), "mine").unwrap();
    let refused = rpm_api().env("RPM_HOME", homes.path()).arg("provision").output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("other things"), "{refused:?}");
    assert!(!homes.path().join("lake").exists());
}

/// Command lines of the processes that name a folder.
fn processes_in(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = std::fs::read_to_string(entry.path().join("cmdline")) else { continue };
        if line.contains(folder.to_str().unwrap()) {
            found.push(line.replace('\0', " "));
        }
    }
    found
}

#[tokio::test]
async fn a_machine_without_postgresql_gets_a_copy_that_works() {
    let home = folder();
    let script = crate::support::node::root().join("scripts/postgres.sh");
    let output = std::process::Command::new(script).arg("--copy").arg(home.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let programs = home.path().join("postgresql/bin");
    let mut command = rpm_api();
    command.env("RPM_HOME", home.path().join("data")).env("RPM_PG_BIN", &programs).env_remove("JWT_SECRET");
    let (mut child, address) = spawn(command, &[]);
    assert_eq!(http().get(format!("http://{address}/readyz")).send().await.unwrap().status(), 200);
    assert!(!processes_in(&programs).is_empty(), "PostgreSQL runs from the copy");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_first_start_with_demo_data_serves_the_demo_members() {
    let home = folder();
    let (mut child, address) = spawn_private(home.path(), &["--demo"]);
    let http = http();
    let ways: serde_json::Value = http.get(format!("http://{address}/auth/methods")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&ways["provider"], ways["demo"].as_array().unwrap().len()), (&json!(null), 4));
    let sign_in =
        http.post(format!("http://{address}/auth/demo")).json(&json!({ "email": "vip@demo.rpm" })).send().await.unwrap();
    assert_eq!(sign_in.status(), 200);
    let cookie = sign_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let session = cookie.split(';').next().unwrap();
    let query = json!({ "query": "{ viewer { email role } currentWeek { actionCounts { total completed } } }" });
    let answer = http.post(format!("http://{address}/graphql")).header("cookie", session).json(&query).send().await.unwrap();
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["data"]["viewer"], json!({ "email": "vip@demo.rpm", "role": "VIP" }));
    assert_eq!(answer["data"]["currentWeek"]["actionCounts"], json!({ "total": 28, "completed": 19 }));
    let stranger = http.post(format!("http://{address}/auth/demo")).json(&json!({ "email": ADMIN })).send().await.unwrap();
    assert_eq!(stranger.status(), 403);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_folder_with_other_things_in_it_is_left_alone() {
    let home = folder();
    std::fs::write(home.path().join("letter.txt"), "dear").unwrap();
    let output = rpm_api().env("RPM_HOME", home.path()).args(["migrate", "status"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("other things"), "{output:?}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_private_schema_stays_as_migrate_left_it() {
    let home = folder();
    let migrate = |arguments: &[&str]| {
        let output = rpm_api().env("RPM_HOME", home.path()).arg("migrate").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(migrate(&["status"]).lines().all(|line| line.starts_with("pending")));
    migrate(&["up"]);
    let down = migrate(&["down", "--steps", "2"]);
    assert_eq!(down.lines().filter(|line| line.starts_with("pending")).count(), 2, "{down}");
    assert_eq!(migrate(&["status"]), down);
}

#[tokio::test]
async fn a_member_is_added_and_listed_and_gets_a_token() {
    let server = Server::start().await;
    let added = server.command(&["member", "add", "Dana@Example.com", "team", "--owner", "charlie", "--name", "Dana"]);
    assert!(added.status.success(), "{added:?}");
    let listed = String::from_utf8(server.command(&["member", "list"]).stdout).unwrap();
    assert!(listed.contains("dana@example.com\tteam\tDana\n"), "{listed}");
    let viewer = server.ask(&server.token("dana@example.com"), "{ viewer { role } }", json!({})).await.data();
    assert_eq!(viewer["viewer"]["role"], "TEAM");
    assert_eq!(server.command(&["member", "add", "no-address", "vip"]).status.code(), Some(1));
    assert_eq!(server.command(&["member", "add", "x@example.com", "team"]).status.code(), Some(2), "whose actions?");
    assert_eq!(server.command(&["member", "add", "x@example.com", "team", "--owner", "nobody at all"]).status.code(), Some(1));
}

#[tokio::test]
async fn access_is_taken_away_given_back_and_changed() {
    let server = Server::start().await;
    let mut listener = PgListener::connect(&server.database.url).await.unwrap();
    listener.listen("rpm_members").await.unwrap();
    let member = |arguments: &[&str]| {
        let output = server.command(&[&["member"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(member(&["revoke", "Team@Test.rpm"]).contains("team@test.rpm\tteam\tteam@test.rpm\trevoked\n"));
    assert_eq!(server.command(&["token", TEAM]).status.code(), Some(1));
    member(&["revoke", TEAM]);
    assert!(!member(&["restore", TEAM]).contains("revoked"));
    member(&["restore", TEAM]);
    let viewer =
        async || server.ask(&server.token(TEAM), "{ viewer { role } }", json!({})).await.data()["viewer"]["role"].clone();
    assert_eq!(viewer().await, "TEAM");
    assert!(member(&["role", TEAM, "agent", "--owner", "artifacts agent"]).contains("team@test.rpm\tagent\t"));
    member(&["role", TEAM, "agent", "--owner", "Artifacts"]);
    member(&["role", VIP, "investor"]);
    let mut connection = server.database.connection().await;
    let sql = "UPDATE members SET name = 'Tea', updated_at = now() WHERE email = $1";
    sqlx::query(sql).bind(TEAM).execute(&mut connection).await.unwrap();
    let id = "DELETE FROM members WHERE email = $1 RETURNING id::text";
    let team: String = sqlx::query(id).bind(TEAM).fetch_one(&mut connection).await.unwrap().get(0);
    // Each change once, by whatever hand; what changed nothing, or the name only, is not told.
    let mut told = Vec::new();
    while told.iter().filter(|id| **id == team).count() < 4 {
        let hint = tokio::time::timeout(Duration::from_secs(10), listener.recv()).await.expect("a hint").unwrap();
        told.push(hint.payload().to_owned());
    }
    let others: Vec<usize> = (0..told.len()).filter(|index| told[*index] != team).collect();
    assert_eq!(others, [3], "revoked, restored, another role; then the VIP; then gone: {told:?}");

    for arguments in [&["revoke", "who@test.rpm"][..], &["restore", "who@test.rpm"], &["role", "who@test.rpm", "vip"]] {
        let output = server.command(&[&["member"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("No such member: who@test.rpm"), "{output:?}");
    }
    assert_eq!(server.command(&["member", "role", VIP, "team"]).status.code(), Some(2), "whose actions?");
    assert_eq!(server.command(&["member", "role", VIP, "team", "--owner", "nobody at all"]).status.code(), Some(1));
}

#[test]
fn a_wrong_command_line_is_explained() {
    for arguments in [
        &["serve", "--port", "99999"][..],
        &["serve", "--event-retention-days", "0"],
        &["serve", "--event-retention-days", "3651"],
        &["ingest"],
        &["nonsense"],
        &["token", "x", "--lifetime", "0"],
    ] {
        let output = rpm_api().args(arguments).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}
