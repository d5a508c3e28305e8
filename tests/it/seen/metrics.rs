//! Metrics, as Prometheus reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Told;
use crate::support::postgres::ADMIN;
use crate::support::{Answer, Server};

/// What operators are told of them.
const GUIDE: &str = include_str!("../../../docs/operations.md");

/// The lines of a metric.
fn of<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name)).collect()
}

/// The figure of a line with all of these in its labels.
#[track_caller]
fn figure(text: &str, name: &str, labels: &[&str]) -> f64 {
    let mut lines = of(text, name).into_iter().filter(|line| labels.iter().all(|label| line.contains(label)));
    let line = lines.next().unwrap_or_else(|| panic!("no {name} {labels:?} in {:#?}", of(text, name)));
    assert_eq!(lines.next(), None, "one line of {name} {labels:?}");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

async fn metrics(server: &Server) -> String {
    server.http().get(server.url("/metrics")).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn every_metric_says_what_it_is_and_is_named_by_the_conventions() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    server.ask(&token, "query Mine { viewer { id } actions(first: 5) { nodes { id } } }", json!({})).await.data();
    let heartbeat = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }";
    server.ask(&token, heartbeat, json!({})).await.data();
    // The event is read when its hint has come.
    while server.metric("rpm_event_lag_seconds_count").await < 1.0 {
        tokio::task::yield_now().await;
    }
    let text = metrics(&server).await;
    let mut kinds = BTreeMap::new();
    let mut helped = BTreeSet::new();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["#", "TYPE", name, kind] => assert_eq!(kinds.insert(name, kind), None, "{name} once"),
            ["#", "HELP", name, first, ..] if !first.is_empty() => assert!(helped.insert(name), "{name} once"),
            _ => {}
        }
    }
    assert!(kinds.len() > 30, "{kinds:?}");
    for (name, kind) in &kinds {
        assert!(helped.contains(name), "{name} has no HELP");
        assert!(name.starts_with("process_") || GUIDE.contains(&format!("| `{name}` |")), "{name} is not in docs/operations.md");
        assert!(name.starts_with("rpm_") || name.starts_with("process_"), "{name}");
        match *kind {
            "counter" => assert!(name.ends_with("_total"), "{name}"),
            "histogram" => assert!(name.ends_with("_seconds"), "{name}"),
            "gauge" => assert!(!name.ends_with("_total"), "{name}"),
            other => panic!("{name} is a {other}"),
        }
    }
    for (name, labels) in [
        ("rpm_operation_seconds_bucket", &["operation=\"Mine\"", "le=\"30\""][..]),
        ("rpm_operation_seconds_count", &["operation=\"Mine\"", "kind=\"query\""]),
        ("rpm_http_request_seconds_count", &["path=\"/graphql\"", "method=\"POST\""]),
        ("rpm_event_lag_seconds_count", &[]),
        ("rpm_sql_statement_seconds_count", &[]),
        ("rpm_db_connections", &["state=\"idle\""]),
        ("rpm_build_info", &["version=\""]),
        ("process_resident_memory_bytes", &[]),
    ] {
        assert!(figure(&text, name, labels) > 0.0, "{name}");
    }
    assert_eq!(figure(&text, "rpm_db_connections_max", &[]), 20.0);
    assert!(figure(&text, "rpm_event_newest_timestamp_seconds", &[]) > 1.7e9);
    assert_eq!(figure(&text, "rpm_event_behind", &[]), 0.0);
    assert!(figure(&text, "rpm_job_runs_total", &["job_name=\"periods\"", "outcome=\"done\""]) >= 1.0);
}

#[tokio::test]
async fn operations_are_counted_by_name_and_by_how_they_end() {
    let server = Server::start().await;
    let admin = server.token(ADMIN);
    let ask = async |token: &str, query: &str| server.ask(token, query, json!({})).await;
    for _ in 0..3 {
        ask(&admin, "query Agents { agents { totalCount } }").await.data();
    }
    ask(&admin, "query Wrong { nonsense }").await;
    ask(&admin, "mutation Add { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }").await.data();
    ask(&admin, &format!("query {} {{ viewer {{ id }} }}", "x".repeat(65))).await.data();
    ask(&admin, "{ viewer { id } }").await.data();
    let mut socket = server.socket(&admin).await;
    socket.subscribe("1", "subscription Watch { events { __typename } }", json!({})).await;
    socket.subscribe("2", "query Agents { agents { totalCount } }", json!({})).await;
    while socket.receive().await["type"] != "complete" {}
    // Each begins by itself.
    let has_begun = |line: &str| line.contains("operation=\"Watch\"") && line.contains("outcome=\"ok\"") && line.ends_with(" 1");
    let text = loop {
        let text = metrics(&server).await;
        if text.lines().any(has_begun) {
            break text;
        }
    };
    for (operation, kind, outcome, count) in [
        ("Agents", "query", "ok", 4.0),
        ("Agents", "query", "failed", 0.0),
        ("Wrong", "query", "refused", 1.0),
        ("Add", "mutation", "ok", 1.0),
        ("other", "query", "ok", 1.0),
        ("anonymous", "query", "ok", 1.0),
        ("Watch", "subscription", "ok", 1.0),
    ] {
        let labels = [format!("operation=\"{operation}\""), format!("kind=\"{kind}\""), format!("outcome=\"{outcome}\"")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        assert_eq!(figure(&text, "rpm_operations_total", &labels), count, "{labels:?}");
    }
    assert_eq!(figure(&text, "rpm_errors_total", &["code=\"GRAPHQL_VALIDATION_FAILED\""]), 1.0);
    assert_eq!(figure(&text, "rpm_subscriptions", &[]), 1.0);
    assert_eq!(figure(&text, "rpm_open_connections", &[]), 1.0);
}

#[tokio::test]
async fn names_that_callers_make_up_are_one_label() {
    let server = Server::with(crate::support::TestDatabase::new().await, &["--budgets", "admin=100000/100000000"]);
    let token = server.token(ADMIN);
    for number in 0..150 {
        server.ask(&token, &format!("query Made{number} {{ viewer {{ id }} }}"), json!({})).await.data();
    }
    let text = metrics(&server).await;
    let names = of(&text, "rpm_operations_total").len() / 5;
    assert_eq!((names, figure(&text, "rpm_operations_total", &["operation=\"other\"", "outcome=\"ok\""])), (101, 50.0));
}

#[tokio::test]
async fn the_metrics_are_not_for_everybody() {
    let open = Told::with(&[], &[]).await;
    let get = |server: &Told| server.http.get(server.url("/metrics"));
    assert_eq!(get(&open).send().await.unwrap().status(), 200);
    for (name, value) in [("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1"), ("host", "rpm.example")] {
        let refused = get(&open).header(name, value).send().await.unwrap();
        assert_eq!(refused.status(), 401, "{name}");
        assert_eq!(Answer::of(refused).await.code(), "UNAUTHENTICATED");
    }
    let guarded = Told::with(&[("RPM_METRICS_TOKEN", "a token for the metrics")], &[]).await;
    assert_eq!(get(&guarded).send().await.unwrap().status(), 401);
    assert_eq!(get(&guarded).bearer_auth("another token for it").send().await.unwrap().status(), 401);
    assert_eq!(get(&guarded).bearer_auth(guarded.token(ADMIN)).send().await.unwrap().status(), 401, "not even for an admin's");
    let shown = get(&guarded).bearer_auth("a token for the metrics").header("x-forwarded-for", "1.2.3.4").send().await.unwrap();
    assert_eq!(shown.status(), 200);
    assert!(shown.text().await.unwrap().contains("rpm_build_info"));
}
