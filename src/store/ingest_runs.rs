//! What was looked for in the files, when, and what came of it.

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::ActiveValue::{NotSet, Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::Value as Json;
use uuid::Uuid;

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Direction, Page, Slice, Store};
use crate::entities::enums::IngestOrigin;
use crate::entities::ingest_runs;
use crate::error::Result;
use crate::ids::IngestRunId;

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct IngestOutcome {
    /// Files whose content was read.
    pub files_read: usize,
    /// Files that are as they were.
    pub files_unchanged: usize,
    /// Files that could not be read, or in which nothing was understood.
    pub files_refused: usize,
    /// Files that are as they were when they were refused; they are among those that are unchanged.
    pub files_still_refused: usize,
    /// Rows that were made.
    pub rows_created: usize,
    /// Rows that were changed.
    pub rows_updated: usize,
    /// Copies that the lake has not taken yet.
    pub uploads_waiting: usize,
    /// Why it ended early.
    pub failure: Option<String>,
    /// The reports on files, as JSON.
    pub files: Vec<Json>,
}

impl Store {
    /// Notes that a run begins.
    pub async fn begin_ingest_run(&self, origin: IngestOrigin, now: DateTime<Utc>) -> Result<IngestRunId> {
        let id = IngestRunId(Uuid::new_v4());
        let row = ingest_runs::ActiveModel {
            id: Set(id),
            started_at: Set(now.trunc_subsecs(6)),
            origin: Set(origin),
            ..Default::default()
        };
        ingest_runs::Entity::insert(row).exec_without_returning(&self.db).await?;
        Ok(id)
    }

    /// Notes how it ended.
    pub async fn finish_ingest_run(&self, id: IngestRunId, outcome: IngestOutcome, now: DateTime<Utc>) -> Result<()> {
        let count = |count: usize| Set(i32::try_from(count).unwrap_or(i32::MAX));
        let row = ingest_runs::ActiveModel {
            id: Unchanged(id),
            started_at: NotSet,
            finished_at: Set(Some(now.trunc_subsecs(6))),
            origin: NotSet,
            files_read: count(outcome.files_read),
            files_unchanged: count(outcome.files_unchanged),
            files_refused: count(outcome.files_refused),
            rows_created: count(outcome.rows_created),
            rows_updated: count(outcome.rows_updated),
            uploads_waiting: count(outcome.uploads_waiting),
            failure: Set(outcome.failure),
            files: Set(Json::Array(outcome.files)),
        };
        row.update(&self.db).await?;
        Ok(())
    }

    /// Runs for many ids.
    pub async fn ingest_runs_by_id(&self, scope: Scope, ids: &[IngestRunId]) -> Result<Vec<ingest_runs::Model>> {
        let runs = ingest_runs::Entity::visible(scope).filter(ingest_runs::Column::Id.is_in(ids.iter().copied()));
        Ok(runs.all(&self.db).await?)
    }

    /// A page of runs, the latest first.
    pub async fn ingest_runs(&self, scope: Scope, page: &Page) -> Result<Slice<ingest_runs::Model>> {
        use ingest_runs::Column as C;
        let key = Key {
            column: C::StartedAt,
            id: C::Id,
            kind: Kind::Instant,
            nullable: false,
            direction: Direction::Desc,
            name: "ingest.started",
        };
        self.slice(ingest_runs::Entity::visible(scope), key, page).await
    }

    /// How many runs there are.
    pub async fn count_ingest_runs(&self, scope: Scope) -> Result<u64> {
        Ok(ingest_runs::Entity::visible(scope).count(&self.db).await?)
    }

    /// Forgets the runs that began before an instant; how many they were.
    pub async fn forget_ingest_runs(&self, before: DateTime<Utc>) -> Result<u64> {
        let old = ingest_runs::Entity::delete_many().filter(ingest_runs::Column::StartedAt.lt(before));
        Ok(old.exec(&self.db).await?.rows_affected)
    }
}
