//! The load: clients that keep their connection and ask one thing after the other, all in one thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::subscribers::local;

/// How long it is asked.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Elapsed(Duration),
    /// Each request once.
    Exhausted,
}

/// What came of it.
pub(super) struct Load {
    pub lasted: Duration,
    /// Microseconds, sorted.
    pub latencies: Vec<u32>,
}

/// Sends the requests over some connections, each the next one that nobody has sent yet, and again from the first.
pub(super) async fn put(address: &str, requests: &Rc<Vec<Vec<u8>>>, connections: usize, until: Until) -> Load {
    let next = Rc::new(Cell::new(0));
    let latencies = Rc::new(RefCell::new(Vec::new()));
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(address).await);
    }
    let began = Instant::now();
    local(async {
        let mut tasks = JoinSet::new();
        for mut client in clients {
            let (requests, next, latencies) = (Rc::clone(requests), Rc::clone(&next), Rc::clone(&latencies));
            tasks.spawn_local(async move {
                loop {
                    let number = next.get();
                    let sent = Instant::now();
                    match until {
                        Until::Elapsed(duration) if sent - began >= duration => return,
                        Until::Exhausted if number >= requests.len() => return,
                        _ => next.set(number + 1),
                    }
                    client.ask(&requests[number % requests.len()]).await;
                    latencies.borrow_mut().push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
            });
        }
        tasks.join_all().await;
    })
    .await;
    let lasted = began.elapsed();
    let mut latencies = latencies.take();
    latencies.sort_unstable();
    Load { lasted, latencies }
}

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and reads its answer, which has to be a good one; gives its body.
    pub(super) async fn ask(&mut self, request: &[u8]) -> &[u8] {
        let (head, status, is_good) = self.exchange(request).await;
        assert!(is_good, "{status}: {}", String::from_utf8_lossy(&self.buffer));
        &self.buffer[head..]
    }

    /// The same, whatever the answer is: its status, and whether it is a good one.
    pub(crate) async fn send(&mut self, request: &[u8]) -> (u16, bool) {
        let (_, status, is_good) = self.exchange(request).await;
        (status, is_good)
    }

    /// Sends a request and reads its answer: where its body begins, its status, and whether it is a good one.
    async fn exchange(&mut self, request: &[u8]) -> (usize, u16, bool) {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        let head = loop {
            self.fill().await;
            if let Some(at) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let header = std::str::from_utf8(&self.buffer[..head]).unwrap().to_ascii_lowercase();
        let length = header.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length = length.unwrap_or_else(|| panic!("an answer without its length: {header}")).trim().parse::<usize>().unwrap();
        while self.buffer.len() < head + length {
            self.fill().await;
        }
        let status = header.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let is_good = status == 200 && memchr::memmem::find(&self.buffer[head..], b"\"errors\"").is_none();
        (head, status, is_good)
    }

    async fn fill(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
        assert!(read > 0, "the server hung up: {}", String::from_utf8_lossy(&self.buffer));
    }
}
