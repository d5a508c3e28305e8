//! What is drawn, in intervals: of actions, of results, of the week.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::curve::Draw;
use super::draws::{Basis, DRAWS, Drawn, is_open};
use super::history::{History, seconds};
use super::risk::{AtRisk, at_risk};
use crate::entities::enums::ActionStatus;
use crate::ids::{ActionId, ResultId};
use crate::store::PlannedAction;

/// The shares of the draws that are completed by the earliest, the expected and the latest date, of those that are completed at all:
/// between the outer two are 80 %.
pub(super) const QUANTILES: [f64; 3] = [0.1, 0.5, 0.9];

/// When it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The instant as of which is forecast.
    pub as_of: DateTime<Utc>,
    /// The zone whose days count.
    pub zone: Tz,
}

impl Moment {
    /// The day that it is.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        self.day_of(self.as_of)
    }

    pub(super) fn day_of(self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.zone).date_naive()
    }
}

/// An 80 % interval, for as far as things are completed at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Completed by then in a tenth of the draws in which it is completed.
    pub earliest: DateTime<Utc>,
    /// Completed by then in half of them.
    pub expected: DateTime<Utc>,
    /// Completed by then in nine tenths of them.
    pub latest: DateTime<Utc>,
}

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is completed.
    Completed,
    /// It has no actions.
    NoActions,
    /// Nothing was ever completed whose time is known.
    NoHistory,
    /// It is left behind in every draw.
    LeftBehind,
}

/// What is to be known about a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// It is blocked; the forecast is as if it were freed now.
    Blocked,
    /// It waits for something that is blocked.
    WaitsForBlocked,
    /// Its due date has passed.
    Overdue,
    /// It is left behind in half of the draws or more.
    LikelyLeftBehind,
    /// Nothing that it is compared with took as long as it is old: all of it is the tail's.
    OlderThanHistory,
    /// The expected date lies behind all that was observed: it is the tail's.
    ExpectedBeyondHistory,
    /// The latest date lies behind all that was observed: it is the tail's.
    LatestBeyondHistory,
}

/// When an action will be completed.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionForecast {
    /// The interval, or why there is none.
    pub interval: Result<Interval, Missing>,
    /// Share of the draws in which it is completed by the week's end, 0–1; none without draws, 1 when it is completed.
    pub in_time: Option<f64>,
    /// Share of the draws in which it is left behind, 0–1; none without draws, 0 when it is completed.
    pub left_behind: Option<f64>,
    /// What is to be known.
    pub flags: BTreeSet<Flag>,
    /// What is blocked that it waits for, directly or not, by code.
    pub blocked_by: Vec<ActionId>,
    /// What it rests on; none without an interval.
    pub basis: Option<Basis>,
}

/// When the last action of a result or a week will be completed, of those that are completed at all.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanForecast {
    /// The interval, or why there is none.
    pub interval: Result<Interval, Missing>,
    /// Share of the draws in which everything is completed by the week's end, 0–1; none without draws.
    pub in_time: Option<f64>,
    /// How many of its actions are open.
    pub open: usize,
    /// Of these, how many will be completed by the week's end on average; none without draws.
    pub open_in_time: Option<f64>,
    /// Of these, how many will be left behind on average; none without draws.
    pub open_left_behind: Option<f64>,
    /// What is to be known of any of its open actions.
    pub flags: BTreeSet<Flag>,
    /// What of its open actions, or of what they wait for, is blocked, by code.
    pub blocked_by: Vec<ActionId>,
    /// The action that is the last one most often, and its share of the draws, 0–1; none without draws.
    pub last: Option<(ActionId, f64)>,
}

/// When a week and what is in it will be completed.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekForecast {
    /// When it is.
    pub moment: Moment,
    /// Its actions.
    pub actions: HashMap<ActionId, ActionForecast>,
    /// Its results that have actions.
    pub results: HashMap<ResultId, PlanForecast>,
    /// All of it.
    pub week: PlanForecast,
    /// Open actions that are expected behind the week's end, the least likely to make it first.
    pub carry_over: Vec<ActionId>,
    /// Results that are not likely to be reached in time, and why, in the order of their first action's code.
    pub at_risk: Vec<AtRisk>,
}

/// The forecast of a week out of its rows (see [`crate::store::Store::planned_actions`]).
#[must_use]
pub fn forecast(rows: &[PlannedAction], history: &History, moment: Moment) -> WeekForecast {
    let all: Vec<&PlannedAction> = rows.iter().collect();
    let drawn = Drawn::new(&all, history, moment.as_of, moment.day());
    let ends_at = rows.first().map_or(moment.as_of, |row| row.ends_at);
    let scene = Scene { drawn: &drawn, blockers: blockers(&drawn), ends_in: seconds(ends_at - moment.as_of), moment };

    let of_week = |action: &&PlannedAction| action.is_of_week;
    let mut actions: HashMap<ActionId, ActionForecast> = all
        .iter()
        .copied()
        .filter(of_week)
        .filter(|action| !is_open(action))
        .map(|action| (action.id, ActionForecast::of_completed()))
        .collect();
    let open: Vec<usize> = (0..drawn.actions.len()).filter(|index| drawn.actions[*index].is_of_week).collect();
    actions.extend(open.iter().map(|index| (drawn.actions[*index].id, scene.action(*index))));

    let mut by_result: HashMap<ResultId, Vec<usize>> = HashMap::new();
    for action in all.iter().copied().filter(of_week) {
        by_result.entry(action.result_id).or_default();
    }
    open.iter().for_each(|index| by_result.entry(drawn.actions[*index].result_id).or_default().push(*index));
    let results: HashMap<ResultId, PlanForecast> =
        by_result.iter().map(|(result, open)| (*result, scene.together(open, true))).collect();

    let carry_over = carry_over(&scene, &open, &actions);
    let at_risk = at_risk(rows, &actions, &results, moment);
    WeekForecast { moment, week: scene.together(&open, !actions.is_empty()), actions, results, carry_over, at_risk }
}

impl ActionForecast {
    /// Of an action that is not there.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self {
            interval: Err(Missing::NoActions),
            in_time: None,
            left_behind: None,
            flags: BTreeSet::new(),
            blocked_by: Vec::new(),
            basis: None,
        }
    }

    fn of_completed() -> Self {
        Self { interval: Err(Missing::Completed), in_time: Some(1.0), left_behind: Some(0.0), ..Self::of_nothing() }
    }
}

/// What is blocked that each action waits for, directly or not; its own index is not among it.
fn blockers(drawn: &Drawn<'_>) -> Vec<BTreeSet<usize>> {
    let mut blockers = vec![BTreeSet::new(); drawn.actions.len()];
    for index in &drawn.order {
        let mut own = BTreeSet::new();
        for awaited in &drawn.waits[*index] {
            own.extend((drawn.actions[*awaited].status == ActionStatus::Blocked).then_some(*awaited));
            own.extend(blockers[*awaited].iter().copied());
        }
        blockers[*index] = own;
    }
    blockers
}

/// Those expected behind the week's end; once it is over, all that is open.
fn carry_over(scene: &Scene<'_>, open: &[usize], actions: &HashMap<ActionId, ActionForecast>) -> Vec<ActionId> {
    let chance = |id: &ActionId| actions.get(id).and_then(|forecast| forecast.in_time);
    let ids = open.iter().map(|index| scene.drawn.actions[*index].id);
    let mut late: Vec<ActionId> = ids.filter(|id| scene.ends_in <= 0.0 || chance(id).is_some_and(|share| share < 0.5)).collect();
    late.sort_by(|a, b| chance(a).unwrap_or_default().total_cmp(&chance(b).unwrap_or_default()));
    late
}

struct Scene<'a> {
    drawn: &'a Drawn<'a>,
    blockers: Vec<BTreeSet<usize>>,
    /// Seconds from now to the week's end; less than 0 once it is over.
    ends_in: f64,
    moment: Moment,
}

impl Scene<'_> {
    fn flags(&self, index: usize) -> BTreeSet<Flag> {
        let action = self.drawn.actions[index];
        let outcome = self.drawn.outcomes.get(index);
        let old = outcome.is_some_and(|(basis, _)| basis.longer == 0);
        let given_up = outcome.is_some_and(|(_, draws)| left_behind(draws) >= 0.5);
        [
            (action.status == ActionStatus::Blocked, Flag::Blocked),
            (!self.blockers[index].is_empty(), Flag::WaitsForBlocked),
            (action.due_date.is_some_and(|due| due < self.moment.as_of), Flag::Overdue),
            (given_up, Flag::LikelyLeftBehind),
            (old, Flag::OlderThanHistory),
        ]
        .into_iter()
        .filter_map(|(holds, flag)| holds.then_some(flag))
        .collect()
    }

    fn ids(&self, indices: &BTreeSet<usize>) -> Vec<ActionId> {
        indices.iter().map(|index| self.drawn.actions[*index].id).collect()
    }

    fn in_time(&self, draws: &[Option<Draw>]) -> f64 {
        share(draws.iter().filter(|draw| draw.is_some_and(|draw| draw.seconds <= self.ends_in)).count())
    }

    fn action(&self, index: usize) -> ActionForecast {
        let mut flags = self.flags(index);
        let blocked_by = self.ids(&self.blockers[index]);
        let Some((basis, draws)) = self.drawn.outcomes.get(index) else {
            return ActionForecast { interval: Err(Missing::NoHistory), flags, blocked_by, ..ActionForecast::of_nothing() };
        };
        let interval = self.interval(draws, &mut flags);
        let (in_time, left_behind) = (Some(self.in_time(draws)), Some(left_behind(draws)));
        ActionForecast { interval, in_time, left_behind, flags, blocked_by, basis: Some(basis.clone()) }
    }

    /// Completed when the last of some open actions is, in each draw; of those that are left behind it does not tell.
    fn together(&self, open: &[usize], has_actions: bool) -> PlanForecast {
        let mut flags: BTreeSet<Flag> = open.iter().flat_map(|index| self.flags(*index)).collect();
        let is_blocked = |index: &usize| self.drawn.actions[*index].status == ActionStatus::Blocked;
        let blocked = open.iter().copied().filter(is_blocked);
        let blocked = blocked.chain(open.iter().flat_map(|index| self.blockers[*index].iter().copied())).collect();
        let missing = match (open.is_empty(), has_actions) {
            (true, false) => Some(Missing::NoActions),
            (true, true) => Some(Missing::Completed),
            _ if self.drawn.outcomes.is_empty() => Some(Missing::NoHistory),
            _ => None,
        };
        let blocked_by = self.ids(&blocked);
        let none = PlanForecast {
            interval: Err(missing.unwrap_or(Missing::NoActions)),
            in_time: None,
            open: open.len(),
            open_in_time: None,
            open_left_behind: None,
            flags: flags.clone(),
            blocked_by,
            last: None,
        };
        if missing.is_some() {
            return none;
        }
        let mut last_of = vec![0_usize; open.len()];
        let draws: Vec<Option<Draw>> = (0..DRAWS).map(|at| self.last(open, at, &mut last_of)).collect();
        let interval = self.interval(&draws, &mut flags);
        let most = last_of.iter().enumerate().rev().max_by_key(|(_, times)| **times).filter(|(_, times)| **times > 0);
        let last = most.map(|(at, times)| (self.drawn.actions[open[at]].id, share(*times)));
        let each = || open.iter().map(|index| &self.drawn.outcomes[*index].1);
        let all_in_time = |at: &usize| each().all(|draws| draws[*at].is_some_and(|draw| draw.seconds <= self.ends_in));
        PlanForecast {
            interval,
            in_time: Some(share((0..DRAWS).filter(all_in_time).count())),
            open_in_time: Some(each().map(|draws| self.in_time(draws)).sum()),
            open_left_behind: Some(each().map(|draws| left_behind(draws)).sum()),
            flags,
            last,
            ..none
        }
    }

    /// The latest of one draw; which one that is, is counted. None where all are left behind.
    fn last(&self, open: &[usize], at: usize, last_of: &mut [usize]) -> Option<Draw> {
        let completed = open.iter().enumerate().filter_map(|(place, index)| Some((place, self.drawn.outcomes[*index].1[at]?)));
        let (place, last) = completed.reduce(|last, next| if next.1.seconds > last.1.seconds { next } else { last })?;
        last_of[place] += 1;
        Some(last)
    }

    fn interval(&self, draws: &[Option<Draw>], flags: &mut BTreeSet<Flag>) -> Result<Interval, Missing> {
        let mut sorted: Vec<Draw> = draws.iter().copied().flatten().collect();
        if sorted.is_empty() {
            return Err(Missing::LeftBehind);
        }
        sorted.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let [earliest, expected, latest] = QUANTILES.map(|share| sorted[rank(share, sorted.len())]);
        flags.extend(expected.is_beyond.then_some(Flag::ExpectedBeyondHistory));
        flags.extend(latest.is_beyond.then_some(Flag::LatestBeyondHistory));
        let at = |draw: Draw| self.moment.as_of + TimeDelta::milliseconds((draw.seconds * 1_000.0) as i64);
        Ok(Interval { earliest: at(earliest), expected: at(expected), latest: at(latest) })
    }
}

/// So many of the draws, as a share of all.
fn share(draws: usize) -> f64 {
    draws as f64 / DRAWS as f64
}

/// In which share of the draws something is left behind.
fn left_behind(draws: &[Option<Draw>]) -> f64 {
    share(draws.iter().filter(|draw| draw.is_none()).count())
}

/// The place, from 0, of the smallest of so many sorted values that at least a share of them do not exceed.
fn rank(share: f64, count: usize) -> usize {
    ((share * count as f64).ceil() as usize).clamp(1, count.max(1)) - 1
}
