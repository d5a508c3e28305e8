//! What resolvers find in their context.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::Context;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::alerts::Ways;
use crate::analytics::{Aged, Answer, Asked, Basis, Table, Warehouse};
use crate::auth::{Permission, Viewer};
use crate::entities::agents;
use crate::entities::enums::AgentState;
use crate::error::{ClientError, Error, Result};
use crate::lake::Lake;
use crate::loaders::Loaders;
use crate::store::{self, Scope, Slice, Store};

/// What the whole server shares.
#[derive(Clone, Debug)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// What the owner has set that changes what the API answers.
    pub basis: Basis,
    /// The data lake, where there is one.
    pub lake: Option<Arc<dyn Lake>>,
    /// Who is asked for the warehouse's tables while the database is slow or away, where there is somebody.
    pub warehouse: Option<Arc<dyn Warehouse>>,
    /// How long the database may take for them.
    pub patience: Duration,
    /// The ways by which alerts go.
    pub alerts: Ways,
    /// The address that browsers reach this server by, where it is known.
    pub public_url: Option<String>,
}

/// Tables that a request got from the warehouse instead of from the database.
#[derive(Clone, Debug, Default)]
pub(super) struct FromWarehouse(Arc<Mutex<Vec<(Table, Aged)>>>);

/// Who is asked for numbers that the warehouse has as well.
pub(super) fn asked<'a>(ctx: &Context<'a>) -> Result<Asked<'a>> {
    let services = ctx.services()?;
    let warehouse = services.warehouse.as_deref();
    Ok(Asked { store: &services.store, basis: &services.basis, warehouse, patience: services.patience })
}

/// What an answer says; where it is from the warehouse, the request's answer will tell.
pub(super) fn told<T>(ctx: &Context<'_>, answer: Answer<T>) -> T {
    if let Some(FromWarehouse(noted)) = ctx.data_opt() {
        noted.lock().unwrap_or_else(PoisonError::into_inner).extend(answer.from_warehouse);
    }
    answer.value
}

impl FromWarehouse {
    /// What the answer's `extensions.warehouse` says; none where all is from the database.
    pub(super) fn told(&self, now: DateTime<Utc>) -> Option<Value> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = noted.iter().map(|(table, age)| {
            let seconds = age.written_at.map(|at| (now - at).num_seconds());
            (table.name().to_owned(), json!({ "writtenAt": age.written_at, "ageSeconds": seconds }))
        });
        (!noted.is_empty()).then(|| told.collect())
    }
}

/// The answer of a field that may be null: an error makes this one field null, and leaves those around it alone. (An `Err` of a
/// `Result<Option<…>>` would take the parent along.)
pub(super) type Nullable<T> = Option<Result<T, Arc<Error>>>;

/// The answer of a nullable field.
pub(super) async fn nullable<T>(answer: impl Future<Output = Result<Option<T>>>) -> Nullable<T> {
    answer.await.map_err(Arc::new).transpose()
}

/// The answer of a mutation: when it fails, the others of its document keep theirs.
pub(super) async fn payload<T>(answer: impl Future<Output = Result<T>>) -> Nullable<T> {
    Some(answer.await.map_err(Arc::new))
}

/// Where the event log stood when the request began; 0 when the request does not ask.
#[derive(Debug)]
pub(super) struct EventPosition(pub Result<i64, Arc<Error>>);

/// Short ways to what is in the context.
pub(super) trait ContextExt<'a> {
    fn services(&self) -> Result<&'a Services>;
    fn viewer(&self) -> Result<&'a Viewer>;
    fn loaders(&self) -> Result<&'a Loaders>;
    fn scope_opt(&self) -> Option<Scope>;

    fn store(&self) -> Result<&'a Store> {
        Ok(&self.services()?.store)
    }

    fn scope(&self) -> Result<Scope> {
        self.scope_opt().ok_or_else(|| Error::internal("no scope in the context"))
    }

    /// The instant it is. The answer holds for a moment only: see [`ContextExt::today`].
    fn now(&self) -> DateTime<Utc> {
        store::good_for_a_moment();
        Utc::now()
    }

    /// Sees to it that the viewer has a permission.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    fn require(&self, permission: Permission) -> Result<()> {
        Ok(permission.require(self.viewer()?.role)?)
    }

    /// The viewer, who has a permission. The answer is nobody else's.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    fn actor(&self, permission: Permission) -> Result<&'a Viewer> {
        store::for_one_only();
        self.require(permission)?;
        self.viewer()
    }

    /// The day it is where the plans are made. The answer holds until it is over.
    fn today(&self) -> Result<NaiveDate> {
        let (basis, now) = (&self.services()?.basis, Utc::now());
        let today = basis.day(now);
        store::good_until(basis.end_of(today));
        Ok(today)
    }

    /// Agents that have not reported since then are offline.
    fn stale_before(&self) -> Result<DateTime<Utc>> {
        Ok(self.now() - self.services()?.basis.agent_stale_after)
    }

    /// An agent as it is shown. The answer holds until it has been silent for too long.
    fn shown(&self, mut agent: agents::Model) -> Result<agents::Model> {
        let silent_from = agent.last_heartbeat + self.services()?.basis.agent_stale_after;
        if silent_from < Utc::now() {
            agent.status = AgentState::Offline;
        } else {
            store::good_until(silent_from);
        }
        Ok(agent)
    }

    fn shown_slice(&self, slice: Slice<agents::Model>) -> Result<Slice<agents::Model>> {
        let rows = slice.rows.into_iter().map(|(cursor, agent)| Ok((cursor, self.shown(agent)?))).collect::<Result<_>>()?;
        Ok(Slice { rows, ..slice })
    }
}

impl<'a> ContextExt<'a> for Context<'a> {
    fn services(&self) -> Result<&'a Services> {
        self.data_opt().ok_or_else(|| Error::internal("no services in the context"))
    }

    fn viewer(&self) -> Result<&'a Viewer> {
        self.data_opt().ok_or_else(|| ClientError::Unauthenticated("Sign in first".to_owned()).into())
    }

    fn loaders(&self) -> Result<&'a Loaders> {
        self.data_opt::<Arc<Loaders>>().map(|loaders| &**loaders).ok_or_else(|| Error::internal("no loaders in the context"))
    }

    fn scope_opt(&self) -> Option<Scope> {
        self.data_opt().copied()
    }
}
