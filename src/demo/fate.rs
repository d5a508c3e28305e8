//! When the actions of a week are due, begun and done.

use chrono::{DateTime, Days, TimeDelta, Timelike, Utc};

use super::calendar::{Calendar, PAST_WEEKS};
use super::plan::hours_before;
use super::random::Random;
use crate::entities::enums::{ActionStatus, FunnelStage};

/// Hours at which people set things due.
const DUE_HOURS: [i64; 6] = [10, 12, 14, 15, 17, 18];

/// An action of a week, as far as its times depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Place within its result.
    pub place: usize,
    pub stage: FunnelStage,
    pub hours: i64,
    pub status: ActionStatus,
    /// Whether a person has a hand in it: people finish nothing at night.
    pub by_people: bool,
}

/// What becomes of an action.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub status: ActionStatus,
    pub created: DateTime<Utc>,
    pub due: DateTime<Utc>,
    pub started: Option<DateTime<Utc>>,
    pub completion: Option<DateTime<Utc>>,
    pub updated_at: DateTime<Utc>,
}

impl Fate {
    fn pending(created: DateTime<Utc>, due: DateTime<Utc>) -> Self {
        Self { status: ActionStatus::Pending, created, due, started: None, completion: None, updated_at: created }
    }

    /// Work on the middle of the funnel takes longest, so that there is a bottleneck to be found.
    fn completed(random: &mut Random, slot: Slot, planned: DateTime<Utc>, due: DateTime<Utc>, completion: DateTime<Utc>) -> Self {
        let age = match slot.stage {
            FunnelStage::Top => random.minutes(1800..=4000),
            FunnelStage::Middle => random.minutes(4300..=7800),
            FunnelStage::Bottom => random.minutes(1100..=2900),
        };
        let created = (completion - age).max(planned);
        Self {
            status: ActionStatus::Completed,
            created,
            due,
            started: Some(hours_before(completion, slot.hours + random.between(1..=4), created)),
            completion: Some(completion),
            updated_at: completion,
        }
    }
}

/// The slots' indices in the order in which work gets to them: all first steps, then all second ones, and so on.
fn in_order(slots: &[Slot]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..slots.len()).collect();
    order.sort_by_key(|index| slots[*index].place);
    order
}

/// A week that is over: between 55 % and 95 % done, more from week to week, a few of them after its end.
pub(super) fn past_fates(random: &mut Random, calendar: &Calendar, week: usize, slots: &[Slot]) -> Vec<Fate> {
    let (planned, (_, end)) = (calendar.planned_at(week), calendar.week(week));
    let trend = 17 + 7 * week as i64 / (PAST_WEEKS as i64 - 1);
    let done = usize::try_from((trend + random.between(-1..=2)).clamp(16, 26)).unwrap_or(16);
    let late = 1 + random.index(2);

    // Last steps are left over more often than first ones.
    let mut by_chance: Vec<(i64, usize)> =
        slots.iter().enumerate().map(|(index, slot)| (2 * slot.place as i64 + random.between(0..=5), index)).collect();
    by_chance.sort_unstable();
    let mut ranks = vec![0; slots.len()];
    for (rank, (_, index)) in by_chance.into_iter().enumerate() {
        ranks[index] = rank;
    }

    let mut fates: Vec<Fate> = slots.iter().map(|_| Fate::pending(planned, end)).collect();
    for (turn, index) in in_order(slots).into_iter().enumerate() {
        let day = calendar.monday(week) + Days::new((turn * 7 / slots.len()) as u64);
        let due = calendar.at(day, random.pick(&DUE_HOURS), 0);
        let on_time = random.chance(82);
        fates[index] = if ranks[index] >= done {
            Fate::pending(planned, due)
        } else {
            let completion = if ranks[index] + late >= done {
                calendar.past(end + random.minutes(120..=2400))
            } else if on_time {
                awake(calendar, slots[index], due - random.minutes(20..=540))
            } else {
                (due + random.minutes(30..=1500)).min(end - TimeDelta::minutes(10))
            };
            Fate::completed(random, slots[index], planned, due, completion)
        };
    }
    fates
}

/// The current week: what is done was done up to a few minutes ago, what is open is due in the days to come.
pub(super) fn current_fates(random: &mut Random, calendar: &Calendar, slots: &[Slot]) -> Vec<Fate> {
    let now = calendar.now;
    let planned = calendar.planned_at(PAST_WEEKS);
    let (begin, end) = calendar.week(PAST_WEEKS);
    let done = in_order(slots).into_iter().filter(|index| slots[*index].status == ActionStatus::Completed).collect::<Vec<_>>();

    let mut fates: Vec<Fate> = slots.iter().map(|_| Fate::pending(planned, end)).collect();
    for ((turn, index), completion) in done.iter().enumerate().zip(completions(random, calendar, done.len())) {
        let completion = awake(calendar, slots[*index], completion);
        let mut due = due_after(calendar, completion, random.chance(25));
        if turn % 7 == 6 {
            // One in seven took longer than it should have.
            let earlier = completion - random.minutes(90..=300);
            due = earlier - TimeDelta::minutes(i64::from(earlier.minute()));
        }
        let due = due.clamp(begin + TimeDelta::hours(9), end - TimeDelta::hours(4));
        fates[*index] = Fate::completed(random, slots[*index], planned, due, completion);
    }

    let open: Vec<usize> = (0..slots.len()).filter(|index| slots[*index].status != ActionStatus::Completed).collect();
    for (turn, index) in open.iter().enumerate() {
        let due = due_ahead(random, calendar, turn, open.len());
        let begun = hours_before(now, 3 + random.between(0..=9), planned + TimeDelta::hours(1)) + random.minutes(1..=40);
        let blocked = now - random.minutes(50..=170);
        let pending = Fate::pending(planned, due);
        fates[*index] = match slots[*index].status {
            ActionStatus::InProgress => {
                Fate { status: ActionStatus::InProgress, started: Some(begun), updated_at: begun, ..pending }
            }
            ActionStatus::Blocked => Fate {
                status: ActionStatus::Blocked,
                started: Some(begun),
                updated_at: blocked.max(begun + TimeDelta::minutes(5)),
                ..pending
            },
            ActionStatus::Pending | ActionStatus::Completed | ActionStatus::Cancelled => pending,
        };
    }
    fates
}

/// The evening before, if a person would have to be up at night.
fn awake(calendar: &Calendar, slot: Slot, at: DateTime<Utc>) -> DateTime<Utc> {
    let asleep = slot.by_people && calendar.hour(at) < 7 && calendar.now - at > TimeDelta::hours(10);
    if asleep { at - TimeDelta::hours(9) } else { at }
}

/// Instants of completion in rising order: over the days so far (two at least, into the weekend before if need be), and
/// the last three within the last hours.
fn completions(random: &mut Random, calendar: &Calendar, count: usize) -> Vec<DateTime<Utc>> {
    let now = calendar.now;
    let recent = [now - TimeDelta::minutes(430), now - TimeDelta::minutes(95), now - TimeDelta::minutes(4)];
    let to = now - TimeDelta::hours(10);
    let from = (calendar.week(PAST_WEEKS).0 + TimeDelta::hours(9)).min(now - TimeDelta::hours(48));
    let before = count.saturating_sub(recent.len());
    let step = (to - from) / i32::try_from(before.max(1)).unwrap_or(1);
    let spread = (0..before).map(|turn| {
        let at =
            from + step * i32::try_from(turn).unwrap_or(0) + step * i32::try_from(random.between(20..=90)).unwrap_or(50) / 100;
        at - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos()))
    });
    spread.collect::<Vec<_>>().into_iter().chain(recent).collect()
}

/// A due time that something done at an instant met.
fn due_after(calendar: &Calendar, completion: DateTime<Utc>, with_a_day_to_spare: bool) -> DateTime<Utc> {
    let day = calendar.day(completion) + Days::new(u64::from(with_a_day_to_spare));
    let evening = calendar.at(day, 18, 0);
    if evening > completion { evening } else { calendar.at(day + Days::new(1), 12, 0) }
}

/// A due time for the `turn`-th of `count` open actions: over the rest of the week, or the next two days if it is short.
fn due_ahead(random: &mut Random, calendar: &Calendar, turn: usize, count: usize) -> DateTime<Utc> {
    let today = calendar.day(calendar.now);
    let sunday = calendar.monday(PAST_WEEKS) + Days::new(6);
    let days = usize::try_from((sunday - today).num_days()).unwrap_or(0).max(2) + 1;
    let day = today + Days::new((turn * days / count.max(1)) as u64);
    let hour = random.pick(&DUE_HOURS);
    let due = calendar.at(day, hour, 0);
    if due > calendar.now + TimeDelta::minutes(30) { due } else { calendar.at(day + Days::new(1), hour, 0) }
}
