//! A song's row in line with its document, as plans are merged: a field moves only with the document's own word.

use chrono::{DateTime, Utc};

use super::document::SongDocument;
use crate::entities::enums::SongStatus;
use crate::entities::songs;
use crate::ids::SongId;
use crate::ingest::merge::{Base, micros, pick, pick_form, pick_value};

/// The row of a song that nobody knew.
pub(super) fn new(id: SongId, said: &SongDocument, document_time: DateTime<Utc>, now: DateTime<Utc>) -> songs::Model {
    let mut row = songs::Model {
        id,
        song_id: said.song_id.clone(),
        title: said.title.clone(),
        genre: said.genre.clone(),
        bpm: said.bpm,
        key: said.key.clone(),
        groove: said.groove.clone(),
        duration_seconds: said.duration_seconds,
        cloud_storage_path: said.storage_path.clone(),
        album_assignment: said.album.clone(),
        lyrics: said.lyrics.clone(),
        prompt_used: said.prompt.clone(),
        status: SongStatus::Generated,
        revenue_target: said.revenue_target,
        revenue_actual: said.revenue_actual,
        created_at: said.created_at.map_or(now, micros),
        updated_at: now,
        released_at: None,
    };
    set_status(&mut row, said, said.status.unwrap_or(SongStatus::Generated), document_time);
    row
}

/// The row in line with its document, which was last changed at `document_time`.
pub(super) fn song(
    base: Base<&SongDocument>,
    said: &SongDocument,
    document_time: DateTime<Utc>,
    row: &songs::Model,
) -> songs::Model {
    let mut next = row.clone();
    // An id that was made up gives way to Suno's own, and never the other way round.
    if !said.is_derived {
        next.song_id.clone_from(&said.song_id);
    }
    next.title = pick_value(base.map(|base| &base.title), &said.title, row.title.clone());
    next.genre = pick(base.map(|base| &base.genre), &said.genre, row.genre.clone());
    next.bpm = pick(base.map(|base| &base.bpm), &said.bpm, row.bpm);
    next.key = pick(base.map(|base| &base.key), &said.key, row.key.clone());
    next.groove = pick(base.map(|base| &base.groove), &said.groove, row.groove.clone());
    next.duration_seconds = pick(base.map(|base| &base.duration_seconds), &said.duration_seconds, row.duration_seconds);
    next.cloud_storage_path = pick(base.map(|base| &base.storage_path), &said.storage_path, row.cloud_storage_path.clone());
    next.album_assignment = pick(base.map(|base| &base.album), &said.album, row.album_assignment.clone());
    next.lyrics = pick(base.map(|base| &base.lyrics), &said.lyrics, row.lyrics.clone());
    next.prompt_used = pick(base.map(|base| &base.prompt), &said.prompt, row.prompt_used.clone());
    next.revenue_target = pick(base.map(|base| &base.revenue_target), &said.revenue_target, row.revenue_target);
    next.revenue_actual = pick(base.map(|base| &base.revenue_actual), &said.revenue_actual, row.revenue_actual);
    match said.status.filter(|status| moves(base, *status, document_time, row)) {
        Some(status) => set_status(&mut next, said, status, document_time),
        None if row.status == SongStatus::Released => {
            let released = base.map(|base| &base.released_at);
            next.released_at = pick_form(|at| at.map(micros), released, &said.released_at, row.released_at);
        }
        None => {}
    }
    next
}

/// Whether the status moves to what the document says. The document's word must have changed, and nobody have touched the
/// song since, or the document be newer. One that has not been read before moves a song forward only, and only when it is
/// newer.
fn moves(base: Base<&SongDocument>, said: SongStatus, document_time: DateTime<Utc>, row: &songs::Model) -> bool {
    match base {
        Base::Said(base) => {
            let is_untouched = base.status.unwrap_or(SongStatus::Generated) == row.status;
            base.status != Some(said) && said != row.status && (is_untouched || document_time > row.updated_at)
        }
        Base::Unknown { newer } => newer && said > row.status,
    }
}

fn set_status(row: &mut songs::Model, said: &SongDocument, status: SongStatus, document_time: DateTime<Utc>) {
    row.status = status;
    row.released_at =
        (status == SongStatus::Released).then(|| micros(said.released_at.or(row.released_at).unwrap_or(document_time)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ingest::songs::parse_songs;

    fn said(text: &str) -> SongDocument {
        parse_songs("song-1.json", text, None).songs.remove(0)
    }

    #[test]
    fn a_status_goes_back_only_with_the_documents_word() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (early, noon, late) = (at("2026-03-02T08:00:00Z"), at("2026-03-02T12:00:00Z"), at("2026-03-02T18:00:00Z"));
        let generated = said(r#"{"id": "s", "title": "T", "status": "generated"}"#);
        let mastered = said(r#"{"id": "s", "title": "T", "status": "mastered"}"#);
        let released = said(r#"{"id": "s", "title": "T", "released_at": "2026-03-01"}"#);
        let mut row = new(SongId(uuid::Uuid::nil()), &mastered, early, noon);
        let status =
            |base: Base<&SongDocument>, said: &SongDocument, time, row: &songs::Model| song(base, said, time, row).status;
        let unknown = |newer| Base::Unknown { newer };
        assert_eq!(status(unknown(true), &generated, late, &row), SongStatus::Mastered, "a file never read before");
        assert_eq!(status(unknown(true), &released, late, &row), SongStatus::Released);
        assert_eq!(status(unknown(false), &released, early, &row), SongStatus::Mastered, "an old file");
        assert_eq!(
            status(Base::Said(&generated), &generated, late, &row),
            SongStatus::Mastered,
            "people did it, the document did not"
        );
        assert_eq!(status(Base::Said(&mastered), &generated, late, &row), SongStatus::Generated, "its word changed");
        row.status = SongStatus::Released;
        assert_eq!(status(Base::Said(&mastered), &generated, early, &row), SongStatus::Released, "released since");
        assert_eq!(
            song(Base::Said(&generated), &released, early, &row).released_at,
            Some(at("2026-03-01T00:00:00Z")),
            "its day filled in"
        );
    }
}
