//! Which actions of the past an open action is compared with.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::curve::{Curve, Observation, Outcome};
use crate::entities::enums::FunnelStage;
use crate::ids::OwnerId;
use crate::store::PastAction;

/// How far the history reaches back.
pub const HISTORY: TimeDelta = TimeDelta::days(180);
/// How many actions it holds at most: the newest.
pub const MAX_HISTORY: u32 = 5_000;
/// So long after the end of its week an action that is still open counts as left behind: it was not carried over to the next week, or not
/// completed in that either.
pub const LEFT_BEHIND_AFTER: TimeDelta = TimeDelta::days(7);
/// Of so many actions of a group that were open at the age of the action it must be known what became of them, for the group to be asked.
/// With ten the latest date (90 %) is one that was observed.
pub const LEAST: usize = 10;

/// How much work was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Estimate {
    /// None was made.
    Missing,
    /// Up to 2 hours.
    UpTo2,
    /// More than 2, up to 4 hours.
    UpTo4,
    /// More than 4, up to 8 hours.
    UpTo8,
    /// More than 8 hours.
    More,
}

impl Estimate {
    /// The band of an estimate in hours.
    #[must_use]
    pub fn of(hours: Option<Decimal>) -> Self {
        match hours {
            None => Self::Missing,
            Some(hours) if hours <= Decimal::from(2) => Self::UpTo2,
            Some(hours) if hours <= Decimal::from(4) => Self::UpTo4,
            Some(hours) if hours <= Decimal::from(8) => Self::UpTo8,
            Some(_) => Self::More,
        }
    }
}

/// From when on time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Clock {
    /// From when the action was made.
    Created,
    /// From when work on it began.
    Started,
}

/// What the actions of a group have in common, from much to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// First owner, stage and estimate.
    OwnerStageEstimate,
    /// First owner and stage.
    OwnerStage,
    /// First owner.
    Owner,
    /// Stage.
    Stage,
    /// Nothing.
    All,
}

impl Level {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::OwnerStageEstimate, Self::OwnerStage, Self::Owner, Self::Stage, Self::All];
}

/// What an action is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Its first owner; what is nobody's is compared by stage.
    pub owner: Option<OwnerId>,
    /// Its stage.
    pub stage: FunnelStage,
    /// Its estimate.
    pub estimate: Estimate,
}

type Group = (Clock, Level, Option<OwnerId>, Option<FunnelStage>, Option<Estimate>);

fn group(clock: Clock, level: Level, traits: Traits) -> Option<Group> {
    let Traits { owner, stage, estimate } = traits;
    match level {
        Level::OwnerStageEstimate => Some((clock, level, Some(owner?), Some(stage), Some(estimate))),
        Level::OwnerStage => Some((clock, level, Some(owner?), Some(stage), None)),
        Level::Owner => Some((clock, level, Some(owner?), None, None)),
        Level::Stage => Some((clock, level, None, Some(stage), None)),
        Level::All => Some((clock, level, None, None, None)),
    }
}

/// The group that an action is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// From when on time is measured.
    pub clock: Clock,
    /// What they have in common.
    pub level: Level,
    /// How long they took.
    pub curve: &'a Curve,
}

/// How long actions took, in groups.
#[derive(Clone, Debug, Default)]
pub struct History(HashMap<Group, Curve>);

impl History {
    /// The history as it was known at an instant: of the actions made in the [`HISTORY`] before it, at most the newest
    /// [`MAX_HISTORY`] (they come the newest first). What was begun or completed later was not known.
    #[must_use]
    pub fn new(past: &[PastAction], known: DateTime<Utc>) -> Self {
        let is_of = |action: &&PastAction| action.created_at < known && action.created_at >= known - HISTORY;
        let mut groups: HashMap<Group, Vec<Observation>> = HashMap::new();
        for action in past.iter().filter(is_of).take(MAX_HISTORY as usize) {
            let traits = Traits { owner: action.owner_id, stage: action.stage, estimate: Estimate::of(action.estimated_hours) };
            let end = action.completed_at.filter(|end| *end <= known);
            let started = action.started_at.filter(|start| *start < end.unwrap_or(known));
            for (clock, start) in [(Clock::Created, Some(action.created_at)), (Clock::Started, started)] {
                let Some(start) = start else { continue };
                let given_up = action.week_ends_at + LEFT_BEHIND_AFTER;
                let (until, outcome) = match end {
                    Some(end) => (end, Outcome::Completed),
                    None if given_up <= known && given_up > start => (given_up, Outcome::LeftBehind),
                    None => (known, Outcome::Open),
                };
                let observation = Observation { seconds: seconds(until - start), outcome };
                for key in Level::ALL.into_iter().filter_map(|level| group(clock, level, traits)) {
                    groups.entry(key).or_default().push(observation);
                }
            }
        }
        Self(groups.into_iter().map(|(key, observations)| (key, Curve::new(observations))).collect())
    }

    fn curve(&self, clock: Clock, level: Level, traits: Traits) -> Option<Chosen<'_>> {
        let curve = self.0.get(&group(clock, level, traits)?)?;
        (!curve.completed().is_empty()).then_some(Chosen { clock, level, curve })
    }

    /// The first group, from what is most alike to all, in which it is known of [`LEAST`] actions that were open at an age in seconds what
    /// became of them; where there is none, all actions. None when nothing was ever completed by this clock.
    #[must_use]
    pub fn choose(&self, clock: Clock, traits: Traits, age: f64) -> Option<Chosen<'_>> {
        let mut groups = Level::ALL.into_iter().filter_map(|level| self.curve(clock, level, traits));
        groups.find(|chosen| chosen.curve.known_after(age) >= LEAST).or_else(|| self.curve(clock, Level::All, traits))
    }
}

/// A span of time in seconds.
pub(super) fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: OwnerId = OwnerId(uuid::Uuid::from_u128(1));
    const B: OwnerId = OwnerId(uuid::Uuid::from_u128(2));

    fn now() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().expect("an instant")
    }

    /// Made two weeks ago; completed after so many hours, and begun an hour before that.
    fn past(owner: OwnerId, stage: FunnelStage, hours: i64) -> PastAction {
        let created_at = now() - TimeDelta::days(14);
        let end = created_at + TimeDelta::hours(hours);
        PastAction {
            owner_id: Some(owner),
            stage,
            estimated_hours: Some(Decimal::ONE),
            created_at,
            started_at: Some(end - TimeDelta::hours(1)),
            completed_at: Some(end),
            week_ends_at: now() - TimeDelta::days(8),
        }
    }

    fn traits(owner: OwnerId, stage: FunnelStage) -> Traits {
        Traits { owner: Some(owner), stage, estimate: Estimate::UpTo2 }
    }

    #[test]
    fn the_group_is_the_one_most_alike_that_has_enough_longer_ones() {
        let mut actions: Vec<PastAction> = (1..=10).map(|hours| past(A, FunnelStage::Top, hours * 10)).collect();
        actions.extend((1..=4).map(|hours| past(A, FunnelStage::Middle, hours * 20)));
        actions.extend((1..=10).map(|hours| past(B, FunnelStage::Middle, hours * 30)));
        let history = History::new(&actions, now());
        let level = |owner, stage, hours: f64| {
            let chosen = history.choose(Clock::Created, traits(owner, stage), hours * 3600.0).expect("a group");
            (chosen.level, chosen.curve.completed().len())
        };
        assert_eq!(level(A, FunnelStage::Top, 0.0), (Level::OwnerStageEstimate, 10));
        assert_eq!(level(A, FunnelStage::Top, 15.0), (Level::Owner, 14), "nine are left of the stage, thirteen of the owner's");
        assert_eq!(level(A, FunnelStage::Middle, 0.0), (Level::Owner, 14));
        assert_eq!(level(A, FunnelStage::Middle, 40.0), (Level::Stage, 14), "eight are left of the owner's, eleven of the stage");
        assert_eq!(level(A, FunnelStage::Middle, 60.0), (Level::All, 24), "nine are left of the stage");
        assert_eq!(level(A, FunnelStage::Bottom, 500.0), (Level::All, 24), "none is as long");
        let mut other = traits(B, FunnelStage::Middle);
        other.estimate = Estimate::More;
        assert_eq!(history.choose(Clock::Created, other, 0.0).expect("a group").level, Level::OwnerStage);
        other.owner = None;
        assert_eq!(history.choose(Clock::Created, other, 0.0).expect("a group").level, Level::Stage);
    }

    #[test]
    fn what_is_open_a_week_after_its_own_was_left_behind() {
        let open = PastAction { started_at: None, completed_at: None, ..past(A, FunnelStage::Top, 5) };
        let recent = PastAction { week_ends_at: now() - TimeDelta::days(7) + TimeDelta::seconds(1), ..open };
        let history = History::new(&[open, recent, past(A, FunnelStage::Top, 5)], now());
        let all = history.choose(Clock::Created, traits(A, FunnelStage::Top), 0.0).expect("a group").curve;
        assert_eq!((all.completed().len(), all.left_behind(), all.open()), (1, 1, 1));
        let thirteen_days = 13.0 * 86_400.0;
        assert_eq!((all.known_after(thirteen_days - 1.0), all.known_after(thirteen_days)), (1, 0), "a week after its week's end");
    }

    #[test]
    fn what_was_not_known_is_no_part_of_it() {
        let mut old = past(A, FunnelStage::Top, 5);
        old.created_at -= HISTORY;
        let late = past(A, FunnelStage::Top, 14 * 24 + 1);
        let late = PastAction { week_ends_at: now(), ..late };
        let future = PastAction { created_at: now() + TimeDelta::hours(1), completed_at: None, ..late };
        let history = History::new(&[future, late, past(A, FunnelStage::Top, 5), old], now());
        let all = history.choose(Clock::Created, traits(A, FunnelStage::Top), 0.0).expect("a group").curve;
        assert_eq!((all.completed(), all.open()), (&[5.0 * 3600.0][..], 1));
        let started = history.choose(Clock::Started, traits(A, FunnelStage::Top), 0.0).expect("a group").curve;
        assert_eq!((started.completed(), started.open()), (&[3600.0][..], 0), "the late one was begun at the very instant");
        assert!(History::new(&[], now()).choose(Clock::Created, traits(A, FunnelStage::Top), 0.0).is_none());
    }
}
