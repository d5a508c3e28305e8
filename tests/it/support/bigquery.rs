//! BigQuery on this machine: one emulator for the whole run, a project and a line that can be disturbed for every test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::line::{Line, Mend};
use super::node::root;

static EMULATOR: Mutex<Option<Emulator>> = Mutex::new(None);
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// The emulator ends when its input does, which is when this process does.
struct Emulator {
    _child: Child,
    address: String,
}

/// A project of a test's own.
pub struct BigQuery {
    pub line: Arc<Line>,
    project: String,
}

impl BigQuery {
    pub async fn start() -> Self {
        let project = format!("acme-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self { line: Line::to(address(), Mend::NOTHING).await, project }
    }

    /// The warehouse's address.
    pub fn warehouse(&self) -> String {
        format!("bigquery://{}/rpm_analytics", self.project)
    }

    /// Where the line is.
    pub fn endpoint(&self) -> &str {
        &self.line.own
    }

    /// The name of a table in SQL.
    pub fn table(&self, name: &str) -> String {
        format!("`{}.rpm_analytics.{name}`", self.project)
    }

    /// Runs a statement; its rows, with the columns' names.
    pub async fn query(&self, sql: &str) -> Vec<Value> {
        let body = json!({ "query": sql, "useLegacySql": false });
        let answer = self.ask(reqwest::Method::POST, "queries", Some(body)).await;
        assert_eq!(answer.get("errors").filter(|errors| !errors.is_null()), None, "{sql}");
        let names: Vec<_> = each(&answer["schema"]["fields"]).map(|field| field["name"].as_str().unwrap().to_owned()).collect();
        let row = |row: &Value| names.iter().cloned().zip(each(&row["f"]).map(|cell| cell["v"].clone())).collect::<Value>();
        each(&answer["rows"]).map(row).collect()
    }

    /// Asks the emulator itself, past the line.
    pub async fn ask(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/bigquery/v2/projects/{}/{path}", self.line.server, self.project);
        let mut request = super::http().request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer = response.json().await.unwrap();
        assert!(status.is_success(), "{path}: {answer}");
        answer
    }
}

impl Drop for BigQuery {
    fn drop(&mut self) {
        self.line.close();
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Where the emulator is; it is started by the first test to come.
fn address() -> String {
    let mut emulator = EMULATOR.lock().unwrap();
    emulator.get_or_insert_with(start).address.clone()
}

fn start() -> Emulator {
    let mut child = Command::new(root().join(".cache/python/bin/python"))
        .arg(root().join("tests/python/bigquery.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python, which scripts/python.sh installs");
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"rest.listen\"") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the emulator did not start; run tests/python/bigquery.py");
    }
    // It would stop at a full pipe.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    let port = serde_json::from_str::<Value>(&line).unwrap()["port"].as_u64().unwrap();
    Emulator { _child: child, address: format!("http://127.0.0.1:{port}") }
}
