//! `graphql-transport-ws`, message by message.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::socket::closes;
use super::support::{serve, serve_with, within};

#[tokio::test]
async fn a_subscription_runs_to_its_end() {
    let server = serve().await;
    let mut socket = server.signed_in().await;
    socket.subscribe("a", "subscription { count(to: 2) }").await;
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "a", "payload": { "data": { "count": 0 } } }));
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "a", "payload": { "data": { "count": 1 } } }));
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "a" }));
}

#[tokio::test]
async fn single_results_work_too() {
    let server = serve().await;
    let mut socket = server.signed_in().await;
    for (query, data) in [("{ me }", json!({ "me": "jesse@example.com" })), ("mutation { bump }", json!({ "bump": 1 }))] {
        socket.subscribe("a", query).await;
        assert_eq!(socket.hear().await, json!({ "type": "next", "id": "a", "payload": { "data": data } }));
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "a" }));
    }
    let request =
        json!({ "query": "query A($n: Int!) { number(n: $n) } query B { me }", "operationName": "A", "variables": { "n": 7 } });
    socket.say(json!({ "id": "b", "type": "subscribe", "payload": request })).await;
    assert_eq!(socket.hear().await["payload"], json!({ "data": { "number": 7 } }));
}

#[tokio::test]
async fn the_identity_comes_from_the_first_message_or_the_upgrade() {
    let server = serve().await;
    let with_header = [("authorization", "Bearer good")];
    let with_cookie = [("cookie", "rpm_session=good")];
    for (headers, payload, code) in [
        (&[][..], json!({ "token": "good" }), None),
        (&[][..], json!({ "Authorization": "Bearer good", "client": "x" }), None),
        (&with_header[..], Value::Null, None),
        (&with_cookie[..], json!({}), None),
        (&[("authorization", "Basic x")][..], json!({ "token": "good" }), None),
        (&[][..], Value::Null, Some(4403)),
        (&[][..], json!({ "token": "bad" }), Some(4403)),
        (&[][..], json!({ "token": 7 }), Some(4403)),
        (&[][..], json!({ "Authorization": "good" }), Some(4403)),
        // What the message says decides.
        (&with_header[..], json!({ "token": "bad" }), Some(4403)),
        (&[][..], json!({ "token": "unreachable" }), Some(1013)),
    ] {
        let mut socket = server.upgrade(headers).await.expect("an upgrade");
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        match code {
            None => assert_eq!(socket.hear().await, json!({ "type": "connection_ack" })),
            Some(code) => {
                let (got, reason) = socket.closed().await;
                assert_eq!(got, code, "{payload}: {reason}");
                assert_eq!(code == 4403, reason.starts_with("Forbidden: "), "{reason}");
                assert!(!reason.contains("secret"), "{reason}");
            }
        }
    }
}

#[tokio::test]
async fn another_subprotocol_is_4406() {
    let server = serve().await;
    // Without any: a client that offers one and is given none fails the handshake by itself.
    let mut socket = server.upgrade(&[("sec-websocket-protocol", "")]).await.expect("an upgrade");
    assert_eq!(socket.closed().await, closes(4406, "Subprotocol not acceptable"));
    let mut both = server.upgrade(&[("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")]).await.expect("an upgrade");
    both.say(json!({ "type": "ping" })).await;
    assert_eq!(both.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let server = serve().await;
    let own = format!("http://{}", server.address);
    let secure = format!("https://{}", server.address);
    for (origin, allowed) in [
        (own.as_str(), true),
        (secure.as_str(), true),
        ("https://cockpit.example", true),
        ("https://cockpit.example.evil.example", false),
        ("http://localhost:3000", false),
        ("null", false),
    ] {
        let upgraded = server.upgrade(&[("origin", origin)]).await;
        assert_eq!(upgraded.map(|_| ()), if allowed { Ok(()) } else { Err(403) }, "{origin}");
    }
}

#[tokio::test]
async fn silence_after_the_upgrade_is_4408() {
    let server = serve_with(|limits| limits.websocket.init_timeout = Duration::from_millis(50)).await;
    assert_eq!(server.socket().await.closed().await, closes(4408, "Connection initialisation timeout"));
}

#[tokio::test]
async fn rules_broken_close_the_connection() {
    let server = serve().await;
    let mut early = server.socket().await;
    early.subscribe("a", "{ hello }").await;
    assert_eq!(early.closed().await, closes(4401, "Unauthorized"));

    let mut twice = server.signed_in().await;
    twice.say(json!({ "type": "connection_init" })).await;
    assert_eq!(twice.closed().await, closes(4429, "Too many initialisation requests"));

    let mut same = server.signed_in().await;
    same.subscribe("a", "subscription { never }").await;
    same.subscribe("a", "subscription { count(to: 1) }").await;
    assert_eq!(same.closed().await, closes(4409, "Subscriber for a already exists"));
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn what_cannot_be_understood_is_4400() {
    let server = serve().await;
    for (message, says) in [
        (Message::text("{"), "a JSON object"),
        (Message::text("[]"), "a JSON object"),
        (Message::text("{}"), "has a `type`"),
        (Message::text(r#"{"type":1}"#), "has a `type`"),
        (Message::text(r#"{"type":"start"}"#), "no message of type `start`"),
        (Message::text(r#"{"type":"next","id":"a"}"#), "no message of type `next`"),
        (Message::text(r#"{"type":"ping","payload":1}"#), "`payload` of `ping` is an object"),
        (Message::text(r#"{"type":"connection_init","payload":"x"}"#), "`payload` of `connection_init` is an object"),
        (Message::text(r#"{"type":"subscribe","payload":{"query":"{ hello }"}}"#), "`subscribe` has an `id`"),
        (Message::text(r#"{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}"#), "`subscribe` has an `id`"),
        (Message::text(r#"{"type":"subscribe","id":"a"}"#), "`subscribe` has a `payload`"),
        (Message::text(r#"{"type":"subscribe","id":"a","payload":{}}"#), "`query` is missing"),
        (
            Message::text(r#"{"type":"subscribe","id":"a","payload":{"query":"{ hello }","variables":1}}"#),
            "`variables` is an object",
        ),
        (Message::text(r#"{"type":"complete"}"#), "`complete` has an `id`"),
        (Message::text(format!(r#"{{"type":"{}"}}"#, "ü".repeat(200))), "no message of type `ü"),
        (Message::binary(vec![1, 2, 3]), "Messages are text"),
    ] {
        let mut socket = server.signed_in().await;
        socket.say_raw(message.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{message}");
        assert!(reason.contains(says), "{message}: {reason}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_is_1009() {
    let server = serve_with(|limits| limits.websocket.message_bytes = 1000).await;
    let mut socket = server.signed_in().await;
    let message = |length: usize| json!({ "type": "ping", "payload": { "x": "x".repeat(length) } });
    socket.say(message(900)).await;
    assert_eq!(socket.hear().await["type"], "pong");
    socket.say(message(1000)).await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn refused_operations_end_with_an_error_message() {
    let server = serve_with(|limits| limits.operation_timeout = Duration::from_millis(50)).await;
    let mut socket = server.signed_in().await;
    for (query, code) in [
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { count(to: \"x\") }", "BAD_USER_INPUT"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("{ slow }", "TIMEOUT"),
        ("{ panics }", "INTERNAL"),
        ("subscription { panics }", "INTERNAL"),
    ] {
        // The id is free again each time.
        socket.subscribe("a", query).await;
        let message = socket.hear().await;
        assert_eq!(
            (&message["type"], &message["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!(code)),
            "{message}"
        );
        assert!(!message.to_string().contains("secret"), "{message}");
    }
    socket.subscribe("a", "{ hello }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn errors_of_execution_are_results() {
    let server = serve().await;
    let mut socket = server.signed_in().await;
    socket.subscribe("a", "{ hello maybe }").await;
    let next = socket.hear().await;
    assert_eq!((&next["type"], &next["payload"]["data"]), (&json!("next"), &json!({ "hello": "hello ", "maybe": null })));
    assert_eq!(socket.hear().await["type"], "complete");

    socket.subscribe("b", "subscription { stumbles }").await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(socket.hear().await["payload"]["data"].clone());
    }
    assert_eq!(seen, [json!({ "stumbles": 1 }), Value::Null, json!({ "stumbles": 2 })]);
    assert_eq!(socket.hear().await["type"], "complete");

    // One that panics takes none of the others with it.
    socket.subscribe("c", "subscription { panicsLater }").await;
    assert_eq!(socket.hear().await["payload"]["data"], json!({ "panicsLater": 1 }));
    let error = socket.hear().await;
    assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("INTERNAL")));

    socket.subscribe("c", "subscription { refuses }").await;
    let error = socket.hear().await;
    assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("CURSOR_EXPIRED")));
}

#[tokio::test]
async fn a_client_can_end_an_operation_and_reuse_its_id() {
    let server = serve().await;
    let mut socket = server.signed_in().await;
    socket.subscribe("a", "subscription { never }").await;
    socket.subscribe("b", "subscription { count(to: 1) }").await;
    assert_eq!(socket.hear_of("b").await["type"], "next");
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    within(server.probe.dropped.notified()).await;
    socket.say(json!({ "id": "unknown", "type": "complete" })).await;
    socket.subscribe("a", "{ me }").await;
    assert_eq!(socket.hear_of("a").await["payload"]["data"], json!({ "me": "jesse@example.com" }));
}

#[tokio::test]
async fn one_operation_too_many_is_refused_alone() {
    let server = serve_with(|limits| limits.websocket.subscriptions = 2).await;
    let mut socket = server.signed_in().await;
    for id in ["a", "b", "c"] {
        socket.subscribe(id, "subscription { never }").await;
    }
    let refused = socket.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("c")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    socket.subscribe("c", "subscription { count(to: 1) }").await;
    assert_eq!(socket.hear_of("c").await["type"], "next");
}

#[tokio::test]
async fn a_members_subscriptions_are_counted_over_all_connections() {
    let server = serve_with(|limits| limits.member_subscriptions = 2).await;
    let (mut first, mut second) = (server.signed_in().await, server.signed_in().await);
    for (socket, id) in [(&mut first, "a"), (&mut second, "b")] {
        socket.subscribe(id, "subscription { never }").await;
        within(server.probe.begun.notified()).await;
    }
    second.subscribe("c", "subscription { count(to: 1) }").await;
    let refused = second.hear().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("c")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    // Queries need no place, and others have places of their own.
    second.subscribe("d", "{ hello }").await;
    assert_eq!(second.hear_of("d").await["type"], "next");
    let mut other = server.socket().await;
    other.say(json!({ "type": "connection_init", "payload": { "token": "somebody else's" } })).await;
    assert_eq!(other.hear().await["type"], "connection_ack");
    other.subscribe("a", "subscription { count(to: 1) }").await;
    assert_eq!(other.hear().await["type"], "next");
    // A connection that ends gives its places back.
    drop(first);
    within(server.probe.dropped.notified()).await;
    assert_eq!(second.hear_of("d").await["type"], "complete");
    second.subscribe("c", "subscription { count(to: 1) }").await;
    assert_eq!(second.hear_of("c").await["type"], "next");
}

#[tokio::test]
async fn pings_are_answered_at_any_time() {
    let server = serve().await;
    let mut socket = server.socket().await;
    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}
