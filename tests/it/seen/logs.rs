//! Log lines: Cloud Logging's format, what they are about, and which requests leave one.

use serde_json::{Value, json};
use sqlx::Executor;

use super::Told;
use crate::support::postgres::ADMIN;
use crate::support::{Answer, Socket};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// The line of a request under an id.
#[track_caller]
fn request<'a>(lines: &'a [Value], id: &str) -> &'a Value {
    let mut of = lines.iter().filter(|line| line["requestId"] == id && line["httpRequest"].is_object());
    let line = of.next().unwrap_or_else(|| panic!("no line of {id}: {lines:#?}"));
    assert_eq!(of.next(), None, "one line");
    line
}

#[tokio::test]
async fn lines_are_as_cloud_logging_reads_them() {
    let settings = [("RPM_LOG_FORMAT", "json"), ("RPM_LOG", "info,request=debug"), ("GCP_PROJECT_ID", "acme")];
    let mut server = Told::with(&settings, &["--trusted-proxies", "1"]).await;
    let token = server.token(ADMIN);
    let member = Answer::of(server.post(&token, "{ viewer { id } }", json!({})).send().await.unwrap()).await.data();
    let ask = |id: &str, query: &str| server.post(&token, query, json!({})).header("x-request-id", id.to_owned());
    let traced = ask("one", "query Who { viewer { id } }").header("traceparent", format!("00-{TRACE}-{SPAN}-01"));
    assert_eq!(traced.send().await.unwrap().headers()["x-request-id"], "one");
    let google = ask("two", "{ viewer { id } }").header("x-cloud-trace-context", format!("{TRACE}/67667974448284343;o=0"));
    google.send().await.unwrap();
    ask("three", "nonsense").send().await.unwrap();
    server.http.get(server.url("/nowhere?with=words")).header("x-request-id", "four").send().await.unwrap();
    let lines = server.lines();

    let one = request(&lines, "one");
    assert_eq!(one["severity"], "DEBUG");
    assert!(chrono::DateTime::parse_from_rfc3339(one["time"].as_str().unwrap()).is_ok(), "{one}");
    assert_eq!(one["message"], "POST /graphql 200");
    assert_eq!(one["logging.googleapis.com/trace"], format!("projects/acme/traces/{TRACE}"));
    assert_eq!(
        (&one["logging.googleapis.com/spanId"], &one["logging.googleapis.com/trace_sampled"]),
        (&json!(SPAN), &json!(true))
    );
    let about = ["operation", "kind", "role", "member"].map(|name| one[name].clone());
    assert_eq!(about, [json!("Who"), json!("query"), json!("admin"), member["viewer"]["id"].clone()]);
    let http = &one["httpRequest"];
    assert_eq!((&http["requestMethod"], &http["requestUrl"], &http["status"]), (&json!("POST"), &json!("/graphql"), &json!(200)));
    let latency = http["latency"].as_str().unwrap().strip_suffix('s').unwrap();
    assert!(latency.parse::<f64>().is_ok_and(|seconds| seconds > 0.0), "{http}");
    let source = &one["logging.googleapis.com/sourceLocation"];
    assert!(source["file"].as_str().unwrap().ends_with(".rs") && source["line"].is_string(), "{one}");

    let two = request(&lines, "two");
    assert_eq!(two["logging.googleapis.com/trace"], format!("projects/acme/traces/{TRACE}"));
    assert_eq!((&two["operation"], &two["logging.googleapis.com/trace_sampled"]), (&json!("anonymous"), &json!(false)));
    assert_eq!(request(&lines, "three").get("operation"), None, "it came to none");
    let four = request(&lines, "four");
    assert_eq!((&four["httpRequest"]["requestUrl"], four.get("member")), (&json!("other"), None));
    assert!(lines.iter().any(|line| line["severity"] == "INFO" && line["message"] == "stopping"), "{lines:#?}");
}

#[tokio::test]
async fn a_failure_is_found_by_the_id_that_the_caller_quotes() {
    let mut server = Told::with(&[("RPM_LOG_FORMAT", "json")], &[]).await;
    let token = server.token(ADMIN);
    server.database.connection().await.execute("ALTER TABLE rpm_dna_periods RENAME TO away").await.unwrap();
    let query = "query Periods { dnaPeriods(first: 1) { nodes { id } } }";
    let response = server.post(&token, query, json!({})).header("x-request-id", "a-stranger-s").send().await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let answer = Answer::of(response).await;
    assert_eq!((answer.code(), &answer.error()["extensions"]["requestId"]), ("INTERNAL", &json!(id)));
    assert!(answer.error()["message"].as_str().unwrap().contains(&id), "{:#}", answer.body);
    assert!(uuid::Uuid::parse_str(&id).is_ok(), "an id that no proxy of ours gave is not taken: {id}");
    let lines = server.lines();
    let cause = lines.iter().find(|line| line["severity"] == "ERROR").expect("the cause");
    assert_eq!((&cause["requestId"], &cause["operation"]), (&json!(id), &json!("Periods")));
    assert!(cause["cause"].as_str().unwrap().contains("SQLSTATE 42P01"), "{cause}");
    assert_eq!(request(&lines, &id)["severity"], "WARNING", "what failed leaves a line");
}

#[tokio::test]
async fn only_requests_that_are_worth_it_leave_a_line() {
    for (filter, expected) in [("info", 1), ("info,request=off", 0), ("warn,request=debug", 3)] {
        let mut server = Told::with(&[("RPM_LOG_FORMAT", "json"), ("RPM_LOG", filter)], &["--operation-timeout", "1"]).await;
        let token = server.token(ADMIN);
        server.http.get(server.url("/healthz")).send().await.unwrap();
        server.post(&token, "{ viewer { id } }", json!({})).send().await.unwrap();
        let mut connection = server.database.connection().await;
        let mut lock = sqlx::Connection::begin(&mut connection).await.unwrap();
        lock.execute("LOCK TABLE rpm_action_items IN ACCESS EXCLUSIVE MODE").await.unwrap();
        server.post(&token, "{ actions { totalCount } }", json!({})).send().await.unwrap();
        lock.rollback().await.unwrap();
        let lines = server.lines();
        assert_eq!(lines.iter().filter(|line| line["httpRequest"].is_object()).count(), expected, "{filter}: {lines:#?}");
    }
}

#[tokio::test]
async fn people_read_the_same_in_words() {
    let mut server = Told::with(&[("RPM_LOG", "info,request=debug")], &["--trusted-proxies", "1"]).await;
    server.http.get(server.url("/healthz")).header("x-request-id", "one").send().await.unwrap();
    let log = server.log();
    let line = log.lines().find(|line| line.contains("GET /healthz 200")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.ends_with("request=one") && line.contains("DEBUG") && !line.contains('\u{1b}'), "{line:?}");
}

#[tokio::test]
async fn an_error_of_many_has_an_id_too() {
    // An event is executed once for all who subscribe: there is no request whose id it could have.
    let mut server = Told::with(&[("RPM_LOG_FORMAT", "json")], &[]).await;
    server.ingest("works/RPM-WORKS-001-Warehouse-Labels-20260301.md");
    let token = server.token(ADMIN);
    let mut socket = Socket::open(&server.address, &token).await;
    socket.subscribe("1", "subscription { actionCompleted { action { code owners { aliases } } } }", json!({})).await;
    // Answered behind the beginning of the subscription.
    socket.subscribe("2", "{ viewer { id } }", json!({})).await;
    while socket.receive().await["type"] != "complete" {}
    server.database.connection().await.execute("ALTER TABLE owner_aliases RENAME TO owner_aliases_away").await.unwrap();
    let complete = "mutation { completeAction(input: { code: \"OPS-WORKS-001b\" }) { action { status } } }";
    Answer::of(server.post(&token, complete, json!({})).send().await.unwrap()).await.data();
    let event = socket.receive().await;
    let extensions = &event["payload"]["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "INTERNAL", "{event:#}");
    let lines = server.lines();
    // It was tried some times, since the database failed; this is the last of them.
    let id = extensions["requestId"].as_str().unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{event:#}");
    assert!(lines.iter().any(|line| line["severity"] == "ERROR" && line["requestId"] == id), "{lines:#?}");
}
