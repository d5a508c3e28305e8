//! A real streaming replica: queries are read from it, and who has changed something sees it all the same.

use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::rig::{Base, Served, reachable_folder, until};
use crate::support::http;

/// A PostgreSQL that follows another. Killed when dropped.
struct Standby {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Standby {
    /// Copies a database while it runs, and follows it from there.
    async fn of(base: &Base) -> Self {
        let folder = reachable_folder();
        let (data, source) = (folder.path().join("data"), base.home().join("data"));
        let owner = std::fs::metadata(&source).unwrap();
        let mut connection = base.connection().await;
        connection.execute("SELECT pg_backup_start('standby', true)").await.unwrap();
        copy(&source, &data);
        let label: String =
            sqlx::query_scalar("SELECT labelfile FROM pg_backup_stop()").fetch_one(&mut connection).await.unwrap();
        std::fs::write(data.join("backup_label"), label).unwrap();
        std::fs::write(data.join("standby.signal"), "").unwrap();
        let socket = base.home().join("socket");
        let follows = format!("primary_conninfo = 'host={} port=5432 user=rpm'\nhot_standby = on\n", socket.display());
        std::fs::write(data.join("postgresql.auto.conf"), follows).unwrap();
        give(folder.path(), owner.uid(), owner.gid());
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();

        let programs = cluster::find_programs(None).unwrap();
        // It ends with this process, however that ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if nix::unistd::geteuid().is_root() {
            command.arg(format!("--reuid={}", owner.uid())).arg(format!("--regid={}", owner.gid())).arg("--clear-groups");
        }
        command.arg(programs.join("postgres")).arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-p", "5432"]);
        command.args(["-c", "listen_addresses=", "-c", "fsync=off"]).current_dir(folder.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("setpriv, of util-linux");
        let url = format!("postgres://rpm@localhost:5432/rpm?host={}&sslmode=disable", folder.path().display());
        let standby = Self { child, url, _folder: folder };
        until("the replica lets itself be read", async || PgConnection::connect(&standby.url).await.is_ok()).await;
        standby
    }

    async fn execute(&self, sql: &str) {
        PgConnection::connect(&self.url).await.unwrap().execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    }

    /// Goes on receiving, and shows nothing of it.
    async fn stand_still(&self) {
        self.execute("SELECT pg_wal_replay_pause()").await;
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        until("the replica stands still", async || {
            let state = "SELECT pg_get_wal_replay_pause_state()";
            sqlx::query_scalar::<_, String>(state).fetch_one(&mut connection).await.unwrap() == "paused"
        })
        .await;
    }

    async fn go_on(&self) {
        self.execute("SELECT pg_wal_replay_resume()").await;
    }
}

/// Copies a data folder; files that go meanwhile are not missed: what matters is in the log.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name == "postmaster.pid" || name == "postmaster.opts" {
            continue;
        }
        let target: PathBuf = to.join(&name);
        if path.is_dir() {
            copy(&path, &target);
        } else {
            let _ = std::fs::copy(&path, &target);
        }
    }
}

fn give(path: &Path, uid: u32, gid: u32) {
    if nix::unistd::geteuid().is_root() {
        chown(path, Some(uid), Some(gid)).unwrap();
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap().flatten() {
                give(&entry.path(), uid, gid);
            }
        }
    }
}

struct Scene {
    base: Base,
    standby: Standby,
}

impl Scene {
    async fn set() -> Self {
        let base = Base::set().await;
        let standby = Standby::of(&base).await;
        Self { base, standby }
    }

    async fn serve(&self) -> Served {
        Served::start(&self.base.url, &["--database-read-url", &self.standby.url], &[]).await
    }

    async fn ask(&self, served: &Served, query: &str) -> Value {
        self.ask_with(served, query, "no-cache").await
    }

    async fn ask_with(&self, served: &Served, query: &str, caching: &str) -> Value {
        let request = http().post(served.url("/graphql")).bearer_auth(&self.base.token).header("cache-control", caching);
        let answer: Value = request.json(&json!({ "query": query })).send().await.unwrap().json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    /// Waits until queries are read from the replica, and tells the title as it is there.
    async fn is_read_from(&self, served: &Served) -> String {
        let mut read = String::new();
        until("queries are read from the replica", async || {
            let before = from_replica(served).await;
            let data = self.ask(served, TITLE).await;
            read = title(&data).to_owned();
            from_replica(served).await > before
        })
        .await;
        read
    }

    /// Has the replica stand still where it may be read from; what a server does at its start may come in between.
    async fn is_read_while_it_stands_still(&self, served: &Served) {
        until("the replica stands still and is read from", async || {
            self.is_read_from(served).await;
            self.standby.stand_still().await;
            let before = from_replica(served).await;
            self.ask(served, TITLE).await;
            let is_read = from_replica(served).await > before;
            if !is_read {
                self.standby.go_on().await;
            }
            is_read
        })
        .await;
    }

    /// Changes something behind everybody's back: no trigger says so.
    async fn in_secret(&self, title: &str) {
        let mut connection = self.base.connection().await;
        let sql = format!("SET session_replication_role = replica; UPDATE rpm_weekly_plans SET title = '{title}'");
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

const TITLE: &str = "{ weeks(first: 1) { nodes { title } } }";

fn title(data: &Value) -> &str {
    data["weeks"]["nodes"][0]["title"].as_str().unwrap()
}

async fn metric(served: &Served, name: &str) -> f64 {
    let text = http().get(served.url("/metrics")).send().await.unwrap().text().await.unwrap();
    text.lines().filter(|line| line.starts_with(name)).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

async fn from_replica(served: &Served) -> f64 {
    metric(served, "rpm_replica_requests_total{read_from=\"replica\"}").await
}

fn heartbeat(status: &str) -> String {
    format!("mutation {{ recordHeartbeat(input: {{ agent: \"QA\", status: {status} }}) {{ agent {{ status }} }} }}")
}

const STATUS: &str = "{ agent(name: \"QA\") { status } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_are_read_from_the_replica_and_own_changes_are_seen_at_once() {
    let scene = Scene::set().await;
    let (one, other) = (scene.serve().await, scene.serve().await);
    scene.ask(&one, &heartbeat("ACTIVE")).await;
    scene.is_read_from(&other).await;
    scene.is_read_while_it_stands_still(&one).await;
    // That it is really read: what nobody was told of is not seen there.
    scene.in_secret("In secret").await;
    assert_ne!(scene.is_read_from(&one).await, "In secret");

    // Who changes something sees it, whatever the replica shows, and so does everybody on that server.
    for status in ["IDLE", "ERROR", "ACTIVE"] {
        scene.ask(&one, &heartbeat(status)).await;
        assert_eq!(scene.ask(&one, STATUS).await["agent"]["status"], status);
        // An answer that is remembered is no older either.
        assert_eq!(scene.ask_with(&one, STATUS, "max-age=0").await["agent"]["status"], status);
        let seen = from_replica(&one).await;
        assert_eq!(scene.ask_with(&one, STATUS, "max-age=0").await["agent"]["status"], status);
        assert_eq!(from_replica(&one).await, seen, "the replica lags, and is left alone");
        // Another server hears of it.
        until("the other server shows it", async || scene.ask(&other, STATUS).await["agent"]["status"] == status).await;
    }
    assert_eq!(title(&scene.ask(&one, TITLE).await), "In secret", "the primary is read now");
    assert_eq!(metric(&one, "rpm_replica_fit").await, 0.0);

    scene.standby.go_on().await;
    scene.is_read_from(&one).await;
    assert_eq!(scene.ask(&one, STATUS).await["agent"]["status"], "ACTIVE");
    until("it is fit", async || metric(&one, "rpm_replica_fit").await == 1.0).await;
    assert_eq!(metric(&one, "rpm_replica_failures_total").await, 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_are_told_of_events_as_they_are_and_no_cursor_is_ahead() {
    let scene = Scene::set().await;
    let served = scene.serve().await;
    scene.is_read_from(&served).await;
    let cursor = scene.ask(&served, "{ eventCursor }").await["eventCursor"].clone();
    let mut socket = crate::support::Socket::open(&served.address, &scene.base.token).await;
    let document =
        "subscription($after: Cursor) { events(after: $after) { cursor ... on AgentStatusChangedEvent { agent { status } } } }";
    socket.subscribe("1", document, json!({ "after": cursor })).await;
    scene.standby.stand_still().await;
    for status in ["IDLE", "ERROR"] {
        scene.ask(&served, &heartbeat(status)).await;
        let event = socket.next("1").await["events"].clone();
        assert_eq!(event["agent"]["status"], status, "as of the event");
        // Who polls goes on behind what another way has told.
        let poll = format!("{{ events(after: {}) {{ nodes {{ type }} endCursor }} }}", event["cursor"]);
        assert_eq!(scene.ask(&served, &poll).await["events"], json!({ "nodes": [], "endCursor": event["cursor"] }));
        assert_eq!(scene.ask(&served, "{ eventCursor }").await["eventCursor"], event["cursor"]);
    }
    scene.standby.go_on().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_away_or_no_replica_any_more_is_done_without() {
    let mut scene = Scene::set().await;
    let served = scene.serve().await;
    scene.is_read_from(&served).await;
    scene.standby.child.kill().unwrap();
    scene.standby.child.wait().unwrap();
    for _ in 0..5 {
        scene.ask(&served, TITLE).await;
    }
    until("it is said so", async || metric(&served, "rpm_replica_failures_total").await >= 1.0).await;
    assert_eq!(metric(&served, "rpm_replica_fit").await, 0.0);
    scene.ask(&served, &heartbeat("IDLE")).await;
    assert_eq!(scene.ask(&served, STATUS).await["agent"]["status"], "IDLE");

    // One that is not there at the start, and comes later.
    let late = scene.serve().await;
    scene.ask(&late, TITLE).await;
    scene.standby = Standby::of(&scene.base).await;
    let again = scene.serve().await;
    scene.is_read_from(&again).await;
    // It becomes a primary: its history is another one from here on.
    scene.standby.execute("SELECT pg_promote()").await;
    scene.ask(&again, &heartbeat("ACTIVE")).await;
    let seen = from_replica(&again).await;
    for _ in 0..5 {
        assert_eq!(scene.ask(&again, STATUS).await["agent"]["status"], "ACTIVE");
    }
    assert_eq!(from_replica(&again).await, seen, "it is not read from any more");
}
