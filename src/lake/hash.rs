//! Contents are known by their hashes: taken before they are sent, and again while they are read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use sha2::{Digest, Sha256};

use super::error::{Context, LakeError, Result};
use super::object::{ContentHash, Source, Stat};

/// Bytes that are read at a time: all that a file takes of memory.
pub(super) const PIECE: usize = 256 * 1024;

/// What tells a content apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    /// Ours.
    pub(super) sha256: ContentHash,
    /// Cloud Storage's.
    #[cfg_attr(not(feature = "cloud"), allow(dead_code, reason = "nobody else asks"))]
    pub(super) crc32c: u32,
    /// Bytes.
    pub(super) size: u64,
}

/// Takes the sums of what flows by.
#[derive(Default)]
pub(super) struct Summing {
    sha256: Sha256,
    crc32c: u32,
    size: u64,
}

impl Summing {
    /// Takes in the next piece.
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.sha256.update(piece);
        self.crc32c = crc32c::crc32c_append(self.crc32c, piece);
        self.size += piece.len() as u64;
    }

    /// The sums of all pieces.
    pub(super) fn finish(self) -> Sums {
        Sums { sha256: ContentHash(self.sha256.finalize().into()), crc32c: self.crc32c, size: self.size }
    }
}

/// The sums of a source; a file is read once through.
pub(super) fn sums(source: &Source) -> Result<Sums> {
    match source {
        Source::File(path) => copy(File::open(path).context("open", path)?, io::sink()).context("read", path),
        Source::Bytes(bytes) => {
            let mut summing = Summing::default();
            summing.update(bytes);
            Ok(summing.finish())
        }
    }
}

/// Copies a source to where it is to go, and takes the sums of what was copied; `to` names it in errors.
pub(super) fn copy_source(source: &Source, into: impl io::Write, to: &Path) -> Result<Sums> {
    match source {
        Source::File(path) => copy(File::open(path).context("open", path)?, into).context("copy", path),
        Source::Bytes(bytes) => copy(&bytes[..], into).context("write", to),
    }
}

fn copy(mut from: impl Read, mut into: impl io::Write) -> io::Result<Sums> {
    let mut summing = Summing::default();
    let mut piece = vec![0; PIECE];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(summing.finish()),
            Ok(length) => {
                summing.update(&piece[..length]);
                into.write_all(&piece[..length])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Passes a stream on, and ends it with an error when it was not the content that `stat` tells of.
pub(super) fn verified(stat: &Stat, stream: BoxStream<'static, Result<Bytes>>) -> BoxStream<'static, Result<Bytes>> {
    let (path, size, sha256) = (stat.path.clone(), stat.size, stat.sha256);
    let state = Some((stream, Summing::default()));
    Box::pin(try_unfold(state, move |state| {
        let path = path.clone();
        async move {
            let Some((mut stream, mut summing)) = state else { return Ok(None) };
            if let Some(piece) = stream.next().await.transpose()? {
                summing.update(&piece);
                return Ok(Some((piece, Some((stream, summing)))));
            }
            let found = summing.finish();
            match sha256 {
                _ if found.size != size => Err(LakeError::differs(path, format!("{size} bytes"), found.size)),
                Some(sha256) if sha256 != found.sha256 => Err(LakeError::differs(path, sha256, found.sha256)),
                _ => Ok(None),
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use futures_util::stream::{self, TryStreamExt};

    use super::*;
    use crate::lake::{LakePath, StorageClass, Version};

    fn stat(content: &[u8]) -> Stat {
        let sums = sums(&Source::from(content.to_vec())).expect("sums");
        Stat {
            path: LakePath::new("a").expect("a name"),
            version: Version(1),
            sha256: Some(sums.sha256),
            size: sums.size,
            content_type: "text/plain".to_owned(),
            created: chrono::DateTime::UNIX_EPOCH,
            class: StorageClass::Standard,
        }
    }

    fn pieces(pieces: &[&'static str]) -> BoxStream<'static, Result<Bytes>> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        Box::pin(stream::iter(pieces))
    }

    #[test]
    fn the_sums_are_the_known_ones() {
        let sums = sums(&Source::from(b"123456789".to_vec())).expect("sums");
        assert_eq!(sums.sha256.to_string(), "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
        assert_eq!((sums.crc32c, sums.size), (0xe306_9283, 9));
    }

    #[tokio::test]
    async fn a_stream_is_right_or_ends_in_an_error() {
        let right: Vec<_> = verified(&stat(b"one two"), pieces(&["one", " two"])).try_collect().await.expect("right");
        assert_eq!(right.concat(), b"one two");
        for wrong in [&["one", " too"][..], &["one"], &["one", " two", "!"], &[]] {
            let read: Result<Vec<_>> = verified(&stat(b"one two"), pieces(wrong)).try_collect().await;
            assert!(matches!(read, Err(LakeError::Corrupt { .. })), "{wrong:?}");
        }
    }
}
