//! What goes into a lake and what comes back.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::LakePath;
use super::error::{LakeError, Result};

/// Where the content of an object comes from. A file is streamed and never held in memory whole.
#[derive(Clone, Debug)]
pub enum Source {
    /// A local file; it must not change while it is being sent (that is found out, and refused).
    File(PathBuf),
    /// Bytes at hand.
    Bytes(Bytes),
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// Which content of an object: a larger number is a newer one. Cloud Storage calls it the generation; both lakes use
/// microseconds since 1970 as a rule, and promise no more than the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The SHA-256 of a content; text and JSON are 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of some bytes.
    #[must_use]
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes.as_ref()).into())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentHash {
    type Err = LakeError;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || LakeError::Invalid(format!("{text:?} is no SHA-256 in hexadecimal"));
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (index, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

impl TryFrom<String> for ContentHash {
    type Error = LakeError;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

/// How quickly, and at what price, a content can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageClass {
    /// At once.
    #[default]
    Standard,
    /// Archived: cheap to keep, dear to read. A directory lake only records it.
    Coldline,
    /// Another class of Cloud Storage's.
    #[serde(other)]
    Other,
}

/// What is known of one version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stat {
    /// Its name.
    pub path: LakePath,
    /// Which of its contents.
    pub version: Version,
    /// Hash of the content. None where somebody else than us wrote it into the bucket.
    pub sha256: Option<ContentHash>,
    /// Bytes.
    pub size: u64,
    /// Media type (`text/markdown`).
    pub content_type: String,
    /// When this version came into the lake; its age for the lifecycle.
    pub created: DateTime<Utc>,
    /// Where the lifecycle has moved it.
    pub class: StorageClass,
}

/// What a put did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Created {
    /// There was no such object.
    Created,
    /// The newest version has this very content; nothing was written.
    Unchanged,
    /// There was another content, which is kept as an older version.
    NewVersion,
}

/// What the lake holds after a put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// The object.
    pub path: LakePath,
    /// The version that holds the content.
    pub version: Version,
    /// Hash of the content, as the lake confirmed it.
    pub sha256: ContentHash,
    /// Bytes.
    pub size: u64,
    /// What it took.
    pub created: Created,
}

/// A part of a listing.
#[derive(Clone, Debug)]
pub struct Page {
    /// The newest version of each object, by name.
    pub objects: Vec<Stat>,
    /// What to ask the next page with; None at the end.
    pub next: Option<String>,
}

/// A content on its way out. The stream's last item is an error ([`LakeError::Corrupt`]) when what came before it is not
/// what was stored: use nothing of it before its end.
pub struct Content {
    /// What is being read.
    pub stat: Stat,
    /// The bytes, in pieces.
    pub stream: BoxStream<'static, Result<Bytes>>,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("stat", &self.stat).finish_non_exhaustive()
    }
}
