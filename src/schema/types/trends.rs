//! How things go over time: trends, agents' histories and albums.

use async_graphql::SimpleObject;

use super::metrics::Revenue;
use crate::analytics::{agent, album, trends};
use crate::schema::scalars::{Date, Decimal, Json, two_decimals};
use crate::store;

/// A step of a trend.
#[derive(SimpleObject, Clone, Debug)]
pub struct TrendPoint {
    /// Its first day.
    pub start_date: Date,
    /// Its last day, included.
    pub end_date: Date,
    /// Actions: of the plans that begin on the first day, or due in these days.
    pub total_actions: i64,
    /// Of these, completed.
    pub completed_actions: i64,
    /// Completed ÷ all, 0–100 with two decimals; null when there are none.
    pub completion_rate: Option<Decimal>,
    /// Completed ÷ days of it that have begun; null before the first.
    pub velocity: Option<Decimal>,
    /// The principal's own completion rate, 0–100; null when none of the actions are theirs.
    pub principal_completion_rate: Option<Decimal>,
    /// What was aimed at and earned.
    pub revenue: Revenue,
}

impl From<trends::Point> for TrendPoint {
    fn from(point: trends::Point) -> Self {
        Self {
            start_date: Date(point.first),
            end_date: Date(point.last),
            total_actions: point.total,
            completed_actions: point.completed,
            completion_rate: two_decimals(point.rate),
            velocity: two_decimals(point.velocity),
            principal_completion_rate: two_decimals(point.principal_rate),
            revenue: point.revenue.into(),
        }
    }
}

/// How an agent did over a day or several. Of its actions, those count that you may see.
#[derive(SimpleObject, Clone, Debug)]
pub struct AgentPerformance {
    /// Actions that it owns, alone or with others, and that were completed.
    pub actions_completed: i64,
    /// Hours spent on these, as recorded.
    pub hours_worked: Decimal,
    /// Average hours from the making of an action to its completion; null when none was completed after it was made.
    pub average_completion_hours: Option<Decimal>,
    /// Average of the health scores that it reported, 0–100; null when it reported none.
    pub health_average: Option<Decimal>,
    /// The lowest of them; null when it reported none.
    pub health_minimum: Option<i32>,
    /// How many of its heartbeats told of an error.
    pub error_count: i64,
    /// Hours at work. A heartbeat tells how it is until the next one, and no longer than RPM_AGENT_STALE_AFTER.
    pub active_hours: Decimal,
    /// Hours idle.
    pub idle_hours: Decimal,
    /// Hours in error.
    pub error_hours: Decimal,
    /// Active ÷ (active + idle), 0–100; null when both are 0.
    pub utilization_rate: Option<Decimal>,
}

impl From<agent::Performance> for AgentPerformance {
    fn from(performance: agent::Performance) -> Self {
        let rounded = |value| Decimal(crate::analytics::formulas::shown(value));
        Self {
            actions_completed: performance.completed,
            hours_worked: rounded(performance.hours_worked),
            average_completion_hours: two_decimals(performance.average_completion_hours()),
            health_average: two_decimals(performance.health_average()),
            health_minimum: performance.health_minimum,
            error_count: performance.errors,
            active_hours: rounded(performance.active_hours()),
            idle_hours: rounded(performance.idle_hours()),
            error_hours: rounded(performance.error_hours()),
            utilization_rate: two_decimals(performance.utilization()),
        }
    }
}

/// An agent's day.
#[derive(SimpleObject, Clone, Debug)]
pub struct AgentDay {
    /// The day (RPM_TIMEZONE).
    pub date: Date,
    /// How it did.
    pub performance: AgentPerformance,
}

/// An agent's last days.
#[derive(SimpleObject, Clone, Debug)]
pub struct AgentHistory {
    /// The first day.
    pub start_date: Date,
    /// The last day: today (RPM_TIMEZONE).
    pub end_date: Date,
    /// All of them together.
    pub total: AgentPerformance,
    /// The days on which it reported or something of its was completed, oldest first.
    pub days: Vec<AgentDay>,
}

impl AgentHistory {
    /// The history out of the days of a span.
    #[must_use]
    pub fn new(span: crate::analytics::Span, days: &[store::AgentDay]) -> Self {
        let one = |day: &store::AgentDay| AgentDay { date: Date(day.day), performance: agent::Performance::over([day]).into() };
        Self {
            start_date: Date(span.from),
            end_date: Date(span.through),
            total: agent::Performance::over(days).into(),
            days: days.iter().map(one).collect(),
        }
    }
}

/// An album.
#[derive(SimpleObject, Clone, Debug)]
pub struct Album {
    /// Its name; null for the songs that are of none.
    pub name: Option<String>,
    /// Songs.
    pub songs_generated: i64,
    /// Of these, mastered or released.
    pub songs_mastered: i64,
    /// Of these, released.
    pub songs_released: i64,
    /// Released ÷ all songs, 0–100.
    pub progress: Option<Decimal>,
    /// Whether all its songs are released.
    pub is_released: bool,
    /// Length of all its songs, in minutes.
    pub total_duration_minutes: Decimal,
    /// Average tempo, in beats a minute; null when no song has one.
    pub average_bpm: Option<Decimal>,
    /// Songs by genre: an object of name and number.
    pub genre_distribution: Json,
    /// What its songs are to bring and brought.
    pub revenue: Revenue,
}

impl From<&store::AlbumDay> for Album {
    fn from(day: &store::AlbumDay) -> Self {
        Self {
            name: day.album.clone(),
            songs_generated: day.generated,
            songs_mastered: day.mastered,
            songs_released: day.released,
            progress: two_decimals(album::progress(day)),
            is_released: album::is_released(day),
            total_duration_minutes: Decimal(crate::analytics::formulas::shown(album::minutes(day))),
            average_bpm: two_decimals(album::average_bpm(day)),
            genre_distribution: Json(day.genres.clone()),
            revenue: album::revenue(day).into(),
        }
    }
}

/// How far the albums are.
#[derive(SimpleObject, Clone, Debug)]
pub struct AlbumProgress {
    /// How many albums there are to be.
    pub goal: i64,
    /// Albums that have songs.
    pub started: i64,
    /// Albums whose songs are all released.
    pub released: i64,
    /// Released ÷ goal, in percent with two decimals.
    pub progress: Option<Decimal>,
    /// The albums by name, at most 200; songs of none come last, under no name.
    pub albums: Vec<Album>,
}

impl From<&[store::AlbumDay]> for AlbumProgress {
    fn from(days: &[store::AlbumDay]) -> Self {
        let named = || days.iter().filter(|day| day.album.is_some());
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let released = count(named().filter(|day| album::is_released(day)).count());
        Self {
            goal: album::GOAL,
            started: count(named().count()),
            released,
            progress: two_decimals(crate::analytics::formulas::percentage(released, album::GOAL)),
            albums: days.iter().map(Into::into).collect(),
        }
    }
}
