//! The agents as they are, and the heartbeats of the last seven days.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::calendar::Calendar;
use super::owners::{AGENTS, Owners};
use super::plan::{Action, Plan};
use super::random::Random;
use crate::entities::agents;
use crate::entities::enums::{ActionStatus, AgentState};
use crate::ids::{ActionId, AgentId, OwnerId};

/// Days of heartbeats.
const DAYS: i64 = 7;

/// Hours before now in which the heartbeats come every quarter of an hour; before that they come every hour.
const DENSE_HOURS: i64 = 48;

/// Health of each agent now, and how it is, in the order of [`AGENTS`].
const STANDING: [(i32, AgentState); 5] = [
    (98, AgentState::Active),
    (95, AgentState::Active),
    (92, AgentState::Active),
    (78, AgentState::Idle),
    (96, AgentState::Active),
];

/// What agents complain of.
pub(super) const ERRORS: [&str; 5] = [
    "HTTP 429 from the search provider; gave up after three attempts",
    "Connection to the data lake reset while a file was written",
    "Test runner out of memory at 2048 MB",
    "Suno queue did not answer within 120 s",
    "Export job refused: quota for this hour is used up",
];

/// One report.
#[derive(Clone, Debug)]
pub(super) struct Beat {
    pub at: DateTime<Utc>,
    pub status: AgentState,
    pub health: i32,
    pub action: Option<ActionId>,
    pub error: Option<&'static str>,
    pub metadata: Json,
}

/// An agent with its history, oldest report first.
#[derive(Debug)]
pub(super) struct Agent {
    pub row: agents::Model,
    pub owner: OwnerId,
    pub beats: Vec<Beat>,
}

pub(super) fn agents(random: &mut Random, calendar: &Calendar, owners: &Owners, plan: &Plan) -> Vec<Agent> {
    let known = AGENTS.into_iter().zip(STANDING).filter_map(|(name, standing)| owners.id(name).map(|id| (name, id, standing)));
    known.map(|(name, owner, standing)| agent(random, calendar, plan, (name, owner), standing)).collect()
}

fn agent(
    random: &mut Random,
    calendar: &Calendar,
    plan: &Plan,
    (name, owner): (&str, OwnerId),
    (health, status): (i32, AgentState),
) -> Agent {
    let own: Vec<&Action> = plan.actions.iter().filter(|action| action.owners.contains(&owner)).collect();
    let last = calendar.now - TimeDelta::seconds(random.between(4..=40));
    let times = times(last);
    let states = states(random, times.len(), status);
    let process = random.between(1200..=64_000);
    let beats: Vec<Beat> = times
        .into_iter()
        .zip(states)
        .enumerate()
        .map(|(turn, (at, state))| {
            let wander = i32::try_from(random.between(-4..=2)).unwrap_or(0);
            let health = match state {
                // The last one is what the agent's row says.
                _ if at == last => health,
                AgentState::Error => (health - 24 + 2 * wander).max(35),
                _ => (health + wander).min(100),
            };
            Beat {
                at,
                status: state,
                health,
                action: if state == AgentState::Active { working_on(&own, at) } else { None },
                error: (state == AgentState::Error).then(|| ERRORS[(turn + name.len()) % ERRORS.len()]),
                metadata: vitals(random, state, process),
            }
        })
        .collect();
    let done = own.iter().filter(|action| action.row.status == ActionStatus::Completed);
    let row = agents::Model {
        id: AgentId(random.uuid()),
        agent_name: name.to_owned(),
        status,
        health_score: health,
        last_heartbeat: last,
        current_action_id: beats.last().and_then(|beat| beat.action),
        session_start: Some(last - random.minutes(300..=700)),
        total_actions_completed: i32::try_from(done.clone().count()).unwrap_or(i32::MAX),
        total_hours_worked: done.filter_map(|action| action.row.actual_hours).sum::<Decimal>(),
        error_log: None,
        updated_at: last,
        metadata: beats.last().map_or_else(|| json!({}), |beat| beat.metadata.clone()),
    };
    Agent { row, owner, beats }
}

/// When an agent reported, oldest first.
fn times(last: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let hourly = (DENSE_HOURS + 1..=24 * DAYS).rev().map(|hours| last - TimeDelta::hours(hours));
    let dense = (0..=4 * DENSE_HOURS).rev().map(|quarters| last - TimeDelta::minutes(15 * quarters));
    hourly.chain(dense).collect()
}

/// How an agent was at each report: long runs of work, short rests, now and then an error; as it is now at the end.
fn states(random: &mut Random, count: usize, now: AgentState) -> Vec<AgentState> {
    let mut states = Vec::with_capacity(count);
    while states.len() < count {
        let (state, run) = match random.index(20) {
            0 => (AgentState::Error, random.between(1..=2)),
            1..=7 => (AgentState::Idle, random.between(2..=6)),
            _ => (AgentState::Active, random.between(4..=14)),
        };
        states.extend((0..run).map(|_| state));
    }
    states.truncate(count);
    let settled = count.saturating_sub(3);
    states[settled..].fill(now);
    // An agent that is not well has had an error not long ago.
    if now == AgentState::Idle && settled > 2 {
        states[settled - 2..settled].fill(AgentState::Error);
    }
    states
}

/// The action that an agent had in its hands at an instant: the one begun last of those that were under way.
fn working_on(own: &[&Action], at: DateTime<Utc>) -> Option<ActionId> {
    own.iter()
        .filter(|action| {
            let begun = action.row.started_at.is_some_and(|started| started <= at);
            let over = action.row.completion_date.or(action.blocked_at).is_some_and(|end| end <= at);
            begun && !over
        })
        .max_by_key(|action| action.row.started_at)
        .map(|action| action.row.id)
}

/// What an agent says of its process.
pub(super) fn vitals(random: &mut Random, state: AgentState, process: i64) -> Json {
    let (cpu, memory) = match state {
        AgentState::Active => (random.between(25..=88), random.between(480..=1400)),
        AgentState::Error => (random.between(0..=6), random.between(1500..=2048)),
        AgentState::Idle | AgentState::Offline => (random.between(1..=7), random.between(210..=420)),
    };
    json!({ "cpuPercent": cpu, "memoryMb": memory, "processId": process })
}
