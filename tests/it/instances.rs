//! Several servers on one database, and what reaches their subscribers when hints do not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::{ADMIN, TEAM, VIP};
use crate::support::{Deaf, Server, Socket, TestDatabase};

const EVENTS: &str = "subscription($after: Cursor) { events(after: $after) { cursor detail } }";

async fn beat(server: &Server, token: &str, error: &str) {
    let mutation =
        "mutation($error: String!) { recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: $error }) { agent { id } } }";
    server.ask(token, mutation, json!({ "error": error })).await.data();
}

/// Follows from now on.
async fn follow(server: &Server, token: &str) -> Socket {
    let after = server.ask(token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    let mut socket = server.socket(token).await;
    socket.subscribe("1", EVENTS, json!({ "after": after })).await;
    socket
}

async fn next(socket: &mut Socket) -> Value {
    socket.next("1").await["events"]["cursor"].clone()
}

#[tokio::test]
async fn a_mutation_on_either_of_two_servers_reaches_the_subscribers_of_both() {
    let one = Server::start().await;
    let other = one.another(&[]);
    let token = one.token(ADMIN);
    let (mut here, mut there) = (follow(&one, &token).await, follow(&other, &token).await);
    for (round, server) in [&one, &other, &one, &other].into_iter().enumerate() {
        beat(server, &token, &round.to_string()).await;
        assert_eq!(next(&mut here).await, next(&mut there).await);
    }
}

#[tokio::test]
async fn without_hints_an_event_is_delivered_within_a_second() {
    let one = Server::start().await;
    let token = one.token(ADMIN);
    let nowhere = "postgres://rpm@127.0.0.1:1/rpm".to_owned();
    // A pooler in transaction mode: it takes LISTEN and passes nothing on.
    let deaf = Deaf::to(&one.database.url).await;
    for listen_url in [nowhere, deaf.url()] {
        let other = one.another(&["--listen-url", &listen_url]);
        let mut there = follow(&other, &token).await;
        beat(&one, &token, &listen_url).await;
        next(&mut there).await;
        // The second cannot be owed to the beginning of the subscription.
        let before = Instant::now();
        beat(&one, &token, "again").await;
        next(&mut there).await;
        assert!(before.elapsed() < Duration::from_secs(1), "{:?} by {listen_url}", before.elapsed());
    }
    assert!(deaf.has_swallowed() > 0, "hints were sent and not passed on");
}

#[tokio::test]
async fn a_connection_that_turns_deaf_is_noticed_by_the_first_own_commit() {
    let one = Server::start().await;
    let token = one.token(ADMIN);
    let link = Deaf::hearing(&one.database.url).await;
    let other = one.another(&["--listen-url", &link.url()]);
    let mut there = follow(&other, &token).await;
    beat(&one, &token, "heard").await;
    next(&mut there).await;
    link.turn();
    beat(&other, &token, "an own commit").await;
    next(&mut there).await;
    // Until the silence is noticed, what others commit waits; a trial takes three seconds to fail.
    let before = Instant::now();
    beat(&one, &token, "while it is not noticed").await;
    next(&mut there).await;
    assert!(before.elapsed() < Duration::from_secs(8), "{:?}", before.elapsed());
    assert!(link.has_swallowed() > 0);
    let before = Instant::now();
    beat(&one, &token, "when it is").await;
    next(&mut there).await;
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
}

#[tokio::test]
async fn from_now_on_means_from_now_on_where_hints_are_not_heard() {
    let one = Server::start().await;
    let token = one.token(ADMIN);
    let deaf = one.another(&["--listen-url", "postgres://rpm@127.0.0.1:1/rpm"]);
    for round in 0..5 {
        beat(&one, &token, &round.to_string()).await;
    }
    let mut socket = deaf.socket(&token).await;
    socket.subscribe("1", "subscription { events { cursor detail } }", json!({})).await;
    // Answered behind the beginning of the subscription, which asks the log.
    let begun = deaf.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    until_begun(&deaf).await;
    beat(&one, &token, "now").await;
    let first = next(&mut socket).await;
    let behind =
        one.ask(&token, "query($after: Cursor) { events(after: $after) { nodes { cursor } } }", json!({ "after": begun })).await;
    assert_eq!(behind.data()["events"]["nodes"], json!([{ "cursor": first }]));
}

/// Waits until a server counts a follower.
async fn until_begun(server: &Server) {
    while server.metric("rpm_event_followers").await < 1.0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_owner_who_comes_to_be_is_followed_by_who_subscribes_then() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    let query = "{ eventCursor actions(first: 1) { nodes { code } } }";
    let data = server.ask(&token, query, json!({})).await.data();
    let code = data["actions"]["nodes"][0]["code"].as_str().unwrap().to_owned();
    let document = "subscription($after: Cursor) { events(after: $after, owner: [\"Zoe\"]) { cursor } }";
    let mut early = server.socket(&token).await;
    early.subscribe("1", document, json!({ "after": data["eventCursor"] })).await;
    until_begun(&server).await;
    let reassign = format!("mutation {{ reassignAction(input: {{ code: \"{code}\", owner: \"Zoe\" }}) {{ action {{ id }} }} }}");
    server.ask(&token, &reassign, json!({})).await.data();
    let mut late = server.socket(&token).await;
    late.subscribe("1", document, json!({ "after": data["eventCursor"] })).await;
    let block =
        format!("mutation {{ blockAction(input: {{ code: \"{code}\", blockerDescription: \"rain\" }}) {{ action {{ id }} }} }}");
    server.ask(&token, &block, json!({})).await.data();
    next(&mut late).await;
}

#[tokio::test]
async fn a_hint_written_by_hand_does_no_harm() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let mut socket = follow(&server, &token).await;
    let mut connection = server.database.connection().await;
    for word in ["9223372036854775807", "", "-1", "x"] {
        sqlx::query("SELECT pg_notify('rpm_events', $1)").bind(word).execute(&mut connection).await.unwrap();
    }
    let other = server.another(&[]);
    for round in 0..3 {
        beat(&other, &token, &round.to_string()).await;
        next(&mut socket).await;
    }
}

#[tokio::test]
async fn who_is_revoked_or_narrowed_loses_the_streams_on_every_server_within_five_seconds() {
    let one = Server::start().await;
    let deaf = one.another(&["--listen-url", "postgres://rpm@127.0.0.1:1/rpm"]);
    let admin = one.token(ADMIN);
    let (vip, team) = (one.token(VIP), one.token(TEAM));
    let mut sockets = Vec::new();
    for server in [&one, &deaf] {
        for token in [&vip, &team] {
            sockets.push(follow(server, token).await);
        }
    }
    let mut stays = follow(&one, &admin).await;
    let mut connection = one.database.connection().await;
    let before = Instant::now();
    for sql in [
        "UPDATE members SET revoked_at = now() WHERE email = 'vip@test.rpm'",
        "UPDATE members SET owner_id = (SELECT id FROM owners WHERE name = 'Jesse') WHERE email = 'team@test.rpm'",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    for socket in &mut sockets {
        let (code, reason) = socket.closed().await;
        assert_eq!((code, reason.as_str()), (4403, "Forbidden: access has been withdrawn or changed"));
    }
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    beat(&one, &admin, "still here").await;
    next(&mut stays).await;
    // Who may see something else comes back for it; who is revoked does not.
    follow(&one, &team).await;
    assert_eq!(one.ask(&vip, "{ eventCursor }", json!({})).await.status, 401);
}

#[tokio::test]
async fn subscribers_go_on_when_the_database_comes_back() {
    let database = TestDatabase::new().await;
    let server = Server::with(database, &[]);
    let token = server.token(ADMIN);
    let mut socket = follow(&server, &token).await;
    beat(&server, &token, "before").await;
    next(&mut socket).await;
    // Every connection of this database is cut, those of the pool and that for hints.
    let mut connection = server.database.connection().await;
    let cut =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(cut).execute(&mut connection).await.unwrap();
    let other = server.another(&[]);
    for round in 0..3 {
        beat(&other, &token, &round.to_string()).await;
        next(&mut socket).await;
    }
}
