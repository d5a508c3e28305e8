//! Songs.

use async_graphql::SimpleObject;

use crate::analytics::formulas::achievement;
use crate::entities::songs;
use crate::ids::SongId;
use crate::schema::enums::SongStatus;
use crate::schema::scalars::{DateTime, Decimal, two_decimals};

/// A song of the catalogue.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Song {
    /// Global id.
    pub id: SongId,
    /// Suno's id.
    pub song_id: String,
    /// Its title.
    pub title: String,
    /// Its genre; null when unknown.
    pub genre: Option<String>,
    /// Beats per minute; null when unknown.
    pub bpm: Option<i32>,
    /// Its key (`D Major`); null when unknown.
    pub key: Option<String>,
    /// Its groove; null when unknown.
    pub groove: Option<String>,
    /// Length in seconds; null when unknown.
    pub duration_seconds: Option<i32>,
    /// Where its file lies in the data lake; null before it is uploaded.
    pub cloud_storage_path: Option<String>,
    /// The album it is assigned to; null when none.
    pub album: Option<String>,
    /// Its lyrics; null when unknown.
    pub lyrics: Option<String>,
    /// The prompt it was generated from; null when unknown.
    pub prompt_used: Option<String>,
    /// How far it is on its way out.
    pub status: SongStatus,
    /// Revenue it is to bring, in US dollars; null when none is set.
    pub revenue_target: Option<Decimal>,
    /// Revenue it has brought so far, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
    /// Revenue ÷ its target, in percent with two decimals; null when either is absent or the target is 0.
    pub revenue_achievement_rate: Option<Decimal>,
    /// When it was added to the catalogue.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    /// When it was released; null before.
    pub released_at: Option<DateTime>,
}

impl From<songs::Model> for Song {
    fn from(row: songs::Model) -> Self {
        Self {
            id: row.id,
            song_id: row.song_id,
            title: row.title,
            genre: row.genre,
            bpm: row.bpm,
            key: row.key,
            groove: row.groove,
            duration_seconds: row.duration_seconds,
            cloud_storage_path: row.cloud_storage_path,
            album: row.album_assignment,
            lyrics: row.lyrics,
            prompt_used: row.prompt_used,
            status: row.status.into(),
            revenue_target: row.revenue_target.map(Decimal),
            revenue_actual: row.revenue_actual.map(Decimal),
            revenue_achievement_rate: two_decimals(achievement(row.revenue_actual, row.revenue_target)),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
            released_at: row.released_at.map(DateTime),
        }
    }
}
