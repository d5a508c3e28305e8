//! `rpm-api doctor`, against real components that are well, ill, or away.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Command;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::line::Disturbance;
use crate::support::node::Program;
use crate::support::own_postgres::{OwnPostgres, PASSWORD};
use crate::support::{BigQuery, CloudStorage, Deaf, Hook, Mail, Server, TestDatabase, rpm_api};

/// What must never be printed.
const SECRETS: [&str; 4] = ["between the two of us", PASSWORD, "a secret for tests", "correct%20horse"];

/// What a run said: the exit code, and what each check found. No secret is in it, whatever was found.
struct Said {
    code: Option<i32>,
    findings: BTreeMap<String, Value>,
}

impl Said {
    fn by(mut command: Command) -> Self {
        let json = command.args(["doctor", "--json"]).output().unwrap();
        let text = command.args(["--check-timeout", "15"]).output().unwrap();
        for output in [&json, &text] {
            for said in [&output.stdout, &output.stderr] {
                let said = String::from_utf8_lossy(said);
                assert!(SECRETS.iter().all(|secret| !said.contains(secret)), "{said}");
            }
        }
        let lines = String::from_utf8(json.stdout).unwrap();
        let mut findings = BTreeMap::new();
        for line in lines.lines() {
            let finding: Value = serde_json::from_str(line).unwrap();
            assert!(finding["verdict"] == "ok" || finding["toDo"].is_string(), "what to do: {finding}");
            assert!(findings.insert(finding["check"].as_str().unwrap().to_owned(), finding).is_none(), "{line}");
        }
        Self { code: json.status.code(), findings }
    }

    /// The checks with a verdict, by name.
    fn with(&self, verdict: &str) -> Vec<&str> {
        self.findings.iter().filter(|(_, finding)| finding["verdict"] == verdict).map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    fn found(&self, check: &str) -> &str {
        let finding = self.findings.get(check).unwrap_or_else(|| panic!("{check} in {:#?}", self.findings));
        finding["found"].as_str().unwrap()
    }
}

/// A port where nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The doctor of a server on a database, with a home and a port of its own.
fn on(url: &str, home: &TempDir) -> Command {
    let mut command = rpm_api();
    command.env("DATABASE_URL", url).env("RPM_HOME", home.path()).env("PORT", "0").env("RPM_CHECK_TIMEOUT", "15");
    command
}

fn home() -> TempDir {
    TempDir::new().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_house_in_order_is_found_so() {
    let (database, bigquery, home) = (TestDatabase::new().await, BigQuery::start().await, home());
    let port = closed_port();
    let setup = json!({ "port": port, "server": "http://127.0.0.1:1", "client": { "id": "rpm-api", "secret": SECRETS[0] } });
    let mut provider = Program::start(&["sign-in.mjs", &setup.to_string()]);
    assert_eq!(provider.hear(), "ready");
    let house = |issuer: &str| {
        let mut command = on(&database.url, &home);
        command.env("RPM_LAKE", home.path().join("lake")).env("RPM_WAREHOUSE", bigquery.warehouse());
        command.env("RPM_WAREHOUSE_ENDPOINT", bigquery.endpoint()).env("RPM_PUBLIC_URL", "https://rpm.example");
        command.env("RPM_OIDC_ISSUER", issuer).env("RPM_OIDC_CLIENT_ID", "rpm-api").env("RPM_OIDC_CLIENT_SECRET", SECRETS[0]);
        command
    };
    let issuer = format!("http://localhost:{port}");
    // Nothing is provisioned yet, and nothing exported: the doctor provisions nothing either.
    let before = Said::by(house(&issuer));
    assert_eq!((before.code, before.with("failed")), (Some(1), vec!["warehouse"]));
    assert!(before.found("warehouse").contains("provision"), "{}", before.found("warehouse"));
    assert_eq!(before.with("warning"), ["last export"]);
    for command in [&["provision"][..], &["export"]] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_rpm-api")).args(command).envs(environment(&house(&issuer))).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let well = Said::by(house(&issuer));
    assert_eq!((well.code, well.with("failed"), well.with("warning")), (Some(0), vec![], vec![]), "{:#?}", well.findings);
    assert!(well.found("identity provider").contains("register https://rpm.example/auth/callback there"));
    assert!(well.found("lake contents").contains("is the same"));
    for check in [
        "settings",
        "secret",
        "time zone",
        "port",
        "disk",
        "database login",
        "database version",
        "connections",
        "migrations",
        "rights",
    ]
    .into_iter()
    .chain(["clock", "pooler", "hints", "principal", "lake settings", "lake contents", "outbox", "warehouse", "last export"])
    {
        assert!(well.findings.contains_key(check), "{check}");
    }
    // A provider under another name than its own, and one that is away.
    for wrong in [format!("http://127.0.0.1:{port}"), format!("http://localhost:{}", closed_port())] {
        let ill = Said::by(house(&wrong));
        assert_eq!((ill.code, ill.with("failed")), (Some(1), vec!["identity provider"]), "{:#?}", ill.findings);
    }
    // Alerts: a mail server and Twilio that let one in, and that do not.
    let (mail, twilio) = (Mail::start(), Hook::start().await);
    let alerts = |smtp: &str| {
        let mut command = house(&issuer);
        command.env("RPM_SMTP_URL", smtp).env("RPM_SMTP_FROM", "rpm@test.rpm").env("RPM_TWILIO_URL", &twilio.url);
        command.env("RPM_TWILIO_ACCOUNT", "AC0").env("RPM_TWILIO_TOKEN", SECRETS[0]).env("RPM_TWILIO_FROM", "+15125550199");
        command
    };
    let told = Said::by(alerts(&mail.url()));
    assert_eq!((told.code, told.with("failed")), (Some(0), vec![]), "{:#?}", told.findings);
    assert_eq!(
        (told.found("mail server"), told.found("SMS")),
        ("it lets this server in", "Twilio knows the account and its token")
    );
    // Once for each form of the report.
    (0..2).for_each(|_| twilio.answer(401, None));
    let untold = Said::by(alerts(&mail.url().replace("p%40ss", "correct%20horse")));
    assert_eq!(untold.with("failed"), ["SMS", "mail server"], "{:#?}", untold.findings);
    assert!(untold.found("mail server").contains("535") && untold.found("SMS").contains("401"));
    // A table that somebody has taken away.
    bigquery.query(&format!("DROP TABLE {}", bigquery.table("funnel_velocity"))).await;
    let robbed = Said::by(house(&issuer));
    assert_eq!(robbed.with("failed"), ["warehouse"]);
    assert!(robbed.found("warehouse").contains("there is no funnel_velocity"));
}

/// What a command is told by the environment.
fn environment(command: &Command) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}

#[tokio::test]
async fn a_database_that_is_away_or_nowhere_is_told_apart() {
    let home = home();
    let away = Said::by(on(&format!("postgres://app:correct%20horse@127.0.0.1:{}/rpm", closed_port()), &home));
    assert_eq!((away.code, away.with("failed")), (Some(1), vec!["database port"]), "{:#?}", away.findings);
    let nowhere = Said::by(on("postgres://app:correct%20horse@nowhere.invalid/rpm", &home));
    assert_eq!(nowhere.with("failed"), ["database address"]);
    let unreadable = Said::by(on("mysql://app:correct%20horse@127.0.0.1/rpm", &home));
    assert_eq!(unreadable.with("failed"), ["database address"]);
    // What cannot be asked without a database is not made up.
    assert!(!away.findings.contains_key("migrations") && !away.findings.contains_key("hints"));
}

#[tokio::test]
async fn what_a_login_fails_for_is_told_apart() {
    let (postgres, home) = (OwnPostgres::start(), home());
    let wrong = Said::by(on(&postgres.url("wrong horse", "postgres"), &home));
    assert_eq!((wrong.code, wrong.with("failed")), (Some(1), vec!["database login"]), "{:#?}", wrong.findings);
    assert!(wrong.found("database login").contains("password authentication failed"), "{}", wrong.found("database login"));
    let no_tls = Said::by(on(&postgres.url(PASSWORD, "postgres?sslmode=require"), &home));
    assert_eq!(no_tls.with("failed"), ["database TLS"], "{:#?}", no_tls.findings);
    let elsewhere = Said::by(on(&postgres.url(PASSWORD, "plans"), &home));
    assert_eq!(elsewhere.with("failed"), ["database login"], "{:#?}", elsewhere.findings);
    assert!(elsewhere.found("database login").contains("does not exist"));
    // And with the right one there is no schema yet.
    let right = Said::by(on(&postgres.url(PASSWORD, "postgres"), &home));
    assert_eq!((right.code, right.with("failed")), (Some(1), vec!["migrations"]), "{:#?}", right.findings);
}

#[tokio::test]
async fn a_schema_that_is_behind_and_rights_that_lack_are_told() {
    use sqlx::Executor;
    let home = home();
    let empty = TestDatabase::empty().await;
    let behind = Said::by(on(&empty.url, &home));
    assert_eq!((behind.code, behind.with("failed")), (Some(1), vec!["migrations"]), "{:#?}", behind.findings);
    let mut connection = empty.connection().await;
    let made: Option<String> =
        sqlx::query_scalar("SELECT to_regclass('seaql_migrations')::text").fetch_one(&mut connection).await.unwrap();
    assert_eq!(made, None, "to look changes nothing");
    // A role that may read everything and write nothing.
    let database = TestDatabase::new().await;
    let role = format!("reader_{}", std::process::id());
    let mut connection = database.connection().await;
    let sql = format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}");
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
    let (_, rest) = database.url.split_once('@').unwrap();
    let reads = Said::by(on(&format!("postgres://{role}@{rest}"), &home));
    assert_eq!((reads.code, reads.with("failed")), (Some(1), vec!["rights"]), "{:#?}", reads.findings);
    assert!(reads.found("rights").contains("UPDATE on rpm_results") && !reads.found("rights").contains("UPDATE on audit_log"));
    let sql = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_that_cannot_be_heard_are_a_warning() {
    let (database, home) = (TestDatabase::new().await, home());
    let deaf = Deaf::to(&database.url).await;
    let said = Said::by(on(&deaf.url(), &home));
    assert_eq!((said.code, said.with("failed")), (Some(0), vec![]), "{:#?}", said.findings);
    assert!(said.with("warning").contains(&"hints"));
    let mut command = on(&deaf.url(), &home);
    command.env("RPM_LISTEN_URL", &database.url);
    assert!(!Said::by(command).with("warning").contains(&"hints"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_that_is_away_missing_or_unlike_itself_is_told() {
    let (database, home) = (TestDatabase::new().await, home());
    let lake = |endpoint: &str| {
        let mut command = on(&database.url, &home);
        command.env("RPM_LAKE", "gs://acme-lake").env("RPM_LAKE_ENDPOINT", endpoint).env("RPM_CHECK_TIMEOUT", "3");
        command
    };
    let away = Said::by(lake(&format!("http://127.0.0.1:{}", closed_port())));
    assert_eq!((away.code, away.with("failed")), (Some(1), vec!["lake contents", "lake settings"]), "{:#?}", away.findings);
    let storage = CloudStorage::start().await;
    let missing = Said::by(lake(storage.endpoint()));
    assert!(missing.with("failed").contains(&"lake settings"), "{:#?}", missing.findings);
    storage.new_lake().await;
    let there = Said::by(lake(storage.endpoint()));
    assert_eq!((there.code, there.with("failed")), (Some(0), vec![]), "{:#?}", there.findings);
    assert!(there.found("lake contents").contains("is the same"));
    storage.disturb(Method::POST, "/upload/", Disturbance::Refuse(StatusCode::FORBIDDEN), usize::MAX);
    let read_only = Said::by(lake(storage.endpoint()));
    assert_eq!(read_only.with("failed"), ["lake contents"], "{:#?}", read_only.findings);
}

#[tokio::test]
async fn settings_that_serve_refuses_are_told() {
    let (database, home) = (TestDatabase::new().await, home());
    let mut command = on(&database.url, &home);
    command.env("JWT_SECRET", "short").env("RPM_DEMO", "true").env("RPM_HOST", "0.0.0.0");
    command.env("RPM_INGEST", home.path().join("nowhere")).env("RPM_PRINCIPAL", "Nobody Known");
    let said = Said::by(command);
    assert_eq!((said.code, said.with("failed")), (Some(1), vec!["plans", "secret", "settings"]), "{:#?}", said.findings);
    assert_eq!(said.with("warning"), ["principal"]);
}

#[tokio::test]
async fn the_port_may_be_ours_or_somebody_elses() {
    let (server, home) = (Server::start().await, home());
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let mut command = on(&server.database.url, &home);
    command.env("PORT", port);
    assert_eq!(Said::by(command).found("port"), "an rpm-api serves there");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = on(&server.database.url, &home);
    command.env("PORT", other.local_addr().unwrap().port().to_string()).env("RPM_CHECK_TIMEOUT", "2");
    assert_eq!(Said::by(command).with("failed"), ["port"]);
}

#[tokio::test]
async fn a_home_that_is_not_there_yet_is_left_so() {
    let folder = home();
    let place = folder.path().join("rpm");
    let mut command = rpm_api();
    command.env("RPM_HOME", &place).env("PORT", "0").env_remove("JWT_SECRET");
    let said = Said::by(command);
    assert_eq!((said.code, said.with("failed")), (Some(0), vec![]), "{:#?}", said.findings);
    assert!(said.found("database").contains("made at the first start"));
    assert!(!place.exists());
}
