//! What was read from files.

use async_graphql::SimpleObject;
use serde::Deserialize;

use crate::entities::ingest_runs;
use crate::ids::IngestRunId;
use crate::schema::enums::IngestOrigin;
use crate::schema::scalars::{Date, DateTime};

/// One look at the files, and what came of it.
#[derive(SimpleObject, Clone, Debug)]
pub struct IngestRun {
    /// Its id.
    pub id: IngestRunId,
    /// When it began.
    pub started_at: DateTime,
    /// When it ended; null while it runs, and for good when it was cut off.
    pub finished_at: Option<DateTime>,
    /// Who had the files looked at.
    pub origin: IngestOrigin,
    /// Files whose content was read.
    pub files_read: i32,
    /// Files that were as they had been read before.
    pub files_unchanged: i32,
    /// Files that could not be read, or in which nothing was understood.
    pub files_refused: i32,
    /// Rows that were made.
    pub rows_created: i32,
    /// Rows that were changed.
    pub rows_updated: i32,
    /// Copies that the lake had not taken yet when it ended.
    pub uploads_waiting: i32,
    /// Why it ended early; null when it came to its end.
    pub failure: Option<String>,
    /// The files that were read or refused, in that order: the first 50 of them.
    pub files: Vec<IngestedFile>,
}

/// What became of a file.
#[derive(SimpleObject, Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct IngestedFile {
    /// Where it was found.
    pub path: String,
    /// Code of the project that its plan went into; null when it holds none.
    pub project: Option<String>,
    /// First day of its plan; null when it holds none.
    pub week_start: Option<Date>,
    /// Results in its plan.
    pub results: i32,
    /// Actions in its plan.
    pub actions: i32,
    /// Agents that it tells of.
    pub agents: i32,
    /// Songs that it tells of.
    pub songs: i32,
    /// Rows that were made.
    pub created: i32,
    /// Rows that were changed.
    pub updated: i32,
    /// Rows that were right already.
    pub unchanged: i32,
    /// Whether a copy of it was kept and nothing else made of it.
    pub kept: bool,
    /// Where in the data lake its copy goes; null where there is no lake.
    pub raw: Option<String>,
    /// How much of what looks like work in a plan was read, in whole percent; null for other files.
    pub coverage_percent: Option<i32>,
    /// Lines that were not understood or not taken over.
    pub unread_count: i32,
    /// The first 10 of them.
    pub unread: Vec<UnreadLine>,
}

/// A line of a file that was not understood or not taken over.
#[derive(SimpleObject, Deserialize, Clone, Debug, Default)]
#[serde(default)]
pub struct UnreadLine {
    /// Line in the file, from 1; 0 for what stands there no more.
    pub line: i32,
    /// Its text.
    pub text: String,
    /// Why.
    pub reason: String,
}

impl From<ingest_runs::Model> for IngestRun {
    fn from(row: ingest_runs::Model) -> Self {
        Self {
            id: row.id,
            started_at: DateTime(row.started_at),
            finished_at: row.finished_at.map(DateTime),
            origin: row.origin.into(),
            files_read: row.files_read,
            files_unchanged: row.files_unchanged,
            files_refused: row.files_refused,
            rows_created: row.rows_created,
            rows_updated: row.rows_updated,
            uploads_waiting: row.uploads_waiting,
            failure: row.failure,
            // A report of an earlier version may lack something; what it has is shown.
            files: serde_json::from_value(row.files).unwrap_or_default(),
        }
    }
}
