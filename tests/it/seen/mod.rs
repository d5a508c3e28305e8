//! What the server tells of itself, as those see it who run it: log lines, traces, metrics, and the files that show them.

mod dashboard;
mod logs;
mod metrics;
mod plans;
mod secrets;
mod traces;

use std::fs::File;
use std::process::Child;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{TestDatabase, fixture, rpm_api, server};

/// A server whose log is kept.
struct Told {
    database: TestDatabase,
    address: String,
    child: Child,
    folder: TempDir,
    http: reqwest::Client,
}

impl Told {
    /// A server on a fresh database, with settings and flags.
    async fn with(settings: &[(&str, &str)], flags: &[&str]) -> Self {
        Self::on(TestDatabase::new().await, settings, flags)
    }

    fn on(database: TestDatabase, settings: &[(&str, &str)], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = rpm_api();
        command.env("DATABASE_URL", &database.url).env("RPM_LOG", "info").envs(settings.iter().copied());
        command.env("RPM_OUTBOX", folder.path().join("outbox"));
        command.stderr(File::create(folder.path().join("log")).unwrap());
        let (child, address) = server::spawn(command, flags);
        Self { database, address, child, folder, http: crate::support::http() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn token(&self, email: &str) -> String {
        let output = rpm_api().env("DATABASE_URL", &self.database.url).args(["token", email]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Reads a plan of the tests.
    fn ingest(&self, plan: &str) {
        let output = rpm_api().env("DATABASE_URL", &self.database.url).arg("ingest").arg(fixture(plan)).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// A POST of an operation as a member.
    fn post(&self, token: &str, query: &str, variables: Value) -> reqwest::RequestBuilder {
        let body = serde_json::json!({ "query": query, "variables": variables });
        self.http.post(self.url("/graphql")).bearer_auth(token).json(&body)
    }

    /// Tells the server to stop, and gives its whole log.
    fn log(&mut self) -> String {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The same, each line as JSON.
    fn lines(&mut self) -> Vec<Value> {
        let log = self.log();
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
