//! The locks are `flock`s: the operating system drops them with the last process that holds them, however it ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::error::{ClusterError, Context};

/// How often a lock that another process holds is tried again.
const EVERY: Duration = Duration::from_millis(10);

/// One lock file, open.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    file: File,
}

impl LockFile {
    pub(super) fn open(home: &Path, name: &str) -> Result<Self, ClusterError> {
        let path = home.join(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .context("open", &path)?;
        Ok(Self { path, file })
    }

    /// Takes the lock for this process alone, if nobody has it, and writes down who has it now.
    pub(super) fn try_own(&mut self) -> Result<bool, ClusterError> {
        if !self.outcome(self.file.try_lock())? {
            return Ok(false);
        }
        let written =
            self.file.set_len(0).and_then(|()| self.file.rewind()).and_then(|()| writeln!(self.file, "{}", std::process::id()));
        written.context("write", &self.path)?;
        Ok(true)
    }

    /// Takes the lock together with others who share it, unless somebody has it alone.
    pub(super) fn try_share(&self) -> Result<bool, ClusterError> {
        self.outcome(self.file.try_lock_shared())
    }

    /// Gives back a shared lock.
    pub(super) fn release(&self) -> Result<(), ClusterError> {
        self.file.unlock().context("unlock", &self.path)
    }

    fn outcome(&self, tried: Result<(), TryLockError>) -> Result<bool, ClusterError> {
        match tried {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error).context("lock", &self.path),
        }
    }

    /// The process that last took the lock alone.
    pub(super) fn owner(&self) -> Option<u32> {
        let mut text = String::new();
        let mut file = &self.file;
        file.rewind().ok()?;
        file.read_to_string(&mut text).ok()?;
        text.trim().parse().ok()
    }

    /// A second handle of the same lock, to hand to a child process: the lock lasts until both have closed it.
    pub(super) fn for_child(&self) -> Result<File, ClusterError> {
        self.file.try_clone().context("share", &self.path)
    }
}

/// Asks `attempt` again and again until it has an answer; `None` when `limit` has passed without one.
pub(super) fn wait_for<T>(
    limit: Duration,
    mut attempt: impl FnMut() -> Result<Option<T>, ClusterError>,
) -> Result<Option<T>, ClusterError> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = attempt()? {
            return Ok(Some(answer));
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        thread::sleep(EVERY);
    }
}
