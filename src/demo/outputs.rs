//! What came out of the weeks, and what it earned.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::calendar::{Calendar, PAST_WEEKS};
use super::plan::{ACTIONS_OF_RESULT, Action, Plan};
use super::random::Random;
use super::songs::{ALBUMS, CURRENT_ALBUM, LEAD_SINGLE, release, tracks};
use crate::entities::enums::{ActionStatus, DeliverableStatus, DeliverableType, SongStatus};
use crate::entities::{deliverables, songs};
use crate::ids::DeliverableId;

/// What the title of an album's deliverable has behind the album's own.
pub(super) const ALBUM_SUFFIX: &str = " (album)";

/// A deliverable and what its row does not say.
#[derive(Debug)]
pub(super) struct Deliverable {
    pub row: deliverables::Model,
    /// Index of its action.
    pub action: usize,
}

/// What the current week has brought; the actuals sum to $98,000. Title, place of its result and of its action there,
/// target and actual.
#[rustfmt::skip]
const CURRENT: [(DeliverableType, &str, usize, usize, DeliverableStatus, i64, i64); 11] = {
    use DeliverableStatus::{Approved, Published, Review};
    use DeliverableType::{Album, Code, Document, Song, Video};
    [
        (Code, "Jumio Integration", 0, 1, Published, 80_000, 60_000),
        (Document, "Win-back campaign for 80 blocked customers", 5, 0, Published, 30_000, 18_500),
        (Code, "Hemp gift box storefront", 5, 1, Published, 15_000, 9_800),
        (Song, LEAD_SINGLE, 2, 1, Published, 2_000, 1_200),
        (Video, "Lyric video: Jesse's Judicial Victory", 2, 1, Published, 6_000, 3_400),
        (Song, "", 2, 2, Published, 2_000, 900),
        (Song, "", 2, 2, Published, 1_500, 600),
        (Document, "Label and certificate binder", 3, 2, Published, 5_000, 3_600),
        (Document, "Estimation study of twelve weeks", 4, 0, Published, 0, 0),
        (Code, "Verification audit trail", 0, 3, Approved, 0, 0),
        (Album, ALBUMS[CURRENT_ALBUM].0, 2, 4, Review, 12_000, 0),
    ]
};

/// Everything that came out, week by week. Songs among it are songs of the catalogue, released with it.
pub(super) fn deliverables(
    random: &mut Random,
    calendar: &Calendar,
    plan: &Plan,
    catalogue: &mut [songs::Model],
) -> Vec<Deliverable> {
    let mut made = Vec::new();
    let mut singles = singles(random, catalogue);
    for week in 0..PAST_WEEKS {
        let from = made.len();
        past_week(random, calendar, plan, week, (&mut made, catalogue, &mut singles));
        earn(random, calendar, plan, week, &mut made[from..]);
    }
    current_week(random, calendar, plan, catalogue, &mut singles, &mut made);
    for deliverable in made.iter().filter(|made| made.row.deliverable_type == DeliverableType::Song) {
        let row = &deliverable.row;
        if let (Some(at), Some(song)) = (row.published_at, catalogue.iter_mut().find(|song| song.title == row.title)) {
            release(song, at, row.revenue_target, row.revenue_actual);
            song.updated_at = row.updated_at;
        }
    }
    made
}

/// Indices of the songs that come out as deliverables, in the order in which they do.
fn singles(random: &mut Random, catalogue: &[songs::Model]) -> Vec<usize> {
    let mut out: Vec<usize> = (0..catalogue.len())
        .filter(|index| catalogue[*index].status == SongStatus::Released && catalogue[*index].title != LEAD_SINGLE)
        .collect();
    random.shuffle(&mut out);
    out
}

fn past_week(
    random: &mut Random,
    calendar: &Calendar,
    plan: &Plan,
    week: usize,
    (made, catalogue, singles): (&mut Vec<Deliverable>, &[songs::Model], &mut Vec<usize>),
) {
    let results = ACTIONS_OF_RESULT.len();
    for result in week * results..(week + 1) * results {
        let category = plan.results.get(result).and_then(|result| result.category.as_deref());
        // Eight a week: what is built and what is sung comes out twice.
        let count = if matches!(category, Some("DEV" | "MUSIC")) { 2 } else { 1 };
        let mut actions: Vec<usize> = action_indices(plan, result);
        actions.sort_by_key(|index| plan.actions[*index].row.completion_date);
        for (turn, output) in plan.outputs.iter().filter(|output| output.result == result).take(count).enumerate() {
            let Some(index) = actions.len().checked_sub(1 + turn).and_then(|place| actions.get(place)).copied() else { continue };
            let single = if output.kind == DeliverableType::Song { singles.pop() } else { None };
            let song = single.and_then(|index| catalogue.get(index));
            let title = song.map_or_else(|| output.title.clone(), |song| song.title.clone());
            let status = match plan.actions[index].row.status {
                ActionStatus::Completed if song.is_some() || random.chance(85) => DeliverableStatus::Published,
                ActionStatus::Completed => DeliverableStatus::Approved,
                _ => DeliverableStatus::Draft,
            };
            made.push(deliverable(random, calendar, plan, index, (output.kind, title, status), song));
        }
    }
    let Some(last) = plan.actions.iter().rposition(|action| is_done_in(action, week)) else { return };
    if week % 4 == 3 {
        let name = format!("{}{ALBUM_SUFFIX}", ALBUMS[week / 2].0);
        made.push(deliverable(random, calendar, plan, last, (DeliverableType::Album, name, DeliverableStatus::Published), None));
    }
}

fn is_done_in(action: &Action, week: usize) -> bool {
    action.week == week && action.row.status == ActionStatus::Completed
}

fn action_indices(plan: &Plan, result: usize) -> Vec<usize> {
    let id = plan.results.get(result).map(|result| result.id);
    (0..plan.actions.len()).filter(|index| Some(plan.actions[*index].row.result_id) == id).collect()
}

fn current_week(
    random: &mut Random,
    calendar: &Calendar,
    plan: &Plan,
    catalogue: &[songs::Model],
    singles: &mut Vec<usize>,
    made: &mut Vec<Deliverable>,
) {
    let first = PAST_WEEKS * ACTIONS_OF_RESULT.len();
    for (kind, title, result, place, status, target, actual) in CURRENT {
        let Some(index) = action_indices(plan, first + result).get(place).copied() else { continue };
        let named = catalogue.iter().find(|song| song.title == title);
        let song = match kind {
            DeliverableType::Song => named.or_else(|| singles.pop().and_then(|index| catalogue.get(index))),
            _ => None,
        };
        let title = song.map_or_else(|| title.to_owned(), |song| song.title.clone());
        let mut item = deliverable(random, calendar, plan, index, (kind, title, status), song);
        item.row.revenue_target = (target > 0).then(|| Decimal::from(target));
        item.row.revenue_actual = (actual > 0).then(|| Decimal::from(actual));
        settle(random, calendar.now, &mut item.row);
        made.push(item);
    }
}

fn deliverable(
    random: &mut Random,
    calendar: &Calendar,
    plan: &Plan,
    action: usize,
    (kind, title, status): (DeliverableType, String, DeliverableStatus),
    song: Option<&songs::Model>,
) -> Deliverable {
    let row = &plan.actions[action].row;
    let begun = row.started_at.unwrap_or(row.created_at);
    let finished = row.completion_date.unwrap_or(begun);
    let published_at =
        (status == DeliverableStatus::Published).then(|| calendar.past(finished + random.minutes(2..=40)).max(finished));
    let row = deliverables::Model {
        id: DeliverableId(random.uuid()),
        action_item_id: Some(row.id),
        deliverable_type: kind,
        description: Some(format!("From {}: {}.", row.action_code, row.action_text)),
        cloud_storage_path: storage_path(kind, &title, finished),
        status,
        revenue_target: None,
        revenue_actual: None,
        metadata: metadata(random, kind, &title, song),
        title,
        created_at: begun,
        updated_at: published_at.unwrap_or(finished),
        published_at,
    };
    Deliverable { row, action }
}

/// Spreads what a past week brought over what was published in it.
fn earn(random: &mut Random, calendar: &Calendar, plan: &Plan, week: usize, made: &mut [Deliverable]) {
    let Some(row) = plan.weeks.get(week) else { return };
    let (low, high) = (row.revenue_target_low.unwrap_or_default(), row.revenue_target_high.unwrap_or_default());
    let share = 46 + 18 * week as i64 / PAST_WEEKS as i64 + random.between(-5..=6);
    let mut rest = ((low + high) * Decimal::from(share) / Decimal::from(20_000)).round() * Decimal::from(100);
    let weights: Vec<i64> = made
        .iter()
        .map(|item| {
            let weight = match item.row.deliverable_type {
                DeliverableType::Code => 11,
                DeliverableType::Document => 4,
                DeliverableType::Album => 3,
                DeliverableType::Video => 2,
                DeliverableType::Song => 1,
            };
            if item.row.published_at.is_some() { weight * random.between(60..=140) } else { 0 }
        })
        .collect();
    let total = rest;
    let sum = Decimal::from(weights.iter().sum::<i64>().max(1));
    let heaviest = (0..made.len()).max_by_key(|index| weights[*index]).unwrap_or_default();
    for (index, item) in made.iter_mut().enumerate() {
        if weights[index] == 0 || index == heaviest {
            continue;
        }
        let actual = (total * Decimal::from(weights[index]) / sum / Decimal::from(50)).round() * Decimal::from(50);
        rest -= actual;
        item.row.revenue_actual = Some(actual);
    }
    // The heaviest takes what rounding leaves.
    if let Some(item) = made.get_mut(heaviest).filter(|item| item.row.published_at.is_some()) {
        item.row.revenue_actual = Some(rest);
    }
    for item in made {
        let goal = item.row.revenue_actual.map(|actual| actual * Decimal::from(100) / Decimal::from(random.between(55..=115)));
        item.row.revenue_target = goal.map(|goal| (goal / Decimal::from(100)).ceil() * Decimal::from(100));
        settle(random, calendar.now, &mut item.row);
    }
}

/// The revenue was booked some time after the publication.
fn settle(random: &mut Random, now: DateTime<Utc>, row: &mut deliverables::Model) {
    if let (Some(published), Some(_)) = (row.published_at, row.revenue_actual) {
        let booked = published + random.minutes(60..=1500);
        let so_far = TimeDelta::seconds((now - published).num_seconds() * random.between(30..=95) / 100);
        row.updated_at = if booked < now { booked } else { published + so_far };
    }
}

fn slug(title: &str) -> String {
    let words = title.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

fn storage_path(kind: DeliverableType, title: &str, at: DateTime<Utc>) -> String {
    let (name, month) = (slug(title), at.format("%Y/%m"));
    let path = match kind {
        DeliverableType::Song => format!("songs/released/{name}.wav"),
        DeliverableType::Album => format!("songs/albums/21-album-release/{name}/tracks.md"),
        DeliverableType::Code => format!("code/deployments/{month}/{name}.py"),
        DeliverableType::Document => format!("documents/{month}/{name}.pdf"),
        DeliverableType::Video => format!("videos/hnc-content/{name}.mp4"),
    };
    format!("deliverables/{path}")
}

fn metadata(random: &mut Random, kind: DeliverableType, title: &str, song: Option<&songs::Model>) -> Json {
    let name = slug(title);
    let link = |place: &str| format!("https://example.com/{place}/{name}");
    match kind {
        DeliverableType::Song => json!({
            "artist": "Jesse & the Tooned",
            "genre": song.and_then(|song| song.genre.clone()),
            "bpm": song.and_then(|song| song.bpm),
            "key": song.and_then(|song| song.key.clone()),
            "durationSeconds": song.and_then(|song| song.duration_seconds),
            "links": { "suno": link("suno"), "spotify": link("spotify"), "youtube": link("youtube") },
        }),
        DeliverableType::Album => json!({
            "artist": "Jesse & the Tooned",
            "tracks": tracks(title.strip_suffix(ALBUM_SUFFIX).unwrap_or(title)),
            "links": { "spotify": link("spotify"), "bandcamp": link("bandcamp") },
        }),
        DeliverableType::Code => {
            let commit = random.uuid().simple().to_string();
            let commit = &commit[..10];
            json!({ "commit": commit, "links": { "github": format!("https://example.com/github/{name}/commit/{commit}") } })
        }
        DeliverableType::Document => json!({ "pages": random.between(2..=24), "links": { "document": link("docs") } }),
        DeliverableType::Video => {
            json!({ "durationSeconds": random.between(55..=240), "links": { "youtube": link("youtube") } })
        }
    }
}
