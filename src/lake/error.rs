//! What a lake can say besides yes. Callers switch on the variant;
//! [`LakeError::is_transient`] tells whether another try is worth it.

use std::io;
use std::path::Path;

/// The result of every operation of a lake.
pub type Result<T, E = LakeError> = std::result::Result<T, E>;

/// Why an operation of a lake failed.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// No such object, version or bucket.
    #[error("not in the lake: {0}")]
    NotFound(String),
    /// The credentials do not allow it, or there are none; for links: a signature that does not hold or has expired.
    #[error("the lake refuses: {0}")]
    Denied(String),
    /// Others were faster, again and again; nothing was lost, nothing was written.
    #[error("the lake has changed meanwhile: {0}")]
    Conflict(String),
    /// What arrived, or what is stored, is not what was sent.
    #[error("{path} is damaged: {what}")]
    Corrupt {
        /// The object.
        path: String,
        /// What was expected and found.
        what: String,
    },
    /// A passing failure: the network, a busy service, a lack of space.
    #[error("the lake cannot be reached: {0}")]
    Unavailable(String),
    /// A name, an address or a setting that cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// The local disk.
    #[error("{what}: {source}")]
    Io {
        /// What was done, and where.
        what: String,
        /// The operating system's word.
        source: io::Error,
    },
}

impl LakeError {
    /// Whether the same call may succeed later with nothing changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }

    /// Damage, told by the two hashes or sizes that should be one.
    pub(super) fn differs(path: impl ToString, expected: impl std::fmt::Display, found: impl std::fmt::Display) -> Self {
        Self::Corrupt { path: path.to_string(), what: format!("expected {expected}, found {found}") }
    }
}

/// Says what was being done when the disk failed.
pub(super) trait Context<T> {
    /// `what` is a verb (`write`), `path` what it was done to.
    fn context(self, what: &str, path: &Path) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: &str, path: &Path) -> Result<T> {
        self.map_err(|source| LakeError::Io { what: format!("cannot {what} {}", path.display()), source })
    }
}
