//! How a content gets into the bucket: never over another, and never other than it was.

use std::time::Duration;

use google_cloud_storage::model::Object;
use google_cloud_storage::streaming_source::{Payload, Seek, StreamingSource};

use super::error::{is_overtaken, of_storage};
use super::{CloudLake, object};
use crate::lake::error::{Context, LakeError, Result};
use crate::lake::hash::{Sums, sums};
use crate::lake::{Created, Lake, LakePath, Source, Stored, Version};

/// How often a put looks again after others were faster. Each time one of them has succeeded.
const LOOKS: usize = 32;
/// The time that an upload has: this, and what its bytes take on a slow line.
const PATIENCE: Duration = Duration::from_secs(300);
/// A slow line, in bytes a second.
const SLOW: u64 = 64 * 1024;

/// Stores a content; see [`Lake::put`].
pub(super) async fn put(lake: &CloudLake, path: &LakePath, source: Source, content_type: &str) -> Result<Stored> {
    let hashed = source.clone();
    let sums = tokio::task::spawn_blocking(move || sums(&hashed)).await;
    let sums = sums.map_err(|error| LakeError::Unavailable(format!("the work was given up: {error}")))??;
    let stored = |version, created| Stored { path: path.clone(), version, sha256: sums.sha256, size: sums.size, created };
    for _ in 0..LOOKS {
        let newest = lake.stat(path, None).await?;
        if let Some(same) = newest.as_ref().filter(|stat| stat.sha256 == Some(sums.sha256) && stat.size == sums.size) {
            return Ok(stored(same.version, Created::Unchanged));
        }
        let created = if newest.is_some() { Created::NewVersion } else { Created::Created };
        let upload = upload(lake, path, &source, content_type, &sums, newest.map(|stat| stat.version));
        let time = PATIENCE + Duration::from_secs(sums.size / SLOW);
        let done = tokio::time::timeout(time, upload).await;
        match done.map_err(|_| LakeError::Unavailable(format!("{path}: not sent in {} s", time.as_secs())))?? {
            Some(version) => return Ok(stored(version, created)),
            // Somebody else was faster. Or we were, and the answer was lost: then the next look finds our content.
            None => tracing::debug!(%path, "an object changed while it was sent"),
        }
    }
    Err(LakeError::Conflict(format!("{path}: others keep writing it")))
}

/// Sends a content in place of a version, or of none; None when that is no longer the newest.
async fn upload(
    lake: &CloudLake,
    path: &LakePath,
    source: &Source,
    content_type: &str,
    sums: &Sums,
    replaces: Option<Version>,
) -> Result<Option<Version>> {
    match source {
        // Boxed: what the crate makes of an upload is tens of kilobytes.
        Source::Bytes(bytes) => Box::pin(send(lake, path, Payload::from(bytes.clone()), content_type, sums, replaces)).await,
        Source::File(file) => {
            let open = tokio::fs::File::open(file).await.context("open", file)?;
            Box::pin(send(lake, path, Payload::from(open), content_type, sums, replaces)).await
        }
    }
}

async fn send<P>(
    lake: &CloudLake,
    path: &LakePath,
    payload: Payload<P>,
    content_type: &str,
    sums: &Sums,
    replaces: Option<Version>,
) -> Result<Option<Version>>
where
    P: StreamingSource + Seek + Send + Sync + 'static,
    <P as StreamingSource>::Error: std::error::Error + Send + Sync + 'static,
    <P as Seek>::Error: std::error::Error + Send + Sync + 'static,
{
    let writing = lake
        .storage
        .write_object::<_, _, Payload<P>, P>(lake.resource(), path.as_str(), payload)
        .set_content_type(content_type)
        .set_metadata([(object::SHA256, sums.sha256.to_string())])
        .set_if_generation_match(replaces.map_or(0, object::generation))
        // The service keeps nothing that has another, and the crate compares what the service says it has.
        .with_known_crc32c(sums.crc32c);
    match writing.send_unbuffered().await {
        Ok(object) => confirmed(path, sums, &object).map(Some),
        Err(error) if is_overtaken(&error) => Ok(None),
        Err(error) => Err(of_storage(path, &error)),
    }
}

/// The version that an object became, if the service has of it what we sent. (The crate does not look where an upload turns out
/// to have been finished before.)
fn confirmed(path: &LakePath, sums: &Sums, object: &Object) -> Result<Version> {
    if u64::try_from(object.size) != Ok(sums.size) {
        return Err(LakeError::differs(path, format!("{} bytes", sums.size), object.size));
    }
    match object.checksums.as_ref().and_then(|checksums| checksums.crc32c) {
        Some(crc32c) if crc32c == sums.crc32c => Ok(Version(u64::try_from(object.generation).unwrap_or_default())),
        found => Err(LakeError::differs(path, format!("CRC32C {:08x}", sums.crc32c), format!("{found:08x?}"))),
    }
}
