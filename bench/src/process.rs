//! Processes under measurement: on which core they run, and what they use.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;

/// Keeps this process, and what it starts, on one core.
pub(crate) fn pin_self(core: usize) {
    let mut set = CpuSet::new();
    set.set(core).unwrap();
    if let Err(error) = sched_setaffinity(Pid::from_raw(0), &set) {
        println!("not pinned to core {core}: {error}; the figures are of processes that share their cores");
    }
}

/// As many open files as the system lets us have: one for a subscriber.
pub(crate) fn raise_file_limit() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
}

/// Open files that a process may have.
pub(crate) fn file_limit() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).unwrap().0
}

/// A server on the first core. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Starts a server and waits for its line that ends with `http://ADDRESS`.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", "0"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => pinned.env(name, value),
                None => pinned.env_remove(name),
            };
        }
        command = pinned;
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").unwrap_or_else(|| panic!("the server did not start: {line:?}")).1;
        Self { address: address.to_owned(), child }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu(self.child.id())
    }

    /// Resident bytes.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time that a process (0 for this one) and its children have used: all threads, user and system.
pub(crate) fn cpu(pid: u32) -> Duration {
    let own = clock_getcpuclockid(Pid::from_raw(pid.cast_signed())).and_then(|clock| clock.now());
    let children = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = children.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    // One that has ended meanwhile counts no longer.
    let own = own.map_or(Duration::ZERO, Duration::from);
    children.flat_map(|pids| pids.split_whitespace().map(|pid| cpu(pid.parse().unwrap())).collect::<Vec<_>>()).sum::<Duration>()
        + own
}
