//! A lake in a folder of this machine. Several processes may use it at once.
//!
//! Each object's newest content can be seen under its name in the folder; what counts is in `.lake` (see [`store`]).

pub(in crate::lake) mod files;
mod store;
#[cfg(test)]
mod tests;
mod walk;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::try_unfold;
use tokio::io::AsyncReadExt;

use super::error::{Context, LakeError, Result};
use super::hash::{PIECE, verified};
use super::lifecycle::Fate;
use super::{Content, Lake, LakePath, Lifecycle, LinkSigner, MAX_PAGE, Page, Source, Stat, StorageClass, Stored, Swept, Version};
use files::write_file;
use store::Store;
use walk::{Range, walk};

/// How long what a crash has left in the making may lie: longer than any put takes.
const LEFT_OVER: TimeDelta = TimeDelta::days(1);

/// A lake in a folder.
#[derive(Clone, Debug)]
pub struct DirectoryLake {
    store: Arc<Store>,
    links: Option<LinkSigner>,
}

/// A version, open for reading.
#[derive(Debug)]
pub struct Opened {
    /// What it is: size, media type, hash.
    pub stat: Stat,
    /// Its content.
    pub file: File,
}

impl DirectoryLake {
    /// The lake in a folder, which is made. `links` signs its links; without it, it gives none.
    pub fn open(root: impl AsRef<Path>, links: Option<LinkSigner>) -> Result<Self> {
        Ok(Self { store: Arc::new(Store::open(root.as_ref())?), links })
    }

    /// Opens a version, or the newest, as a file: for whoever sends parts of it. Its hash is not checked.
    pub async fn open_file(&self, path: &LakePath, version: Option<Version>) -> Result<Opened> {
        let path = path.clone();
        self.run(move |store| store.open_version(&path, version).map(|(stat, file)| Opened { stat, file })).await
    }

    fn signer(&self) -> Result<&LinkSigner> {
        self.links.as_ref().ok_or_else(|| LakeError::Invalid("this lake has no key to sign links with".to_owned()))
    }

    /// Does something that waits for the disk, where it keeps nobody else from working.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> Result<T> + Send + 'static) -> Result<T> {
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.map_err(|error| LakeError::Unavailable(format!("the work was given up: {error}")))?
    }
}

#[async_trait]
impl Lake for DirectoryLake {
    fn location(&self) -> String {
        self.store.root().display().to_string()
    }

    async fn put(&self, path: &LakePath, source: Source, content_type: &str) -> Result<Stored> {
        let (path, content_type) = (path.clone(), content_type.to_owned());
        self.run(move |store| store.put(&path, &source, &content_type)).await
    }

    async fn get(&self, path: &LakePath, version: Option<Version>) -> Result<Content> {
        let Opened { stat, file } = self.open_file(path, version).await?;
        let root = self.store.root().to_owned();
        let pieces = try_unfold(tokio::fs::File::from_std(file), move |mut file| {
            let root = root.clone();
            async move {
                let mut piece = BytesMut::with_capacity(PIECE);
                let length = file.read_buf(&mut piece).await.context("read in", &root)?;
                Ok((length > 0).then(|| (piece.freeze(), file)))
            }
        });
        let stream = verified(&stat, Box::pin(pieces));
        Ok(Content { stat, stream })
    }

    async fn stat(&self, path: &LakePath, version: Option<Version>) -> Result<Option<Stat>> {
        let path = path.clone();
        self.run(move |store| version.map_or_else(|| store.newest(&path), |version| store.stat(&path, version))).await
    }

    async fn versions(&self, path: &LakePath) -> Result<Vec<Stat>> {
        let path = path.clone();
        self.run(move |store| store.versions(&path)).await
    }

    async fn list(&self, prefix: &str, next: Option<&str>, limit: u32) -> Result<Page> {
        let (prefix, after) = (prefix.to_owned(), next.map(ToOwned::to_owned));
        let limit = limit.clamp(1, MAX_PAGE) as usize;
        self.run(move |store| page(store, Range { prefix: &prefix, after: after.as_deref() }, limit)).await
    }

    async fn signed_url(&self, path: &LakePath, ttl: Duration, now: DateTime<Utc>) -> Result<String> {
        let signer = self.signer()?;
        let stat = self.stat(path, None).await?.ok_or_else(|| LakeError::NotFound(path.to_string()))?;
        signer.sign(path, stat.version, ttl, now)
    }

    async fn provision(&self, lifecycle: &Lifecycle) -> Result<()> {
        let lifecycle = lifecycle.acting();
        self.run(move |store| {
            let text = serde_json::to_vec_pretty(&lifecycle).map_err(std::io::Error::from);
            let text = text.context("write", &store.rules())?;
            let _lock = store.lock()?;
            write_file(&store.rules(), &text, &store.scratch())
        })
        .await
    }

    async fn lifecycle(&self) -> Result<Lifecycle> {
        self.run(rules).await
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<Swept> {
        self.run(move |store| sweep(store, now)).await
    }
}

fn rules(store: &Store) -> Result<Lifecycle> {
    let file = store.rules();
    match std::fs::read(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lifecycle::default()),
        text => {
            let damaged =
                |error: serde_json::Error| LakeError::Corrupt { path: file.display().to_string(), what: error.to_string() };
            serde_json::from_slice(&text.context("read", &file)?).map_err(damaged)
        }
    }
}

fn page(store: &Store, range: Range<'_>, limit: usize) -> Result<Page> {
    let mut objects: Vec<Stat> = Vec::new();
    let more = !walk(&store.objects(), "", range, &mut |path| {
        let Some(newest) = store.newest(&path)? else { return Ok(true) };
        if objects.len() == limit {
            return Ok(false);
        }
        objects.push(newest);
        Ok(true)
    })?;
    let next = objects.last().filter(|_| more).map(|stat| stat.path.to_string());
    Ok(Page { objects, next })
}

/// Does what the rules want, object by object; puts go on meanwhile.
fn sweep(store: &Store, now: DateTime<Utc>) -> Result<Swept> {
    let lifecycle = rules(store)?;
    let mut swept = Swept::default();
    walk(&store.objects(), "", Range::default(), &mut |path| {
        let _lock = store.lock()?;
        store.tidy(&path)?;
        // The oldest first, so that a crash in between leaves the newest.
        for mut stat in store.versions(&path)?.into_iter().rev() {
            match lifecycle.fate(path.as_str(), stat.created, now) {
                Fate::Delete => {
                    store.delete(&stat)?;
                    swept.deleted += 1;
                }
                Fate::Archive if stat.class != StorageClass::Coldline => {
                    stat.class = StorageClass::Coldline;
                    store.write_stat(&stat)?;
                    swept.archived += 1;
                }
                Fate::Archive | Fate::Keep => {}
            }
        }
        Ok(true)
    })?;
    store.tidy_scratch(now - LEFT_OVER)?;
    Ok(swept)
}
