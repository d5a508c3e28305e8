//! The demo: a believable set of data around the present, and agents that keep working on it.
//!
//! [`fill`] makes thirteen weeks out of a seed: the same seed, time and zone give the same rows, ids included (except the
//! ids that the migrations drew: those of owners and of the default project). [`Simulation`] then gives the viewer
//! something to watch.
//!
//! ```text
//! texts ─▶ plan (weeks, results, actions; fate: their times) ─▶ outputs ─▶ agents ─▶ events ─▶ one transaction
//! ```

mod agents;
mod calendar;
mod events;
mod fate;
mod files;
mod outputs;
mod owners;
mod plan;
mod random;
mod simulation;
mod songs;
mod texts;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures_util::FutureExt;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};

pub use files::put_files;
pub use simulation::{Simulation, simulate};

use self::agents::Agent;
use self::calendar::{Calendar, PAST_WEEKS};
use self::owners::Owners;
use self::plan::Plan;
use self::random::Random;
use crate::auth::{DemoMember, demo_members};
use crate::entities::{action_owners, heartbeats, members};
use crate::error::Result;
use crate::ids::MemberId;
use crate::store::{AgentFilter, NewMember, Scope, SongFilter, Store, Tx, WeekFilter, WeekKey};

/// Who made the demo's data, as the event log says.
const ACTOR: &str = "demo";

/// What the transaction works from.
struct Input {
    seed: u64,
    calendar: Calendar,
    /// Demo members that are not members yet.
    members: Vec<DemoMember>,
    /// Whether there was nothing when it was looked at.
    is_empty: bool,
}

/// Fills an empty database (no weeks, no songs, no agents) with the demo's data, in one transaction, and says whether it
/// did. A demo whose weeks are over is made anew; data that is somebody's own is left alone. The demo's members are there afterwards in any case. `now` decides which week is the current one, by the calendar of `zone`.
///
/// # Errors
/// When the database fails.
pub async fn fill(store: &Store, seed: u64, now: DateTime<Utc>, zone: Tz) -> Result<bool> {
    let mut members = Vec::new();
    for member in demo_members() {
        if store.member_by_email(member.email).await?.is_none() {
            members.push(member);
        }
    }
    let is_empty = is_empty(store).await?;
    let today = now.with_timezone(&zone).date_naive();
    let is_current = store.week(Scope::All, WeekKey::Holding(None, today)).await?.is_some();
    if !is_empty && is_current {
        add_members(store, members).await?;
        return Ok(false);
    }
    let input = Input { seed, calendar: Calendar::new(now, zone), members, is_empty };
    store.transaction(ACTOR, &input, |input, tx| load(input, tx).boxed()).await
}

/// The members of the demo beside data that is not the demo's.
async fn add_members(store: &Store, members: Vec<DemoMember>) -> Result<()> {
    for member in members {
        let owner_id = match member.owner {
            Some(name) => store.owner_by_name(Scope::All, name).await?.map(|owner| owner.id),
            None => None,
        };
        let new = NewMember { email: member.email.to_owned(), name: member.name.to_owned(), role: member.role, owner_id };
        store.add_members(ACTOR, vec![new]).await?;
    }
    Ok(())
}

async fn is_empty(store: &Store) -> Result<bool> {
    Ok(store.count_weeks(Scope::All, &WeekFilter::default()).await? == 0
        && store.count_songs(Scope::All, &SongFilter::default()).await? == 0
        && store.count_agents(Scope::All, &AgentFilter::default()).await? == 0)
}

async fn load(input: &Input, tx: &mut Tx) -> Result<bool> {
    let Input { seed, calendar, members, is_empty } = input;
    let project = tx.project(None).await?;
    // Of two servers that find the database empty, the second one waits here and finds the first one's week.
    if tx.lock_week(project.id, calendar.monday(PAST_WEEKS)).await?.is_some() {
        return Ok(false);
    }
    let owners = Owners::read(tx).await?;
    if !is_empty {
        if !tx.is_demo_only(ACTOR).await? {
            let random = &mut Random::new(*seed);
            let rows = members.iter().map(|member| member_row(random, calendar, &owners, member)).collect();
            tx.insert_many(rows).await?;
            return Ok(false);
        }
        // A demo of a week that is over shows nobody anything: it begins anew.
        tx.clear_demo().await?;
    }
    let random = &mut Random::new(*seed);

    let mut songs = songs::catalogue(random, calendar);
    let plan = Plan::new(random, calendar, &owners, project.id);
    let made = outputs::deliverables(random, calendar, &plan, &mut songs);
    let agents = agents::agents(random, calendar, &owners, &plan);
    for event in events::events(calendar, &plan, &made, &agents) {
        tx.emit(event);
    }

    tx.insert_many(members.iter().map(|member| member_row(random, calendar, &owners, member)).collect()).await?;
    insert(tx, songs).await?;
    let shares = shares(&plan);
    insert(tx, plan.weeks).await?;
    insert(tx, plan.results).await?;
    insert(tx, plan.actions.into_iter().map(|action| action.row)).await?;
    insert(tx, shares).await?;
    insert(tx, made.into_iter().map(|deliverable| deliverable.row)).await?;
    let beats = agents.iter().flat_map(heartbeat_rows).collect();
    insert(tx, agents.into_iter().map(|agent| agent.row)).await?;
    tx.insert_many::<heartbeats::ActiveModel>(beats).await?;
    Ok(true)
}

/// Inserts rows as they are, ids included.
async fn insert<M, A>(tx: &Tx, rows: impl IntoIterator<Item = M>) -> Result<()>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + sea_orm::ActiveModelBehavior + Send,
    M::Entity: EntityTrait<Model = M>,
{
    tx.insert_many(rows.into_iter().map(IntoActiveModel::into_active_model).collect()).await
}

fn member_row(random: &mut Random, calendar: &Calendar, owners: &Owners, member: &DemoMember) -> members::ActiveModel {
    members::ActiveModel {
        id: Set(MemberId(random.uuid())),
        email: Set(member.email.to_owned()),
        name: Set(member.name.to_owned()),
        role: Set(member.role),
        owner_id: Set(member.owner.and_then(|name| owners.id(name))),
        revoked_at: Set(None),
        tokens_from: Set(None),
        created_at: Set(calendar.now),
        updated_at: Set(calendar.now),
    }
}

fn shares(plan: &Plan) -> Vec<action_owners::Model> {
    let of_action = |action: &plan::Action| {
        let id = action.row.id;
        let owners = action.owners.clone().into_iter().zip(0..);
        owners.map(move |(owner_id, position)| action_owners::Model { action_id: id, owner_id, position })
    };
    plan.actions.iter().flat_map(of_action).collect()
}

fn heartbeat_rows(agent: &Agent) -> impl Iterator<Item = heartbeats::ActiveModel> {
    agent.beats.iter().map(|beat| heartbeats::ActiveModel {
        id: NotSet,
        agent_id: Set(agent.row.id),
        reported_at: Set(beat.at),
        status: Set(beat.status),
        health_score: Set(beat.health),
        current_action_id: Set(beat.action),
        error: Set(beat.error.map(str::to_owned)),
        metadata: Set(beat.metadata.clone()),
    })
}
