//! The lake, and what waits for it: a copy of every file that is read, and what was made of it.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::try_join_all;
use serde::Serialize;

use super::document::PlanDocument;
use crate::error::{Error, Result};
use crate::lake::layout::{self, PlanPart};
use crate::lake::outbox::Entry;
use crate::lake::{Lake, LakePath, Outbox, Source};

/// How many copies are sent in one go: each go reads the notes of all that wait.
const SENT_AT_ONCE: usize = 10_000;

/// Takes copies over at once, and gets them to the lake when it can.
#[derive(Clone, Debug)]
pub struct Depot {
    lake: Arc<dyn Lake>,
    outbox: Outbox,
}

impl Depot {
    /// A depot before a lake.
    #[must_use]
    pub const fn new(lake: Arc<dyn Lake>, outbox: Outbox) -> Self {
        Self { lake, outbox }
    }

    /// The lake.
    #[must_use]
    pub fn lake(&self) -> &dyn Lake {
        &*self.lake
    }

    /// What the database calls an object by: `gs://bucket/name`, or its name where the lake is a folder, which may move.
    #[must_use]
    pub fn address(&self, path: &LakePath) -> String {
        match self.lake.location() {
            bucket if bucket.starts_with("gs://") => format!("{bucket}/{path}"),
            _ => path.to_string(),
        }
    }

    /// Takes a content over. When this returns it is durable here, and will get to the lake.
    ///
    /// # Errors
    /// When the outbox's disk does not take it.
    pub async fn keep(&self, path: &LakePath, source: Source, content_type: &str, now: DateTime<Utc>) -> Result<()> {
        // A folder is as near as the outbox is. What waits goes first, so that versions come in order.
        if !self.is_far() && self.outbox.is_empty().await.map_err(Error::internal)? {
            match self.lake.put(path, source.clone(), content_type).await {
                Ok(_) => return Ok(()),
                Err(error) => tracing::warn!(%path, %error, "a copy did not get to the lake; it waits"),
            }
        }
        self.outbox.enqueue(path, source, content_type, now).await.map(drop).map_err(Error::internal)
    }

    /// Whether the lake is in another place than the outbox.
    fn is_far(&self) -> bool {
        self.lake.location().starts_with("gs://")
    }

    /// Takes over a file of any size.
    ///
    /// # Errors
    /// When it cannot be read, or the outbox's disk does not take it.
    pub async fn keep_file(&self, path: &LakePath, file: &Path, now: DateTime<Utc>) -> Result<Entry> {
        let source = Source::File(file.to_owned());
        self.outbox.enqueue(path, source, content_type(file), now).await.map_err(Error::internal)
    }

    /// Takes over a plan document as it was found; where it goes.
    ///
    /// # Errors
    /// When the outbox's disk does not take it, or its name is none in the lake.
    pub async fn keep_plan(&self, name: &str, first_day: NaiveDate, bytes: Vec<u8>, now: DateTime<Utc>) -> Result<LakePath> {
        let path = layout::plan_raw(first_day, name).map_err(Error::internal)?;
        self.keep(&path, bytes.into(), content_type(Path::new(name)), now).await?;
        Ok(path)
    }

    /// Takes over what was made of a plan document: the week, its results, and their actions.
    ///
    /// # Errors
    /// As [`Depot::keep_plan`].
    pub async fn keep_parts(&self, name: &str, plan: &PlanDocument, now: DateTime<Utc>) -> Result<()> {
        let results: Vec<_> = plan.results.iter().map(|result| without(result, "actions")).collect::<Result<_>>()?;
        let actions: Vec<_> = plan.results.iter().flat_map(|result| &result.actions).collect();
        let parts = [
            (PlanPart::WeeklyPlan, json(&without(plan, "results")?)?),
            (PlanPart::Results, json(&results)?),
            (PlanPart::Actions, json(&actions)?),
        ];
        let copies = parts.map(|(part, content)| async move {
            let path = layout::plan_processed(plan.week_start, name, part).map_err(Error::internal)?;
            self.keep(&path, content.into(), "application/json", now).await
        });
        try_join_all(copies).await.map(drop)
    }

    /// Sends what waits and whose time has come; how many still wait.
    ///
    /// # Errors
    /// Only the outbox's own. What the lake does not take is tried again, and logged.
    pub async fn send(&self, now: DateTime<Utc>) -> Result<usize> {
        loop {
            let drained = self.outbox.drain(&*self.lake, SENT_AT_ONCE, now).await.map_err(Error::internal)?;
            metrics::counter!("rpm_lake_sent_total").increment(drained.sent);
            metrics::counter!("rpm_lake_failed_total").increment(drained.failed.len() as u64);
            for failed in &drained.failed {
                let (path, attempts, next) = (&failed.entry.path, failed.entry.attempts, failed.entry.next_attempt);
                tracing::warn!(%path, attempts, %next, error = %failed.error, "a copy did not get to the lake; it waits");
            }
            let goes_on = drained.sent > 0 && drained.failed.is_empty() && drained.left > 0;
            if !goes_on {
                metrics::gauge!("rpm_lake_waiting").set(drained.left as f64);
                return Ok(usize::try_from(drained.left).unwrap_or(usize::MAX));
            }
        }
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(Error::internal)
}

/// A value as JSON without one of its keys.
fn without(value: &impl Serialize, key: &str) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(value).map_err(Error::internal)?;
    if let Some(object) = value.as_object_mut() {
        object.shift_remove(key);
    }
    Ok(value)
}

/// The media type of a file, by its ending.
#[must_use]
pub fn content_type(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "md" => "text/markdown; charset=utf-8",
        "yaml" | "yml" => "application/yaml",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "lrc" | "log" => "text/plain; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "pdf" => "application/pdf",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
