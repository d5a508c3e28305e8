//! How good the forecasts would have been: made again as of the middle of past weeks, out of what was known then, and held against what
//! came.
//!
//! What an action was in the past is read off its times: it was there from when it was made, in progress from when work began, open until
//! it was completed. Its owner, stage, estimate and what it waits for are today's, and whether it was blocked is not known.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::history::{History, LEFT_BEHIND_AFTER, Level};
use super::outlook::{Interval, Moment, WeekForecast, forecast};
use crate::entities::enums::ActionStatus;
use crate::ids::{ActionId, WeekId};
use crate::store::{PastAction, PlannedAction};

/// How often intervals held what came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Completed within the interval.
    pub held: usize,
    /// Completed before the earliest date.
    pub early: usize,
    /// Completed after the latest date.
    pub late: usize,
    /// Still open, and not yet left behind: nothing can be said.
    pub undecided: usize,
    /// How many were to be left behind.
    pub left_behind_forecast: f64,
    /// How many were: the dates of these say nothing.
    pub left_behind: usize,
    /// How many were to be completed by the end of their weeks.
    pub in_time_forecast: f64,
    /// How many were.
    pub in_time: usize,
}

impl Tally {
    /// Forecasts of what was completed.
    #[must_use]
    pub const fn decided(&self) -> usize {
        self.held + self.early + self.late
    }

    /// All forecasts.
    #[must_use]
    pub const fn forecasts(&self) -> usize {
        self.decided() + self.undecided + self.left_behind
    }

    /// How often the interval held, in percent of what is decided; none of nothing.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        (self.decided() > 0).then(|| 100.0 * self.held as f64 / self.decided() as f64)
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            held: self.held + other.held,
            early: self.early + other.early,
            late: self.late + other.late,
            undecided: self.undecided + other.undecided,
            left_behind_forecast: self.left_behind_forecast + other.left_behind_forecast,
            left_behind: self.left_behind + other.left_behind,
            in_time_forecast: self.in_time_forecast + other.in_time_forecast,
            in_time: self.in_time + other.in_time,
        }
    }

    fn add(&mut self, judged: Judged) {
        match judged.verdict {
            Verdict::Held => self.held += 1,
            Verdict::Early => self.early += 1,
            Verdict::Late => self.late += 1,
            Verdict::Undecided => self.undecided += 1,
            Verdict::LeftBehind => self.left_behind += 1,
        }
        self.left_behind_forecast += judged.left_behind;
        self.in_time_forecast += judged.chance;
        self.in_time += usize::from(judged.was_in_time);
    }
}

#[derive(Clone, Copy)]
enum Verdict {
    Held,
    Early,
    Late,
    Undecided,
    LeftBehind,
}

#[derive(Clone, Copy)]
struct Judged {
    verdict: Verdict,
    chance: f64,
    left_behind: f64,
    was_in_time: bool,
}

/// What came of the forecasts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// Forecasts of actions by week: its first day and the tally.
    pub weeks: Vec<(NaiveDate, Tally)>,
    /// Forecasts of actions by what they were compared by.
    pub levels: BTreeMap<Level, Tally>,
    /// All forecasts of actions.
    pub actions: Tally,
    /// Forecasts of results.
    pub results: Tally,
    /// Forecasts of weeks.
    pub plans: Tally,
    /// Actions that could not be forecast, because nothing had been completed before.
    pub without_history: usize,
}

/// Forecasts each week as of its middle and judges by what is known now. The rows are those of
/// [`crate::store::Store::planned_actions`], followed to everything; weeks whose middle is not yet over are left out. The past is to
/// reach back [`super::HISTORY`] before the middle of the first week, the newest first.
#[must_use]
pub fn backtest(rows: &[PlannedAction], past: &[PastAction], zone: Tz, now: DateTime<Utc>) -> Backtest {
    let mut weeks: BTreeMap<(DateTime<Utc>, WeekId), Vec<&PlannedAction>> = BTreeMap::new();
    rows.iter().for_each(|row| weeks.entry((row.begins_at, row.week_id)).or_default().push(row));
    let mut all = Backtest::default();
    for ((begins_at, _), rows) in weeks {
        let middle = begins_at + (rows[0].ends_at - begins_at) / 2;
        if middle < now {
            week(&mut all, &rows, &History::new(past, middle), Moment { as_of: middle, zone }, now);
        }
    }
    all
}

fn week(all: &mut Backtest, rows: &[&PlannedAction], history: &History, moment: Moment, now: DateTime<Utc>) {
    let known: Vec<PlannedAction> = rows.iter().filter_map(|row| known(row, moment.as_of)).collect();
    let forecast = forecast(&known, history, moment);
    let real = Real { rows, forecast: &forecast, now };
    let mut own = Tally::default();
    for row in rows.iter().filter(|row| row.is_of_week) {
        let Some(action) = forecast.actions.get(&row.id) else { continue };
        match (&action.interval, &action.basis, action.in_time.zip(action.left_behind)) {
            (Ok(_) | Err(super::Missing::LeftBehind), Some(basis), Some(chances)) => {
                let in_time = row.completed_at.is_some_and(|end| end <= row.ends_at);
                let judged = real.judge(action.interval.ok(), chances, Some(row.completed_at), in_time);
                own.add(judged);
                all.actions.add(judged);
                all.levels.entry(basis.level).or_default().add(judged);
            }
            (Err(super::Missing::NoHistory), ..) => all.without_history += 1,
            _ => {}
        }
    }
    all.weeks.push((moment.day_of(rows[0].begins_at), own));
    for (result, together) in &forecast.results {
        if let Some(chance) = together.in_time {
            let (last, in_time) = real.last(|row| row.result_id == *result);
            all.results.add(real.judge(together.interval.ok(), (chance, 0.0), last, in_time));
        }
    }
    if let Some(chance) = forecast.week.in_time {
        let (last, in_time) = real.last(|_| true);
        all.plans.add(real.judge(forecast.week.interval.ok(), (chance, 0.0), last, in_time));
    }
}

/// An action as it was at an instant; none if it was not yet there.
fn known(row: &PlannedAction, at: DateTime<Utc>) -> Option<PlannedAction> {
    if row.created_at > at {
        return None;
    }
    let started_at = row.started_at.filter(|start| *start <= at);
    let completed_at = row.completed_at.filter(|end| *end <= at);
    let status = match (completed_at, started_at) {
        (Some(_), _) => ActionStatus::Completed,
        (None, Some(_)) => ActionStatus::InProgress,
        (None, None) => ActionStatus::Pending,
    };
    Some(PlannedAction { status, started_at, completed_at, ..row.clone() })
}

struct Real<'a> {
    rows: &'a [&'a PlannedAction],
    forecast: &'a WeekForecast,
    now: DateTime<Utc>,
}

impl Real<'_> {
    /// `real` is when the last was completed of those that were completed, none where all were left behind; not there while something
    /// is neither. The chances are those of being completed in time and of being left behind.
    fn judge(
        &self,
        interval: Option<Interval>,
        (chance, left_behind): (f64, f64),
        real: Option<Option<DateTime<Utc>>>,
        was_in_time: bool,
    ) -> Judged {
        let verdict = match (real, interval) {
            (Some(Some(real)), Some(interval)) if real < interval.earliest => Verdict::Early,
            (Some(Some(real)), Some(interval)) if real <= interval.latest => Verdict::Held,
            // What was not to be completed at all, and was, is late too: no date held.
            (Some(Some(_)), _) => Verdict::Late,
            (Some(None), _) if self.is_over() => Verdict::LeftBehind,
            _ => Verdict::Undecided,
        };
        Judged { verdict, chance, left_behind, was_in_time }
    }

    /// Whether what is still open was left behind.
    fn is_over(&self) -> bool {
        self.now >= self.rows[0].ends_at + LEFT_BEHIND_AFTER
    }

    /// When the last of those was completed that were open then and were completed; none where all were left behind, and not there while
    /// one of them is neither. And whether all were completed in time.
    fn last(&self, is_meant: impl Fn(&PlannedAction) -> bool) -> (Option<Option<DateTime<Utc>>>, bool) {
        let was_open = |id: &ActionId| self.forecast.actions.get(id).is_some_and(|action| action.basis.is_some());
        let meant = self.rows.iter().filter(|row| row.is_of_week && is_meant(row) && was_open(&row.id));
        let ends: Vec<Option<DateTime<Utc>>> = meant.map(|row| row.completed_at).collect();
        let is_known = self.is_over() || ends.iter().all(Option::is_some);
        let in_time = ends.iter().all(|end| end.is_some_and(|end| end <= self.rows[0].ends_at));
        (is_known.then(|| ends.into_iter().flatten().max()), in_time)
    }
}
