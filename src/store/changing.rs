//! Making a change of an action, and of all that hangs on it.
//!
//! It is two statements: the action is read, and what becomes of it is written by a function of the database (migration 24), which holds the
//! week's lock no longer than that takes, and writes only while the action is what was read. Where another was first it is read again.
//!
//! The second goes over a connection that such changes share, as long as it need not wait for the week; else it waits on one of the pool.
//! Made twice, because the word of the first did not come back, it changes nothing.

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, PostgresQueryBuilder, Query, SimpleExpr, Value};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, IntoActiveModel, QueryTrait, Statement};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::reads::note;
use super::scope::{Scope, Scoped};
use super::transaction::{ATTEMPTS, CONNECTIONS, is_retryable, pause_after};
use super::transitions::conflict;
use super::{ActionChange, ActionKey, Actor, NewEvent, Store, Tx};
use crate::entities::actions;
use crate::entities::enums::{ActionStatus, EventType};
use crate::error::{ClientError, Error, Result, is_broken_off};
use crate::ids::{OwnerId, WeekId};

/// Writes a change: what it takes is said in migration 24. The values come as texts, which every connection takes.
const CHANGE: &str = "SELECT change_action($1::text::jsonb, $2::uuid, $3::text, $4::int, $5::text::numeric, $6::text::jsonb, $7::text, $8::bool) \
                      AS newest";

/// What a change has to know of an action, as JSON. Its version is another one after every change, whoever makes it.
const FOUND: &str = r#"json_build_object(
    'action', to_jsonb("rpm_action_items") || jsonb_build_object(
        'estimated_hours', "rpm_action_items"."estimated_hours"::text, 'actual_hours', "rpm_action_items"."actual_hours"::text),
    'version', "rpm_action_items"."xmin"::text,
    'week', (SELECT weekly_plan_id FROM rpm_results WHERE id = "rpm_action_items"."result_id"),
    'owners', ARRAY(SELECT owner_id FROM action_owners WHERE action_id = "rpm_action_items"."id" ORDER BY position))"#;

/// A change that somebody asks for.
#[derive(Clone, Debug)]
pub struct ChangeRequest {
    /// Which action.
    pub key: ActionKey,
    /// What is to be done to it.
    pub change: ActionChange,
    /// The `updated_at` that the caller has seen; another one is a conflict.
    pub expected_updated_at: Option<DateTime<Utc>>,
    /// The time it is now.
    pub now: DateTime<Utc>,
}

/// An action as it was found.
#[derive(Deserialize)]
struct Found {
    action: actions::Model,
    version: String,
    week: WeekId,
    owners: Vec<OwnerId>,
}

impl Store {
    /// Makes a change to an action and all that hangs on it, and returns the action as it is then.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such action in scope; `CONFLICT` when its state does not allow the change, it has
    /// changed since `expected_updated_at`, or others change it all the time.
    pub async fn change_action(&self, scope: Scope, actor: &Actor, request: &ChangeRequest) -> Result<actions::Model> {
        if matches!(request.change, ActionChange::Reassign { .. }) {
            return self.transaction(actor, request, move |request, tx| reassign(tx, scope, request).boxed()).await;
        }
        let mut attempt = 1;
        loop {
            let found = Found::read(self.db.text(Found::select(scope, &request.key, None)).await?, &request.key)?;
            let Some(next) = found.after(request)? else { return Ok(found.action) };
            match self.write(&found.values(request, &next, actor)).await {
                Ok(Some(newest)) => {
                    self.has_committed(newest);
                    return Ok(next);
                }
                Ok(None) if attempt < ATTEMPTS => {}
                Ok(None) => return Err(conflict(&found.action, "is being changed by others all the time").into()),
                Err(Error::Database(error))
                    if (attempt < ATTEMPTS && is_retryable(&error)) || (attempt < CONNECTIONS && is_broken_off(&error)) =>
                {
                    self.db.line.failed(&error);
                    tracing::debug!(attempt, %error, "change tried again");
                    pause_after(attempt).await;
                }
                Err(error) => return Err(error),
            }
            attempt += 1;
        }
    }

    /// The position of the event that the change has left; None where the action was another than what was found.
    async fn write(&self, values: &[Value; 7]) -> Result<Option<i64>> {
        let with = |may_wait: bool| values.iter().cloned().chain([may_wait.into()]).collect::<Vec<_>>();
        match self.db.shared_write(CHANGE, &with(false)).await {
            Ok(Some(row)) => {
                self.changes.note(note(CHANGE));
                return Ok(row.get(0));
            }
            Ok(None) => {}
            // Whatever it was: should it be the change's own fault, it is said again.
            Err(error) => tracing::debug!(%error, "a change goes through the pool"),
        }
        let row = self.db.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, CHANGE, with(true))).await?;
        Ok(row.map(|row| row.try_get("", "newest")).transpose()?.flatten())
    }
}

/// Gives an action other owners, who may have to be made first.
async fn reassign(tx: &mut Tx, scope: Scope, request: &ChangeRequest) -> Result<actions::Model> {
    tx.lock_week_of_action(&request.key).await?;
    let row = tx.db.query_one_raw(Found::select(scope, &request.key, Some(LockType::NoKeyUpdate))).await?;
    let found = Found::read(row.map(|row| row.try_get_by_index(0)).transpose()?.flatten(), &request.key)?;
    let Some(next) = found.after(request)? else { return Ok(found.action) };
    let action = next.into_active_model().reset_all().update(&tx.db).await?;
    let owners = tx.set_owners(action.id, action.owner.as_deref()).await?;
    tx.emit(found.event(request, &action, &owners));
    Ok(action)
}

impl Found {
    fn select(scope: Scope, key: &ActionKey, lock: Option<LockType>) -> Statement {
        let mut found = key.filter(actions::Entity::visible(scope)).into_query();
        found.clear_selects().expr(Expr::cust(FOUND));
        if let Some(lock) = lock {
            found.lock(lock);
        }
        let text = SimpleExpr::SubQuery(None, Box::new(found.into()));
        let (sql, values) = Query::select().expr(text.cast_as("text")).build(PostgresQueryBuilder);
        Statement { sql, values: Some(values), db_backend: DbBackend::Postgres }
    }

    fn read(text: Option<String>, key: &ActionKey) -> Result<Self> {
        let text = text.ok_or_else(|| ClientError::not_found("action", key))?;
        serde_json::from_str(&text).map_err(Error::internal)
    }

    /// The action as the change makes it; None where it is so already.
    fn after(&self, request: &ChangeRequest) -> Result<Option<actions::Model>, ClientError> {
        let next = request.change.apply(&self.action, request.now.trunc_subsecs(6))?;
        let expected = request.expected_updated_at.map(|instant| instant.trunc_subsecs(6));
        if next.is_some() && expected.is_some_and(|expected| expected != self.action.updated_at) {
            return Err(conflict(&self.action, "has changed since you read it"));
        }
        Ok(next)
    }

    /// What [`CHANGE`] takes, but for the last.
    fn values(&self, request: &ChangeRequest, next: &actions::Model, actor: &Actor) -> [Value; 7] {
        let row = json!({
            "id": next.id,
            "result_id": next.result_id,
            "status": next.status.as_str(),
            "owner": next.owner,
            "due_date": next.due_date,
            "started_at": next.started_at,
            "completion_date": next.completion_date,
            "actual_hours": next.actual_hours,
            "evidence_path": next.evidence_path,
            "blocker_description": next.blocker_description,
            "updated_at": next.updated_at,
        });
        let is_completed = |action: &actions::Model| action.status == ActionStatus::Completed;
        let (credit, hours) = match (is_completed(&self.action), is_completed(next)) {
            (false, true) => (1, next.actual_hours.unwrap_or_default()),
            (true, false) => (-1, -self.action.actual_hours.unwrap_or_default()),
            _ => (0, Decimal::ZERO),
        };
        let events = Json::Array(vec![self.event(request, next, &self.owners).to_json()]);
        [
            row.to_string().into(),
            self.week.0.into(),
            self.version.as_str().into(),
            credit.into(),
            hours.to_string().into(),
            events.to_string().into(),
            actor.into(),
        ]
    }

    fn event(&self, request: &ChangeRequest, next: &actions::Model, owners: &[OwnerId]) -> NewEvent {
        let mut event = action_event(request.change.event_type(), request.change.name(), next, owners);
        event.week_id = Some(self.week);
        event.payload["previousStatus"] = self.action.status.as_str().into();
        if let ActionChange::Cancel { reason } = &request.change {
            event.payload["reason"] = reason.as_str().into();
        }
        event
    }
}

/// An event that tells of an action; the week is the caller's to add.
#[must_use]
pub(super) fn action_event(event_type: EventType, change: &str, action: &actions::Model, owners: &[OwnerId]) -> NewEvent {
    let mut payload = json!({ "change": change, "code": action.action_code, "status": action.status.as_str() });
    // The row forgets it when it is freed; the audit log keeps it.
    if let (EventType::ActionBlocked, Some(reason)) = (event_type, &action.blocker_description) {
        payload["blockerDescription"] = reason.as_str().into();
    }
    NewEvent {
        result_id: Some(action.result_id),
        action_id: Some(action.id),
        owner_ids: owners.iter().map(|id| id.0).collect(),
        payload,
        ..NewEvent::new(event_type)
    }
}
