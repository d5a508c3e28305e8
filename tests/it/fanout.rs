//! One execution for all who subscribe to the same, nothing while nothing happens, and no gap for those who fall behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::postgres::{ADMIN, TEAM, VIP};
use crate::support::{Server, Socket};

/// Needs three levels of relations.
const DEEP: &str = "subscription($after: Cursor) {
  events(after: $after) { cursor actor week { title completionRate } ... on AgentStatusChangedEvent { agent { name currentAction { code result { code } } } } } }";

/// Needs the same rows by another way.
const WIDE: &str = "subscription { agentStatusChanged { cursor agent { name status currentAction { text result { week { title } } } } week { completionRate } } }";

async fn plan() -> (Server, String) {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    (server, token)
}

async fn cursor(server: &Server, token: &str) -> Value {
    server.ask(token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone()
}

/// Leaves one event: the same report a second time would leave none.
async fn beat(server: &Server, token: &str) {
    static ROUND: AtomicUsize = AtomicUsize::new(0);
    let round = ROUND.fetch_add(1, Ordering::Relaxed);
    let mutation =
        "mutation($error: String!) { recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: $error }) { agent { id } } }";
    server.ask(token, mutation, json!({ "error": format!("error {round}") })).await.data();
}

/// A socket with some subscriptions `0`, `1`, … that certainly have begun.
/// One event more or less: the others of a test see those that a new socket begins with.
async fn subscribed(server: &Server, token: &str, query: &str, count: usize) -> Socket {
    let mut socket = server.socket(token).await;
    let after = cursor(server, token).await;
    for id in 0..count {
        socket.subscribe(&id.to_string(), query, json!({ "after": after })).await;
    }
    // A subscription begins with what lies behind its cursor: this event is there for each of them.
    beat(server, &server.token(ADMIN)).await;
    for _ in 0..count {
        assert_eq!(socket.receive().await["type"], "next");
    }
    socket
}

/// What one event costs, all told, until the last of some sockets has it `count` times: SQL statements, and executions.
async fn cost(server: &Server, token: &str, sockets: &mut [(Socket, usize)]) -> (u64, u64) {
    let before = (server.statements().await, server.executions().await);
    beat(server, token).await;
    for (socket, count) in sockets {
        for _ in 0..*count {
            assert_eq!(socket.receive().await["type"], "next");
        }
    }
    (server.statements().await - before.0, server.executions().await - before.1)
}

#[tokio::test]
async fn an_event_costs_the_same_for_one_reader_or_many() {
    let (server, token) = plan().await;
    let mut sockets = vec![(subscribed(&server, &token, DEEP, 1).await, 1)];
    cost(&server, &token, &mut sockets).await;
    let one = cost(&server, &token, &mut sockets).await;
    assert_eq!(one.1, 1);
    let vip = server.token(VIP);
    for token in [&token, &vip, &token, &vip] {
        let socket = subscribed(&server, &token.clone(), DEEP, 25).await;
        // Those before have seen its first event too.
        for (socket, count) in &mut sockets {
            for _ in 0..*count {
                socket.receive().await;
            }
        }
        sockets.push((socket, 25));
    }
    assert_eq!(cost(&server, &token, &mut sockets).await, one, "a hundred more, of two members with the same scope");
}

#[tokio::test]
async fn documents_of_one_scope_share_what_they_read() {
    let (server, token) = plan().await;
    let mut deep = vec![(subscribed(&server, &token, DEEP, 1).await, 1)];
    cost(&server, &token, &mut deep).await;
    let one = cost(&server, &token, &mut deep).await;
    let mut wide = server.socket(&token).await;
    wide.subscribe("wide", WIDE, json!({})).await;
    deep.push((wide, 1));
    // The subscription has begun when its first event is there.
    while {
        beat(&server, &token).await;
        deep[0].0.receive().await;
        let began = tokio::time::timeout(std::time::Duration::from_millis(300), deep[1].0.next("wide")).await.is_ok();
        !began
    } {}
    let both = cost(&server, &token, &mut deep).await;
    assert_eq!(both, (one.0, 2), "an execution each, and what is read once");
}

#[tokio::test]
async fn while_nothing_happens_nothing_runs() {
    let server = Server::with(crate::support::TestDatabase::new().await, &["--ping-interval", "1"]);
    let token = server.token(ADMIN);
    let mut sockets = vec![(subscribed(&server, &token, DEEP, 50).await, 50)];
    cost(&server, &token, &mut sockets).await;
    let before = server.statements().await;
    // Some seconds, by the server's own clock: it pings a connection that was silent for a second.
    sockets[0].0.pings(2).await;
    assert_eq!(server.statements().await, before);
}

#[tokio::test]
async fn a_reader_that_stalls_catches_up_from_the_log_and_holds_nobody_up() {
    let (server, token) = plan().await;
    // Long answers: what the kernel holds between two sockets is some megabytes.
    let long = DEEP.replace("cursor actor", &(0..30).fold("cursor".to_owned(), |fields, n| format!("{fields} c{n}: cursor")));
    let mut stalled = subscribed(&server, &token, &long, 100).await;
    let mut lively = subscribed(&server, &token, DEEP, 1).await;
    let (events, mut expected) = (700, Vec::new());
    for _ in 0..events {
        beat(&server, &token).await;
        expected.push(lively.next("0").await["events"]["cursor"].clone());
    }
    // Its first event was that of the other's beginning.
    let mut seen = vec![Vec::new(); 100];
    while seen.iter().any(|seen| seen.len() < events + 1) {
        let message = stalled.receive().await;
        assert_eq!(message["type"], "next");
        let id: usize = message["id"].as_str().unwrap().parse().unwrap();
        seen[id].push(message["payload"]["data"]["events"]["cursor"].clone());
    }
    for seen in seen {
        assert_eq!(seen[1..], expected);
    }
    let replayed = server.metric("rpm_events_replayed_total").await;
    assert!(
        (100.0..1000.0).contains(&replayed),
        "a hundred subscriptions were behind, and each page was made for all: {replayed}"
    );
}

#[tokio::test]
async fn those_who_come_back_share_again_whatever_their_cursors() {
    let (server, token) = plan().await;
    let mut cursors = vec![cursor(&server, &token).await];
    let mut first = subscribed(&server, &token, DEEP, 1).await;
    for _ in 0..5 {
        beat(&server, &token).await;
        cursors.push(first.next("0").await["events"]["cursor"].clone());
    }
    let mut socket = server.socket(&token).await;
    for (id, after) in cursors.iter().enumerate() {
        socket.subscribe(&id.to_string(), DEEP, json!({ "after": after })).await;
    }
    beat(&server, &token).await;
    let last = first.next("0").await["events"]["cursor"].clone();
    let mut open = cursors.len();
    while open > 0 {
        let message = socket.receive().await;
        open -= usize::from(message["payload"]["data"]["events"]["cursor"] == last);
    }
    let mut sockets = vec![(first, 1), (socket, cursors.len())];
    let many = cost(&server, &token, &mut sockets).await;
    let mut alone = sockets.drain(..1).collect::<Vec<_>>();
    drop(sockets);
    assert_eq!(cost(&server, &token, &mut alone).await, many);
}

#[tokio::test]
async fn a_narrower_scope_has_answers_of_its_own() {
    let (server, token) = plan().await;
    let query = "{ actions(filter: { status: [PENDING] }, first: 1) { nodes { code } } }";
    let action = server.ask(&token, query, json!({})).await.data()["actions"]["nodes"][0].clone();
    let reassign = "mutation($code: String) { reassignAction(input: { code: $code, owner: \"Andrew\" }) { action { id } } }";
    server.ask(&token, reassign, json!({ "code": action["code"] })).await.data();
    let document = "subscription { actionBlocked { action { code result { code week { title } } } } }";
    let mut sockets = Vec::new();
    for token in [server.token(TEAM), token.clone()] {
        let mut socket = server.socket(&token).await;
        socket.subscribe("1", document, json!({})).await;
        // Answered behind the subscription's beginning.
        socket.subscribe("2", "{ viewer { email } }", json!({})).await;
        while socket.receive().await["type"] != "complete" {}
        sockets.push(socket);
    }
    let mut round = 0;
    for socket in &mut sockets {
        loop {
            round += 1;
            let block = format!(
                "mutation {{ blockAction(input: {{ code: {}, blockerDescription: \"{round}\" }}) {{ action {{ id }} }} }}",
                action["code"]
            );
            server.ask(&token, &block, json!({})).await.data();
            let next = tokio::time::timeout(std::time::Duration::from_millis(500), socket.next("1")).await;
            if let Ok(next) = next {
                assert_eq!(next["actionBlocked"]["action"]["code"], action["code"]);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_subscription_in_a_fragment_or_skipped_is_refused_and_not_silent() {
    let (server, token) = plan().await;
    let mut socket = server.socket(&token).await;
    for query in [
        "subscription { ...All } fragment All on Subscription { events { id } }",
        "subscription { events @skip(if: true) { id } }",
        "subscription { events { id } events { cursor } }",
    ] {
        socket.subscribe("1", query, json!({})).await;
        let message = socket.receive().await;
        assert_eq!(message["type"], "error", "{query}: {message}");
    }
}

#[tokio::test]
async fn a_crowd_that_comes_back_is_brought_up_to_date_once() {
    let (server, token) = plan().await;
    let after = cursor(&server, &token).await;
    // The feed is there, and has no room for what lies before it.
    let mut live = subscribed(&server, &token, DEEP, 1).await;
    let events = 300;
    for _ in 0..events {
        beat(&server, &token).await;
        live.next("0").await;
    }
    let before = server.executions().await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        let mut socket = server.socket(&token).await;
        for id in 0..20 {
            socket.subscribe(&id.to_string(), DEEP, json!({ "after": after })).await;
        }
        sockets.push(socket);
    }
    for socket in &mut sockets {
        // Each sees the beginning of the live one too.
        for _ in 0..20 * (events + 1) {
            assert_eq!(socket.receive().await["type"], "next");
        }
    }
    let executions = server.executions().await - before;
    assert!(executions <= 2 * (events as u64 + 1), "{executions} executions for a hundred who missed {events} events");
}
