//! The server under test with its database, filled.

use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::{Cluster, ClusterOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Server;

pub(crate) const SECRET: &str = "a secret for benchmarks, longer than thirty-two bytes";
const MEMBER: &str = "bench@test.rpm";

/// A private PostgreSQL beside the server, durable as in production.
pub(crate) struct Database {
    cluster: Cluster,
    _home: TempDir,
}

impl Database {
    pub(crate) async fn start() -> Self {
        // Within reach of the user that PostgreSQL runs as.
        let home = tempfile::Builder::new().prefix("rpm-bench-").tempdir_in("/var/tmp").unwrap();
        let options = ClusterOptions { home: Some(home.path().join("home")), ..ClusterOptions::default() };
        std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let cluster = Cluster::serve(options).await.expect("a private PostgreSQL");
        Self { cluster, _home: home }
    }

    pub(crate) fn url(&self) -> String {
        self.cluster.url()
    }
}

/// The server's binary, beside this one where none is named.
pub(crate) fn binary(named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| std::env::current_exe().unwrap().with_file_name("rpm-api"), Path::to_owned)
}

/// A client for what is asked beside the load.
pub(crate) fn http_client() -> reqwest::Client {
    // An error says that there is one already.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

/// How the server is started.
#[derive(Clone, Copy, Default)]
pub(crate) struct Way<'a> {
    /// Further environment variables.
    pub settings: &'a [(&'a str, &'a str)],
    /// A program that runs it, with its arguments.
    pub within: &'a [&'a str],
}

/// A served database with a plan and a member.
pub(crate) struct Stage {
    pub server: Server,
    pub token: String,
    http: reqwest::Client,
    round: usize,
}

impl Stage {
    pub(crate) fn set(binary: &Path, database: &Database, way: Way<'_>) -> Self {
        let command = || {
            let mut command = Command::new(binary);
            command.env("DATABASE_URL", database.url()).env("JWT_SECRET", SECRET).env("RPM_LOG", "warn");
            command
        };
        let run = |arguments: &[&str]| {
            let output = command().args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        run(&["migrate"]);
        run(&["member", "add", MEMBER, "admin"]);
        let token = run(&["token", MEMBER, "--lifetime", "86400"]).trim().to_owned();
        let mut serve = command();
        if let [program, arguments @ ..] = way.within {
            let environment: Vec<_> =
                serve.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
            serve = Command::new(program);
            serve.args(arguments).arg(binary).envs(environment);
        }
        serve.args(["serve", "--port", "0"]);
        // One member is everybody here.
        serve.env("RPM_BUDGETS", "admin=1000000000/1000000000000");
        serve.envs(way.settings.iter().copied());
        serve.env("RPM_MAX_SUBSCRIPTIONS", "1000").env("RPM_MAX_MEMBER_SUBSCRIPTIONS", "1000000");
        Self { server: Server::start(serve), token, http: http_client(), round: 0 }
    }

    pub(crate) async fn ask(&self, query: &str) -> Value {
        let url = format!("http://{}/graphql", self.server.address);
        let answer = self.http.post(url).bearer_auth(&self.token).json(&json!({ "query": query })).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        assert!(body.get("errors").is_none(), "{body}");
        body["data"].clone()
    }

    /// One event, by a mutation.
    pub(crate) async fn publish(&mut self) {
        self.round += 1;
        let status = if self.round.is_multiple_of(2) { "ACTIVE" } else { "IDLE" };
        self.ask(&format!("mutation {{ recordHeartbeat(input: {{ agent: \"QA\", status: {status} }}) {{ agent {{ id }} }} }}"))
            .await;
    }

    /// Statements that the server has counted.
    pub(crate) async fn statements(&self) -> u64 {
        let url = format!("http://{}/metrics", self.server.address);
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let counts = text.lines().filter(|line| line.starts_with("rpm_sql_statements_total"));
        counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }
}
