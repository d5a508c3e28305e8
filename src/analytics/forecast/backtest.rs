//! How good the forecasts would have been: made again as of the middle of past weeks, out of what was known then, and held against what
//! came.
//!
//! What an action was in the past is read off its times: it was there from when it was made, in progress from when work began, open until
//! it was completed. Its owner, stage, estimate and what it waits for are today's, and whether it was blocked is not known.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::history::{History, Level};
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
    /// Completed after the latest date, or open beyond it.
    pub late: usize,
    /// Still open, and the latest date is not yet there: nothing can be said.
    pub undecided: usize,
    /// How many were to be completed by the end of their weeks.
    pub in_time_forecast: f64,
    /// How many were.
    pub in_time: usize,
}

impl Tally {
    /// Forecasts of which it is known how they came out.
    #[must_use]
    pub const fn decided(&self) -> usize {
        self.held + self.early + self.late
    }

    /// All forecasts.
    #[must_use]
    pub const fn forecasts(&self) -> usize {
        self.decided() + self.undecided
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
        }
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
}

#[derive(Clone, Copy)]
struct Judged {
    verdict: Verdict,
    chance: f64,
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
        match (&action.interval, &action.basis, action.in_time) {
            (Ok(interval), Some(basis), Some(chance)) => {
                let judged = real.judge(*interval, chance, row.ends_at, row.completed_at);
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
        if let (Ok(interval), Some(chance)) = (together.interval, together.in_time) {
            let last = real.last(|row| row.result_id == *result);
            all.results.add(real.judge(interval, chance, rows[0].ends_at, last));
        }
    }
    if let (Ok(interval), Some(chance)) = (forecast.week.interval, forecast.week.in_time) {
        all.plans.add(real.judge(interval, chance, rows[0].ends_at, real.last(|_| true)));
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
    fn judge(&self, interval: Interval, chance: f64, end: DateTime<Utc>, real: Option<DateTime<Utc>>) -> Judged {
        let verdict = match real {
            Some(real) if real < interval.earliest => Verdict::Early,
            Some(real) if real > interval.latest => Verdict::Late,
            Some(_) => Verdict::Held,
            None if self.now > interval.latest => Verdict::Late,
            None => Verdict::Undecided,
        };
        Judged { verdict, chance, was_in_time: real.is_some_and(|real| real <= end) }
    }

    /// When the last of those was completed that were open then; none while one of them is open.
    fn last(&self, is_meant: impl Fn(&PlannedAction) -> bool) -> Option<DateTime<Utc>> {
        let was_open = |id: &ActionId| self.forecast.actions.get(id).is_some_and(|action| action.interval.is_ok());
        let meant = self.rows.iter().filter(|row| row.is_of_week && is_meant(row) && was_open(&row.id));
        meant.map(|row| row.completed_at).try_fold(DateTime::<Utc>::MIN_UTC, |last, end| Some(last.max(end?)))
    }
}
