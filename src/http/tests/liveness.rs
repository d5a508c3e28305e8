//! How a WebSocket connection stays alive, is held back, and ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{Socket, closes};
use super::support::{serve, serve_with, within};

#[tokio::test]
async fn a_token_that_expires_ends_the_connection() {
    let server = serve().await;
    let mut socket = server.socket().await;
    socket.say(json!({ "type": "connection_init", "payload": { "token": "short" } })).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("a", "subscription { never }").await;
    within(server.probe.begun.notified()).await;
    assert_eq!(socket.closed().await, closes(4401, "Token expired"));
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn withdrawn_access_ends_the_connection() {
    let server = serve().await;
    let mut socket = server.signed_in().await;
    socket.subscribe("a", "subscription { never }").await;
    within(server.probe.begun.notified()).await;
    server.revoked.send_replace(true);
    assert_eq!(socket.closed().await, closes(4403, "Forbidden: access has been withdrawn or changed"));
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let server = serve().await;
    let mut waiting = server.socket().await;
    let mut subscribed = server.signed_in().await;
    subscribed.subscribe("a", "subscription { never }").await;
    within(server.probe.begun.notified()).await;
    server.drain.send_replace(true);
    for socket in [&mut waiting, &mut subscribed] {
        assert_eq!(socket.closed().await, closes(1001, "The server is stopping"));
    }
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn many_connections_do_not_all_go_at_once() {
    let server = serve().await;
    let mut sockets = Vec::new();
    for _ in 0..200 {
        sockets.push(server.socket().await);
    }
    server.drain.send_replace(true);
    let closings = sockets.iter_mut().map(|socket| async {
        assert_eq!(socket.closed().await, closes(1001, "The server is stopping"));
        std::time::Instant::now()
    });
    let moments = within(futures_util::future::join_all(closings)).await;
    // 200 of them are spread over 200 ms by chance; that all fall into a tenth of it is out of the question.
    let (first, last) = (moments.iter().min().expect("one"), moments.iter().max().expect("one"));
    assert!(last.duration_since(*first) > Duration::from_millis(20));
}

#[tokio::test]
async fn a_closing_client_is_answered() {
    let server = serve().await;
    let mut socket = server.signed_in().await;
    socket.subscribe("a", "subscription { never }").await;
    within(server.probe.begun.notified()).await;
    socket.say_raw(Message::Close(None)).await;
    socket.ended().await;
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn a_peer_that_answers_pings_stays() {
    let server = serve_with(|limits| limits.keep_alive = Duration::from_millis(100)).await;
    let mut socket = server.signed_in().await;
    socket.read_pings(5).await;
    socket.subscribe("a", "{ hello }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

/// Reads bytes only, so that nothing answers the pings.
#[tokio::test]
async fn a_peer_that_falls_silent_is_dropped() {
    let server = serve_with(|limits| {
        limits.keep_alive = Duration::from_millis(50);
        limits.websocket.close_timeout = Duration::from_millis(50);
    })
    .await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    let request = format!(
        "GET /graphql HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n",
        server.address
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    within(stream.read_to_end(&mut bytes)).await.expect("the end");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a handshake") + 4;
    let frames = &bytes[end..];
    assert!(frames.starts_with(&[0x89, 0x00]), "a ping first: {frames:?}");
    let close = frames.windows(4).any(|window| window[0] == 0x88 && window[2..] == 1001_u16.to_be_bytes());
    assert!(close, "then 1001: {frames:?}");
}

#[tokio::test]
async fn a_reader_that_stops_stops_the_producer() {
    let server = serve().await;
    let mut socket: Socket = server.signed_in().await;
    socket.subscribe("a", "subscription { flood }").await;
    let stalled = server.produced_at_rest().await;
    // And reading moves it on.
    for _ in 0..stalled + 100 {
        assert_eq!(socket.hear().await["type"], "next");
    }
    assert!(server.probe.produced.load(Ordering::SeqCst) >= stalled + 100);
    // The other side still listens.
    socket.say(json!({ "id": "a", "type": "complete" })).await;
    socket.subscribe("b", "{ hello }").await;
    assert_eq!(socket.hear_of("b").await["type"], "next");
    let stopped = server.produced_at_rest().await;
    socket.subscribe("b2", "{ hello }").await;
    assert_eq!(socket.hear_of("b2").await["type"], "next");
    assert_eq!(server.probe.produced.load(Ordering::SeqCst), stopped);
}

/// A client that fills the way out and then asks on must not fill the memory instead.
#[tokio::test]
async fn a_connection_that_does_not_read_ends_by_keep_alive() {
    let server = serve_with(|limits| {
        limits.keep_alive = Duration::from_millis(200);
        limits.websocket.close_timeout = Duration::from_millis(50);
    })
    .await;
    let mut socket = server.signed_in().await;
    socket.subscribe("a", "subscription { flood }").await;
    socket.subscribe("b", "subscription { never }").await;
    within(server.probe.dropped.notified()).await;
}
