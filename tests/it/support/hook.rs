//! A receiver of HTTP on loopback: it tells what came, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// Nothing that a test waits for takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// What came.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A status, and a header.
type Answer = (StatusCode, Option<(&'static str, String)>);

struct Desk {
    answers: Mutex<VecDeque<Answer>>,
    held: Mutex<Option<Arc<Notify>>>,
    calls: mpsc::UnboundedSender<Call>,
}

/// A receiver. It ends when it is dropped.
pub struct Hook {
    pub url: String,
    desk: Arc<Desk>,
    calls: mpsc::UnboundedReceiver<Call>,
    task: JoinHandle<()>,
}

impl Hook {
    /// A receiver that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, calls) = mpsc::unbounded_channel();
        let desk = Arc::new(Desk { answers: Mutex::default(), held: Mutex::default(), calls: sender });
        let router = axum::Router::new().fallback(take).with_state(Arc::clone(&desk));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, desk, calls, task }
    }

    /// Answers one of the next calls so, each in its turn; then it takes everything again.
    pub fn answer(&self, status: u16, header: Option<(&'static str, &str)>) {
        let header = header.map(|(name, value)| (name, value.to_owned()));
        self.desk.answers.lock().unwrap().push_back((StatusCode::from_u16(status).unwrap(), header));
    }

    /// Keeps the next call waiting for its answer until this is notified.
    pub fn hold(&self) -> Arc<Notify> {
        let held = Arc::new(Notify::new());
        *self.desk.held.lock().unwrap() = Some(Arc::clone(&held));
        held
    }

    /// The next call.
    pub async fn next(&mut self) -> Call {
        tokio::time::timeout(DEADLINE, self.calls.recv()).await.expect("a call in time").unwrap()
    }

    /// A call that has come already; none where none has.
    pub fn came(&mut self) -> Option<Call> {
        self.calls.try_recv().ok()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(desk): State<Arc<Desk>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    // The test may have seen enough.
    let _ = desk.calls.send(Call { path: uri.to_string(), headers, body });
    let held = desk.held.lock().unwrap().take();
    if let Some(held) = held {
        held.notified().await;
    }
    let next = desk.answers.lock().unwrap().pop_front();
    match next {
        None => StatusCode::NO_CONTENT.into_response(),
        Some((status, None)) => status.into_response(),
        Some((status, Some((name, value)))) => (status, [(name, value)]).into_response(),
    }
}
