//! Two servers on a database of their own, and what befalls them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cluster::{Cluster, ClusterOptions};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use super::compare::{Log, Row, TEAM_OWNER};
use crate::support::node::folder;
use crate::support::{fixture, http, rpm_api};

/// Longest time for anything that is only waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Scene {
    home: TempDir,
    cluster: Option<Cluster>,
    servers: [Server; 2],
    pub url: String,
    pub token: String,
    began: Instant,
    faults: Mutex<Vec<(Duration, String)>>,
}

struct Server {
    port: u16,
    child: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn options(home: &TempDir) -> ClusterOptions {
    ClusterOptions { home: Some(home.path().join("home")), durable: false, ..ClusterOptions::default() }
}

impl Scene {
    pub async fn set() -> Self {
        let home = tempfile::Builder::new().prefix("rpm-checker-").tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let cluster = Cluster::serve(options(&home)).await.expect("a private PostgreSQL");
        let url = cluster.url();
        let run = |arguments: &[&str]| {
            let output = rpm_api().env("DATABASE_URL", &url).args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        run(&["migrate"]);
        run(&["ingest", fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").to_str().unwrap()]);
        run(&["member", "add", "admin@test.rpm", "admin"]);
        run(&["member", "add", "vip@test.rpm", "vip"]);
        run(&["member", "add", "team@test.rpm", "team", "--owner", TEAM_OWNER]);
        let token = run(&["token", "admin@test.rpm"]);
        // Free a moment ago; nobody else here asks for given ports.
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let servers = listeners.each_ref().map(|own| Server { port: own.local_addr().unwrap().port(), child: None });
        drop(listeners);
        let scene = Self { home, cluster: Some(cluster), servers, url, token, began: Instant::now(), faults: Mutex::default() };
        let mut scene = scene;
        scene.start(0).await;
        scene.start(1).await;
        scene
    }

    /// Starts a server until it runs: the database may be away.
    async fn start(&mut self, server: usize) {
        let began = Instant::now();
        loop {
            let port = self.servers[server].port.to_string();
            let mut command = rpm_api();
            command.env("DATABASE_URL", &self.url).env("RPM_LOG", "off").args(["serve", "--port", &port, "--drain-timeout", "2"]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let mut line = String::new();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            let line = tokio::task::spawn_blocking(move || output.read_line(&mut line).map(|_| line)).await.unwrap().unwrap();
            if line.contains("http://") {
                self.servers[server].child = Some(child);
                return;
            }
            let _ = child.wait();
            assert!(began.elapsed() < PATIENCE, "server {server} does not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn note(&self, what: String) {
        self.faults.lock().unwrap().push((self.began.elapsed(), what));
    }

    /// Ends a server without a word and starts it anew after a pause.
    pub async fn kill(&mut self, server: usize, pause: Duration) {
        self.note(format!("server {server} killed"));
        let mut child = self.servers[server].child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        self.back(server, pause).await;
    }

    /// Tells a server to stop, waits until it has, and starts it anew after a pause.
    pub async fn stop(&mut self, server: usize, pause: Duration) {
        self.note(format!("server {server} told to stop"));
        let mut child = self.servers[server].child.take().unwrap();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let status = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0), "server {server} stops in order");
        self.back(server, pause).await;
    }

    async fn back(&mut self, server: usize, pause: Duration) {
        tokio::time::sleep(pause).await;
        self.start(server).await;
        self.note(format!("server {server} back"));
    }

    pub async fn restart_database(&mut self) {
        self.note("PostgreSQL stopped".to_owned());
        self.cluster.take().unwrap().stop().await.unwrap();
        self.cluster = Some(Cluster::serve(options(&self.home)).await.expect("PostgreSQL comes back"));
        assert_eq!(self.cluster.as_ref().unwrap().url(), self.url);
        self.note("PostgreSQL back".to_owned());
    }

    pub fn addresses(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("http://127.0.0.1:{}/graphql", server.port)).collect()
    }

    pub fn faults(&self) -> String {
        let faults = self.faults.lock().unwrap();
        let count = |word: &str| faults.iter().filter(|(_, what)| what.contains(word)).count();
        format!("{} kills, {} stops, {} restarts of PostgreSQL", count("killed"), count("told"), count("PostgreSQL back"))
    }

    pub fn timeline(&self) -> String {
        let faults = self.faults.lock().unwrap();
        faults.iter().map(|(at, what)| format!("{:7.3} s {what}", at.as_secs_f64())).collect::<Vec<_>>().join("\n")
    }

    async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Where the log stands, as a number and as a cursor.
    pub async fn position(&self) -> (i64, String) {
        let body = json!({ "query": "{ eventCursor }" });
        let answer = http().post(&self.addresses()[0]).bearer_auth(&self.token).json(&body).send().await.unwrap();
        let cursor = answer.json::<Value>().await.unwrap()["data"]["eventCursor"].as_str().unwrap().to_owned();
        (self.newest().await, cursor)
    }

    async fn newest(&self) -> i64 {
        sqlx::query_scalar("SELECT max(id) FROM events").fetch_one(&mut self.connection().await).await.unwrap()
    }

    /// One more event, that every client is to see.
    pub async fn last_event(&self) -> i64 {
        let code: String = sqlx::query_scalar("SELECT action_code FROM rpm_action_items WHERE status <> 'completed' LIMIT 1")
            .fetch_one(&mut self.connection().await)
            .await
            .unwrap();
        let query = "mutation($code: String, $owner: String!) {
            reassignAction(input: { code: $code, owner: $owner }) { action { id } }
            blockAction(input: { code: $code, blockerDescription: \"the end\" }) { action { id } } }";
        let body = json!({ "query": query, "variables": { "code": code, "owner": TEAM_OWNER } });
        let answer = http().post(&self.addresses()[1]).bearer_auth(&self.token).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        self.newest().await
    }

    /// The log behind a position.
    pub async fn rows(&self, after: i64, through: i64) -> Vec<Row> {
        let rows: Vec<(i64, String, Vec<String>)> = sqlx::query_as(
            "SELECT e.id, e.event_type, ARRAY(SELECT o.name::text FROM owners o WHERE o.id = ANY(e.owner_ids))
             FROM events e WHERE e.id > $1 AND e.id <= $2 ORDER BY e.id",
        )
        .bind(after)
        .bind(through)
        .fetch_all(&mut self.connection().await)
        .await
        .unwrap();
        rows.into_iter().map(|(id, event_type, owners)| Row { id, event_type, owners }).collect()
    }

    /// Starts the clients.
    pub fn followers(&self, seed: u32, clients: usize, transports: &str, after: &str) -> Followers {
        let token = |email: &str| {
            let output = rpm_api().env("DATABASE_URL", &self.url).args(["token", email]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let setup = json!({
            "urls": self.addresses(),
            "tokens": { "admin": token("admin@test.rpm"), "vip": token("vip@test.rpm"), "team": token("team@test.rpm") },
            "after": after,
            "seed": seed,
            "clients": clients,
            "transports": transports.split(',').collect::<Vec<_>>(),
        });
        let mut command = Command::new("node");
        command.args(["subscribers.mjs", &setup.to_string()]).current_dir(folder());
        Followers(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }
}

/// The clients at work.
pub struct Followers(Child);

impl Followers {
    /// Lets them see the event with this id, and asks what they have seen in all.
    pub fn finish(mut self, last: i64) -> Vec<Log> {
        writeln!(self.0.stdin.as_mut().unwrap(), "{}", json!({ "finish": last })).unwrap();
        let output = BufReader::new(self.0.stdout.take().unwrap()).lines().next().expect("their logs").unwrap();
        assert!(self.0.wait().unwrap().success());
        serde_json::from_str(&output).unwrap()
    }
}

impl Drop for Followers {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Something that ends when it is told to.
pub type Ending = Arc<std::sync::atomic::AtomicBool>;
