use std::{
    fs::{self, File},
    io::Write,
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    DATABASE, ROLE,
    account::Account,
    error::{ClusterError, Context},
    folder::{Folder, PORT},
    lock::wait_for,
    log::Log,
    process::shut_down,
};

/// How long PostgreSQL may take to start, recovery after a crash included.
const START_WITHIN: Duration = Duration::from_secs(60);

/// All that is needed to start PostgreSQL.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) folder: Folder,
    pub(super) programs: PathBuf,
    pub(super) account: Account,
    pub(super) socket_folder: PathBuf,
    pub(super) durable: bool,
    /// Becomes PostgreSQL's standard input, from where each of its processes inherits it: so the lock is free exactly
    /// when the last of them is gone.
    pub(super) lock: File,
}

impl Plan {
    /// Makes the data where there is none, starts PostgreSQL and waits until it is ready.
    ///
    /// The child is told to stop when the thread that calls this ends.
    pub(super) fn start(&self) -> Result<Child, ClusterError> {
        let log = Log::open(self.folder.log())?;
        if self.folder.data_version()?.is_none() {
            self.make_data(&log)?;
        }
        self.folder.clear_after_kill(&self.socket_folder)?;
        self.start_postgres(&log)
    }

    /// Makes the data folder, with our database in it, elsewhere and puts it in place when it is whole: a start that is
    /// killed leaves nothing half-made.
    fn make_data(&self, log: &Log) -> Result<(), ClusterError> {
        self.folder.remove_half_made_data()?;
        let making = self.folder.data_in_the_making();
        fs::DirBuilder::new().mode(0o700).create(&making).context("create", &making)?;
        self.account.give(&making)?;
        tracing::info!(home = %self.folder.home.display(), "making a PostgreSQL cluster");

        // Not every system has C.UTF-8, the locale that sorts by code point and still knows letters beyond ASCII.
        if let Err(error) = self.init(&making, log, "C.UTF-8") {
            tracing::debug!("initdb with locale C.UTF-8: {error}");
            empty(&making)?;
            self.init(&making, log, "C")?;
        }
        self.create_database(&making, log)?;

        let data = self.folder.data();
        fs::rename(&making, &data).context("put in place", &data)?;
        let home = &self.folder.home;
        File::open(home).and_then(|folder| folder.sync_all()).context("write", home)
    }

    fn init(&self, data: &Path, log: &Log, locale: &str) -> Result<(), ClusterError> {
        let mut command = self.command("initdb", data, log)?;
        command
            .arg("-D")
            .arg(data)
            .arg(format!("--username={ROLE}"))
            .arg("--auth=trust") // who can reach the socket may do everything: its folder is closed to others
            .arg("--encoding=UTF8")
            .arg(format!("--locale={locale}"))
            .args(["--data-checksums", "--no-instructions"]);
        if !self.durable {
            command.arg("--no-sync");
        }
        let start = log.end()?;
        let mut child = command.spawn().context("run", &self.programs.join("initdb"))?;
        let status = child.wait().context("wait for", &self.programs.join("initdb"))?;
        log.check("initdb", status, start)
    }

    /// In PostgreSQL's single-user mode, which needs no client.
    fn create_database(&self, data: &Path, log: &Log) -> Result<(), ClusterError> {
        let program = self.programs.join("postgres");
        let mut command = self.command("postgres", data, log)?;
        command
            .arg("--single")
            .arg("-D")
            .arg(data)
            .args(["-c", "exit_on_error=true"])
            .args(self.durability())
            .arg("postgres")
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let start = log.end()?;
        let mut child = command.spawn().context("run", &program)?;
        if let Some(mut input) = child.stdin.take() {
            // A program that already gave up closed its end: its exit status says more than this error.
            let _ = writeln!(input, "CREATE DATABASE {DATABASE}");
        }
        let status = child.wait().context("wait for", &program)?;
        log.check("postgres --single", status, start)
    }

    fn start_postgres(&self, log: &Log) -> Result<Child, ClusterError> {
        let program = self.programs.join("postgres");
        let data = self.folder.data();
        let mut command = self.command("postgres", &data, log)?;
        command
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&self.socket_folder)
            .args(["-p", &PORT.to_string()])
            .args(["-c", "listen_addresses="]) // the socket only, never TCP
            .args(["-c", "unix_socket_permissions=0700"])
            .args(["-c", "cluster_name=rpm-api"]) // seen in the process list
            .args(["-c", "timezone=UTC"])
            .args(["-c", "log_timezone=UTC"])
            .args(["-c", "jit=off"]) // compiles for longer than our small queries run
            .args(["-c", "max_logical_replication_workers=0"]) // one process less
            .args(["-c", "max_wal_size=256MB"]) // a few weekly plans need no gigabyte of log
            .args(self.durability());
        let start = log.end()?;
        let mut child = command.spawn().context("run", &program)?;

        let pid = child.id();
        let settled = wait_for(START_WITHIN, || {
            if let Ok(Some(status)) = child.try_wait() {
                return Ok(Some(Err(status)));
            }
            let ready = self.folder.pid_file().is_some_and(|found| found.pid == pid && found.ready);
            Ok(ready.then_some(Ok(())))
        })?;
        match settled {
            Some(Ok(())) => Ok(child),
            Some(Err(status)) => Err(log.failure("postgres", status.to_string(), start)),
            None => {
                let _ = shut_down(&mut child);
                let outcome = format!("not ready after {} s", START_WITHIN.as_secs());
                Err(log.failure("postgres", outcome, start))
            }
        }
    }

    fn durability(&self) -> &'static [&'static str] {
        if self.durable {
            // Said aloud, so that no postgresql.conf takes it back.
            &["-c", "fsync=on", "-c", "full_page_writes=on"]
        } else {
            &["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        }
    }

    /// A program of PostgreSQL that dies with us and writes into the log.
    fn command(&self, program: &str, folder: &Path, log: &Log) -> Result<Command, ClusterError> {
        let lock = self.lock.try_clone().context("share", &self.folder.home)?;
        let mut command = Command::new(self.programs.join(program));
        command
            .current_dir(folder)
            .env("LC_ALL", "C") // an unknown locale in the environment would keep it from starting
            .stdin(lock)
            .stdout(log.output()?)
            .stderr(log.output()?)
            // Ctrl-C in a terminal goes to the whole process group: PostgreSQL is to stop after us, not with us.
            .process_group(0);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name); // PGDATA, PGPORT, PGOPTIONS… are about another PostgreSQL
            }
        }
        self.account.run_as_it(&mut command);
        die_with_us(&mut command);
        Ok(command)
    }
}

/// Makes the kernel send SIGINT (an orderly stop) to the child when the thread that starts it ends, as it does when our
/// process is killed.
#[cfg(target_os = "linux")]
fn die_with_us(command: &mut Command) {
    use std::io;

    use nix::{
        sys::{
            prctl,
            signal::{SigHandler, Signal, signal},
        },
        unistd::{Pid, getppid},
    };

    let us = Pid::this();
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. The closure makes three plain system
    // calls, sigaction, prctl and getppid, installs no handler of ours, and builds its errors without allocating. It
    // runs after the change of user, which would clear the parent-death signal again.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(move || {
            signal(Signal::SIGINT, SigHandler::SigDfl)?; // a shell ignores it for what runs in the background
            prctl::set_pdeathsig(Signal::SIGINT)?;
            if getppid() == us {
                Ok(())
            } else {
                Err(io::Error::from(nix::Error::ESRCH)) // we were killed before the line above
            }
        });
    }
}

/// Other systems know no such signal: a PostgreSQL whose owner was killed has to be stopped by hand there.
#[cfg(not(target_os = "linux"))]
fn die_with_us(_: &mut Command) {}

fn empty(folder: &Path) -> Result<(), ClusterError> {
    for entry in fs::read_dir(folder).context("read", folder)? {
        let path = entry.context("read", folder)?.path();
        if path.is_dir() {
            fs::remove_dir_all(&path).context("remove", &path)?;
        } else {
            fs::remove_file(&path).context("remove", &path)?;
        }
    }
    Ok(())
}
