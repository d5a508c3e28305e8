//! When the open actions of a week are completed, drawn many times.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::curve::Draw;
use super::history::{Clock, Estimate, History, Level, Traits, seconds};
use super::order::in_order;
use crate::entities::enums::{ActionStatus, FunnelStage};
use crate::ids::ActionId;
use crate::store::PlannedAction;

/// How often everything is drawn.
pub const DRAWS: usize = 1_000;

/// What a forecast of an action rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// What the actions that it is compared with have in common with it.
    pub level: Level,
    /// From when on time is measured.
    pub clock: Clock,
    /// Its first owner, by which it may be compared.
    pub owner: Option<String>,
    /// Its stage.
    pub stage: FunnelStage,
    /// Its estimate.
    pub estimate: Estimate,
    /// How old it is by that clock, in seconds.
    pub age: f64,
    /// How many of the group were completed.
    pub completed: usize,
    /// Of these, how many took longer than it is old.
    pub longer: usize,
    /// How many of the group were left behind.
    pub left_behind: usize,
    /// How many of the group are open, and not left behind.
    pub open: usize,
    /// The shortest, the median and the longest time in which one of the group was completed, in seconds.
    pub times: [f64; 3],
}

/// The open actions of a week and those that they wait for, and what was drawn.
pub(super) struct Drawn<'a> {
    /// By code.
    pub(super) actions: Vec<&'a PlannedAction>,
    /// For each, those that it waits for, by index; what has begun waits no longer.
    pub(super) waits: Vec<Vec<usize>>,
    /// Each behind those that it waits for.
    pub(super) order: Vec<usize>,
    /// For each, what it rests on, and when it is completed in each draw, in seconds from now; none where it is left behind. Empty
    /// without a history.
    pub(super) outcomes: Vec<(Basis, Vec<Option<Draw>>)>,
}

/// Whether work on it has begun.
pub(super) fn has_begun(action: &PlannedAction) -> bool {
    action.started_at.is_some() || matches!(action.status, ActionStatus::InProgress | ActionStatus::Completed)
}

pub(super) fn is_open(action: &PlannedAction) -> bool {
    !matches!(action.status, ActionStatus::Completed | ActionStatus::Cancelled)
}

impl<'a> Drawn<'a> {
    /// Draws the open ones of a week's rows.
    pub(super) fn new(rows: &[&'a PlannedAction], history: &History, as_of: DateTime<Utc>, day: NaiveDate) -> Self {
        let mut actions: Vec<&PlannedAction> = rows.iter().copied().filter(|action| is_open(action)).collect();
        actions.sort_by(|a, b| a.code.cmp(&b.code));
        let mut waits = waits(&actions);
        let order = in_order(&mut waits);
        let mut own = Vec::with_capacity(actions.len());
        for action in &actions {
            match draw(action, history, as_of, day) {
                Some(drawn) => own.push(drawn),
                // Where this has no history, nothing has.
                None => return Self { actions, waits, order, outcomes: Vec::new() },
            }
        }
        for index in &order {
            behind(*index, &waits[*index], &mut own);
        }
        let outcomes = own.into_iter().map(|(basis, draws, _)| (basis, draws)).collect();
        Self { actions, waits, order, outcomes }
    }
}

/// For each action, the open ones that it waits for. What has begun has not waited.
fn waits(actions: &[&PlannedAction]) -> Vec<Vec<usize>> {
    let places: HashMap<&str, usize> = actions.iter().enumerate().map(|(at, action)| (action.code.as_str(), at)).collect();
    let of = |action: &&PlannedAction| match &action.dependencies {
        serde_json::Value::Array(codes) if !has_begun(action) => {
            codes.iter().filter_map(|code| places.get(code.as_str()?).copied()).collect()
        }
        _ => Vec::new(),
    };
    actions.iter().map(of).collect()
}

/// What an action rests on, when it is completed if it waits for nothing, and how long its work alone takes.
type Own = (Basis, Vec<Option<Draw>>, Vec<f64>);

fn draw(action: &PlannedAction, history: &History, as_of: DateTime<Utc>, day: NaiveDate) -> Option<Own> {
    let traits = Traits { owner: action.owner_id, stage: action.stage, estimate: Estimate::of(action.estimated_hours) };
    // What is blocked has been held up since it began: how long that lasts is in the time since it was made.
    let begun = action.started_at.filter(|start| action.status == ActionStatus::InProgress && *start <= as_of);
    let age = |clock| match (clock, begun) {
        (Clock::Started, Some(start)) => seconds(as_of - start),
        _ => seconds(as_of - action.created_at).max(0.0),
    };
    let preferred = if begun.is_some() { Clock::Started } else { Clock::Created };
    let other = if begun.is_some() { Clock::Created } else { Clock::Started };
    let chosen = [preferred, other].into_iter().find_map(|clock| history.choose(clock, traits, age(clock)))?;
    let age = if chosen.clock == preferred { age(preferred) } else { age(other) };

    let mut random = random(action.id, day);
    let draws = (0..DRAWS).map(|_| {
        let draw = chosen.curve.draw(age, random.random())?;
        Some(Draw { seconds: draw.seconds - age, ..draw })
    });
    let draws = draws.collect();
    let work = history.choose(Clock::Started, traits, 0.0);
    let work = (0..DRAWS).map(|_| work.and_then(|work| work.curve.draw(0.0, random.random())).map_or(0.0, |draw| draw.seconds));
    let work = work.collect();

    let times = chosen.curve.completed();
    let at = |index: usize| times.get(index).copied().unwrap_or_default();
    let basis = Basis {
        level: chosen.level,
        clock: chosen.clock,
        owner: action.owner.clone(),
        stage: action.stage,
        estimate: traits.estimate,
        age,
        completed: times.len(),
        longer: chosen.curve.longer_than(age),
        left_behind: chosen.curve.left_behind(),
        open: chosen.curve.open(),
        times: [at(0), at(times.len() / 2), at(times.len() - 1)],
    };
    Some((basis, draws, work))
}

/// Chance that is the same for the same action on the same day, whoever asks for what.
fn random(action: ActionId, day: NaiveDate) -> StdRng {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(action.0.as_bytes());
    seed[16..20].copy_from_slice(&chrono::Datelike::num_days_from_ce(&day).to_le_bytes());
    StdRng::from_seed(seed)
}

/// In each draw an action is completed no earlier than its own work takes after the last of those that it waits for; what waits for
/// something that is left behind is left behind with it.
fn behind(index: usize, waits: &[usize], own: &mut [Own]) {
    for at in 0..if waits.is_empty() { 0 } else { DRAWS } {
        let awaited: Option<Vec<Draw>> = waits.iter().map(|other| own[*other].1[at]).collect();
        let awaited = awaited.and_then(|all| all.into_iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)));
        let (_, draws, work) = &mut own[index];
        draws[at] = draws[at].zip(awaited).map(|(draw, awaited)| match awaited.seconds + work[at] {
            seconds if seconds > draw.seconds => Draw { seconds, is_beyond: awaited.is_beyond },
            _ => draw,
        });
    }
}
