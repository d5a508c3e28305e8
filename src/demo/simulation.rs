//! Agents at work: heartbeats and changes through the same doors of the store that users take.

use std::pin::pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use tokio::time::MissedTickBehavior;

use super::agents::{ERRORS, vitals};
use super::owners::AGENTS;
use super::plan::evidence_path;
use super::random::Random;
use crate::entities::enums::{ActionStatus, AgentState, DeliverableStatus};
use crate::entities::{actions, deliverables};
use crate::error::Result;
use crate::ids::{ActionId, WeekId};
use crate::store::{
    ActionChange, ActionFilter, ActionKey, ActionOrderField, ActionQuery, ChangeRequest, DeliverableFilter,
    DeliverableOrderField, Direction, Heartbeat, Order, Page, Scope, Store, WeekKey,
};

/// With fewer open actions than this, some are reopened.
const FEWEST_OPEN: usize = 4;

/// Actions reopened at once.
const REOPENED: usize = 3;

const BLOCKERS: [&str; 6] = [
    "Waits for the API key of the staging account",
    "The supplier's price list has not come yet",
    "Two measurements contradict each other; a third one is under way",
    "The review of the step before is still open",
    "The rendering queue is full until this evening",
    "The counterpart asks for the contract before it answers",
];

/// How the simulation runs.
#[derive(Clone, Copy, Debug)]
pub struct Simulation {
    /// Seed of its choices.
    pub seed: u64,
    /// Whose calendar decides which week holds now.
    pub zone: Tz,
    /// Time between two heartbeats, each of one agent.
    pub heartbeat_every: Duration,
    /// Time between two changes of an action or a deliverable.
    pub change_every: Duration,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
}

impl Simulation {
    /// A simulation for people to watch: a heartbeat every two seconds, a change every five.
    #[must_use]
    pub fn new(seed: u64, zone: Tz) -> Self {
        Self { seed, zone, heartbeat_every: Duration::from_secs(2), change_every: Duration::from_secs(5), clock: Utc::now }
    }

    /// Keeps the agents working until `shutdown` resolves; a step that has begun is brought to its end.
    ///
    /// Nothing outside the week that holds now is touched, and nothing that no agent owns. Errors are logged, and it goes
    /// on.
    pub async fn run(self, store: Store, shutdown: impl Future<Output = ()>) {
        let mut heartbeats = tokio::time::interval(self.heartbeat_every);
        let mut changes = tokio::time::interval(self.change_every);
        for interval in [&mut heartbeats, &mut changes] {
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut shutdown = pin!(shutdown);
        let mut world = World { store, simulation: self, random: Random::new(self.seed) };
        loop {
            let step = tokio::select! {
                () = &mut shutdown => break,
                _ = heartbeats.tick() => Step::Heartbeat,
                _ = changes.tick() => Step::Change,
            };
            let outcome = match step {
                Step::Heartbeat => world.heartbeat().await,
                Step::Change => world.change().await,
            };
            let Err(error) = outcome else { continue };
            // Somebody may have changed the same row a moment before: that is part of the game.
            if error.client().is_some() {
                tracing::debug!(%error, "the simulation was too late");
            } else {
                tracing::warn!(%error, "a step of the simulation failed");
            }
        }
    }
}

/// [`Simulation::run`] with its defaults, for as long as the task lives.
pub async fn simulate(store: Store, seed: u64, zone: Tz) {
    Simulation::new(seed, zone).run(store, std::future::pending()).await;
}

enum Step {
    Heartbeat,
    Change,
}

struct World {
    store: Store,
    simulation: Simulation,
    random: Random,
}

impl World {
    fn now(&self) -> DateTime<Utc> {
        (self.simulation.clock)()
    }

    /// The default project's week that holds now.
    async fn week(&self) -> Result<Option<WeekId>> {
        let today = self.now().with_timezone(&self.simulation.zone).date_naive();
        Ok(self.store.week(Scope::All, WeekKey::Holding(None, today)).await?.map(|week| week.id))
    }

    /// The week's actions of some agents, last changed first.
    async fn actions(&self, week: WeekId, owners: &[&str], status: &[ActionStatus]) -> Result<Vec<actions::Model>> {
        let filter = ActionFilter {
            status: Some(status.to_vec()),
            owner: Some(owners.iter().map(|name| (*name).to_owned()).collect()),
            week_id: Some(week),
            ..ActionFilter::default()
        };
        let order = Order { field: ActionOrderField::UpdatedAt, direction: Direction::Desc };
        let slice = self.store.actions(Scope::All, &ActionQuery { filter, order, page: Page::first(100) }).await?;
        Ok(slice.rows.into_iter().map(|(_, row)| row).collect())
    }

    /// The first agent among the owners of an action.
    async fn agent_of(&self, action: ActionId) -> Result<Option<&'static str>> {
        let ids: Vec<_> = self.store.owner_ids_by_action(&[action]).await?.into_iter().map(|row| row.owner_id).collect();
        let owners = self.store.owners_by_id(Scope::All, &ids).await?;
        let mut named = ids.iter().filter_map(|id| owners.iter().find(|owner| owner.id == *id));
        Ok(named.find_map(|owner| AGENTS.into_iter().find(|name| *name == owner.name)))
    }

    /// One agent reports how it is: on the action it has in hand, else idle, and now and then with an error.
    async fn heartbeat(&mut self) -> Result<()> {
        let name = self.random.pick(&AGENTS);
        let before = self.store.agents_by_name(Scope::All, &[name.to_owned()]).await?.into_iter().next();
        let in_hand = match self.week().await? {
            Some(week) => self.actions(week, &[name], &[ActionStatus::InProgress]).await?,
            None => Vec::new(),
        };
        let current = before.as_ref().and_then(|agent| agent.current_action_id);
        let current = in_hand.iter().find(|action| Some(action.id) == current).or_else(|| in_hand.first());

        let failed = self.random.chance(4);
        let status = match current {
            _ if failed => AgentState::Error,
            Some(_) => AgentState::Active,
            None => AgentState::Idle,
        };
        // Health wanders, but is drawn to where a working agent is well.
        let last = before.as_ref().map_or(95, |agent| i64::from(agent.health_score));
        let drift = (94 - last).signum() + if failed { self.random.between(-18..=-9) } else { self.random.between(-2..=2) };
        let process = before.as_ref().and_then(|agent| agent.metadata["processId"].as_i64());
        let process = process.unwrap_or_else(|| self.random.between(1200..=64_000));
        let heartbeat = Heartbeat {
            agent: name.to_owned(),
            status,
            health_score: i32::try_from((last + drift).clamp(60, 100)).ok(),
            current_action: current.filter(|_| !failed).map(|action| ActionKey::Id(action.id)),
            error: failed.then(|| self.random.pick(&ERRORS).to_owned()),
            session_start: None,
            reported_at: self.now(),
            metadata: vitals(&mut self.random, status, process),
        };
        self.store.record_heartbeat(Scope::All, name, &heartbeat).await?;
        Ok(())
    }

    /// Something happens in the week that holds now.
    async fn change(&mut self) -> Result<()> {
        use ActionStatus::{Blocked, Completed, InProgress, Pending};
        let Some(week) = self.week().await? else { return Ok(()) };
        let open = self.actions(week, &AGENTS, &[Pending, InProgress, Blocked]).await?;
        if open.len() < FEWEST_OPEN {
            let mut done = self.actions(week, &AGENTS, &[Completed]).await?;
            self.random.shuffle(&mut done);
            for action in done.iter().take(REOPENED) {
                self.apply(action, ActionChange::Reopen).await?;
            }
            return Ok(());
        }
        if self.random.chance(20) {
            return self.change_output(week).await;
        }
        let action = &open[self.random.index(open.len())];
        let change = match action.status {
            Pending => ActionChange::Start,
            Blocked => ActionChange::Unblock,
            _ if self.random.chance(25) => ActionChange::Block { blocker_description: self.random.pick(&BLOCKERS).to_owned() },
            _ => {
                let by = self.agent_of(action.id).await?.unwrap_or_default();
                let estimate = action.estimated_hours.unwrap_or(Decimal::TWO);
                ActionChange::Complete {
                    actual_hours: Some(self.random.quarters(estimate, 70..=130)),
                    evidence_path: Some(evidence_path(by, &action.action_code, self.now())),
                }
            }
        };
        self.apply(action, change).await
    }

    async fn apply(&self, action: &actions::Model, change: ActionChange) -> Result<()> {
        let Some(actor) = self.agent_of(action.id).await? else { return Ok(()) };
        let request = ChangeRequest {
            key: ActionKey::Id(action.id),
            change,
            expected_updated_at: Some(action.updated_at),
            now: self.now(),
        };
        self.store.change_action(Scope::All, actor, &request).await?;
        Ok(())
    }

    /// A deliverable of an agent earns something, or one that is ready goes out.
    async fn change_output(&mut self, week: WeekId) -> Result<()> {
        let filter = DeliverableFilter { week_id: Some(week), ..DeliverableFilter::default() };
        let order = Order { field: DeliverableOrderField::CreatedAt, direction: Direction::Asc };
        let slice = self.store.deliverables(Scope::All, &filter, order, &Page::first(100)).await?;
        let mut rows: Vec<deliverables::Model> = slice.rows.into_iter().map(|(_, row)| row).collect();
        self.random.shuffle(&mut rows);
        for row in rows {
            let Some(action) = row.action_item_id else { continue };
            let Some(actor) = self.agent_of(action).await? else { continue };
            let (seen, now) = (Some(row.updated_at), self.now());
            match (row.status, row.revenue_actual, row.revenue_target) {
                (DeliverableStatus::Approved, ..) => {
                    self.store.publish_deliverable(Scope::All, actor, row.id, seen, now).await?;
                }
                // Sales do not go on for ever, however long the demo runs.
                (DeliverableStatus::Published, Some(actual), Some(target)) if actual < target => {
                    let more = Decimal::from(5 * self.random.between(3..=60));
                    self.store.record_deliverable_revenue(Scope::All, actor, row.id, actual + more, seen, now).await?;
                }
                _ => continue,
            }
            return Ok(());
        }
        Ok(())
    }
}
