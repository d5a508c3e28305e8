//! The data lake: raw files, kept by name and version. A [`Lake`] is a folder of this machine or a bucket of Cloud Storage, and
//! the same promises hold for both:
//!
//! - **Nothing is overwritten.** A put of the content that is there changes nothing; a put of another makes a new version, and
//!   the older one stays readable until the lifecycle takes it. Of two puts at once, both are kept.
//! - **What is stored is what was sent.** Every content is hashed before it goes, checked when it has arrived and again while it
//!   is read.
//! - **Memory is flat.** Files stream in and out.
//! - **A put that returned survives a crash.**
//!
//! What cannot be sent now waits in the [`outbox`]. Which file goes where is said in [`layout`] and [`classify`], how long it is
//! kept in [`lifecycle`]. `docs/lake.md` tells it whole.

pub mod classify;
#[cfg(feature = "cloud")]
pub mod cloud;
pub mod directory;
pub mod error;
mod guarded;
mod hash;
pub mod layout;
pub mod lifecycle;
pub mod links;
pub mod object;
pub mod outbox;
pub mod path;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::stream::TryStreamExt;

#[cfg(feature = "cloud")]
pub use cloud::CloudLake;
pub use directory::DirectoryLake;
pub use error::{LakeError, Result};
pub use guarded::GuardedLake;
pub use lifecycle::Lifecycle;
pub use links::{Link, LinkSigner};
pub use object::{Content, ContentHash, Created, Page, Source, Stat, StorageClass, Stored, Version};
pub use outbox::Outbox;
pub use path::LakePath;

/// The longest time that a signed link may be good for: Cloud Storage's limit.
pub const MAX_LINK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The most objects of one page.
pub const MAX_PAGE: u32 = 1000;

/// A data lake.
#[async_trait]
pub trait Lake: Debug + Send + Sync {
    /// Where it is: `gs://bucket`, or the folder's path.
    fn location(&self) -> String;

    /// Stores a content under a name. When it returns, the content is durable and its hash was confirmed.
    async fn put(&self, path: &LakePath, source: Source, content_type: &str) -> Result<Stored>;

    /// Opens a version, or the newest. [`LakeError::NotFound`] when there is none.
    async fn get(&self, path: &LakePath, version: Option<Version>) -> Result<Content>;

    /// What is known of a version, or of the newest; None when there is none.
    async fn stat(&self, path: &LakePath, version: Option<Version>) -> Result<Option<Stat>>;

    /// All versions of an object, the newest first; none when there is no such object.
    async fn versions(&self, path: &LakePath) -> Result<Vec<Stat>>;

    /// The objects whose names begin with `prefix`, in the order of their names' bytes: at most `limit` (1 to [`MAX_PAGE`]), from
    /// the beginning or from where a page's `next` points.
    async fn list(&self, prefix: &str, next: Option<&str>, limit: u32) -> Result<Page>;

    /// A link by which anybody can read the newest version, as it is now, until `ttl` (1 s to [`MAX_LINK`]) after `now` has passed.
    async fn signed_url(&self, path: &LakePath, ttl: Duration, now: DateTime<Utc>) -> Result<String>;

    /// Makes the lake if there is none, and gives it these rules in place of those it has. Harmless when repeated.
    async fn provision(&self, lifecycle: &Lifecycle) -> Result<()>;

    /// The rules that the lake holds, those that do something ([`Lifecycle::acting`]).
    async fn lifecycle(&self) -> Result<Lifecycle>;

    /// How the lake is set otherwise than [`Lake::provision`] would set it, in words; nothing where it is not.
    async fn differences(&self, lifecycle: &Lifecycle) -> Result<Vec<String>> {
        Ok(lifecycle.differences(&self.lifecycle().await?))
    }

    /// Carries out the rules, where the lake does not do so by itself.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<Swept>;

    /// The whole content of the newest version, if it has no more than `max_bytes`.
    async fn read(&self, path: &LakePath, max_bytes: u64) -> Result<Bytes> {
        let mut content = self.get(path, None).await?;
        if content.stat.size > max_bytes {
            return Err(LakeError::Invalid(format!("{path} has {} bytes, more than {max_bytes}", content.stat.size)));
        }
        let mut whole = BytesMut::new();
        while let Some(piece) = content.stream.try_next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }
}

/// What a sweep did, in versions of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Moved to the archive.
    pub archived: u64,
    /// Deleted.
    pub deleted: u64,
}

/// What [`open`] needs besides the address.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Signs the links of a directory lake; without it, it gives none.
    pub links: Option<LinkSigner>,
    /// Where Cloud Storage is, instead of at Google (an emulator: `http://127.0.0.1:4443`); no credentials are used then.
    pub endpoint: Option<String>,
    /// The project that a new bucket belongs to.
    pub project: Option<String>,
    /// The region of a new bucket (`us-central1`).
    pub region: Option<String>,
}

/// Opens the lake at an address: `gs://bucket`, else the path of a folder, which is made.
pub async fn open(address: &str, options: Options) -> Result<Arc<dyn Lake>> {
    match address.strip_prefix("gs://") {
        #[cfg(feature = "cloud")]
        Some(bucket) => Ok(Arc::new(CloudLake::open(bucket, options).await?)),
        #[cfg(not(feature = "cloud"))]
        Some(_) => Err(LakeError::Invalid(format!("{address}: this build has no Cloud Storage (feature `cloud`)"))),
        None if address.contains("://") => Err(LakeError::Invalid(format!("{address} is neither gs://bucket nor a folder"))),
        None => Ok(Arc::new(DirectoryLake::open(address, options.links)?)),
    }
}

/// A link's time, checked.
fn checked_ttl(ttl: Duration) -> Result<Duration> {
    if ttl < Duration::from_secs(1) || ttl > MAX_LINK {
        return Err(LakeError::Invalid(format!("a link is good for 1 s to 7 days, not {} s", ttl.as_secs_f64())));
    }
    Ok(ttl)
}
