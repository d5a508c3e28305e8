//! A PostgreSQL apart from that of the run: with passwords, with or without TLS, on a port of loopback.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cluster::{OLDEST_MAJOR, find_clients, find_programs};
use nix::unistd::{User, geteuid};
use tempfile::TempDir;

/// The password of its user `app`.
pub const PASSWORD: &str = "correct horse";

/// Stopped when dropped.
pub struct OwnPostgres {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl OwnPostgres {
    /// Makes one without TLS and waits until it is ready.
    pub fn start() -> Self {
        Self::with(|_| Vec::new())
    }

    /// The same that speaks TLS, with a certificate that nobody knows.
    pub fn encrypted() -> Self {
        Self::with(|folder| {
            let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            for (name, text) in [("server.crt", signed.cert.pem()), ("server.key", signed.signing_key.serialize_pem())] {
                let path = folder.join(name);
                std::fs::write(&path, text).unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
                if let Some(user) = account() {
                    chown(&path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
                }
            }
            let file = |name: &str| folder.join(name).display().to_string();
            vec![
                "ssl=on".to_owned(),
                format!("ssl_cert_file={}", file("server.crt")),
                format!("ssl_key_file={}", file("server.key")),
            ]
        })
    }

    /// The file of the certificate of one that speaks TLS.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.crt")
    }

    fn with(settings: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let programs = find_programs(std::env::var_os("RPM_PG_BIN").as_deref().map(Path::new)).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let secret = folder.path().join("password");
        std::fs::write(&secret, PASSWORD).unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        if let Some(user) = account() {
            chown(&data, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        }
        let mut initdb = as_account(&programs.join("initdb"), folder.path());
        initdb.args(["--username=app", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"]);
        let made = initdb.arg("--pgdata").arg(&data).arg("--pwfile").arg(&secret).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut postgres = as_account(&programs.join("postgres"), folder.path());
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        postgres.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
        for setting in settings(folder.path()) {
            postgres.args(["-c", &setting]);
        }
        let mut child = postgres.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready to accept connections") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "PostgreSQL did not start");
        }
        // It would stop at a full pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, port, folder }
    }

    /// One of its databases, as `app`: `postgres`, and parameters, if any.
    pub fn url(&self, password: &str, database: &str) -> String {
        let password = password.replace(' ', "%20");
        format!("postgres://app:{password}@127.0.0.1:{}/{database}", self.port)
    }
}

/// The folder of PostgreSQL's client programs; none on a machine that has the server's alone (npm's copy). A test that needs them says
/// that it was not run.
pub fn clients() -> Option<PathBuf> {
    match find_clients(std::env::var_os("RPM_PG_BIN").as_deref().map(Path::new), OLDEST_MAJOR) {
        Ok(folder) => Some(folder),
        Err(error) => {
            eprintln!("not run: {error}");
            None
        }
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whom PostgreSQL runs as where it is started by root, which it refuses to run as.
fn account() -> Option<User> {
    geteuid().is_root().then(|| ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).unwrap()).unwrap())
}

fn as_account(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(user) = account() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}
