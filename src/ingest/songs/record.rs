//! One record (an object of JSON, a row of a table) as one song.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::document::SongDocument;
use super::places::Naming;
use super::values;
use crate::entities::enums::SongStatus;
use crate::ingest::document::Unread;
use crate::ingest::fields::{Field, Fields, plain, unread};
use crate::ingest::times;

pub(super) const ID: [&str; 6] = ["suno_id", "song_id", "clip_id", "id", "uuid", "track_id"];
pub(super) const TITLE: [&str; 7] = ["title", "song_title", "track_title", "episode_title", "name", "song", "track"];
const GENRE: [&str; 7] = ["genre", "genres", "style", "style_of_music", "styles", "tags", "music_style"];
pub(super) const BPM: [&str; 4] = ["bpm", "tempo", "beats_per_minute", "tempo_bpm"];
pub(super) const KEY: [&str; 4] = ["key", "musical_key", "song_key", "key_signature"];
pub(super) const GROOVE: [&str; 4] = ["groove", "rhythm", "beat", "feel"];
const SECONDS: [&str; 5] = ["duration_seconds", "duration_sec", "duration_s", "duration", "length"];
const MILLISECONDS: [&str; 3] = ["duration_ms", "duration_milliseconds", "length_ms"];
const PATH: [&str; 8] =
    ["cloud_storage_path", "storage_path", "gcs_path", "gs_path", "audio_path", "audio_file", "file_path", "file"];
const ALBUM: [&str; 4] = ["album_assignment", "album", "album_name", "album_title"];
const LYRICS: [&str; 2] = ["lyrics", "lyric"];
const PROMPT: [&str; 5] = ["prompt_used", "gpt_description_prompt", "suno_prompt", "description_prompt", "prompt"];
const STATUS: [&str; 4] = ["status", "state", "song_status", "stage"];
const TARGET: [&str; 4] = ["revenue_target", "target_revenue", "revenue_goal", "target"];
const ACTUAL: [&str; 5] = ["revenue_actual", "actual_revenue", "revenue", "earned", "actual"];
const CREATED: [&str; 4] = ["created_at", "created", "generated_at", "date_created"];
const RELEASED: [&str; 6] = ["released_at", "release_date", "released_on", "released", "published_at", "date_released"];

/// What is known of a song besides its record.
pub(super) struct Place {
    /// How it is known where the record has no id.
    pub(super) naming: Naming,
    /// The title where the record has none.
    pub(super) title: Option<String>,
    /// The album where the record has none.
    pub(super) album: Option<String>,
    /// The lyrics where the record has none.
    pub(super) lyrics: Option<String>,
}

impl Place {
    /// A song among others.
    pub(super) const fn among(naming: Naming, album: Option<String>) -> Self {
        Self { naming, title: None, album, lyrics: None }
    }
}

/// Reads one record. What cannot be used is added to `unread`, and the rest of the song is taken; a record without a title
/// and without an id is no song.
pub(super) fn read(mut fields: Fields, place: &Place, unreads: &mut Vec<Unread>) -> Option<SongDocument> {
    // Suno's own answers keep half of it one level below.
    fields.unfold("metadata");
    let line = fields.line;
    let id = text(&mut fields, &ID, 255, unreads);
    let title = text(&mut fields, &TITLE, 500, unreads).map(|title| unquoted(&title).to_owned());
    let stand_in = || {
        let stand_in = place.title.clone().or_else(|| id.clone())?;
        Some((stand_in, unread(line, "", "the song has no title; its file's name or its id stands for it")))
    };
    let title = match title.filter(|title| !title.is_empty()) {
        Some(title) => title,
        None => {
            let Some((title, note)) = stand_in() else {
                unreads.push(unread(line, "", "this song has neither a title nor an id"));
                return None;
            };
            unreads.push(note);
            title
        }
    };
    let is_derived = id.is_none();
    let (status, released_at) = fate(&mut fields, unreads);
    let duration = number(&mut fields, &MILLISECONDS, values::milliseconds, "is no number of milliseconds", unreads)
        .or_else(|| number(&mut fields, &SECONDS, values::seconds, "is no length such as 3:42 or 222", unreads));
    let (lyrics, prompt) = words(&mut fields, unreads);
    Some(SongDocument {
        song_id: id.unwrap_or_else(|| place.naming.id(&title)),
        is_derived,
        genre: text(&mut fields, &GENRE, 200, unreads),
        bpm: number(&mut fields, &BPM, values::bpm, "is no number of beats a minute", unreads),
        key: text(&mut fields, &KEY, 50, unreads),
        groove: text(&mut fields, &GROOVE, 100, unreads),
        duration_seconds: duration,
        storage_path: text(&mut fields, &PATH, usize::MAX, unreads),
        album: text(&mut fields, &ALBUM, 255, unreads).or_else(|| place.album.clone()),
        lyrics: lyrics.or_else(|| place.lyrics.clone()),
        prompt,
        status,
        revenue_target: number(&mut fields, &TARGET, values::money, "is no sum of dollars", unreads),
        revenue_actual: number(&mut fields, &ACTUAL, values::money, "is no sum of dollars", unreads),
        created_at: number(&mut fields, &CREATED, times::instant, "is no time", unreads),
        released_at,
        other: fields.rest(),
        title,
        line,
    })
}

/// The text under one of these names, at most as long as its column; lists are joined by commas.
fn text(fields: &mut Fields, names: &[&str], longest: usize, unreads: &mut Vec<Unread>) -> Option<String> {
    let field = fields.take(names)?;
    let text = match &field.value {
        Value::String(_) | Value::Number(_) => field.text()?,
        Value::Array(list) if list.iter().all(|value| value.is_string()) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        // `{"name": "…"}`
        Value::Object(object) if object.get("name").is_some_and(Value::is_string) => object.get("name").map(plain)?,
        _ => {
            unreads.push(field.unread("this is no text"));
            return None;
        }
    };
    if text.chars().count() > longest {
        unreads.push(field.unread(format!("only the first {longest} characters are kept")));
        return Some(text.chars().take(longest).collect());
    }
    Some(text)
}

/// The value under one of these names, as something else than a text.
fn number<T>(
    fields: &mut Fields,
    names: &[&str],
    read: impl Fn(&Value) -> Option<T>,
    problem: &str,
    unreads: &mut Vec<Unread>,
) -> Option<T> {
    let field = fields.take(names)?;
    let value = read(&field.value);
    if value.is_none() {
        unreads.push(wrong(&field, problem));
    }
    value
}

fn wrong(field: &Field, problem: &str) -> Unread {
    field.unread(format!("“{}” {problem}; it is left out", crate::ingest::merge::clip(&plain(&field.value), 60)))
}

/// How far a song is, and when it came out. A song that was `released` on a day is out, whatever else is not said; a
/// `release_date` may lie ahead.
fn fate(fields: &mut Fields, unreads: &mut Vec<Unread>) -> (Option<SongStatus>, Option<DateTime<Utc>>) {
    let stated = fields.take(&STATUS).and_then(|field| {
        let status = values::status(&plain(&field.value));
        if status.is_none() {
            unreads.push(wrong(&field, "is not generated, reviewed, mastered or released"));
        }
        status
    });
    let mut status = stated;
    let mut released_at = None;
    for name in RELEASED {
        let Some(field) = fields.take(&[name]) else { continue };
        match (&field.value, times::instant(&field.value)) {
            (Value::Bool(is_out), _) => status = status.or_else(|| is_out.then_some(SongStatus::Released)),
            (_, Some(instant)) => {
                if name != "release_date" {
                    status = status.or(Some(SongStatus::Released));
                }
                released_at = released_at.or(Some(instant));
            }
            (_, None) => unreads.push(wrong(&field, "is no time")),
        }
    }
    (status, released_at)
}

/// Lyrics and prompt. Suno calls the words that it was given to sing a prompt too: one with `[Verse]` in it is lyrics.
fn words(fields: &mut Fields, unreads: &mut Vec<Unread>) -> (Option<String>, Option<String>) {
    let lyrics = fields.take(&LYRICS).and_then(|field| match &field.value {
        Value::Array(lines) => Some(lines.iter().map(plain).collect::<Vec<_>>().join("\n")),
        Value::String(_) => field.text(),
        _ => {
            unreads.push(field.unread("lyrics are a text or a list of lines"));
            None
        }
    });
    let mut prompts = PROMPT.iter().filter_map(|name| text(fields, &[name], usize::MAX, unreads)).collect::<Vec<_>>();
    let sung = prompts.iter().position(|prompt| is_sung(prompt));
    let lyrics = match sung {
        Some(at) if lyrics.is_none() => Some(prompts.remove(at)),
        _ => lyrics,
    };
    (lyrics, prompts.into_iter().next())
}

fn is_sung(prompt: &str) -> bool {
    let lower = prompt.to_lowercase();
    ["[verse", "[chorus", "[intro", "[hook"].iter().any(|sign| lower.lines().any(|line| line.trim_start().starts_with(sign)))
}

/// A title without the quotes around it.
fn unquoted(title: &str) -> &str {
    let title = title.trim();
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('\'', '\'')] {
        if let Some(inside) = title.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return inside.trim();
        }
    }
    title
}

/// The names of what the catalogue has no place for, as one entry of the report.
pub(super) fn left_over(songs: &[SongDocument]) -> Option<Unread> {
    let mut names: Vec<&str> = Vec::new();
    for name in songs.iter().flat_map(|song| song.other.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let line = songs.iter().find(|song| !song.other.is_empty())?.line;
    Some(unread(line, &names.join(", "), "the catalogue has no place for this; it is kept with the file's record"))
}
