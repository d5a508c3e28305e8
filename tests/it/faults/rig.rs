//! A server on a PostgreSQL of its own, both of which can be killed, and a wire between them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cluster::{Cluster, ClusterOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::support::{Wire, fixture, rpm_api};

/// Longest time for anything that is only waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that the user whom PostgreSQL runs as can reach too.
pub fn reachable_folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("rpm-faults-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Waits until something holds. The deadline only ends a test that would fail anyway.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The private PostgreSQL of a test: durable, since it is killed.
pub struct Base {
    home: PathBuf,
    cluster: Option<Cluster>,
    pub url: String,
    pub token: String,
    /// Given up behind PostgreSQL and before the folder.
    _disk: Option<Disk>,
    _folder: TempDir,
}

/// A small disk of its own. Taken away when dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// Puts one at a folder, or says why it cannot.
    pub fn at(folder: &Path, megabytes: u32) -> Result<Self, String> {
        if !nix::unistd::geteuid().is_root() {
            return Err("only root may mount a small disk".to_owned());
        }
        std::fs::create_dir_all(folder).unwrap();
        let options = format!("size={megabytes}m,mode=755");
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).output();
        match output {
            Ok(output) if output.status.success() => Ok(Self(folder.to_owned())),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

impl Base {
    /// With a plan and an admin.
    pub async fn set() -> Self {
        let folder = reachable_folder();
        let home = folder.path().join("home");
        Self::set_on(folder, None, home).await
    }

    /// The same on a disk of its own, or why there is none.
    pub async fn on_a_small_disk(megabytes: u32) -> Result<Self, String> {
        let folder = reachable_folder();
        let home = folder.path().join("home");
        let disk = Disk::at(&home, megabytes)?;
        Ok(Self::set_on(folder, Some(disk), home).await)
    }

    async fn set_on(folder: TempDir, disk: Option<Disk>, home: PathBuf) -> Self {
        let cluster = serve(&home).await;
        let url = cluster.url();
        let mut base = Self { home, cluster: Some(cluster), url, token: String::new(), _disk: disk, _folder: folder };
        base.run(&["migrate"]);
        base.run(&["ingest", fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").to_str().unwrap()]);
        base.run(&["member", "add", "admin@test.rpm", "admin"]);
        base.token = base.run(&["token", "admin@test.rpm", "--lifetime", "864000"]);
        base
    }

    pub fn run(&self, arguments: &[&str]) -> String {
        let output = rpm_api().env("DATABASE_URL", &self.url).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// Ends PostgreSQL at once: it has no time to put anything in order.
    pub async fn stop_at_once(&mut self) {
        let text = std::fs::read_to_string(self.home.join("data/postmaster.pid")).unwrap();
        let pid = text.lines().next().unwrap().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGQUIT).unwrap();
        // That it has ended unasked is the point.
        let _ = self.cluster.take().unwrap().stop().await;
    }

    /// Starts PostgreSQL where it is not running any more.
    pub async fn is_up(&mut self) {
        let Some(cluster) = &self.cluster else { return self.start().await };
        if tokio::time::timeout(Duration::from_secs(2), cluster.died()).await.is_ok() {
            let _ = self.cluster.take().unwrap().stop().await;
            self.start().await;
        }
    }

    pub async fn start(&mut self) {
        self.cluster = Some(serve(&self.home).await);
        assert_eq!(self.cluster.as_ref().unwrap().url(), self.url);
    }
}

async fn serve(home: &Path) -> Cluster {
    let options = ClusterOptions { home: Some(home.to_owned()), durable: true, ..ClusterOptions::default() };
    Cluster::serve(options).await.expect("a private PostgreSQL")
}

/// A server on a port of its own that can be killed and started again.
pub struct Served {
    pub address: String,
    port: u16,
    url: String,
    flags: Vec<String>,
    settings: Vec<(String, String)>,
    child: Option<Child>,
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Served {
    /// Serves a database, through a wire where there is one.
    pub async fn start(url: &str, flags: &[&str], settings: &[(&str, &str)]) -> Self {
        // Free a moment ago; nobody else here asks for given ports.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut served = Self {
            address: format!("127.0.0.1:{port}"),
            port,
            url: url.to_owned(),
            flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
            settings: settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            child: None,
        };
        served.again().await;
        served
    }

    pub async fn on(wire: &Wire, flags: &[&str]) -> Self {
        Self::start(wire.url(), flags, &[]).await
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Tells it to stop.
    pub fn tell_to_stop(&self) {
        kill(Pid::from_raw(i32::try_from(self.pid()).unwrap()), Signal::SIGTERM).unwrap();
    }

    /// Waits for its end; its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap().code()
    }

    /// Starts it until it runs: the database may be away.
    pub async fn again(&mut self) {
        let began = Instant::now();
        loop {
            let mut command = rpm_api();
            command.env("DATABASE_URL", &self.url).args(["serve", "--port", &self.port.to_string()]).args(&self.flags);
            // What goes wrong on purpose is not worth a line.
            command.env("RPM_LOG", std::env::var("TEST_LOG").unwrap_or("off".into()));
            command.envs(self.settings.iter().map(|(name, value)| (name, value)));
            let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
            let mut line = String::new();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            let line = tokio::task::spawn_blocking(move || output.read_line(&mut line).map(|_| line)).await.unwrap().unwrap();
            if line.contains("http://") {
                self.child = Some(child);
                return;
            }
            let _ = child.wait();
            assert!(began.elapsed() < PATIENCE, "the server does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Resident bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}
