//! Batched lookups: the only way a relation is read.
//!
//! One loader for a request, bound to the viewer's scope. All the keys of one kind that a level of the query asks for
//! become one statement. A key type names what is looked up by what: [`ActionsOfResult`], `OwnerId`, [`ActionCode`] …

mod drive;
mod forecast;
mod metrics;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};

use drive::Begun;
pub use drive::Driver;
pub use forecast::{ForecastOfWeek, ForecastQuery};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
pub use metrics::{AgentDays, DaysOfAgent, OwnerNamed, ResultSumsOfWeek, StageOwnersOfWeek, StagesOfWeek, SumsOfWeek};
use tracing::Instrument;

use crate::entities::{actions, agents, deliverables, owners, projects, results, songs, weeks};
use crate::error::Error;
use crate::ids::{ActionId, AgentId, DeliverableId, IngestRunId, OwnerId, PeriodId, ProjectId, ResultId, SongId, WeekId};
use crate::store::{ActionQuery, Counts, ResultQuery, Scope, Slice, Store};
use crate::telemetry;

/// Keys in one statement.
const MAX_BATCH: usize = 2000;

/// The loader of a request.
pub type Loaders = DataLoader<Batch, HashMapCache>;

/// Looks keys up in one scope.
#[derive(Debug)]
pub struct Batch {
    store: Store,
    scope: Scope,
}

/// Whether what has been read is used again for another level of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// A request may change what it has read.
    Never,
    /// For requests that change nothing and belong together.
    Always,
}

/// The loader for a request of somebody with this scope, and what runs its batches: see [`Driver`].
#[must_use]
pub fn loaders(store: Store, scope: Scope, reuse: Reuse) -> (Loaders, Driver) {
    let begun = Begun::default();
    let driver = Driver::new(begun.clone());
    // No delay: a batch begins when the level is complete, not after some time.
    let batch = Batch { store, scope };
    // In a trace a batch belongs to the field that asked first.
    let begin = move |batch: BoxFuture<'static, ()>| {
        begun.push(if telemetry::traces() { batch.in_current_span().boxed() } else { batch });
    };
    let loaders = DataLoader::with_cache(batch, begin, HashMapCache::default()).delay(Duration::ZERO).max_batch_size(MAX_BATCH);
    loaders.enable_all_cache(reuse == Reuse::Always);
    (loaders, driver)
}

/// Errors are shared by all who wait for a batch.
pub type BatchResult<K, V> = Result<HashMap<K, V>, Arc<Error>>;

/// An action by its code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionCode(pub String);

/// The actions that wait for the action with a code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DependentsOf(pub String);

/// The owners of an action, in the order written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnersOf(pub ActionId);

/// The spellings of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AliasesOf(pub OwnerId);

/// The agent with a canonical name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AgentName(pub String);

/// The agents that work on an action at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AgentsOn(pub ActionId);

/// The deliverables of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeliverablesOf(pub ActionId);

/// How many actions of a week stand where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountsOfWeek(pub WeekId);

/// How many actions of a result stand where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountsOfResult(pub ResultId);

/// A page of the results of a week.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResultsOfWeek(pub WeekId, pub Arc<ResultQuery>);

/// A page of the actions of a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionsOfResult(pub ResultId, pub Arc<ActionQuery>);

/// A page of the actions of a week.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionsOfWeek(pub WeekId, pub Arc<ActionQuery>);

/// How many results of a week a query lists over all its pages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResultCountOfWeek(pub WeekId, pub Arc<ResultQuery>);

/// How many actions of a week a filter lets through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionCountOfWeek(pub WeekId, pub Arc<ActionQuery>);

/// How many actions of a result a filter lets through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionCountOfResult(pub ResultId, pub Arc<ActionQuery>);

/// Rows under the key that each has.
fn keyed<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, V> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

/// Rows in groups under the key that each has, in the order they came.
fn grouped<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> Option<K>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        if let Some(key) = key(&row) {
            groups.entry(key).or_default().push(row);
        }
    }
    groups
}

/// Rows by their own id.
macro_rules! by_id {
    ($($id:ty => $model:ty, |$batch:ident, $keys:ident| $rows:expr;)+) => {$(
        impl Loader<$id> for Batch {
            type Value = $model;
            type Error = Arc<Error>;

            async fn load(&self, $keys: &[$id]) -> BatchResult<$id, $model> {
                let $batch = self;
                let rows: Vec<$model> = $rows.await?;
                Ok(keyed(rows, |row| row.id))
            }
        }
    )+};
}

by_id! {
    WeekId => weeks::Model, |batch, keys| batch.store.weeks_by_id(batch.scope, keys);
    ResultId => results::Model, |batch, keys| batch.store.results_by_id(batch.scope, keys);
    ActionId => actions::Model, |batch, keys| batch.store.actions_by_id(batch.scope, keys);
    OwnerId => owners::Model, |batch, keys| batch.store.owners_by_id(batch.scope, keys);
    AgentId => agents::Model, |batch, keys| batch.store.agents_by_id(batch.scope, keys);
    DeliverableId => deliverables::Model, |batch, keys| batch.store.deliverables_by_id(batch.scope, keys);
    SongId => songs::Model, |batch, keys| batch.store.songs_by_id(batch.scope, keys);
    PeriodId => crate::entities::periods::Model, |batch, keys| batch.store.periods_by_id(batch.scope, keys);
    IngestRunId => crate::entities::ingest_runs::Model, |batch, keys| batch.store.ingest_runs_by_id(batch.scope, keys);
    ProjectId => projects::Model, |batch, keys| batch.store.projects_by_id(batch.scope, keys);
}

impl Loader<ActionCode> for Batch {
    type Value = actions::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[ActionCode]) -> BatchResult<ActionCode, actions::Model> {
        let codes: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let rows = self.store.actions_by_code(self.scope, &codes).await?;
        Ok(keyed(rows, |row| ActionCode(row.action_code.clone())))
    }
}

impl Loader<DependentsOf> for Batch {
    type Value = Vec<actions::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DependentsOf]) -> BatchResult<DependentsOf, Vec<actions::Model>> {
        let codes: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let rows = self.store.dependents_by_code(self.scope, &codes).await?;
        let waits_for =
            |row: &actions::Model, code: &str| row.dependencies.as_array().is_some_and(|codes| codes.iter().any(|c| c == code));
        Ok(keys.iter().map(|key| (key.clone(), rows.iter().filter(|row| waits_for(row, &key.0)).cloned().collect())).collect())
    }
}

impl Loader<OwnersOf> for Batch {
    type Value = Vec<owners::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[OwnersOf]) -> BatchResult<OwnersOf, Vec<owners::Model>> {
        let actions: Vec<ActionId> = keys.iter().map(|key| key.0).collect();
        let pairs = self.store.owner_ids_by_action(&actions).await?;
        let mut ids: Vec<OwnerId> = pairs.iter().map(|pair| pair.owner_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let owners = keyed(self.store.owners_by_id(self.scope, &ids).await?, |owner| owner.id);
        let mut groups: HashMap<OwnersOf, Vec<owners::Model>> = HashMap::new();
        for pair in pairs {
            if let Some(owner) = owners.get(&pair.owner_id) {
                groups.entry(OwnersOf(pair.action_id)).or_default().push(owner.clone());
            }
        }
        Ok(groups)
    }
}

impl Loader<AliasesOf> for Batch {
    type Value = Vec<String>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[AliasesOf]) -> BatchResult<AliasesOf, Vec<String>> {
        let ids: Vec<OwnerId> = keys.iter().map(|key| key.0).collect();
        let rows = self.store.aliases_by_owner(&ids).await?;
        let groups = grouped(rows, |row| Some(AliasesOf(row.owner_id)));
        Ok(groups.into_iter().map(|(key, rows)| (key, rows.into_iter().map(|row| row.alias).collect())).collect())
    }
}

impl Loader<AgentName> for Batch {
    type Value = agents::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[AgentName]) -> BatchResult<AgentName, agents::Model> {
        let names: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        Ok(keyed(self.store.agents_by_name(self.scope, &names).await?, |row| AgentName(row.agent_name.clone())))
    }
}

impl Loader<AgentsOn> for Batch {
    type Value = Vec<agents::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[AgentsOn]) -> BatchResult<AgentsOn, Vec<agents::Model>> {
        let ids: Vec<ActionId> = keys.iter().map(|key| key.0).collect();
        let rows = self.store.agents_by_current_action(self.scope, &ids).await?;
        Ok(grouped(rows, |row| row.current_action_id.map(AgentsOn)))
    }
}

impl Loader<DeliverablesOf> for Batch {
    type Value = Vec<deliverables::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DeliverablesOf]) -> BatchResult<DeliverablesOf, Vec<deliverables::Model>> {
        let ids: Vec<ActionId> = keys.iter().map(|key| key.0).collect();
        let rows = self.store.deliverables_by_action(self.scope, &ids).await?;
        Ok(grouped(rows, |row| row.action_item_id.map(DeliverablesOf)))
    }
}

impl Loader<CountsOfWeek> for Batch {
    type Value = Counts;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CountsOfWeek]) -> BatchResult<CountsOfWeek, Counts> {
        let ids: Vec<WeekId> = keys.iter().map(|key| key.0).collect();
        let counts = self.store.counts_by_week(self.scope, &ids).await?;
        Ok(counts.into_iter().map(|(week, counts)| (CountsOfWeek(week), counts)).collect())
    }
}

impl Loader<CountsOfResult> for Batch {
    type Value = Counts;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CountsOfResult]) -> BatchResult<CountsOfResult, Counts> {
        let ids: Vec<ResultId> = keys.iter().map(|key| key.0).collect();
        let counts = self.store.counts_by_result(self.scope, &ids).await?;
        Ok(counts.into_iter().map(|(result, counts)| (CountsOfResult(result), counts)).collect())
    }
}

/// Pages and counts of the lists below many parents: one statement for each different query.
macro_rules! by_parent {
    ($($key:ident($parent:ident) => $value:ty, $method:ident;)+) => {$(
        impl Loader<$key> for Batch {
            type Value = $value;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[$key]) -> BatchResult<$key, $value> {
                let mut values = HashMap::new();
                for (query, parents) in by_query(keys.iter().map(|key| (&key.1, key.0.0))) {
                    for (parent, value) in self.store.$method(self.scope, &parents, &query).await? {
                        values.insert($key($parent(parent), Arc::clone(&query)), value);
                    }
                }
                Ok(values)
            }
        }
    )+};
}

by_parent! {
    ResultsOfWeek(WeekId) => Slice<results::Model>, results_by_week;
    ResultCountOfWeek(WeekId) => u64, count_results_by_week;
    ActionsOfWeek(WeekId) => Slice<actions::Model>, actions_by_week;
    ActionCountOfWeek(WeekId) => u64, count_actions_by_week;
    ActionsOfResult(ResultId) => Slice<actions::Model>, actions_by_result;
    ActionCountOfResult(ResultId) => u64, count_actions_by_result;
}

/// The parents of each different query: the fields of one selection all ask the same, two aliases may not.
fn by_query<'a, Q: Eq + Hash + 'a>(keys: impl Iterator<Item = (&'a Arc<Q>, uuid::Uuid)>) -> HashMap<Arc<Q>, Vec<uuid::Uuid>> {
    let mut groups: HashMap<Arc<Q>, Vec<uuid::Uuid>> = HashMap::new();
    for (query, parent) in keys {
        groups.entry(Arc::clone(query)).or_default().push(parent);
    }
    groups
}
