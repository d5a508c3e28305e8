//! The real binary: as a server, and as a command.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use super::{Answer, Socket, TestDatabase};
use serde_json::Value;

/// Signs the tokens of the tests' servers.
const SECRET: &str = "a secret for tests, longer than thirty-two bytes";

/// The binary, with a clean environment.
pub fn rpm_api() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rpm-api"));
    for (name, _) in std::env::vars() {
        if name.starts_with("RPM_") && name != "RPM_PG_BIN" {
            command.env_remove(name);
        }
    }
    command
        .env_remove("DATABASE_URL")
        .env_remove("PORT")
        .env("JWT_SECRET", SECRET)
        .env("RPM_LOG", std::env::var("TEST_LOG").unwrap_or("error".into()));
    command
}

/// An HTTP client.
pub fn http() -> reqwest::Client {
    rpm_api::tls::http_client().build().unwrap()
}

/// A running server and the database it serves. Killed when dropped.
pub struct Server {
    pub database: TestDatabase,
    pub address: String,
    child: Child,
    http: reqwest::Client,
}

impl Server {
    /// A server on a fresh database.
    pub async fn start() -> Self {
        Self::with(TestDatabase::new().await, &[])
    }

    /// A server whose database holds a plan document.
    pub async fn with_plan(fixture: &str) -> Self {
        let server = Self::start().await;
        let output = server.command(&["ingest", super::fixture(fixture).to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        server
    }

    /// A server on a database, with flags.
    pub fn with(database: TestDatabase, flags: &[&str]) -> Self {
        let mut command = rpm_api();
        command.env("DATABASE_URL", &database.url);
        let (child, address) = spawn(command, flags);
        Self { database, address, child, http: http() }
    }

    /// Another server on the same database.
    pub fn another(&self, flags: &[&str]) -> Self {
        Self::with(TestDatabase { url: self.database.url.clone() }, flags)
    }

    /// Runs a command of the binary on the same database.
    pub fn command(&self, arguments: &[&str]) -> Output {
        rpm_api().env("DATABASE_URL", &self.database.url).args(arguments).output().unwrap()
    }

    /// A bearer token for a member, from the command line.
    pub fn token(&self, email: &str) -> String {
        let output = self.command(&["token", email]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Sends an operation as a member and gives the whole answer.
    pub async fn ask(&self, token: &str, query: &str, variables: Value) -> Answer {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let response = self.http.post(self.url("/graphql")).bearer_auth(token).json(&body).send().await.unwrap();
        Answer::of(response).await
    }

    /// The HTTP client.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A URL of this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// An open WebSocket of a member.
    pub async fn socket(&self, token: &str) -> Socket {
        Socket::open(&self.address, token).await
    }

    /// A figure of the server's own, over all its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.http.get(self.url("/metrics")).send().await.unwrap().text().await.unwrap();
        let lines = text.lines().filter_map(|line| line.split_once([' ', '{']).filter(|(own, _)| *own == name));
        lines.map(|(_, rest)| rest.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    }

    /// SQL statements that this server has run so far.
    pub async fn statements(&self) -> u64 {
        self.metric("rpm_sql_statements_total").await as u64
    }

    /// Executions of subscribed documents so far.
    pub async fn executions(&self) -> u64 {
        self.metric("rpm_event_executions_total").await as u64
    }

    /// Tells the server to stop and waits until it has; its exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.ended()
    }

    /// Waits until the server has stopped; its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `serve` on a free port and waits for the line that says where.
pub fn spawn(mut command: Command, flags: &[&str]) -> (Child, String) {
    command.arg("serve");
    if !flags.contains(&"--port") {
        command.args(["--port", "0"]);
    }
    let mut child = command.args(flags).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("rpm-api serves on http://");
    let address = address.unwrap_or_else(|| panic!("the server did not start: {line:?}")).to_owned();
    (child, address)
}

/// A server on a private PostgreSQL of its own, in a folder.
pub fn spawn_private(home: &Path, flags: &[&str]) -> (Child, String) {
    let mut command = rpm_api();
    command.env("RPM_HOME", home).env_remove("JWT_SECRET");
    spawn(command, flags)
}
