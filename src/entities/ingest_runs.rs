//! One look at the files, and what came of it.

use sea_orm::entity::prelude::*;

use crate::entities::enums::IngestOrigin;
use crate::ids::IngestRunId;

/// One look at the files, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ingest_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IngestRunId,
    pub started_at: DateTimeUtc,
    /// Absent while it runs, and for good when it was cut off.
    pub finished_at: Option<DateTimeUtc>,
    pub origin: IngestOrigin,
    /// Files whose content was read, whatever it changed.
    pub files_read: i32,
    /// Files that are as they were when they were last read.
    pub files_unchanged: i32,
    /// Files that could not be read, or in which nothing was understood.
    pub files_refused: i32,
    pub rows_created: i32,
    pub rows_updated: i32,
    /// Copies that the lake has not taken yet.
    pub uploads_waiting: i32,
    /// Why it ended early.
    pub failure: Option<String>,
    /// The reports on the files that were read or refused: the first of them, in the order they were read.
    #[sea_orm(column_type = "JsonBinary")]
    pub files: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
