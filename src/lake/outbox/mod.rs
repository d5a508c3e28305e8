//! What cannot be sent to the lake now is sent later, whatever happens to the process in between.
//!
//! [`Outbox::enqueue`] copies a content into the spool folder and returns when that copy and the word of it are durable;
//! [`Outbox::drain`] sends what waits, the oldest first, and forgets it only when the lake has confirmed its hash. Contents of
//! one name arrive in the order in which they were given: where one fails, the later ones of its name wait with it.
//!
//! # Where it may die
//!
//! | killed | what is left | what becomes of it |
//! | --- | --- | --- |
//! | while the content is copied | a temporary file | nothing was promised; `drain` removes it when it is a day old |
//! | between the copy and the entry | a content that no entry names | the same, at the next `drain` |
//! | after the entry's rename | the whole entry | it is sent |
//! | while it is sent, or before the entry is removed | the entry | it is sent again, and the lake finds it unchanged |
//! | between the entry's removal and the content's | a content that no entry names | `drain` removes it |
//!
//! One thing is not kept: where another writer puts a newer content of the same name just between a confirmed put and the removal
//! of its entry, and the process dies right there, the older content is put once more, on top. Nothing is lost by that.
//!
//! Enqueuing takes a short lock and draining a long one, both `flock`s that end with their holder; several processes may do both.

mod backoff;
mod spool;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::error::{LakeError, Result};
use super::{Lake, LakePath, Source};
pub use spool::Entry;
use spool::Spool;

/// After so many names in a row for which the lake could not be reached, a drain ends.
const AWAY: usize = 2;

/// A durable queue of puts, in a folder.
#[derive(Clone, Debug)]
pub struct Outbox {
    spool: Arc<Spool>,
}

/// What a drain did.
#[derive(Debug, Default)]
pub struct Drained {
    /// Entries that the lake has confirmed.
    pub sent: u64,
    /// Entries that still wait, those of `failed` among them.
    pub left: u64,
    /// Entries that were tried and failed, and why.
    pub failed: Vec<Failed>,
    /// Another process was draining; this one did nothing.
    pub busy: bool,
}

/// An entry that could not be sent this time.
#[derive(Debug)]
pub struct Failed {
    /// The entry as it waits now, with its next time.
    pub entry: Entry,
    /// Why; [`LakeError::is_transient`] tells whether waiting may help.
    pub error: LakeError,
}

impl Outbox {
    /// The outbox in a folder, which is made.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { spool: Arc::new(Spool::open(folder.as_ref())?) })
    }

    /// Takes a content over: when this returns, it will get to the lake.
    pub async fn enqueue(&self, path: &LakePath, source: Source, content_type: &str, now: DateTime<Utc>) -> Result<Entry> {
        let (path, content_type) = (path.clone(), content_type.to_owned());
        self.run(move |spool| spool.add(path, &source, content_type, now)).await
    }

    /// Whether nothing waits.
    pub async fn is_empty(&self) -> Result<bool> {
        self.run(|spool| Ok(spool.numbers()?.is_empty() || spool.entries()?.is_empty())).await
    }

    /// What waits, the oldest first.
    pub async fn pending(&self) -> Result<Vec<Entry>> {
        self.run(Spool::entries).await
    }

    /// Sends up to `limit` entries whose time has come at `now`, the oldest first, and one after the other; where the lake cannot be
    /// reached, the others wait for the next drain.
    ///
    /// # Errors
    /// Only those of the spool folder itself; what the lake says is in [`Drained::failed`].
    pub async fn drain(&self, lake: &dyn Lake, limit: usize, now: DateTime<Utc>) -> Result<Drained> {
        let Some(_lock) = self.run(Spool::try_drain_lock).await? else {
            let left = self.pending().await?.len() as u64;
            return Ok(Drained { left, busy: true, ..Drained::default() });
        };
        self.run(move |spool| spool.tidy(now)).await?;
        let mut drained = Drained::default();
        // Names whose older content waits.
        let mut held = BTreeSet::new();
        let (mut tried, mut away) = (0, 0);
        for entry in self.pending().await? {
            if tried == limit || entry.next_attempt > now || held.contains(&entry.path) {
                held.insert(entry.path);
                continue;
            }
            tried += 1;
            match self.send(lake, &entry).await {
                Ok(()) => {
                    self.run(move |spool| spool.remove(&entry)).await?;
                    drained.sent += 1;
                    away = 0;
                }
                Err(error) => {
                    held.insert(entry.path.clone());
                    // One may fail for itself; two in a row are a lake that is away, and the next ones would wait as long to hear the same.
                    away = if matches!(error, LakeError::Unavailable(_)) { away + 1 } else { 0 };
                    let entry = self.postpone(entry, &error, now).await?;
                    drained.failed.push(Failed { entry, error });
                    if away == AWAY {
                        break;
                    }
                }
            }
        }
        self.run(move |spool| spool.tidy(now)).await?;
        drained.left = self.pending().await?.len() as u64;
        Ok(drained)
    }

    /// Sends one entry; an error unless its content is the one that was taken over, and the lake confirms it.
    async fn send(&self, lake: &dyn Lake, entry: &Entry) -> Result<()> {
        let to_check = entry.clone();
        self.run(move |spool| spool.check(&to_check)).await?;
        let source = Source::File(self.spool.content(&entry.sha256));
        let stored = lake.put(&entry.path, source, &entry.content_type).await?;
        if stored.sha256 != entry.sha256 {
            return Err(LakeError::differs(&entry.path, entry.sha256, stored.sha256));
        }
        Ok(())
    }

    /// Writes down that an entry failed, and when it is tried again.
    async fn postpone(&self, mut entry: Entry, error: &LakeError, now: DateTime<Utc>) -> Result<Entry> {
        entry.attempts = entry.attempts.saturating_add(1);
        entry.next_attempt = now + backoff::delay(entry.attempts, rand::random());
        entry.last_error = Some(error.to_string());
        self.run(move |spool| spool.update(&entry).map(|()| entry)).await
    }

    /// Does something that waits for the disk, where it keeps nobody else from working.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Spool) -> Result<T> + Send + 'static) -> Result<T> {
        let spool = self.spool.clone();
        let done = tokio::task::spawn_blocking(move || work(&spool)).await;
        done.map_err(|error| LakeError::Unavailable(format!("the work was given up: {error}")))?
    }
}
