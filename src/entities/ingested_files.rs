//! What was last read from a file.

use sea_orm::entity::prelude::*;

use crate::ids::WeekId;

/// What was last read from a file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ingested_files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub path: String,
    pub sha256: String,
    pub kind: String,
    pub week_id: Option<WeekId>,
    #[sea_orm(column_type = "JsonBinary")]
    pub parsed: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub report: Json,
    pub modified_at: DateTimeUtc,
    pub ingested_at: DateTimeUtc,
    /// Version of the reader that read it.
    pub reader: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
