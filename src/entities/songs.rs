//! A song of the catalogue.

use sea_orm::entity::prelude::*;

use crate::entities::enums::SongStatus;
use crate::ids::SongId;

/// A song of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suno_songs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SongId,
    /// Suno's id.
    pub song_id: String,
    pub title: String,
    pub genre: Option<String>,
    pub bpm: Option<i32>,
    pub key: Option<String>,
    pub groove: Option<String>,
    pub duration_seconds: Option<i32>,
    pub cloud_storage_path: Option<String>,
    pub album_assignment: Option<String>,
    pub lyrics: Option<String>,
    pub prompt_used: Option<String>,
    pub status: SongStatus,
    pub revenue_target: Option<Decimal>,
    pub revenue_actual: Option<Decimal>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub released_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
