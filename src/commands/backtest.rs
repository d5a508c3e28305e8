//! `rpm-api backtest`: how often forecasts would have held, on the weeks of the database.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Database, Use, print};
use crate::analytics::Span;
use crate::analytics::forecast::HISTORY;
use crate::analytics::forecast::backtest::{Backtest, Tally, backtest};
use crate::config::{Backtest as Settings, Common};
use crate::error::Result;
use crate::store::{Follow, Scope, Store};

/// Actions that are looked at, at most.
const MAX_PAST: u32 = 1_000_000;

/// Prints a table: forecasts by week, by what they were compared by, and all of them.
///
/// # Errors
/// When the database fails.
pub async fn run(common: &Common, settings: &Settings) -> Result<()> {
    let database = Database::open(common, Use::Join).await?;
    let found = looked_back(&database.store, common.timezone, settings.weeks, Utc::now()).await;
    database.close().await;
    print(&written(&found?))
}

async fn looked_back(store: &Store, zone: Tz, weeks: u32, now: DateTime<Utc>) -> Result<Backtest> {
    let span = Span::ending(now.with_timezone(&zone).date_naive(), 7 * weeks);
    let ids: Vec<_> = store.plan_weeks(span.from, span.through).await?.iter().map(|week| week.id).collect();
    let rows = store.planned_actions(Scope::All, &ids, zone, Follow::Everything).await?;
    let Some(first) = rows.iter().map(|row| row.begins_at).min() else { return Ok(Backtest::default()) };
    let past = store.past_actions(Scope::All, (first - HISTORY, now), zone, MAX_PAST).await?;
    Ok(backtest(&rows, &past, zone, now))
}

const HEAD: &str = "as of the middle of        forecasts  held  early  late  undecided   held %   in time: forecast  real   left behind: forecast  real\n";

fn written(found: &Backtest) -> String {
    let mut text = HEAD.to_owned();
    let mut line = |name: &str, tally: &Tally, foreseen: Option<f64>| text.push_str(&row(name, tally, foreseen));
    for (first_day, tally) in &found.weeks {
        line(&format!("the week of {first_day}"), tally, Some(tally.left_behind_forecast));
    }
    for (level, tally) in &found.levels {
        line(&format!("by {level:?}"), tally, Some(tally.left_behind_forecast));
    }
    line("all actions", &found.actions, Some(found.actions.left_behind_forecast));
    // Of these it is not foreseen that all of it is left behind.
    line("results", &found.results, None);
    line("weeks", &found.plans, None);
    text.push_str(&format!("without a history: {} actions\n", found.without_history));
    text
}

fn row(name: &str, tally: &Tally, left_behind_forecast: Option<f64>) -> String {
    let left_behind = left_behind_forecast.map_or_else(|| "–".to_owned(), |count| format!("{count:.1}"));
    let coverage = tally.coverage().map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}"));
    format!(
        "{name:<26} {:>9} {:>5} {:>6} {:>5} {:>10} {coverage:>8} {:>19.1} {:>5} {left_behind:>23} {:>5}\n",
        tally.forecasts(),
        tally.held,
        tally.early,
        tally.late,
        tally.undecided,
        tally.in_time_forecast,
        tally.in_time,
        tally.left_behind,
    )
}
