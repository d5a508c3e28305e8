//! Many WebSocket clients in one thread: they read frames, note when an event arrived, and do nothing else.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};

/// What stands before the moment of an event in its message.
pub(crate) const OCCURRED_AT: &[u8] = b"\"occurredAt\":\"";

/// Length of such a moment: `2026-11-24T08:00:00.123456Z`.
pub(crate) const MOMENT: usize = 27;

/// Sockets that are opened at once.
const OPENED_AT_ONCE: usize = 128;

/// Whom to follow, and how.
#[derive(Clone)]
pub(crate) struct Plan {
    pub address: String,
    pub sockets: usize,
    /// Subscriptions on one socket; none where the server just sends.
    pub graphql: Option<Graphql>,
}

/// What is said on a socket before events come.
#[derive(Clone)]
pub(crate) struct Graphql {
    pub token: String,
    pub query: String,
    pub after: String,
    pub per_socket: usize,
}

/// What has arrived.
#[derive(Default)]
pub(crate) struct Tally {
    /// Microseconds from the event's moment to its arrival, one for each delivery.
    pub latencies: Vec<u32>,
    /// A message as it came.
    pub sample: Vec<u8>,
    /// Sockets that ended.
    pub lost: usize,
    last: (Vec<u8>, i64),
    changed: Rc<Notify>,
}

impl Tally {
    fn take(&mut self, message: &[u8], now: i64) {
        let Some(at) = message.windows(OCCURRED_AT.len()).position(|window| window == OCCURRED_AT) else {
            panic!("not an event: {}", String::from_utf8_lossy(message));
        };
        let from = at + OCCURRED_AT.len();
        let moment = &message[from..from + MOMENT];
        if self.last.0 != moment {
            let text = std::str::from_utf8(moment).unwrap();
            self.last = (moment.to_vec(), text.parse::<DateTime<Utc>>().unwrap().timestamp_micros());
            self.sample = message.to_vec();
        }
        self.latencies.push(u32::try_from((now - self.last.1).max(0)).unwrap_or(u32::MAX));
        self.changed.notify_one();
    }
}

/// The clients, for as long as this lives.
pub(crate) struct Subscribers {
    pub tally: Rc<RefCell<Tally>>,
    changed: Rc<Notify>,
    _tasks: JoinSet<()>,
}

impl Subscribers {
    /// Opens all sockets, some at a time. Call it in a [`LocalSet`].
    pub(crate) async fn open(plan: &Plan) -> Self {
        let changed = Rc::new(Notify::new());
        let tally = Rc::new(RefCell::new(Tally { changed: Rc::clone(&changed), ..Tally::default() }));
        let mut tasks = JoinSet::new();
        for first in (0..plan.sockets).step_by(OPENED_AT_ONCE) {
            let opening = (first..plan.sockets.min(first + OPENED_AT_ONCE)).map(|_| Socket::open(plan));
            for socket in futures_util::future::join_all(opening).await {
                tasks.spawn_local(socket.follow(Rc::clone(&tally)));
            }
        }
        Self { tally, changed, _tasks: tasks }
    }

    /// Waits until so many deliveries are there; false when none has come for `patience`.
    pub(crate) async fn deliveries(&self, count: usize, patience: Duration) -> bool {
        while self.tally.borrow().latencies.len() < count {
            if tokio::time::timeout(patience, self.changed.notified()).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// Runs something that opens [`Subscribers`].
pub(crate) async fn local<T>(work: impl Future<Output = T>) -> T {
    LocalSet::new().run_until(work).await
}

struct Socket {
    stream: TcpStream,
    /// A frame that has come in part.
    rest: Vec<u8>,
}

thread_local! {
    /// What any socket reads into.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 * 1024]);
}

impl Socket {
    async fn open(plan: &Plan) -> Self {
        let mut stream = TcpStream::connect(&plan.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (path, protocol) = match plan.graphql {
            Some(_) => ("/graphql", "sec-websocket-protocol: graphql-transport-ws\r\n"),
            None => ("/ws", ""),
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n",
            plan.address
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut socket = Self { stream, rest: Vec::new() };
        let head = loop {
            if let Some(at) = socket.rest.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(socket.fill().await, "the server hung up");
        };
        assert!(socket.rest.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&socket.rest));
        socket.rest.drain(..head);
        if let Some(graphql) = &plan.graphql {
            socket.subscribe(graphql).await;
        }
        socket
    }

    async fn subscribe(&mut self, graphql: &Graphql) {
        self.say(0x1, json!({ "type": "connection_init", "payload": { "token": graphql.token } }).to_string().as_bytes()).await;
        while !self.rest.windows(14).any(|window| window == b"connection_ack") {
            assert!(self.fill().await, "the server hung up: {}", String::from_utf8_lossy(&self.rest));
        }
        self.rest.clear();
        for number in 0..graphql.per_socket {
            // As long as the ids that graphql-ws makes.
            let id = format!("{number:08}-0000-4000-8000-000000000000");
            let payload = json!({ "query": graphql.query, "variables": { "after": graphql.after } });
            let message = json!({ "id": id, "type": "subscribe", "payload": payload });
            self.say(0x1, message.to_string().as_bytes()).await;
        }
    }

    /// Sends a frame, masked as a client's has to be (with zeros, which changes nothing).
    async fn say(&mut self, opcode: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | opcode];
        match u16::try_from(payload.len()).unwrap() {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// Reads some more behind what is there; false at the end.
    async fn fill(&mut self) -> bool {
        loop {
            self.stream.readable().await.unwrap();
            let read = BUFFER.with_borrow_mut(|buffer| {
                let read = self.stream.try_read(buffer);
                if let Ok(length) = read {
                    self.rest.extend_from_slice(&buffer[..length]);
                }
                read
            });
            match read {
                Ok(length) => return length > 0,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
    }

    async fn follow(mut self, tally: Rc<RefCell<Tally>>) {
        loop {
            let now = Utc::now().timestamp_micros();
            let mut pings = 0;
            let mut at = 0;
            while let Some((opcode, from, to)) = frame(&self.rest[at..]) {
                match opcode {
                    0x1 => tally.borrow_mut().take(&self.rest[at + from..at + to], now),
                    0x9 => pings += 1,
                    _ => {}
                }
                at += to;
            }
            self.rest.drain(..at);
            if self.rest.is_empty() {
                // Ten thousand of these: what a burst needed is given back.
                self.rest.shrink_to(1024);
            }
            for _ in 0..pings {
                self.say(0xA, b"").await;
            }
            if !self.fill().await {
                tally.borrow_mut().lost += 1;
                return;
            }
        }
    }
}

/// The first frame of some bytes: its opcode, and where its payload begins and ends. A server's frames have no mask.
fn frame(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (head, length) = match bytes.get(1)? & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap())).unwrap()),
        length => (2, usize::from(length)),
    };
    (bytes.len() >= head + length).then_some((bytes[0] & 0x0f, head, head + length))
}
