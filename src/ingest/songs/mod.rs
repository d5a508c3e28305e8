//! Songs: metadata files, lists, CSV and the tables of plans, in; what each song is, out.
//!
//! `values` reads tempo, length, money and status, `places` what a file's place says of its song, `record` one song, `table`
//! rows of them. `load` brings the catalogue in line, with the three-way merge of `merge`.

mod document;
mod load;
mod merge;
mod places;
mod record;
mod table;
mod values;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;

use serde_json::value::RawValue;

pub use document::{ParsedSongs, SongDocument};
pub use load::load_songs;
pub use places::lyrics_beside;
pub use table::{is_song_table, parse_song_csv, song_table, songs_of_plan};

use super::fields::{Fields, Reader, snake, unread};
use places::Naming;
use record::Place;

/// Lists of songs inside an object.
const LISTS: [&str; 4] = ["songs", "tracks", "clips", "catalog"];

/// Reads a file of songs: one song, a list of them, or an object with a list (`songs`, `tracks`), whose own album and genre
/// are those of songs that name none. A `.jsonl` file holds one song a line.
///
/// `lyrics` is the text of the file beside it that [`lyrics_beside`] names; it is the song's where the metadata has none.
/// The path says what the text does not: the song's id, title and album. Any text at all may come in.
pub fn parse_songs(path: &str, text: &str, lyrics: Option<&str>) -> ParsedSongs {
    let reader = Reader::new(text);
    let mut parsed = ParsedSongs::default();
    let is_lines = Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
    if is_lines {
        let (values, broken) = reader.values();
        parsed.unread = broken;
        several(&reader, values.into_iter().map(|raw| (None, raw)), None, path, &mut parsed);
        return finish(parsed);
    }
    match reader.root() {
        Ok(raw) => whole(&reader, raw, path, lyrics, &mut parsed),
        Err(problem) => parsed.unread.push(problem),
    }
    finish(parsed)
}

fn whole<'a>(reader: &Reader<'a>, raw: &'a RawValue, path: &str, lyrics: Option<&str>, parsed: &mut ParsedSongs) {
    if let Some(list) = reader.elements(raw) {
        return several(reader, list.into_iter().map(|raw| (None, raw)), None, path, parsed);
    }
    let Some(fields) = reader.fields(raw) else {
        parsed.unread.push(reader.unread(raw, "a song is an object"));
        return;
    };
    let list = reader
        .members(raw)
        .into_iter()
        .find(|(name, raw)| LISTS.contains(&snake(name).as_str()) && raw.get().starts_with(['[', '{']));
    let Some((_, list)) = list else {
        let lyrics = lyrics.map(|text| text.trim().replace('\0', "\u{fffd}")).filter(|text| !text.is_empty());
        let place = Place {
            naming: Naming::Only(places::id_of_file(path)),
            title: Some(places::stem(path)).filter(|title| !title.is_empty()),
            album: places::album(path),
            lyrics,
        };
        if !fields.is_empty() {
            parsed.songs.extend(record::read(fields, &place, &mut parsed.unread));
        }
        return;
    };
    match reader.elements(list) {
        Some(elements) => several(reader, elements.into_iter().map(|raw| (None, raw)), Some(&fields), path, parsed),
        None => {
            let members = reader.members(list).into_iter().map(|(name, raw)| (Some(name), raw));
            several(reader, members, Some(&fields), path, parsed);
        }
    }
}

/// Songs of a list, or of an object whose keys are their ids. `shared` is what is said of all of them.
fn several<'a>(
    reader: &Reader<'a>,
    songs: impl Iterator<Item = (Option<String>, &'a RawValue)>,
    shared: Option<&Fields>,
    path: &str,
    parsed: &mut ParsedSongs,
) {
    // The title of the whole is its album's.
    let album = shared.and_then(|fields| fields.get(&["album", "album_name", "album_title", "title", "name"])?.text());
    let genre = shared.and_then(|fields| fields.get(&["genre", "style"])?.text());
    let place = Place::among(Naming::Among("file", vec![places::stem(path)]), album.or_else(|| places::album(path)));
    for (key, raw) in songs {
        let Some(mut fields) = reader.fields(raw) else {
            parsed.unread.push(reader.unread(raw, "a song is an object"));
            continue;
        };
        if let (Some(key), None) = (key, fields.get(&record::ID)) {
            fields.push("id", key.into(), fields.line);
        }
        if let Some(mut song) = record::read(fields, &place, &mut parsed.unread) {
            song.genre = song.genre.or_else(|| genre.clone());
            parsed.songs.push(song);
        }
    }
}

/// Each id once, what has no place named, and the report in order.
fn finish(mut parsed: ParsedSongs) -> ParsedSongs {
    let mut seen = HashSet::new();
    let ParsedSongs { songs, unread: unreads } = &mut parsed;
    songs.retain(|song| {
        let is_new = seen.insert(song.song_id.clone());
        if !is_new {
            unreads.push(unread(song.line, &song.title, format!("the song {} is there already, further up", song.song_id)));
        }
        is_new
    });
    unreads.extend(record::left_over(songs));
    if songs.is_empty() && unreads.is_empty() {
        unreads.push(unread(1, "", "there is no song here"));
    }
    unreads.sort_by_key(|unread| unread.line);
    parsed
}
