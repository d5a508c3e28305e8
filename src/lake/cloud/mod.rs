//! A lake in a bucket of Cloud Storage.
//!
//! Contents go through Google's own crate: resumable uploads, checksums, retries. What the crate speaks gRPC for (buckets,
//! listings, metadata) goes through the JSON API instead, a few plain calls ([`api`]): one protocol, which the emulators speak too.
//!
//! The bucket keeps versions (its generations are ours), and every put names the generation that it replaces, so that of two
//! at once one is refused and looks again. The hash of a content travels as the object's metadata `sha256`; what Cloud Storage
//! itself checks on arrival is CRC32C.

mod api;
mod bucket;
mod error;
mod object;
mod upload;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::try_unfold;
use google_cloud_auth::credentials::{Builder, Credentials, anonymous};
use google_cloud_gax::retry_policy::RetryPolicyExt;
use google_cloud_storage::builder::storage::SignedUrlBuilder;
use google_cloud_storage::client::Storage;
use google_cloud_storage::retry_policy::RetryableErrors;
use serde_json::Value;

use super::error::{LakeError, Result};
use super::hash::verified;
use super::{Content, Lake, LakePath, Lifecycle, MAX_PAGE, Options, Page, Source, Stat, Stored, Swept, Version, checked_ttl};
use api::Api;

/// For how long a content's upload or download is tried again after passing failures.
const KEEP_TRYING: Duration = Duration::from_secs(30);
/// How long a download may stand still.
const STANDSTILL: Duration = Duration::from_secs(60);

/// A lake in a bucket.
#[derive(Clone, Debug)]
pub struct CloudLake {
    bucket: String,
    api: Api,
    storage: Storage,
    /// Where Cloud Storage is, if not at Google: an emulator, which knows no signatures.
    emulator: Option<String>,
    project: Option<String>,
    region: Option<String>,
}

impl CloudLake {
    /// The lake in a bucket, which need not be there yet. Asks nothing of the network.
    ///
    /// # Errors
    /// [`LakeError::Invalid`] for a name that no bucket can have, [`LakeError::Denied`] without credentials.
    pub async fn open(bucket: &str, options: Options) -> Result<Self> {
        if !is_bucket(bucket) {
            return Err(LakeError::Invalid(format!("{bucket:?} cannot be the name of a bucket")));
        }
        let emulator = options.endpoint.map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        let credentials = credentials(emulator.is_some())?;
        // First, since it chooses the provider of TLS for all.
        let api = Api::new(emulator.as_deref(), credentials.clone())?;
        let mut builder =
            Storage::builder().with_credentials(credentials).with_retry_policy(RetryableErrors.with_time_limit(KEEP_TRYING));
        if let Some(emulator) = &emulator {
            builder = builder.with_endpoint(emulator);
        }
        let storage = builder.build().await.map_err(|error| LakeError::Invalid(format!("Cloud Storage: {error}")))?;
        Ok(Self { bucket: bucket.to_owned(), api, storage, emulator, project: options.project, region: options.region })
    }

    /// The bucket as Google's crate names it.
    fn resource(&self) -> String {
        format!("projects/_/buckets/{}", self.bucket)
    }

    /// The segments of an object's address in the JSON API.
    fn object<'a>(&'a self, path: &'a LakePath) -> [&'a str; 4] {
        ["b", &self.bucket, "o", path.as_str()]
    }

    /// A version, or the newest; NotFound where there is none.
    async fn known(&self, path: &LakePath, version: Option<Version>) -> Result<Stat> {
        self.stat(path, version).await?.ok_or_else(|| LakeError::NotFound(path.to_string()))
    }
}

/// Those that the machine has (Application Default Credentials), or none, for an emulator.
fn credentials(none: bool) -> Result<Credentials> {
    if none {
        return Ok(anonymous::Builder::new().build());
    }
    Builder::default().build().map_err(|error| LakeError::Denied(format!("no credentials of Google Cloud: {error}")))
}

/// The service's rule, roughly; it says the rest itself.
fn is_bucket(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    (3..=222).contains(&name.len()) && name.chars().all(plain)
}

#[async_trait]
impl Lake for CloudLake {
    fn location(&self) -> String {
        format!("gs://{}", self.bucket)
    }

    async fn put(&self, path: &LakePath, source: Source, content_type: &str) -> Result<Stored> {
        upload::put(self, path, source, content_type).await
    }

    async fn get(&self, path: &LakePath, version: Option<Version>) -> Result<Content> {
        let stat = self.known(path, version).await?;
        let reading = self.storage.read_object(self.resource(), path.as_str()).set_generation(object::generation(stat.version));
        let response = reading.send().await.map_err(|error| error::of_storage(path, &error))?;
        let name = path.clone();
        let pieces = try_unfold(response, move |mut response| {
            let name = name.clone();
            async move {
                let next = tokio::time::timeout(STANDSTILL, response.next()).await;
                let next = next.map_err(|_| LakeError::Unavailable(format!("{name}: nothing comes any more")))?;
                let piece = next.transpose().map_err(|error| error::of_storage(&name, &error))?;
                Ok(piece.map(|piece| (piece, response)))
            }
        });
        let stream = verified(&stat, Box::pin(pieces));
        Ok(Content { stat, stream })
    }

    async fn stat(&self, path: &LakePath, version: Option<Version>) -> Result<Option<Stat>> {
        let generation = version.map(|version| version.to_string());
        let query: Vec<_> = generation.iter().map(|generation| ("generation", generation.as_str())).collect();
        match self.api.get(&self.object(path), &query).await {
            Ok(answer) => object::stat(&answer).map(Some),
            Err(LakeError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn versions(&self, path: &LakePath) -> Result<Vec<Stat>> {
        let mut versions: Vec<Stat> = Vec::new();
        let mut next = String::new();
        loop {
            let query = [("prefix", path.as_str()), ("versions", "true"), ("pageToken", &next)];
            let answer = self.api.get(&["b", &self.bucket, "o"], &query).await?;
            let (stats, token) = object::stats(&answer)?;
            // In the order of names: those that are longer come after.
            let past = stats.last().is_some_and(|stat| stat.path > *path);
            versions.extend(stats.into_iter().filter(|stat| stat.path == *path));
            match token {
                Some(token) if !past => next = token,
                _ => break,
            }
        }
        versions.sort_by_key(|stat| std::cmp::Reverse(stat.version));
        Ok(versions)
    }

    async fn list(&self, prefix: &str, next: Option<&str>, limit: u32) -> Result<Page> {
        let limit = limit.clamp(1, MAX_PAGE).to_string();
        let query = [("prefix", prefix), ("maxResults", &limit), ("pageToken", next.unwrap_or_default())];
        let answer = self.api.get(&["b", &self.bucket, "o"], &query).await?;
        let (objects, next) = object::stats(&answer)?;
        Ok(Page { objects, next })
    }

    /// Signed with the credentials' own key, or by the IAM service in their name; from the time of this machine, not from `now`.
    /// For an emulator a plain link.
    async fn signed_url(&self, path: &LakePath, ttl: Duration, _now: DateTime<Utc>) -> Result<String> {
        let ttl = checked_ttl(ttl)?;
        let version = self.known(path, None).await?.version.to_string();
        if self.emulator.is_some() {
            return Ok(self.api.url(&self.object(path), &[("alt", "media"), ("generation", &version)])?.into());
        }
        let denied = |error: &dyn std::fmt::Display| LakeError::Denied(format!("no link to {path}: {error}"));
        let signer = Builder::default().build_signer().map_err(|error| denied(&error))?;
        let builder = SignedUrlBuilder::for_object(self.resource(), path.as_str());
        let signing = builder.with_expiration(ttl).with_query_param("generation", version).sign_with(&signer);
        signing.await.map_err(|error| denied(&error))
    }

    async fn provision(&self, lifecycle: &Lifecycle) -> Result<()> {
        bucket::provision(self, lifecycle).await
    }

    async fn lifecycle(&self) -> Result<Lifecycle> {
        let answer = self.api.get(&["b", &self.bucket], &[("fields", "lifecycle")]).await?;
        Ok(bucket::lifecycle_of(answer.get("lifecycle").unwrap_or(&Value::Null)))
    }

    async fn differences(&self, lifecycle: &Lifecycle) -> Result<Vec<String>> {
        bucket::differences(self, lifecycle).await
    }

    /// Does nothing: the bucket does.
    async fn sweep(&self, _now: DateTime<Utc>) -> Result<Swept> {
        Ok(Swept::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_names_like_hosts() {
        assert!(is_bucket("acme-lake.example_1"));
        for name in ["", "ab", "Acme", "a/b", "a b", "ä-b", "a?b=c"] {
            assert!(!is_bucket(name), "{name}");
        }
    }
}
