//! More than a server takes on at once: refused quickly, with when to come back, while health is told as ever.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use super::rig::until;
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

const READ: &str = "{ actions(first: 1) { totalCount } }";

#[tokio::test]
async fn what_is_too_much_at_once_is_refused_and_told_when_to_come_back() {
    let server = Server::with(TestDatabase::new().await, &["--max-in-flight", "2"]);
    let token = server.token(ADMIN);
    let mut holder = server.database.connection().await;
    let mut held = holder.begin().await.unwrap();
    held.execute("LOCK TABLE rpm_action_items IN ACCESS EXCLUSIVE MODE").await.unwrap();
    // Two that wait for the database, each for its own answer.
    let ask = |query: &'static str| {
        let request = server.http().post(server.url("/graphql")).bearer_auth(&token).json(&json!({ "query": query }));
        tokio::spawn(async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        })
    };
    let waiting = [ask(READ), ask("{ actions(first: 2) { totalCount } }")];
    until("two requests are under way", async || server.metric("rpm_operations_in_flight").await == 2.0).await;

    let begun = Instant::now();
    for _ in 0..20 {
        let request =
            server.http().post(server.url("/graphql")).bearer_auth(&token).json(&json!({ "query": "{ viewer { email } }" }));
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"));
        let body: Value = answer.json().await.unwrap();
        let extensions = &body["errors"][0]["extensions"];
        assert_eq!((&extensions["code"], &extensions["retryAfterSeconds"]), (&json!("OVERLOADED"), &json!(1)), "{body}");
        assert!(body.get("data").is_none(), "{body}");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(server.http().get(server.url(path)).send().await.unwrap().status(), 200, "{path}");
    }
    assert_eq!(server.metric("rpm_operations_shed_total").await, 20.0);
    // What comes over an open socket waits for its turn, as a browser's event stream does.
    let mut socket = server.socket(&token).await;
    socket.subscribe("1", "{ viewer { email } }", json!({})).await;

    held.rollback().await.unwrap();
    for answer in waiting {
        let (status, body) = answer.await.unwrap();
        assert_eq!((status, &body["data"]["actions"]["totalCount"]), (200, &json!(0)), "{body}");
    }
    assert_eq!(socket.next("1").await["viewer"]["email"], ADMIN);
    server.ask(&token, READ, json!({})).await.data();
    until("nothing is under way", async || server.metric("rpm_operations_in_flight").await == 0.0).await;
}
