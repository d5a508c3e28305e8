//! Tables of songs: CSV in any dialect, and the tables of plans.

use csv::{ReaderBuilder, Trim};
use serde_json::{Value, json};

use super::document::ParsedSongs;
use super::places::Naming;
use super::record::{self, Place};
use super::{finish, places};
use crate::ingest::fields::{Fields, snake, unread};
use crate::ingest::plan::tables;

/// Columns that only songs have.
const SIGNS: [&[&str]; 3] = [&record::BPM, &record::GROOVE, &["suno_id", "song_id", "clip_id", "lyrics"]];

/// Columns that songs have too.
const HINTS: [&[&str]; 3] =
    [&record::KEY, &["genre", "style", "tags"], &["duration", "duration_seconds", "duration_ms", "length"]];

/// Titles that only songs have.
const SONG_TITLES: [&str; 4] = ["song", "song_title", "track_title", "track"];

/// Columns that say which song of the plan it is.
const DAY: [&str; 6] = ["day", "days", "no", "number", "nr", "episode"];

/// Whether a table with these columns is one of songs: it has titles, and a tempo, a groove or ids; or two of a key, a genre
/// and a length; or one of these and titles that are called a song's.
#[must_use]
pub fn is_song_table<S: AsRef<str>>(header: &[S]) -> bool {
    let keys: Vec<String> = header.iter().map(|cell| snake(cell.as_ref())).collect();
    let has = |names: &[&str]| keys.iter().any(|key| names.contains(&key.as_str()));
    let hints = HINTS.iter().filter(|names| has(names)).count();
    has(&record::TITLE) && (SIGNS.iter().any(|names| has(names)) || hints + usize::from(has(&SONG_TITLES)) > 1)
}

/// The songs of a plan document's tables, each once. `plan` as in [`song_table`].
pub fn songs_of_plan(plan: &str, text: &str) -> ParsedSongs {
    let mut all = ParsedSongs::default();
    // Most plans have no table at all.
    let tables = if text.contains('|') { tables(text) } else { Vec::new() };
    for table in tables {
        let Some(of_table) = song_table(plan, &table.head, &table.rows) else { continue };
        all.unread.extend(of_table.unread);
        for song in of_table.songs {
            if !all.songs.iter().any(|known| known.song_id == song.song_id) {
                all.songs.push(song);
            }
        }
    }
    all
}

/// Reads a table of songs out of a plan. `plan` names the plan (its code, or else its title): a song without a Suno id is the
/// one with this title on this day of this plan. Rows come with their line in the document.
///
/// Where no column tells the genre, the groove does: the plans' card says “Genre: Country” of a song whose table says
/// “Groove: Country”. `None` when the table is none of songs.
pub fn song_table(plan: &str, header: &[String], rows: &[(usize, Vec<String>)]) -> Option<ParsedSongs> {
    if !is_song_table(header) {
        return None;
    }
    let mut parsed = ParsedSongs::default();
    for (line, cells) in rows {
        let fields = row(*line, header.iter().zip(cells));
        if fields.is_empty() {
            continue;
        }
        let day = fields.get(&DAY).and_then(|field| field.text());
        let day = day.map(|day| if day.starts_with(|c: char| c.is_ascii_digit()) { format!("day {day}") } else { day });
        let parts: Vec<String> = [plan.to_owned()].into_iter().chain(day).collect();
        let place = Place::among(Naming::Among("plan", parts), None);
        if let Some(mut song) = record::read(fields, &place, &mut parsed.unread) {
            song.genre = song.genre.or_else(|| song.groove.clone());
            parsed.songs.push(song);
        }
    }
    Some(finish(parsed))
}

/// Reads a CSV file of songs: columns in any order, quoted or not, between commas, semicolons or tabs.
pub fn parse_song_csv(path: &str, text: &str) -> ParsedSongs {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parsed = ParsedSongs::default();
    let mut reader = ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    };
    if !is_song_table(&header) {
        let reason = "this is no table of songs: that has a title, and a tempo, key, groove, length or id";
        parsed.unread.push(unread(1, text.lines().next().unwrap_or_default(), reason));
        return parsed;
    }
    let place = Place::among(Naming::Among("file", vec![places::stem(path)]), places::album(path));
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
                let fields = row(line, header.iter().zip(record.iter()));
                if !fields.is_empty() {
                    parsed.songs.extend(record::read(fields, &place, &mut parsed.unread));
                }
            }
            Err(error) => {
                let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
                parsed.unread.push(unread(line, "", format!("this row cannot be read: {error}")));
            }
        }
    }
    finish(parsed)
}

fn row<'a, S: AsRef<str> + 'a>(line: usize, cells: impl Iterator<Item = (&'a String, S)>) -> Fields {
    let mut fields = Fields::at(line);
    for (name, cell) in cells {
        let value: Value = json!(cell.as_ref().trim());
        fields.push(name, value, line);
    }
    fields
}

/// What stands between the columns: the sign that the header has most of, outside quotes.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let mut quoted = false;
    let bare: Vec<u8> = header
        .bytes()
        .filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted
        })
        .collect();
    let count = |sign: u8| bare.iter().filter(|byte| **byte == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}
