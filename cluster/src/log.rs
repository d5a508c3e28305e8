use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    process::{ExitStatus, Stdio},
};

use super::error::{ClusterError, Context};

/// The log starts anew at a start that finds it longer than this, in bytes.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;
/// How much of what a program said goes into an error message, in bytes.
const LONGEST_QUOTE: u64 = 4096;

/// The file that PostgreSQL's programs write their messages to.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    pub(super) fn open(path: PathBuf) -> Result<Self, ClusterError> {
        let file = OpenOptions::new().append(true).read(true).create(true).mode(0o600).open(&path).context("open", &path)?;
        if file.metadata().context("examine", &path)?.len() > LONGEST_LOG {
            file.set_len(0).context("empty", &path)?;
        }
        Ok(Self { path, file })
    }

    /// The log as an output of a child.
    pub(super) fn output(&self) -> Result<Stdio, ClusterError> {
        Ok(self.file.try_clone().context("share", &self.path)?.into())
    }

    /// Its length, where the next program begins to write.
    pub(super) fn end(&self) -> Result<u64, ClusterError> {
        Ok(self.file.metadata().context("examine", &self.path)?.len())
    }

    /// Turns a bad exit into an error, of a program that began to write at `start`.
    pub(super) fn check(&self, program: &'static str, status: ExitStatus, start: u64) -> Result<(), ClusterError> {
        if status.success() { Ok(()) } else { Err(self.failure(program, status.to_string(), start)) }
    }

    /// The error of a program that began to write at `start`.
    pub(super) fn failure(&self, program: &'static str, outcome: String, start: u64) -> ClusterError {
        let said = self.read_from(start).unwrap_or_else(|error| format!("(unreadable: {error})"));
        ClusterError::Program { program, outcome, log: self.path.clone(), said }
    }

    fn read_from(&self, start: u64) -> io::Result<String> {
        let mut file = &self.file;
        let from = start.max(file.metadata()?.len().saturating_sub(LONGEST_QUOTE));
        file.seek(SeekFrom::Start(from))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }
}
