//! What a file says of songs, between its text and the database.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entities::enums::SongStatus;
use crate::ingest::document::Unread;

/// One song as its document states it. Absent means that the document is silent, never a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SongDocument {
    /// Suno's id, or one made from where the song stands (its file, its plan and day): the same place is the same song.
    pub song_id: String,
    /// Whether the id was made here. Such a song takes on its Suno id when its document comes to know it.
    pub is_derived: bool,
    /// The title; the file's name where there is none.
    pub title: String,
    /// Genres or style tags, joined by commas.
    pub genre: Option<String>,
    /// Beats a minute.
    pub bpm: Option<i32>,
    /// `D Major`
    pub key: Option<String>,
    /// `Train beat`
    pub groove: Option<String>,
    /// Length in seconds.
    pub duration_seconds: Option<i32>,
    /// Where the recording lies.
    pub storage_path: Option<String>,
    /// The album as stated, or the folder that names one.
    pub album: Option<String>,
    /// The words, from the document or from the file beside it.
    pub lyrics: Option<String>,
    /// The prompt that Suno was given.
    pub prompt: Option<String>,
    /// How far it is on its way out.
    pub status: Option<SongStatus>,
    /// US dollars.
    pub revenue_target: Option<Decimal>,
    /// US dollars.
    pub revenue_actual: Option<Decimal>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it came out.
    pub released_at: Option<DateTime<Utc>>,
    /// What else is said of it, under the keys as written. The catalogue has no place for it.
    pub other: Map<String, Value>,
    /// Line of the document where it begins, from 1.
    pub line: usize,
}

/// What a parser made of a file of songs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParsedSongs {
    /// The songs in document order, each id once.
    pub songs: Vec<SongDocument>,
    /// What was not understood, in document order.
    pub unread: Vec<Unread>,
}
