//! Lookups of what metrics are made of.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::Loader;
use chrono::{NaiveDate, Utc};
use chrono_tz::Tz;

use super::{Batch, BatchResult, by_query, grouped};
use crate::error::Error;
use crate::ids::{AgentId, OwnerId, WeekId};
use crate::store::{self, ActionSums, AgentDay, ResultSums, StageOwner, StageSums};

/// The owner whom a name means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OwnerNamed(pub Arc<str>);

/// The actions of a week in sums; whose part is told apart is the principal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SumsOfWeek(pub WeekId, pub Option<OwnerId>);

/// The results of a week in sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultSumsOfWeek(pub WeekId);

/// The funnel stages of a week in sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StagesOfWeek(pub WeekId);

/// Who has open work in the funnel stages of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StageOwnersOfWeek(pub WeekId);

/// Some days of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DaysOfAgent(pub AgentId, pub Arc<AgentDays>);

/// Which days, and how long a heartbeat tells how its agent is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AgentDays {
    /// The first and the last.
    pub days: (NaiveDate, NaiveDate),
    /// The zone they are days of.
    pub zone: Tz,
    /// How long.
    pub stale_after: Duration,
}

impl Loader<OwnerNamed> for Batch {
    type Value = OwnerId;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[OwnerNamed]) -> BatchResult<OwnerNamed, OwnerId> {
        // One name is asked for, the principal's; whom it means is no secret of a scope.
        let mut owners = HashMap::new();
        for key in keys {
            if let Some(id) = self.store.owner_ids_by_name(&[key.0.to_string()]).await?.first() {
                owners.insert(key.clone(), *id);
            }
        }
        Ok(owners)
    }
}

impl Loader<SumsOfWeek> for Batch {
    type Value = ActionSums;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[SumsOfWeek]) -> BatchResult<SumsOfWeek, ActionSums> {
        let mut sums = HashMap::new();
        for (principal, weeks) in grouped(keys.to_vec(), |key| Some(key.1)) {
            let weeks: Vec<WeekId> = weeks.iter().map(|key| key.0).collect();
            let rows = self.store.action_sums_by_week(self.scope, &weeks, principal).await?;
            sums.extend(rows.into_iter().map(|(week, row)| (SumsOfWeek(week, principal), row)));
        }
        Ok(sums)
    }
}

/// Sums of many weeks, some rows for each.
macro_rules! sums_by_week {
    ($($key:ident => $value:ty, $method:ident;)+) => {$(
        impl Loader<$key> for Batch {
            type Value = Vec<$value>;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[$key]) -> BatchResult<$key, Vec<$value>> {
                let weeks: Vec<WeekId> = keys.iter().map(|key| key.0).collect();
                Ok(grouped(self.store.$method(self.scope, &weeks).await?, |row| Some($key(row.week_id))))
            }
        }
    )+};
}

sums_by_week! {
    ResultSumsOfWeek => ResultSums, result_sums_by_week;
    StagesOfWeek => StageSums, stage_sums_by_week;
    StageOwnersOfWeek => StageOwner, stage_owners_by_week;
}

/// The most days in a batch of agents' histories: agents are few.
const MAX_AGENT_DAYS: u32 = 1_000_000;

impl Loader<DaysOfAgent> for Batch {
    type Value = Vec<AgentDay>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DaysOfAgent]) -> BatchResult<DaysOfAgent, Vec<AgentDay>> {
        let mut values = HashMap::new();
        for (query, agents) in by_query(keys.iter().map(|key| (&key.1, key.0.0))) {
            let agents: Vec<AgentId> = agents.into_iter().map(AgentId).collect();
            // A heartbeat counts for as long as it lasts.
            store::good_for_a_moment();
            let stale = query.stale_after.as_secs_f64();
            let days = self
                .store
                .agent_days(self.scope, Some(&agents), query.days, query.zone, stale, Utc::now(), MAX_AGENT_DAYS)
                .await?;
            values.extend(grouped(days, |day| Some(DaysOfAgent(day.agent_id, Arc::clone(&query)))));
        }
        Ok(values)
    }
}
