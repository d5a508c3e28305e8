//! Reads what changed in the plans' folders and copies the agents' states into the lake, at the start and then by the clock.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tracing::Instrument;

use super::Over;
use crate::entities::agents;
use crate::entities::enums::IngestOrigin;
use crate::error::{Error, Result};
use crate::ingest::{Depot, Looked, Reader, Run, Seen};
use crate::lake::layout;
use crate::store::{IngestOutcome, Store};
use crate::telemetry::{part, watched};

/// Name of the job: one instance does it at a time.
const JOB: &str = "sync";
/// How long the job stays with an instance that says nothing.
const LEASE: Duration = Duration::from_secs(120);
/// How long a file must have been left alone before it is read.
const SETTLED: Duration = Duration::from_secs(2);
/// Name of the snapshots.
const SNAPSHOT: &str = "agent_registry.json";

/// What is done, and how often.
#[derive(Debug)]
pub struct Sync {
    /// What reads.
    pub reader: Reader,
    /// Files and folders that are looked at; none: the agents' states only.
    pub paths: Vec<PathBuf>,
    /// How often.
    pub every: Duration,
}

impl Sync {
    /// Does so until `over`. What one round fails to do the next one does.
    pub async fn run(self, over: Over) {
        let mut seen = Seen::default();
        let mut clock = interval(self.every);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = over.clone() => return,
                _ = clock.tick() => {}
            }
            let look = watched(JOB, Box::pin(self.round(&mut seen, over.clone()))).await;
            if over.peek().is_some() {
                return;
            }
            if let Err(error) = &look {
                metrics::counter!("rpm_sync_failed_total").increment(1);
                tracing::warn!(%error, "a look at the files and the agents failed; the next one comes by the clock");
            }
            let does_something = self.reader.depot.is_some() || !self.paths.is_empty();
            if let (Some(look), true) = (look.as_ref().map(Option::as_ref).transpose(), does_something) {
                super::note_look(&self.reader.store, JOB, look).await;
            }
        }
    }

    /// One round, and what came of it; none where another instance is at it.
    async fn round(&self, seen: &mut Seen, over: Over) -> Result<Option<IngestOutcome>> {
        let Some(lease) = self.reader.store.lease(JOB, LEASE).await? else {
            tracing::debug!("another instance looks at the files");
            return Ok(None);
        };
        let done = tokio::select! {
            done = lease.during(self.work(seen)) => done,
            () = over => Some(Ok(IngestOutcome::default())),
        };
        let Some(done) = done else {
            tracing::warn!("somebody else looks at the files now");
            return Ok(None);
        };
        let released = lease.release().await;
        let outcome = done?;
        released?;
        Ok(Some(outcome))
    }

    async fn work(&self, seen: &mut Seen) -> Result<IngestOutcome> {
        let now = Utc::now();
        let mut outcome = IngestOutcome::default();
        if let Some(depot) = &self.reader.depot {
            snapshot(&self.reader.store, depot, now).instrument(part("snapshot of the agents")).await?;
        }
        if !self.paths.is_empty() {
            let run = Run { reader: &self.reader, origin: IngestOrigin::Schedule, settled: SETTLED };
            let tell = |_, looked: &Looked| {
                if let Looked::Read(report) | Looked::Failed(report) = looked {
                    tracing::info!(path = %report.path, read = report.is_read(), created = report.created, updated = report.updated, unread = report.unread.len(), "a file was read");
                }
                Ok(())
            };
            outcome = run.over(&self.paths, seen, tell).instrument(part("ingest run")).await?;
        } else if let Some(depot) = &self.reader.depot {
            depot.send(now).await?;
        }
        if let Some(depot) = &self.reader.depot {
            let swept = depot.lake().sweep(now).instrument(part("rules of the lake")).await.map_err(Error::internal)?;
            if swept.archived + swept.deleted > 0 {
                tracing::info!(archived = swept.archived, deleted = swept.deleted, "the lake's rules were carried out");
            }
        }
        Ok(outcome)
    }
}

/// Copies what all agents are at into the lake, unless there are none.
async fn snapshot(store: &Store, depot: &Depot, now: DateTime<Utc>) -> Result<()> {
    let agents = store.all_agents().await?;
    if agents.is_empty() {
        return Ok(());
    }
    let agents: serde_json::Map<String, Value> = agents.into_iter().map(described).collect();
    let content = json!({ "last_update": now, "agents": agents });
    let content = serde_json::to_vec_pretty(&content).map_err(Error::internal)?;
    let path = layout::agent_status(now, SNAPSHOT).map_err(Error::internal)?;
    depot.keep(&path, content.into(), "application/json", now).await
}

/// An agent as the registry files write it.
fn described(agent: agents::Model) -> (String, Value) {
    let state = json!({
        "status": agent.status,
        "health_score": agent.health_score,
        "last_heartbeat": agent.last_heartbeat,
        "current_action_id": agent.current_action_id,
        "session_start": agent.session_start,
        "total_actions_completed": agent.total_actions_completed,
        "total_hours_worked": agent.total_hours_worked,
        "error_log": agent.error_log,
        "metadata": agent.metadata,
    });
    (agent.agent_name, state)
}
