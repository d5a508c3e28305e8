//! The outbox on disk: `contents/HASH`, each content once, `entries/NUMBER.json`, in the order they came, and `last`, the last number.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::lake::directory::files::{lock, lock_file, make_folder, move_to, protect, remove, sync_folder, write_file};
use crate::lake::error::{Context, LakeError, Result};
use crate::lake::hash::{copy_source, sums};
use crate::lake::{ContentHash, LakePath, Source};

/// How long a temporary file may lie: longer than any copy takes.
const LEFT_OVER: TimeDelta = TimeDelta::days(1);

/// A put that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its place in the order: a lower number goes first.
    pub number: u64,
    /// The name in the lake.
    pub path: LakePath,
    /// Hash of the content.
    pub sha256: ContentHash,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub content_type: String,
    /// When it was taken over.
    pub enqueued: DateTime<Utc>,
    /// How often it has failed.
    pub attempts: u32,
    /// Not to be tried before this.
    pub next_attempt: DateTime<Utc>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// The folder, seen by threads that may wait for the disk.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) folder: PathBuf,
}

impl Spool {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        make_folder(folder)?;
        let spool = Self { folder: fs::canonicalize(folder).context("find", folder)? };
        for part in ["contents", "entries", "tmp"] {
            make_folder(&spool.folder.join(part))?;
        }
        Ok(spool)
    }

    /// Where a content lies.
    pub(super) fn content(&self, hash: &ContentHash) -> PathBuf {
        self.folder.join("contents").join(hash.to_string())
    }

    fn entry(&self, number: u64) -> PathBuf {
        self.folder.join("entries").join(format!("{number:020}.json"))
    }

    fn scratch(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// The right to drain, if nobody has it.
    pub(super) fn try_drain_lock(&self) -> Result<Option<File>> {
        let path = self.folder.join("drain.lock");
        let file = lock_file(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error).context("lock", &path),
        }
    }

    /// The right to add and remove.
    fn lock(&self) -> Result<File> {
        lock(&self.folder.join("lock"))
    }

    /// Takes a content over; durable on return.
    pub(super) fn add(&self, path: LakePath, source: &Source, content_type: String, now: DateTime<Utc>) -> Result<Entry> {
        let scratch = self.scratch();
        let temporary = NamedTempFile::new_in(&scratch).context("write in", &scratch)?;
        let sums = copy_source(source, temporary.as_file(), temporary.path())?;
        protect(&temporary, 0o400)?;
        temporary.as_file().sync_all().context("sync", temporary.path())?;

        let _lock = self.lock()?;
        let number = self.next_number(now)?;
        // A content that lies there already may have been damaged since: the new copy is as good or better.
        move_to(temporary, &self.content(&sums.sha256))?;
        let entry = Entry {
            number,
            path,
            sha256: sums.sha256,
            size: sums.size,
            content_type,
            enqueued: now,
            attempts: 0,
            next_attempt: now,
            last_error: None,
        };
        self.update(&entry)?;
        Ok(entry)
    }

    /// A number above all that were given, without a look at what waits: that may be much. The caller holds the lock.
    fn next_number(&self, now: DateTime<Utc>) -> Result<u64> {
        let file = self.folder.join("last");
        let last = fs::read_to_string(&file).ok().and_then(|last| last.parse::<u64>().ok()).unwrap_or_default();
        // The clock stands in for a note that was lost: it is not made durable.
        let mut number = u64::try_from(now.timestamp_micros()).unwrap_or_default().max(last + 1);
        while self.entry(number).exists() {
            number += 1;
        }
        fs::write(&file, number.to_string()).context("write", &file)?;
        Ok(number)
    }

    /// Writes an entry, new or in place of what it said before.
    pub(super) fn update(&self, entry: &Entry) -> Result<()> {
        let file = self.entry(entry.number);
        let text = serde_json::to_vec_pretty(entry).map_err(io::Error::from).context("write", &file)?;
        write_file(&file, &text, &self.scratch())
    }

    /// Forgets an entry. Its content goes with the next [`Spool::tidy`], which alone knows whether another entry has the same.
    pub(super) fn remove(&self, entry: &Entry) -> Result<()> {
        let _lock = self.lock()?;
        let file = self.entry(entry.number);
        remove(&file)?;
        file.parent().map_or(Ok(()), sync_folder)
    }

    /// Whether a content still is what was taken over; else [`LakeError::Corrupt`].
    pub(super) fn check(&self, entry: &Entry) -> Result<()> {
        let found = sums(&Source::File(self.content(&entry.sha256)))?;
        if found.sha256 == entry.sha256 { Ok(()) } else { Err(LakeError::differs(&entry.path, entry.sha256, found.sha256)) }
    }

    /// What waits, the oldest first. A file that is no entry stops nothing: it is left for people to look at.
    pub(super) fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for number in self.numbers()? {
            let file = self.entry(number);
            let text = match fs::read(&file) {
                // Sent meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                text => text.context("read", &file)?,
            };
            match serde_json::from_slice(&text) {
                Ok(entry) => entries.push(entry),
                Err(error) => tracing::error!(file = %file.display(), %error, "an entry of the outbox cannot be read"),
            }
        }
        Ok(entries)
    }

    pub(super) fn numbers(&self) -> Result<Vec<u64>> {
        let number = |name: String| name.strip_suffix(".json")?.parse().ok();
        let mut numbers: Vec<u64> = names(&self.folder.join("entries"))?.into_iter().filter_map(number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Removes what crashes have left: contents that no entry names, temporary files that nobody writes any more.
    pub(super) fn tidy(&self, now: DateTime<Utc>) -> Result<()> {
        let _lock = self.lock()?;
        // Contents are kept as long as there is an entry that cannot be read: it may be the one that needs them.
        let entries = self.entries()?;
        if entries.len() == self.numbers()?.len() {
            let named: BTreeSet<String> = entries.iter().map(|entry| entry.sha256.to_string()).collect();
            for name in names(&self.folder.join("contents"))?.into_iter().filter(|name| !named.contains(name)) {
                remove(&self.folder.join("contents").join(name))?;
            }
        }
        for name in names(&self.scratch())? {
            let file = self.scratch().join(name);
            let old = fs::metadata(&file)
                .and_then(|known| known.modified())
                .is_ok_and(|at| DateTime::<Utc>::from(at) < now - LEFT_OVER);
            if old {
                remove(&file)?;
            }
        }
        Ok(())
    }
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).context("read", folder)?;
    let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<io::Result<_>>().context("read", folder)
}
