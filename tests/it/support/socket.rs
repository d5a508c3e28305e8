//! A `graphql-transport-ws` client.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Nothing that a test waits for takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// An open, acknowledged connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub async fn open(address: &str, token: &str) -> Self {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (stream, _) = connect_async(request).await.unwrap();
        let mut socket = Self { stream };
        socket.send(json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(socket.receive().await["type"], "connection_ack");
        socket
    }

    pub async fn send(&mut self, message: Value) {
        self.stream.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message.
    pub async fn receive(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(DEADLINE, self.stream.next()).await.expect("a message in time");
            match message.expect("an open socket").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// How the server ends the connection: code and reason. Messages before that do not count.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            let message = tokio::time::timeout(DEADLINE, self.stream.next()).await.expect("an end in time");
            if let Message::Close(Some(frame)) = message.expect("an open socket").unwrap() {
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }

    /// Waits until the server has pinged so often, and answers.
    pub async fn pings(&mut self, mut count: usize) {
        while count > 0 {
            let message = tokio::time::timeout(DEADLINE, self.stream.next()).await.expect("a ping in time");
            count -= usize::from(matches!(message, Some(Ok(Message::Ping(_)))));
        }
    }

    /// Subscribes; does not wait for it to begin.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// The data of the next event of a subscription.
    pub async fn next(&mut self, id: &str) -> Value {
        loop {
            let message = self.receive().await;
            match message["type"].as_str() {
                Some("next") if message["id"] == id => {
                    assert!(message["payload"].get("errors").is_none(), "{message:#}");
                    return message["payload"]["data"].clone();
                }
                Some("error" | "complete") => panic!("the subscription ended: {message:#}"),
                _ => {}
            }
        }
    }
}
