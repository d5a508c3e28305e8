//! The dashboard and the alerts: they are what Grafana and Prometheus read, and name nothing that a server does not show.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Told;
use crate::support::node::{Program, root};
use crate::support::postgres::ADMIN;
use crate::support::{Answer, BigQuery, Collector, Socket, TestDatabase, fixture, rpm_api};

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&read("deploy/grafana/rpm-api.json")).unwrap()
}

fn alerts() -> Value {
    serde_saphyr::from_str(&read("deploy/prometheus/alerts.yaml")).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What both ask of Prometheus.
fn expressions() -> Vec<String> {
    let (dashboard, alerts) = (dashboard(), alerts());
    let targets = list(&dashboard["panels"]).iter().flat_map(|panel| list(&panel["targets"]));
    let rules = list(&alerts["groups"]).iter().flat_map(|group| list(&group["rules"]));
    let all = targets.chain(rules).map(|one| one["expr"].as_str().unwrap().to_owned());
    let all: Vec<String> = all.map(|expr| expr.replace("$__rate_interval", "5m").replace("$instance", ".*")).collect();
    assert!(all.len() > 60 && !all.iter().any(|expr| expr.contains('$')), "{all:#?}");
    all
}

/// A server on which everything has been in use that the metrics are about, and what it uses.
async fn in_use() -> (Told, (Collector, BigQuery, Socket, TempDir)) {
    let (collector, bigquery) = (Collector::start().await, BigQuery::start().await);
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (warehouse, lake, outbox) = (bigquery.warehouse(), path("lake"), path("outbox"));
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str()),
        ("RPM_TRACE_RATIO", "1"),
        ("RPM_WAREHOUSE", warehouse.as_str()),
        ("RPM_WAREHOUSE_ENDPOINT", bigquery.endpoint()),
        ("RPM_LAKE", lake.as_str()),
        ("RPM_OUTBOX", outbox.as_str()),
        ("DATABASE_URL", database.url.as_str()),
    ];
    let done = |arguments: &[&str]| {
        let output = rpm_api().envs(settings).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    let plan = fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md");
    done(&["provision"]);
    done(&["ingest", plan.to_str().unwrap()]);
    let plans = plan.parent().unwrap().to_str().unwrap().to_owned();
    let server = Told::on(
        TestDatabase { url: database.url.clone() },
        &settings[..6],
        &["--ingest", &plans, "--export-every", "1", "--private-webhooks"],
    );
    let token = server.token(ADMIN);
    // An alert that does not arrive: nothing listens there.
    let ask = async |query: String| Answer::of(server.post(&token, &query, json!({})).send().await.unwrap()).await.data();
    let hook = "kinds: [ACTION_BLOCKED], channel: WEBHOOK, address: \"http://127.0.0.1:9/\"";
    let made = ask(format!("mutation {{ createAlertSubscription(input: {{ {hook} }}) {{ subscription {{ id }} }} }}")).await;
    let id = &made["createAlertSubscription"]["subscription"]["id"];
    ask(format!("mutation {{ sendTestAlert(input: {{ id: {id} }}) {{ delivery {{ id }} }} }}")).await;
    let mut socket = Socket::open(&server.address, &token).await;
    socket.subscribe("1", "subscription { agentStatusChanged { agent { name } } }", json!({})).await;
    socket.subscribe("2", "{ viewer { id } }", json!({})).await;
    while socket.receive().await["type"] != "complete" {}
    let beat = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }";
    Answer::of(server.post(&token, beat, json!({})).send().await.unwrap()).await.data();
    socket.next("1").await;
    server.post(&token, "{ nonsense }", json!({})).send().await.unwrap();
    (server, (collector, bigquery, socket, folder))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_that_is_looked_at_is_there() {
    let mut grammar = Program::start(&["promql.mjs"]);
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    for expr in expressions() {
        let read: Value = serde_json::from_str(&grammar.ask(&json!({ "expr": expr }).to_string())).unwrap();
        assert_eq!(read.get("error"), None, "{expr}");
        let texts = |name: &str| list(&read[name]).iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert!(!texts("metrics").is_empty(), "{expr}");
        metrics.extend(texts("metrics"));
        labels.extend(texts("labels"));
    }
    let wrong: Value = serde_json::from_str(&grammar.ask(&json!({ "expr": "sum(rate(x[5m])" }).to_string())).unwrap();
    assert!(wrong["error"].is_string(), "the grammar refuses what is none: {wrong}");
    grammar.finish();

    let (server, _used) = in_use().await;
    // Jobs are at work, and batches of spans on their way: all of it shows within a moment.
    let deadline = Instant::now() + Duration::from_secs(60);
    let missing = loop {
        let text = server.http.get(server.url("/metrics")).send().await.unwrap().text().await.unwrap();
        let shown: BTreeSet<&str> =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next()).collect();
        let known = |label: &&String| text.contains(&format!("{label}=\"")) || label.as_str() == "instance";
        let missing: Vec<String> = metrics
            .iter()
            .filter(|name| !shown.contains(name.as_str()))
            .chain(labels.iter().filter(|label| !known(label)))
            .cloned()
            .collect();
        if missing.is_empty() || Instant::now() > deadline {
            break missing;
        }
    };
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_dashboard_is_one_that_grafana_takes() {
    let dashboard = dashboard();
    assert!(
        dashboard["uid"].is_string() && dashboard["title"].is_string() && dashboard.get("id").is_none(),
        "it gets its id there"
    );
    let variables: Vec<&str> = list(&dashboard["templating"]["list"]).iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(variables, ["datasource", "instance"]);
    let mut ids = BTreeSet::new();
    let mut cells = BTreeSet::new();
    for panel in list(&dashboard["panels"]) {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{}", panel["title"]);
        let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        for x in place("x")..place("x") + place("w") {
            assert!(x < 24, "{} is wider than the page", panel["title"]);
            for y in place("y")..place("y") + place("h") {
                assert!(cells.insert((x, y)), "{} lies over another", panel["title"]);
            }
        }
        if panel["type"] == "row" {
            continue;
        }
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "whichever Prometheus there is");
        let references: BTreeSet<&str> = list(&panel["targets"]).iter().map(|target| target["refId"].as_str().unwrap()).collect();
        assert!(!references.is_empty() && references.len() == list(&panel["targets"]).len(), "{}", panel["title"]);
    }
}

#[test]
fn every_alert_says_what_to_do() {
    let alerts = alerts();
    let rules: Vec<&Value> = list(&alerts["groups"]).iter().flat_map(|group| list(&group["rules"])).collect();
    assert!(rules.len() >= 10);
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(names.len(), rules.len());
    for rule in rules {
        assert!(["critical", "warning"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{rule}");
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
    }
}
