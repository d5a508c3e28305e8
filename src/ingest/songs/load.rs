//! The load step of songs: brings the catalogue in line with a file, in one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::Set;
use sea_orm::IntoActiveModel;
use serde_json::json;
use uuid::Uuid;

use super::document::{ParsedSongs, SongDocument};
use super::merge;
use crate::entities::enums::EventType;
use crate::entities::{ingested_files, songs};
use crate::error::Result;
use crate::ids::SongId;
use crate::ingest::document::NO_LINE;
use crate::ingest::fields::unread;
use crate::ingest::load::{ACTOR, READER, Source};
use crate::ingest::merge::{Base, micros};
use crate::ingest::report::Report;
use crate::store::{NewEvent, Store, Tx};

/// Loads what a parser made of a file of songs. The same file twice changes nothing, and what people did since stands,
/// unless the document's own word about it changed.
///
/// A song is known by its id. Files that hold something else too (a plan with a table of songs) need a path of their own
/// for their songs, such as `…/plan.md#songs`: what a path said last time is held once.
///
/// # Errors
/// When the database fails; the transaction is then undone as a whole.
pub async fn load_songs(store: &Store, source: &Source, parsed: &ParsedSongs) -> Result<Report> {
    let input = (source, parsed);
    store.transaction(ACTOR, &input, |(source, parsed), tx| load(tx, source, parsed).boxed()).await
}

async fn load(tx: &mut Tx, source: &Source, parsed: &ParsedSongs) -> Result<Report> {
    let mut report = Report {
        path: source.path.clone(),
        raw: source.raw.clone(),
        songs: parsed.songs.len(),
        unread: parsed.unread.clone(),
        ..Report::default()
    };
    if parsed.songs.is_empty() {
        return Ok(report);
    }
    let before: Vec<SongDocument> = match tx.ingested_file(&source.path).await? {
        Some(file) => serde_json::from_value(file.parsed).unwrap_or_default(),
        None => Vec::new(),
    };
    let last = Last::new(&before, &parsed.songs);
    let ids: Vec<String> = parsed.songs.iter().chain(&before).map(|song| song.song_id.clone()).collect();
    let mut held: HashMap<String, songs::Model> =
        tx.lock_songs(&ids).await?.into_iter().map(|row| (row.song_id.clone(), row)).collect();
    let now = micros(Utc::now());
    let mut new = Vec::new();
    for said in &parsed.songs {
        let base = last.said_of(said);
        let row = held.remove(&said.song_id).or_else(|| held.remove(&base?.song_id));
        match row {
            Some(row) => update(tx, source, base, said, row, now, &mut report).await?,
            None => {
                new.push(merge::new(SongId(Uuid::new_v4()), said, source.modified_at, now).into_active_model());
                report.created += 1;
            }
        }
    }
    tx.insert_many::<songs::ActiveModel>(new).await?;
    let known: HashSet<&str> = parsed.songs.iter().filter_map(|said| Some(last.said_of(said)?.song_id.as_str())).collect();
    for gone in before.iter().filter(|song| !known.contains(song.song_id.as_str())) {
        let reason = format!("the song {} is no longer in the document; it stays in the database", gone.song_id);
        report.unread.push(unread(NO_LINE, &gone.title, reason));
    }
    save(tx, source, parsed, &report).await?;
    Ok(report)
}

/// What the document said last time.
struct Last<'a> {
    by_id: HashMap<&'a str, &'a SongDocument>,
    /// Those whose id is in the document no more, by their title.
    vanished: HashMap<&'a str, &'a SongDocument>,
    /// The only song, then and now.
    only: Option<&'a SongDocument>,
}

impl<'a> Last<'a> {
    fn new(before: &'a [SongDocument], now: &[SongDocument]) -> Self {
        let ids: HashSet<&str> = now.iter().map(|song| song.song_id.as_str()).collect();
        let vanished = before.iter().filter(|song| !ids.contains(song.song_id.as_str()));
        Self {
            by_id: before.iter().map(|song| (song.song_id.as_str(), song)).collect(),
            vanished: vanished.map(|song| (song.title.as_str(), song)).collect(),
            only: before.first().filter(|_| before.len() == 1 && now.len() == 1),
        }
    }

    /// What it said of a song: the one with its id; or, where an id of Suno's has come or gone, the only one, or the one with
    /// its title.
    fn said_of(&self, said: &SongDocument) -> Option<&'a SongDocument> {
        let by_id = self.by_id.get(said.song_id.as_str()).copied();
        let by_title = || self.only.or_else(|| self.vanished.get(said.title.as_str()).copied());
        by_id.or_else(|| by_title().filter(|song| song.is_derived != said.is_derived))
    }
}

async fn update(
    tx: &mut Tx,
    source: &Source,
    base: Option<&SongDocument>,
    said: &SongDocument,
    row: songs::Model,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<()> {
    let base = base.map_or(Base::Unknown { newer: source.modified_at > row.updated_at }, Base::Said);
    let next = merge::song(base, said, source.modified_at, &row);
    if next == row {
        report.unchanged += 1;
        return Ok(());
    }
    report.updated += 1;
    let next = tx.update::<_, songs::ActiveModel>(songs::Model { updated_at: now, ..next }).await?;
    if next.revenue_actual != row.revenue_actual {
        tx.emit(NewEvent {
            song_id: Some(next.id),
            payload: json!({
                "title": next.title,
                "revenueActual": next.revenue_actual,
                "previousRevenueActual": row.revenue_actual,
            }),
            ..NewEvent::new(EventType::RevenueUpdate)
        });
    }
    Ok(())
}

async fn save(tx: &Tx, source: &Source, parsed: &ParsedSongs, report: &Report) -> Result<()> {
    tx.save_ingested_file(ingested_files::ActiveModel {
        id: Set(Uuid::new_v4()),
        path: Set(source.path.clone()),
        sha256: Set(source.sha256.clone()),
        kind: Set("songs".to_owned()),
        week_id: Set(None),
        parsed: Set(json!(parsed.songs)),
        report: Set(json!(report)),
        modified_at: Set(micros(source.modified_at)),
        ingested_at: Set(Utc::now()),
        reader: Set(READER),
    })
    .await
}
