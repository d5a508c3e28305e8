//! The files of the demo's deliverables, for a lake to hold: small, and real ones of their kind, so that a link to one opens something.

mod mp4;
mod pdf;
mod wav;

use std::fmt::Write;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::entities::deliverables;
use crate::entities::enums::DeliverableType;
use crate::error::{Error, Result};
use crate::lake::{Lake, LakePath, Source};
use crate::store::{DeliverableFilter, DeliverableOrderField, Direction, Order, Page, Scope, SongFilter, SongOrderField, Store};

/// More than the demo has of anything.
const ALL: Page = Page::first(1000);

/// Files on their way at once: each waits for the disk.
const AT_ONCE: usize = 8;

/// Puts the files of the demo's deliverables into a lake. For a database that [`super::fill`] has just filled: it takes every
/// deliverable for the demo's.
///
/// # Errors
/// The database's and the lake's.
pub async fn put_files(store: &Store, lake: &dyn Lake) -> Result<()> {
    let oldest = Order { field: DeliverableOrderField::CreatedAt, direction: Direction::Asc };
    let rows = store.deliverables(Scope::All, &DeliverableFilter::default(), oldest, &ALL).await?.rows;
    let put = |(_, row): (String, deliverables::Model)| async move {
        let (content, media_type) = file(store, &row).await?;
        let path = LakePath::new(row.cloud_storage_path).map_err(Error::internal)?;
        lake.put(&path, Source::from(content), media_type).await.map(drop).map_err(Error::internal)
    };
    stream::iter(rows).map(put).buffer_unordered(AT_ONCE).try_collect().await
}

/// What lies in the lake for a deliverable, and its media type.
async fn file(store: &Store, row: &deliverables::Model) -> Result<(Vec<u8>, &'static str)> {
    let title = row.title.as_str();
    // What varies from one to the other and is neither in a row nor in chance: the same title has the same file.
    let turn: usize = title.bytes().map(usize::from).sum();
    Ok(match row.deliverable_type {
        DeliverableType::Song => {
            let bpm = row.metadata["bpm"].as_u64().unwrap_or(120);
            (wav::phrase(bpm, row.metadata["key"].as_str().unwrap_or("C Major"), turn), "audio/wav")
        }
        DeliverableType::Album => (tracks(store, title).await?.into_bytes(), "text/markdown; charset=utf-8"),
        DeliverableType::Code => (script(title).into_bytes(), "text/x-python; charset=utf-8"),
        DeliverableType::Document => (pdf::page(title), "application/pdf"),
        DeliverableType::Video => (mp4::scenes(turn), "video/mp4"),
    })
}

/// The songs of an album, as a list in markdown.
async fn tracks(store: &Store, title: &str) -> Result<String> {
    let album = title.strip_suffix(super::outputs::ALBUM_SUFFIX).unwrap_or(title);
    let filter = SongFilter { album: Some(vec![album.to_owned()]), ..SongFilter::default() };
    let by_title = Order { field: SongOrderField::Title, direction: Direction::Asc };
    let mut text = format!("# {album}\n\nThe tracks of an album of the demo.\n\n");
    for (number, (_, song)) in (1..).zip(store.songs(Scope::All, &filter, by_title, &ALL).await?.rows) {
        let seconds = song.duration_seconds.unwrap_or_default();
        let _ = writeln!(text, "{number}. {} ({}:{:02})", song.title, seconds / 60, seconds % 60);
    }
    Ok(text)
}

/// A program that says its name. JSON's text is Python's too.
fn script(title: &str) -> String {
    let name = serde_json::Value::from(title);
    format!(
        "#!/usr/bin/env python3\n# {title}\n# A source file of the demo.\n\n\ndef main() -> None:\n    print({name})\n\n\nif __name__ == \"__main__\":\n    main()\n"
    )
}
