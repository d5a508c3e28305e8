//! The data lake from outside: the same promises from a folder and from Cloud Storage, also when the line is bad and when the
//! process dies.

mod contract;
mod disturbed;
mod killed;

use bytes::Bytes;
use rpm_api::lake::{Content, Lake, LakePath, Source, Stored, Version};
use sha2::{Digest, Sha256};

fn name(text: &str) -> LakePath {
    LakePath::new(text).unwrap()
}

fn source(content: impl Into<Vec<u8>>) -> Source {
    Source::Bytes(Bytes::from(content.into()))
}

async fn put(lake: &dyn Lake, path: &str, content: &str) -> Stored {
    lake.put(&name(path), source(content), "text/plain").await.unwrap()
}

/// A version's whole content; its hash has been checked by the lake.
async fn content(lake: &dyn Lake, path: &LakePath, version: Option<Version>) -> Vec<u8> {
    use futures_util::TryStreamExt;
    let Content { stream, .. } = lake.get(path, version).await.unwrap();
    stream.try_collect::<Vec<Bytes>>().await.unwrap().concat()
}

/// All contents of a name, the oldest first.
async fn contents(lake: &dyn Lake, path: &LakePath) -> Vec<Vec<u8>> {
    let mut contents = Vec::new();
    for stat in lake.versions(path).await.unwrap().iter().rev() {
        contents.push(content(lake, path, Some(stat.version)).await);
    }
    contents
}

/// Bytes that no compression makes small, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    use rand::{RngExt, SeedableRng};
    let mut bytes = vec![0; length];
    rand::rngs::StdRng::seed_from_u64(seed).fill(&mut bytes[..]);
    bytes
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
