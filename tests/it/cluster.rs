//! The private PostgreSQL: its life, its locks and its errors, with real processes.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use cluster::{Cluster, ClusterError, ClusterOptions, find_programs};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, geteuid, getpgid},
};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// A folder that the user whom PostgreSQL runs as can reach too.
fn reachable_folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("rpm-cluster-").tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its mode");
    folder
}

fn options(home: &Path) -> ClusterOptions {
    ClusterOptions { home: Some(home.to_owned()), pg_bin: None, durable: false }
}

async fn connect(cluster: &Cluster) -> PgConnection {
    PgConnection::connect(&cluster.url()).await.expect("a connection")
}

async fn write_a_row(cluster: &Cluster) {
    let mut connection = connect(cluster).await;
    for statement in ["CREATE TABLE IF NOT EXISTS notes (id INT)", "INSERT INTO notes VALUES (1)"] {
        sqlx::query(statement).execute(&mut connection).await.expect("a statement that runs");
    }
    connection.close().await.expect("an orderly end");
}

async fn rows(cluster: &Cluster) -> i64 {
    let mut connection = connect(cluster).await;
    sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(&mut connection).await.expect("a count")
}

/// Waits until `condition` holds. The deadline only ends a test that would fail anyway.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

const NOBODY: [i32; 0] = [];

/// The processes at work in `home`: each process of a PostgreSQL has the data folder as its working folder.
fn processes_in(home: &Path) -> Vec<i32> {
    fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder.starts_with(home)))
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .collect()
}

/// The first line of PostgreSQL's own account of itself.
fn postmaster(home: &Path) -> i32 {
    let text = fs::read_to_string(home.join("data/postmaster.pid")).expect("postmaster.pid");
    text.lines().next().and_then(|line| line.parse().ok()).expect("a process")
}

fn send_kill(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("a process to kill");
}

/// Another process that serves a folder: this test binary, started once more.
struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn command(binary: &Path, home: &Path) -> Command {
        let mut command = Command::new(binary);
        command
            .args(["--exact", "cluster::server_process", "--ignored", "--nocapture"])
            .env("CLUSTER_TEST_HOME", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command
    }

    fn start(home: &Path) -> Self {
        let binary = env::current_exe().expect("this program");
        Self::spawn(&mut Self::command(&binary, home))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut process = command.spawn().expect("a process");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Self { process, output }
    }

    fn wait_until_ready(&mut self) {
        let mut lines = self.output.by_ref().lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "ready"), "the server process ended early");
    }

    fn kill(mut self) {
        self.process.kill().expect("a process to kill");
        self.process.wait().expect("its end");
    }

    fn stop(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("its end").success());
    }
}

#[tokio::test]
#[ignore = "a process that other tests start"]
async fn server_process() {
    let Some(home) = env::var_os("CLUSTER_TEST_HOME") else {
        return;
    };
    let durable = ClusterOptions { durable: true, ..options(Path::new(&home)) };
    let cluster = Cluster::serve(durable).await.expect("a cluster");
    write_a_row(&cluster).await;
    writeln!(io::stdout(), "\nready").expect("a reader");
    // Serves until its input ends.
    io::read_to_string(io::stdin()).expect("the end of the input");
    cluster.stop().await.expect("an orderly stop");
}

#[tokio::test]
async fn rows_survive_a_restart() {
    let folder = reachable_folder();
    let first = Cluster::serve(options(folder.path())).await.expect("a first start");
    assert!(first.is_owner());
    write_a_row(&first).await;
    first.stop().await.expect("an orderly stop");
    assert_eq!(processes_in(folder.path()), NOBODY);

    let second = Cluster::serve(options(folder.path())).await.expect("a second start");
    assert_eq!(rows(&second).await, 1);
    drop(second);
    assert_eq!(processes_in(folder.path()), NOBODY, "dropping it stops it too");
}

#[tokio::test]
async fn the_database_is_in_utf8_and_utc_whatever_the_environment_says() {
    let folder = reachable_folder();
    let cluster = Cluster::join(options(folder.path())).await.expect("a cluster");
    let mut connection = connect(&cluster).await;
    let seen: (String, String, String, String) = sqlx::query_as(
        "SELECT current_database()::text, current_setting('server_encoding'), \
         current_setting('timezone'), current_setting('listen_addresses')",
    )
    .fetch_one(&mut connection)
    .await
    .expect("a row");
    assert_eq!(seen, ("rpm".into(), "UTF8".into(), "UTC".into(), String::new()));
}

#[tokio::test]
async fn a_second_command_joins_the_first() {
    let folder = reachable_folder();
    let (one, other) = tokio::join!(Cluster::join(options(folder.path())), Cluster::join(options(folder.path())));
    let (one, other) = (one.expect("a cluster"), other.expect("a cluster"));
    assert!(one.is_owner() != other.is_owner(), "one starts it, the other joins");
    assert_eq!(one.url(), other.url());
    write_a_row(&one).await;
    assert_eq!(rows(&other).await, 1);
    let (owner, joiner) = if one.is_owner() { (one, other) } else { (other, one) };
    joiner.stop().await.expect("leave");
    assert_eq!(rows(&owner).await, 1, "the owner goes on");
    owner.stop().await.expect("an orderly stop");
}

#[tokio::test]
async fn a_second_server_is_refused() {
    let folder = reachable_folder();
    let first = Cluster::serve(options(folder.path())).await.expect("a cluster");
    let refused = Cluster::serve(options(folder.path())).await.expect_err("a refusal");
    let ClusterError::AlreadyServing { home, pid } = &refused else {
        panic!("{refused}");
    };
    assert_eq!((home.as_path(), *pid), (first.home(), Some(std::process::id())));
    let text = refused.to_string();
    assert!(text.contains("RPM_HOME") && text.contains("already serves"), "{text}");
}

#[tokio::test]
async fn an_owner_waits_for_who_joined() {
    let folder = reachable_folder();
    let owner = Cluster::serve(options(folder.path())).await.expect("a cluster");
    let joiner = Cluster::join(options(folder.path())).await.expect("the same");
    let mut connection = connect(&joiner).await;
    let stop = tokio::spawn(owner.stop());
    // Long enough for a stop that does not wait to break it.
    sqlx::query("SELECT pg_sleep(0.5)").execute(&mut connection).await.expect("a database that still runs");
    assert!(!stop.is_finished());
    joiner.stop().await.expect("leave");
    stop.await.expect("a task").expect("an orderly stop");
}

#[tokio::test]
async fn a_server_waits_for_a_command_that_owns_the_cluster() {
    let folder = reachable_folder();
    let command = Cluster::join(options(folder.path())).await.expect("a cluster");
    let mut connection = connect(&command).await;
    let server = tokio::spawn(Cluster::serve(options(folder.path())));
    sqlx::query("SELECT pg_sleep(0.3)").execute(&mut connection).await.expect("a database that still runs");
    assert!(!server.is_finished());
    command.stop().await.expect("an orderly stop");
    let server = server.await.expect("a task").expect("a cluster of its own");
    assert!(server.is_owner());
}

#[tokio::test]
async fn a_killed_server_leaves_no_process_and_loses_nothing() {
    let folder = reachable_folder();
    let mut server = Server::start(folder.path());
    server.wait_until_ready();
    assert!(processes_in(folder.path()).len() > 1);
    server.kill();
    until("PostgreSQL has followed its owner", || processes_in(folder.path()).is_empty());

    let mut server = Server::start(folder.path());
    server.wait_until_ready();
    server.kill();
    // At once, while the PostgreSQL of the killed one may still be stopping.
    let next = Cluster::serve(options(folder.path())).await.expect("a clean start");
    assert_eq!(rows(&next).await, 2);
}

#[tokio::test]
async fn a_start_after_everything_was_killed_minds_no_reused_process_number() {
    let folder = reachable_folder();
    let mut server = Server::start(folder.path());
    server.wait_until_ready();
    let data = folder.path().join("data");
    let user = fs::metadata(&data).expect("the data").uid();
    let postgres = postmaster(folder.path());
    send_kill(postgres);
    server.kill();
    until("the rest has noticed", || processes_in(folder.path()).is_empty());

    // What a container that is started again looks like: the number of the old PostgreSQL is now somebody else's.
    let mut stranger = Command::new("sleep");
    stranger.arg("600");
    if geteuid().is_root() {
        stranger.uid(user);
    }
    let mut stranger = stranger.spawn().expect("a process");
    for file in [data.join("postmaster.pid"), folder.path().join("socket/.s.PGSQL.5432.lock")] {
        let text = fs::read_to_string(&file).expect("a file left over");
        let text = text.replacen(&postgres.to_string(), &stranger.id().to_string(), 1);
        fs::write(&file, text).expect("a file to write");
    }
    let next = Cluster::serve(options(folder.path())).await;
    stranger.kill().and_then(|()| stranger.wait()).expect("its end");
    assert_eq!(rows(&next.expect("a start")).await, 1);
}

#[tokio::test]
async fn a_killed_first_start_leaves_nothing_half_made() {
    let folder = reachable_folder();
    let server = Server::start(folder.path());
    until("initdb is at work", || {
        fs::read_dir(folder.path())
            .expect("the folder")
            .flatten()
            .filter(|entry| entry.file_name() != "data")
            .any(|entry| entry.path().join("PG_VERSION").exists())
    });
    server.kill();
    assert!(!folder.path().join("data").exists());
    let next = Cluster::serve(options(folder.path())).await.expect("a first start");
    write_a_row(&next).await;
    let names = fs::read_dir(folder.path()).expect("the folder").flatten();
    let left = names.filter(|entry| entry.file_name().to_string_lossy().contains("new"));
    assert_eq!(left.count(), 0);
}

/// Ctrl-C in a terminal interrupts every process of the group: the server has to end its work with a database.
#[tokio::test]
async fn an_interrupt_for_the_server_is_none_for_the_database() {
    let folder = reachable_folder();
    let _cluster = Cluster::serve(options(folder.path())).await.expect("a cluster");
    let postgres = Pid::from_raw(postmaster(folder.path()));
    assert_eq!(getpgid(Some(postgres)), Ok(postgres));
}

#[tokio::test]
async fn a_server_learns_that_its_database_was_killed() {
    let folder = reachable_folder();
    let cluster = Cluster::serve(options(folder.path())).await.expect("a cluster");
    send_kill(postmaster(folder.path()));
    let error = cluster.died().await;
    assert!(matches!(error, ClusterError::Died { .. }), "{error}");
    assert!(error.to_string().contains("postgres.log"), "{error}");
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let folder = reachable_folder();
    let home = folder.path().join("a-long-name/".repeat(20)).join("it's 100 %, \"home\"");
    let cluster = Cluster::serve(options(&home)).await.expect("a cluster");
    write_a_row(&cluster).await;
    let joiner = Cluster::join(options(&home)).await.expect("the same");
    assert_eq!(rows(&joiner).await, 1);
    assert_eq!(joiner.url(), cluster.url());
    let url = cluster.url();
    joiner.stop().await.expect("leave");
    cluster.stop().await.expect("an orderly stop");
    let (_, socket_folder) = url.split_once("?host=").expect("a host");
    let socket_folder = socket_folder.split('&').next().expect("its value");
    assert!(!Path::new(socket_folder).exists(), "{socket_folder} was left behind");
}

#[tokio::test]
async fn an_overlong_log_starts_anew() {
    let folder = reachable_folder();
    let log = folder.path().join("postgres.log");
    fs::File::create(&log).and_then(|file| file.set_len(10 * 1024 * 1024 + 1)).expect("a long file");
    let cluster = Cluster::serve(options(folder.path())).await.expect("a cluster");
    let length = fs::metadata(&log).expect("the log").len();
    assert!((1..100_000).contains(&length), "{length} bytes");
    drop(cluster);
}

#[tokio::test]
async fn missing_programs_are_named() {
    let folder = reachable_folder();
    let home = folder.path().join("home");
    let without_programs = ClusterOptions { pg_bin: Some(folder.path().to_owned()), ..options(&home) };
    let error = Cluster::serve(without_programs).await.expect_err("nothing to start");
    let expected = format!("RPM_PG_BIN is {}, which cannot be used: there is no initdb", folder.path().display());
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_old_version_is_refused() {
    let folder = reachable_folder();
    for program in ["initdb", "postgres"] {
        let path = folder.path().join(program);
        fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 14.9 (Debian 14.9-1)'\n").expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
    }
    let error = find_programs(Some(folder.path())).expect_err("too old");
    let text = error.to_string();
    assert!(text.contains("PostgreSQL 14, and 15 or newer is needed"), "{text}");
}

#[tokio::test]
async fn data_of_another_version_is_left_alone() {
    let folder = reachable_folder();
    fs::create_dir(folder.path().join("data")).expect("a folder");
    fs::write(folder.path().join("data/PG_VERSION"), "9\n").expect("a file");
    let error = Cluster::serve(options(folder.path())).await.expect_err("no such programs");
    assert!(matches!(error, ClusterError::DataVersion { data: 9, .. }), "{error}");
}

/// `make` uses the script, the server the module: they must agree on what is there.
#[test]
fn the_script_finds_the_same_programs() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres.sh");
    let output = Command::new(script).arg("--find").output().expect("the script");
    let found = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    assert_eq!(found, find_programs(None).expect("programs"));
}

#[tokio::test]
async fn root_cannot_use_a_home_that_postgresql_cannot_reach() {
    if !geteuid().is_root() {
        return; // others run PostgreSQL as themselves
    }
    let folder = reachable_folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("its mode");
    let home = folder.path().join("home");
    let error = Cluster::serve(options(&home)).await.expect_err("no way in");
    let ClusterError::Unreachable { barrier, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*barrier, folder.path().canonicalize().expect("the folder"));
}

#[tokio::test]
async fn a_home_that_a_command_made_before_there_was_a_cluster_is_one() {
    let folder = reachable_folder();
    let home = folder.path().join("home");
    // As a server on another database leaves it.
    for made in [home.clone(), home.join("outbox"), home.join("outbox/entries")] {
        fs::create_dir(&made).expect("a folder");
        fs::set_permissions(&made, fs::Permissions::from_mode(0o700)).expect("its mode");
    }
    let cluster = Cluster::serve(options(&home)).await.expect("a cluster");
    write_a_row(&cluster).await;
    assert_eq!(rows(&cluster).await, 1);
    cluster.stop().await.expect("a stop");
    let mode = fs::metadata(home.join("outbox")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "what is in it stays as it is");
}

#[test]
fn a_plain_user_has_a_cluster_too() {
    if !geteuid().is_root() {
        return; // then all the tests above show it
    }
    let nobody = User::from_name("nobody").expect("users").expect("a user");
    let folder = reachable_folder();
    let home = folder.path().join("home");
    fs::create_dir(&home).expect("a folder");
    std::os::unix::fs::chown(&home, Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw())).expect("its owner");
    // Where the tests were built may be closed to that user.
    let binary = folder.path().join("tests");
    fs::copy(env::current_exe().expect("this program"), &binary).expect("a copy");

    let mut command = Server::command(&binary, &home);
    command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir(folder.path());
    let mut server = Server::spawn(&mut command);
    server.wait_until_ready();
    let user = fs::metadata(home.join("data")).expect("the data").uid();
    assert_eq!(user, nobody.uid.as_raw());
    server.stop();
    assert_eq!(processes_in(&home), NOBODY);
}
