//! Names of objects: one newtype, so that what is no name never gets near a disk or a bucket.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::{LakeError, Result};

/// The longest name, in bytes of UTF-8: what Cloud Storage takes.
pub const MAX_BYTES: usize = 1024;
/// The longest segment, in bytes: what file systems take.
pub const MAX_SEGMENT_BYTES: usize = 255;
/// A segment that no name may have: a directory lake keeps its versions in folders of that name.
pub(super) const RESERVED: &str = ".lake";

/// The name of an object: relative, `/` between its segments, good for both lakes.
///
/// Text is taken as it is: no normalisation of Unicode, no folding of case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LakePath(String);

impl LakePath {
    /// The name, if it can be one; else [`LakeError::Invalid`] with the reason.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        match fault(&text) {
            None => Ok(Self(text)),
            Some(reason) => Err(LakeError::Invalid(format!("{text:?} cannot be a name in the lake: {reason}"))),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, from the first folder to the file.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// Why a text is no name.
fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > MAX_BYTES {
        return Some("it has no bytes, or more than 1024");
    }
    if text.chars().any(char::is_control) {
        return Some("it has control characters");
    }
    // The one other name that Cloud Storage refuses.
    if text.starts_with(".well-known/acme-challenge/") {
        return Some("Cloud Storage keeps this folder for itself");
    }
    text.split('/').find_map(|segment| match segment {
        "" => Some("it has an empty segment (`//`, or `/` at an end)"),
        "." | ".." => Some("it has a segment `.` or `..`"),
        RESERVED => Some("it has a segment `.lake`"),
        long if long.len() > MAX_SEGMENT_BYTES => Some("it has a segment of more than 255 bytes"),
        _ => None,
    })
}

impl fmt::Display for LakePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LakePath {
    type Err = LakeError;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl TryFrom<String> for LakePath {
    type Error = LakeError;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<LakePath> for String {
    fn from(path: LakePath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_give_them_are_taken() {
        for name in ["a", "rpm-plans/raw/2025/W43/Plan (final).md", "…/ü/東京 ☂.mp3", "a/.b/..c", &"x".repeat(255)] {
            assert_eq!(LakePath::new(name).expect(name).as_str(), name);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let deep = "ab/".repeat(342);
        for name in [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "a/../b",
            "..",
            "a/./b",
            "a\nb",
            "a\0b",
            "a/\u{85}b",
            ".lake/x",
            "a/.lake",
            &deep,
            &"x".repeat(256),
        ] {
            assert!(matches!(LakePath::new(name), Err(LakeError::Invalid(_))), "{name:?}");
        }
    }

    #[test]
    fn a_name_is_checked_on_its_way_in_from_json() {
        assert!(serde_json::from_str::<LakePath>("\"a/b\"").is_ok());
        assert!(serde_json::from_str::<LakePath>("\"a/../b\"").is_err());
    }
}
