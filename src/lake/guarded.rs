//! A lake in another place, left alone for a while when it does not answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Content, Lake, LakeError, LakePath, Lifecycle, Page, Result, Source, Stat, Stored, Swept, Version};
use crate::breaker::{Breaker, LeftAlone};

/// A lake behind a breaker.
#[derive(Debug)]
pub struct GuardedLake {
    lake: Arc<dyn Lake>,
    breaker: Breaker,
    /// How long somebody waits for a link.
    link_patience: Duration,
}

impl From<LeftAlone> for LakeError {
    fn from(left: LeftAlone) -> Self {
        Self::Unavailable(left.to_string())
    }
}

impl GuardedLake {
    /// Watches over the calls of a lake; a link is waited for no longer than `link_patience`.
    #[must_use]
    pub fn new(lake: Arc<dyn Lake>, breaker: Breaker, link_patience: Duration) -> Self {
        Self { lake, breaker, link_patience }
    }

    /// Makes a call unless the lake is left alone. Only that it does not answer is a failure of it.
    async fn guard<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let watched = self.breaker.call(Instant::now())?;
        let outcome = call.await;
        match &outcome {
            Err(LakeError::Unavailable(_)) => watched.failed(Instant::now()),
            _ => watched.succeeded(),
        }
        outcome
    }
}

#[async_trait]
impl Lake for GuardedLake {
    fn location(&self) -> String {
        self.lake.location()
    }

    async fn put(&self, path: &LakePath, source: Source, content_type: &str) -> Result<Stored> {
        self.guard(self.lake.put(path, source, content_type)).await
    }

    async fn get(&self, path: &LakePath, version: Option<Version>) -> Result<Content> {
        self.guard(self.lake.get(path, version)).await
    }

    async fn stat(&self, path: &LakePath, version: Option<Version>) -> Result<Option<Stat>> {
        self.guard(self.lake.stat(path, version)).await
    }

    async fn versions(&self, path: &LakePath) -> Result<Vec<Stat>> {
        self.guard(self.lake.versions(path)).await
    }

    async fn list(&self, prefix: &str, next: Option<&str>, limit: u32) -> Result<Page> {
        self.guard(self.lake.list(prefix, next, limit)).await
    }

    async fn signed_url(&self, path: &LakePath, ttl: Duration, now: DateTime<Utc>) -> Result<String> {
        let patience = self.link_patience;
        self.guard(async {
            let overdue = || LakeError::Unavailable(format!("no link in {} s", patience.as_secs_f64()));
            tokio::time::timeout(patience, self.lake.signed_url(path, ttl, now)).await.unwrap_or_else(|_| Err(overdue()))
        })
        .await
    }

    async fn provision(&self, lifecycle: &Lifecycle) -> Result<()> {
        self.guard(self.lake.provision(lifecycle)).await
    }

    async fn lifecycle(&self) -> Result<Lifecycle> {
        self.guard(self.lake.lifecycle()).await
    }

    /// Not watched over: a lake in another place does this by itself, so it says nothing of it.
    async fn differences(&self, lifecycle: &Lifecycle) -> Result<Vec<String>> {
        self.guard(self.lake.differences(lifecycle)).await
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<Swept> {
        self.lake.sweep(now).await
    }
}
