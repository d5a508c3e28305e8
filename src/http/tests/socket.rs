//! The client's end of a WebSocket.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::support::within;

/// A connection, as a test sees it.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Pings of the server that came by.
    pings: usize,
    early: VecDeque<Value>,
}

impl Socket {
    pub(super) fn new(stream: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self { stream, pings: 0, early: VecDeque::new() }
    }

    pub(super) async fn say(&mut self, message: Value) {
        self.say_raw(Message::text(message.to_string())).await;
    }

    pub(super) async fn say_raw(&mut self, message: Message) {
        within(self.stream.send(message)).await.expect("sent");
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    /// The next message of the protocol.
    pub(super) async fn hear(&mut self) -> Value {
        if let Some(early) = self.early.pop_front() {
            return early;
        }
        match self.next().await {
            Heard::Message(message) => message,
            other => panic!("instead of a message: {other:?}"),
        }
    }

    /// The next message of one operation; others are kept for later.
    pub(super) async fn hear_of(&mut self, id: &str) -> Value {
        if let Some(at) = self.early.iter().position(|message| message["id"] == id) {
            return self.early.remove(at).expect("it is there");
        }
        loop {
            match self.next().await {
                Heard::Message(message) if message["id"] == id => return message,
                Heard::Message(other) => self.early.push_back(other),
                other => panic!("instead of a message: {other:?}"),
            }
        }
    }

    /// How the server ended the connection: code and reason.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Heard::Close(code, reason) => return (code, reason),
                Heard::Message(_) => {}
                Heard::End => panic!("the connection ended without a reason"),
            }
        }
    }

    /// Reads until the server has pinged so often.
    pub(super) async fn read_pings(&mut self, pings: usize) {
        while self.pings < pings {
            let message = within(self.stream.next()).await.expect("open").expect("a frame");
            self.pings += usize::from(matches!(message, Message::Ping(_)));
        }
    }

    /// Reads to the end of a closing handshake.
    pub(super) async fn ended(&mut self) {
        while let Some(frame) = within(self.stream.next()).await {
            frame.expect("a clean end");
        }
    }

    async fn next(&mut self) -> Heard {
        loop {
            return match within(self.stream.next()).await {
                Some(Ok(Message::Text(text))) => Heard::Message(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(Some(frame)))) => Heard::Close(frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Ping(_))) => {
                    self.pings += 1;
                    continue;
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Heard::End,
            };
        }
    }
}

#[derive(Debug)]
enum Heard {
    Message(Value),
    Close(u16, String),
    End,
}

/// A close code and its reason, as [`Socket::closed`] gives them.
pub(super) fn closes(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}
