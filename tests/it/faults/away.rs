//! The database is stopped, has no connection left, is slow, or hangs: announced refusals, in time, and then on as before.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::ledger;
use super::load::{Load, Where};
use super::rig::{Base, Served, until};
use crate::support::wire::Manner;
use crate::support::{Wire, http};

const FLAGS: [&str; 4] = ["--pool-patience", "1", "--answer-cache", "0"];
const READ: &str = "{ actions(first: 1) { totalCount } }";

/// An answer: status, whether it says when to come back, and the body.
async fn ask(served: &Served, token: &str, query: &str) -> (u16, bool, Value) {
    let answer = http().post(served.url("/graphql")).bearer_auth(token).json(&json!({ "query": query })).send().await.unwrap();
    let (status, says_when) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
    (status, says_when, answer.json().await.unwrap())
}

fn code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// Many at once, who are all told in time that the database is away, while health is told as ever.
async fn is_announced(served: &Served, token: &str) {
    let begun = Instant::now();
    let asked = (0..50).map(|_| ask(served, token, READ));
    for (status, says_when, body) in futures_util::future::join_all(asked).await {
        assert_eq!((status, says_when, code(&body)), (503, true, "UNAVAILABLE"), "{body}");
        assert_eq!(body["errors"][0]["extensions"]["retryAfterSeconds"], 1);
        assert!(body.to_string().contains("The database cannot be reached now"), "{body}");
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(http().get(served.url("/healthz")).send().await.unwrap().status(), 200);
    assert_eq!(http().get(served.url("/readyz")).send().await.unwrap().status(), 503);
}

async fn is_back(served: &Served, token: &str) {
    until("the server answers again", async || ask(served, token, READ).await.0 == 200).await;
    until("it says so", async || http().get(served.url("/readyz")).send().await.unwrap().status() == 200).await;
}

#[tokio::test]
async fn a_database_that_is_stopped_is_announced_and_found_again() {
    let mut base = Base::set().await;
    let served = Served::start(&base.url, &FLAGS, &[]).await;
    let load = Load::start(&Where::of(&[&served.address], &base.token).await, "STOPPED", 8);
    load.goes_on(20).await;
    base.stop_at_once().await;
    let before = load.refused();
    is_announced(&served, &base.token).await;
    assert!(load.refused() > before);
    base.start().await;
    is_back(&served, &base.token).await;
    load.goes_on(20).await;
    let told = load.finish().await;
    assert_eq!(ledger::differences(&mut base.connection().await, "STOPPED", &told).await, [""; 0]);
    assert!(told.refused.contains_key("UNAVAILABLE"), "{:?}", told.refused);
}

#[tokio::test]
async fn a_database_without_a_connection_left_is_announced_and_found_again() {
    let base = Base::set().await;
    let served = Served::start(&base.url, &FLAGS, &[]).await;
    is_back(&served, &base.token).await;
    // All that there are, those of the server too, which are cut for that.
    let mut first = base.connection().await;
    let mut others = Vec::new();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'other'
        AND pid <> pg_backend_pid()";
    let options: sqlx::postgres::PgConnectOptions = base.url.parse().unwrap();
    let options = options.application_name("other");
    loop {
        match PgConnection::connect_with(&options).await {
            Ok(connection) => others.push(connection),
            Err(_) => {
                let cut: Vec<bool> = sqlx::query_scalar(cut).fetch_all(&mut first).await.unwrap();
                if cut.is_empty() {
                    break;
                }
            }
        }
    }
    is_announced(&served, &base.token).await;
    drop(others);
    is_back(&served, &base.token).await;
}

#[tokio::test]
async fn a_slow_database_is_waited_for_and_one_that_hangs_is_not() {
    let base = Base::set().await;
    let wire = Wire::to(&base.url).await;
    let flags = [&FLAGS[..], &["--operation-timeout", "2"]].concat();
    let served = Served::on(&wire, &flags).await;
    let load = Load::start(&Where::of(&[&served.address], &base.token).await, "SLOW", 8);
    wire.becomes(Manner::Slow(Duration::from_millis(15)));
    load.goes_on(10).await;
    let (status, _, body) = ask(&served, &base.token, READ).await;
    assert_eq!(status, 200, "{body}");
    wire.becomes(Manner::Hangs);
    let begun = Instant::now();
    let (status, _, body) = ask(&served, &base.token, READ).await;
    assert!(status == 503 && ["TIMEOUT", "UNAVAILABLE"].contains(&code(&body)), "{status} {body}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // Whoever comes while nothing answers is told so as soon.
    let begun = Instant::now();
    for (status, _, body) in futures_util::future::join_all((0..50).map(|_| ask(&served, &base.token, READ))).await {
        assert!(status == 503 && ["TIMEOUT", "UNAVAILABLE"].contains(&code(&body)), "{status} {body}");
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    wire.becomes(Manner::Passes);
    is_back(&served, &base.token).await;
    load.goes_on(20).await;
    wire.becomes(Manner::Cut);
    let (status, _, body) = ask(&served, &base.token, READ).await;
    assert_eq!((status, code(&body)), (503, "UNAVAILABLE"), "{body}");
    wire.becomes(Manner::Passes);
    load.goes_on(20).await;
    let told = load.finish().await;
    assert_eq!(ledger::differences(&mut base.connection().await, "SLOW", &told).await, [""; 0]);
}

#[tokio::test]
async fn connections_that_are_cut_are_noticed_by_nobody() {
    let base = Base::set().await;
    let served = Served::start(&base.url, &FLAGS, &[]).await;
    let mut connection = base.connection().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let change = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { name } } }";
    for query in [READ, change, READ, change] {
        is_back(&served, &base.token).await;
        let cut: Vec<bool> = sqlx::query_scalar(cut).fetch_all(&mut connection).await.unwrap();
        assert!(!cut.is_empty());
        let (status, _, body) = ask(&served, &base.token, query).await;
        assert!(status == 200 && body.get("errors").is_none(), "{query}: {status} {body}");
    }
}

#[tokio::test]
async fn connections_that_die_without_a_word_are_given_up() {
    let base = Base::set().await;
    let wire = Wire::to(&base.url).await;
    let served = Served::on(&wire, &[&FLAGS[..], &["--operation-timeout", "2", "--max-connections", "4"]].concat()).await;
    let load = Load::start(&Where::of(&[&served.address], &base.token).await, "DEAD", 8);
    load.goes_on(20).await;
    wire.strands();
    let begun = Instant::now();
    load.goes_on(20).await;
    // The time of an operation, of a connection to answer, and of those who had waited meanwhile.
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    let told = load.finish().await;
    assert_eq!(ledger::differences(&mut base.connection().await, "DEAD", &told).await, [""; 0]);
}
