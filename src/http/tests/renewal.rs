//! A new token on an open socket.

use serde_json::{Value, json};

use super::socket::{Socket, closes};
use super::support::{serve, within};

impl Socket {
    async fn renew(&mut self, token: Value) -> Value {
        self.say(json!({ "type": "ping", "payload": { "token": token } })).await;
        let pong = self.hear().await;
        assert_eq!(pong["type"], "pong", "{pong}");
        pong["payload"].clone()
    }

    async fn init(&mut self, token: &str) {
        self.say(json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(self.hear().await["type"], "connection_ack");
    }
}

#[tokio::test]
async fn a_renewed_connection_outlives_its_first_token() {
    let server = serve().await;
    // This one shows when the first token has run out.
    let mut other = server.socket().await;
    let mut socket = server.socket().await;
    socket.init("short").await;
    socket.subscribe("a", "subscription { never }").await;
    within(server.probe.begun.notified()).await;
    let renewed = socket.renew(json!("good")).await;
    assert_eq!(renewed["renewed"], true, "{renewed}");
    let expires_at = renewed["expiresAt"].as_str().expect("a time");
    assert!(chrono::DateTime::parse_from_rfc3339(expires_at).is_ok_and(|at| at > chrono::Utc::now()), "{expires_at}");

    other.init("short").await;
    assert_eq!(other.closed().await, closes(4401, "Token expired"));
    socket.subscribe("b", "{ me }").await;
    assert_eq!(socket.hear_of("b").await["payload"]["data"], json!({ "me": "jesse@example.com" }));
    // Renewal has left the subscription alone, and withdrawing access still ends it.
    server.revoked.send_replace(true);
    assert_eq!(socket.closed().await, closes(4403, "Forbidden: access has been withdrawn or changed"));
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn a_renewal_that_fails_changes_nothing() {
    let server = serve().await;
    let mut socket = server.socket().await;
    let early = socket.renew(json!("good")).await;
    assert_eq!(early, json!({ "renewed": false, "message": "`token` is a token, and comes after `connection_init`" }));
    socket.init("short").await;
    for (token, says) in [
        (json!("bad"), "The token is not valid."),
        (json!("somebody else's"), "another member's"),
        (json!("narrowed"), "another role's"),
        (json!(7), "`token` is a token"),
        (json!("unreachable"), "Internal error"),
    ] {
        let pong = socket.renew(token.clone()).await;
        assert_eq!(pong["renewed"], false, "{token}: {pong}");
        assert!(pong["message"].as_str().is_some_and(|message| message.contains(says)), "{token}: {pong}");
    }
    socket.subscribe("a", "{ me }").await;
    assert_eq!(socket.hear().await["payload"]["data"], json!({ "me": "jesse@example.com" }));
    assert_eq!(socket.closed().await, closes(4401, "Token expired"));
}
