//! Traces, as a collector receives them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Told;
use crate::support::collector::Span;
use crate::support::postgres::ADMIN;
use crate::support::{Answer, Collector, fixture};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A server that tells a collector.
async fn traced(collector: &Collector, ratio: &str, flags: &[&str]) -> Told {
    Told::with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str()), ("RPM_TRACE_RATIO", ratio)], flags).await
}

#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| {
        let names: BTreeMap<_, _> = spans.iter().map(|span| (&span.name, &span.trace)).collect();
        panic!("no span {name:?} among {names:#?}")
    })
}

/// The names from a span up to the first of its trace.
fn way_up<'a>(spans: &'a [Span], mut span: &'a Span) -> Vec<&'a str> {
    let mut names = vec![span.name.as_str()];
    while let Some(parent) = spans.iter().find(|parent| parent.trace == span.trace && parent.id == span.parent) {
        names.push(&parent.name);
        span = parent;
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_followed_down_to_its_statements() {
    let collector = Collector::start().await;
    let mut server = traced(&collector, "1", &["--trusted-proxies", "1"]).await;
    server.ingest("works/RPM-WORKS-001-Warehouse-Labels-20260301.md");
    let token = server.token(ADMIN);
    let query = "query Open($first: Int!, $code: String!) { actions(first: $first) { nodes { code owners { name } } } action(code: $code) { id } }";
    let request = server.post(&token, query, json!({ "first": 5, "code": "a-value-of-mine" }));
    let parent = format!("00-{TRACE}-{CALLER}-01");
    let response = request.header("traceparent", parent).header("x-request-id", "one").send().await.unwrap();
    Answer::of(response).await.data();
    server.http.get(server.url("/nowhere?with=words")).send().await.unwrap();
    server.log();

    let spans = collector.spans();
    let request = named(&spans, "POST /graphql");
    assert_eq!(
        (request.trace.as_str(), request.parent.as_str(), request.kind),
        (TRACE, CALLER, 2),
        "a server's, below its caller's"
    );
    let expected = [
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("http.route", "/graphql"),
        ("rpm.request_id", "one"),
    ];
    for (name, value) in expected {
        assert_eq!(request.attributes.get(name).map(String::as_str), Some(value), "{name}: {:?}", request.attributes);
    }
    assert_eq!(request.resource.get("service.name").map(String::as_str), Some("rpm-api"));
    assert!(request.resource.contains_key("service.version") && request.resource.contains_key("service.instance.id"));
    let ours: Vec<Span> = spans.iter().filter(|span| span.trace == TRACE).cloned().collect();
    let operation = named(&ours, "query Open");
    assert_eq!(way_up(&ours, operation), ["query Open", "POST /graphql"]);
    assert_eq!(operation.attributes.get("graphql.operation.name").map(String::as_str), Some("Open"));
    assert_eq!(way_up(&ours, named(&ours, "Query.action")), ["Query.action", "query Open", "POST /graphql"]);
    // The list, in its resolver; the owners below it, in a batch that its rows have begun.
    for tables in [&["rpm_action_items"][..], &["owners", "action_owners"]] {
        let statement = ours.iter().find(|span| tables.iter().any(|table| span.name == format!("SELECT {table}")));
        let statement = statement.unwrap_or_else(|| panic!("{tables:?} in {ours:#?}"));
        let way = way_up(&ours, statement);
        assert!(way.len() == 4 && way[1].starts_with("Query.action") && way[3] == "POST /graphql", "{way:?}");
        assert_eq!((statement.kind, statement.attributes.get("db.system.name").map(String::as_str)), (3, Some("postgresql")));
        assert!(statement.nanoseconds > 0 && statement.nanoseconds < request.nanoseconds, "{statement:?}");
    }
    named(&spans, "GET other");
    for body in collector.received() {
        for secret in ["a-value-of-mine", "with=words", "nowhere", &token, "WHERE"] {
            assert!(!body.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_sockets_and_failures_are_traced() {
    let collector = Collector::start().await;
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let plans = folder.path().join("plans");
    std::fs::create_dir(&plans).unwrap();
    let plan = "RPM-WORKS-001-Warehouse-Labels-20260301.md";
    std::fs::copy(fixture("works").join(plan), plans.join(plan)).unwrap();
    let old = std::fs::File::open(plans.join(plan)).unwrap();
    old.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
    let flags = ["--ingest", plans.to_str().unwrap(), "--lake", lake.to_str().unwrap(), "--ingest-every", "1"];
    let mut server = traced(&collector, "1", &flags).await;
    let token = server.token(ADMIN);
    let heartbeat = "mutation Beat { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }";
    Answer::of(server.post(&token, heartbeat, json!({})).send().await.unwrap()).await.data();
    let mut socket = crate::support::Socket::open(&server.address, &token).await;
    socket.subscribe("1", "subscription Watch { agentStatusChanged { agent { name } } }", json!({})).await;
    socket.subscribe("2", "query Me { viewer { id } }", json!({})).await;
    while socket.receive().await["type"] != "complete" {}
    Answer::of(server.post(&token, &heartbeat.replace("ACTIVE", "IDLE"), json!({})).send().await.unwrap()).await.data();
    socket.next("1").await;
    sqlx::Executor::execute(&mut server.database.connection().await, "ALTER TABLE rpm_dna_periods RENAME TO away").await.unwrap();
    Answer::of(server.post(&token, "query Periods { dnaPeriods(first: 1) { nodes { id } } }", json!({})).send().await.unwrap())
        .await;
    // A look at the files that finds the plan and an agent comes within a second, and its spans with it.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !["snapshot of the agents", "SELECT agent_status"]
        .iter()
        .all(|name| collector.spans().iter().any(|span| &span.name == name))
    {
        assert!(Instant::now() < deadline, "{:?}", collector.spans());
        server.http.get(server.url("/healthz")).send().await.unwrap();
    }
    drop(socket);
    server.log();
    let spans = collector.spans();
    assert_eq!(way_up(&spans, named(&spans, "ingest run")), ["ingest run", "sync"]);
    assert_eq!(way_up(&spans, named(&spans, "snapshot of the agents")), ["snapshot of the agents", "sync"]);
    let is_below = |span: &Span| way_up(&spans, span).ends_with(&["ingest run", "sync"]);
    assert!(spans.iter().any(|span| span.name.starts_with("INSERT ") && is_below(span)), "{spans:#?}");
    for job in ["retention", "periods", "subscription Watch", "query Me", "execute for events"] {
        assert_eq!(named(&spans, job).parent, "", "{job} begins a trace");
    }
    let failed: Vec<&str> = spans.iter().filter(|span| span.failed).map(|span| span.name.as_str()).collect();
    for name in ["SELECT rpm_dna_periods", "Query.dnaPeriods", "query Periods"] {
        assert!(failed.contains(&name), "{failed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn which_traces_are_kept_is_for_us_and_our_proxies_to_say() {
    for (flags, ratio, kept) in
        [(&["--trusted-proxies", "1"][..], "0", vec!["01"]), (&[][..], "0", vec![]), (&[][..], "1", vec!["00", "01", "none"])]
    {
        let collector = Collector::start().await;
        let mut server = traced(&collector, ratio, flags).await;
        for flag in ["00", "01"] {
            let parent = format!("00-{TRACE}-{CALLER}-{flag}");
            let request = server.http.get(server.url(if flag == "00" { "/healthz" } else { "/readyz" }));
            request.header("traceparent", parent).send().await.unwrap();
        }
        server.http.get(server.url("/auth/methods")).send().await.unwrap();
        server.log();
        let spans = collector.spans();
        let found = [("00", "GET /healthz"), ("01", "GET /readyz"), ("none", "GET /auth/methods")];
        let found: Vec<&str> =
            found.iter().filter(|(_, name)| spans.iter().any(|span| span.name == *name)).map(|(flag, _)| *flag).collect();
        assert_eq!(found, kept, "{flags:?} {ratio}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_silent_holds_nobody_up() {
    // One that takes connections and says nothing, and one that is not there.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [format!("http://{}", silent.local_addr().unwrap()), "http://127.0.0.1:9".to_owned()] {
        let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()), ("RPM_TRACE_RATIO", "1"), ("RPM_LOG_FORMAT", "json")];
        let mut server = Told::with(&settings, &["--drain-timeout", "4"]).await;
        // More spans than wait at most.
        for _ in 0..2_500 {
            assert_eq!(server.http.get(server.url("/healthz")).send().await.unwrap().status(), 200);
        }
        let begun = Instant::now();
        let lines = server.lines();
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let said =
            lines.iter().filter(|line| line["message"].as_str().unwrap().contains("the collector takes no traces")).count();
        assert!(said <= 1, "it is told once: {lines:#?}");
        if address.ends_with(":9") {
            assert_eq!(said, 1, "{lines:#?}");
        }
    }
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused() {
    for (name, value) in
        [("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address"), ("RPM_TRACE_RATIO", "2"), ("RPM_METRICS_TOKEN", "short")]
    {
        let output = crate::support::rpm_api().args(["serve", "--port", "0"]).env(name, value).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && !said.contains("panicked"), "{name}: {said}");
    }
}
