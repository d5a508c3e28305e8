//! The catalogue: 386 songs on 21 albums, with titles made up from words of the company's own world.

use std::collections::HashSet;

use chrono::{DateTime, Days, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::calendar::{Calendar, PAST_WEEKS};
use super::random::Random;
use crate::entities::enums::SongStatus;
use crate::entities::songs;
use crate::ids::SongId;

/// Songs in the catalogue.
const SONGS: usize = 386;

/// Albums with their genre, in the order in which they go out.
pub(super) const ALBUMS: [(&str, &str); 21] = [
    ("Hempfield Hymnal", "Americana"),
    ("Noon at the Counter", "Country"),
    ("Terpene Territory", "Reggae"),
    ("Stay Tooned, Volume One", "Comedy Rock"),
    ("Grow, Sell, Heal", "Gospel"),
    ("Lone Star Ledger", "Outlaw Country"),
    ("Courthouse Country", "Country"),
    ("Receipts & Rulings", "Hip-Hop"),
    ("The Deschedule Sessions", "Folk"),
    ("Greenhouse Weather", "Indie Pop"),
    ("Certificate of Analysis", "Electronic"),
    ("Stay Tooned, Volume Two", "Comedy Rock"),
    ("Liv Hana After Dark", "Synthwave"),
    ("Two-Step Verification", "Honky-Tonk"),
    ("Trichome Radio", "Psychedelic Rock"),
    ("Payroll Friday", "Funk"),
    ("Mercado Mornings", "Tejano"),
    ("The Watchdog Tapes", "Blues"),
    ("Every Fifteen Minutes", "House"),
    ("Seed to Sermon", "Bluegrass"),
    ("North Star Nursery", "Lullaby"),
];

/// Index of the album that the current week is about.
pub(super) const CURRENT_ALBUM: usize = 6;

/// The single of the current week.
pub(super) const LEAD_SINGLE: &str = "Jesse's Judicial Victory";

const WHO: [&str; 12] = [
    "Jesse",
    "Liv Hana",
    "Andrew",
    "Christopher",
    "Charlie",
    "Deputy Moss",
    "Aunt Verbena",
    "Judge Calloway",
    "The Watchdog",
    "Old Man Trellis",
    "Miss Compliance",
    "The Night Courier",
];
const WHAT: [&str; 16] = [
    "Terpene",
    "Courthouse",
    "Lab Report",
    "Seedling",
    "Barcode",
    "Greenhouse",
    "Loading Dock",
    "Heartbeat",
    "Label Gun",
    "Back Office",
    "Injunction",
    "Trichome",
    "Till Drawer",
    "Wholesale",
    "Sandbox",
    "Midday Cartoon",
];
const FORMS: [&str; 10] =
    ["Two-Step", "Waltz", "Shuffle", "Lullaby", "Ballad", "Boogie", "Hymn", "Serenade", "Testimony", "Countdown"];
const WHERE: [&str; 9] = [
    "on the San Antonio Counter",
    "Past the Grow Room Door",
    "Before the Hearing",
    "with the Label On",
    "in Aisle Nine",
    "After the Last Audit",
    "Down the Delivery Route",
    "by the Evidence Locker",
    "Under the Grow Lights",
];
const KEYS: [&str; 12] = [
    "C Major",
    "D Major",
    "E Major",
    "F Major",
    "G Major",
    "A Major",
    "B♭ Major",
    "A Minor",
    "B Minor",
    "D Minor",
    "E Minor",
    "G Minor",
];
const GROOVES: [&str; 8] = [
    "Train beat",
    "Two-step shuffle",
    "Half-time swing",
    "Four on the floor",
    "Boom bap",
    "One drop",
    "Straight eighths",
    "Second line",
];
const VERSES: [(&str, &str); 6] = [
    ("Morning came in with the courier's van,", "a box full of proof and a two-step plan."),
    ("Nobody told the sheriff what the label said,", "but every last number was printed in red."),
    ("There's a light in the back where the agents run,", "counting up heartbeats until we are done."),
    ("I signed my name on the lab report,", "and carried the truth up the steps of the court."),
    ("Dust on the counter and a queue at the door,", "we opened on time like the Monday before."),
    ("They read the statute twice and the footnote once,", "and nobody in there could say what it wants."),
];
const REFRAINS: [(&str, &str); 5] = [
    ("Oh, grow it honest and sell it true,", "and the healing will come back to you."),
    ("Stay tooned, darling, stay tooned,", "the good part is coming at noon."),
    ("Roll on, paper trail, roll on,", "we will all be home before dawn."),
    ("Ring the noon bell, ring it loud,", "let the whole of the county be proud."),
    ("Hold the line at the register,", "the evening is ours, and the ledger is clear."),
];

/// How many songs an album has: 386 = 21 × 18 + 8, the first eight albums hold one song more.
pub(super) fn tracks(album: &str) -> usize {
    if ALBUMS.iter().take(8).any(|(name, _)| *name == album) { 19 } else { 18 }
}

/// The whole catalogue, numbered as the files are.
pub(super) fn catalogue(random: &mut Random, calendar: &Calendar) -> Vec<songs::Model> {
    let mut taken = HashSet::from([LEAD_SINGLE.to_owned()]);
    (0..SONGS)
        .map(|number| {
            let long = 8 * 19;
            let album = if number < long { number / 19 } else { 8 + (number - long) / 18 };
            let first_of_current = CURRENT_ALBUM * 19;
            if number == first_of_current {
                lead_single(random, calendar, number)
            } else {
                let title = title(random, &mut taken);
                song(random, calendar, number, album, title)
            }
        })
        .collect()
}

/// A title that no other song has.
fn title(random: &mut Random, taken: &mut HashSet<String>) -> String {
    loop {
        let (who, what, form, place) = (random.pick(&WHO), random.pick(&WHAT), random.pick(&FORMS), random.pick(&WHERE));
        let title = match random.index(5) {
            0 | 1 => format!("{who}'s {what} {form}"),
            2 => format!("{what} {form} {place}"),
            3 => format!("{who} {place}"),
            _ => format!("{form} for {who} and the {what}"),
        };
        // More than twenty thousand can be made, so this ends soon.
        if taken.insert(title.clone()) {
            return title;
        }
    }
}

fn song(random: &mut Random, calendar: &Calendar, number: usize, album: usize, title: String) -> songs::Model {
    let (name, genre) = ALBUMS[album];
    let status = status(random, album);
    let bpm = random.between(66..=148);
    let (key, groove) = (random.pick(&KEYS), random.pick(&GROOVES));
    let created_at = calendar.planned_at(0) - TimeDelta::days(10) - random.minutes(0..=100_000);
    let released_at = (status == SongStatus::Released).then(|| {
        let day = calendar.monday(random.index(PAST_WEEKS)) + Days::new(random.index(7) as u64);
        // The week before now may have ended a moment ago.
        calendar.at(day, 12, 0).min(calendar.now - TimeDelta::hours(26))
    });
    let target = 100 * random.between(4..=30);
    let actual = target * random.between(20..=120) / 100;
    songs::Model {
        id: SongId(random.uuid()),
        song_id: random.uuid().to_string(),
        lyrics: random.chance(35).then(|| lyrics(random)),
        prompt_used: Some(format!("{genre}, {bpm} bpm, {key}, {}, warm vocals, story of \"{title}\"", groove.to_lowercase())),
        title,
        genre: Some(genre.to_owned()),
        bpm: i32::try_from(bpm).ok(),
        key: Some(key.to_owned()),
        groove: Some(groove.to_owned()),
        duration_seconds: i32::try_from(random.between(120..=300)).ok(),
        cloud_storage_path: Some(storage_path(number)),
        album_assignment: Some(name.to_owned()),
        status,
        revenue_target: released_at.map(|_| Decimal::from(target)),
        revenue_actual: released_at.map(|_| Decimal::from(actual)),
        created_at,
        updated_at: released_at.unwrap_or(created_at + TimeDelta::days(2)),
        released_at,
    }
}

fn lead_single(random: &mut Random, calendar: &Calendar, number: usize) -> songs::Model {
    let mut row = song(random, calendar, number, CURRENT_ALBUM, LEAD_SINGLE.to_owned());
    row.bpm = Some(78);
    row.key = Some("D Major".to_owned());
    row.groove = Some("Train beat".to_owned());
    row.duration_seconds = Some(222);
    row.prompt_used = Some("Country, 78 bpm, D Major, train beat, baritone, a small shop wins in a big courtroom".to_owned());
    row.lyrics = Some(lyrics(random));
    row
}

/// Makes a song one that is out.
pub(super) fn release(song: &mut songs::Model, at: DateTime<Utc>, target: Option<Decimal>, actual: Option<Decimal>) {
    song.status = SongStatus::Released;
    song.released_at = Some(at);
    song.updated_at = song.updated_at.max(at);
    song.revenue_target = target;
    song.revenue_actual = actual;
}

/// Albums are worked on one after the other: the first are out, the last are as Suno made them.
fn status(random: &mut Random, album: usize) -> SongStatus {
    match (album, random.index(10)) {
        (0..=4, _) | (5, 0..=7) => SongStatus::Released,
        (5..=8, _) | (9, 0..=5) => SongStatus::Mastered,
        (9..=13, _) | (14, 0..=4) => SongStatus::Reviewed,
        _ => SongStatus::Generated,
    }
}

fn lyrics(random: &mut Random) -> String {
    let (verse, refrain) = (random.pick(&VERSES), random.pick(&REFRAINS));
    format!("{}\n{}\n\n{}\n{}", verse.0, verse.1, refrain.0, refrain.1)
}

fn storage_path(number: usize) -> String {
    format!("gs://livhana-rpm-datalake/deliverables/songs/raw/suno-386-songs/song-{:03}.mp3", number + 1)
}
