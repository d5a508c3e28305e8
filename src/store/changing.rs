//! Making a change of an action, and of all that hangs on it.
//!
//! At once, it is two statements: the action is read, and what becomes of it is written by a function of the database (migration 28), together
//! with the changes of others (`together`), if the action is still what was read. They go over connections that others share, so the second waits
//! for nobody: 50 ms for a lock, and not at all for the week's. Where somebody is at work there, was first, or has to be made first (an owner), it
//! is a transaction that waits in line.
//!
//! What was written and its word got lost is found to be so already.

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, IntoActiveModel, Statement};
use serde::Serialize;
use serde_json::json;

use super::events::SignedEvent;
use super::found::Found;
use super::scope::Scope;
use super::together::{self, CHANGE};
use super::transitions::conflict;
use super::{ActionChange, ActionKey, Actor, NewEvent, Store, Tx};
use crate::entities::actions;
use crate::entities::enums::{ActionStatus, EventType};
use crate::error::{ClientError, Error, Result};
use crate::ids::{ActionId, OwnerId, WeekId};

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

/// What is written of a change.
#[derive(Serialize)]
struct Change<'a> {
    id: ActionId,
    week_id: WeekId,
    version: &'a str,
    status: ActionStatus,
    owner: Option<&'a str>,
    due_date: Option<String>,
    started_at: Option<String>,
    completion_date: Option<String>,
    actual_hours: Option<Decimal>,
    evidence_path: Option<&'a str>,
    blocker_description: Option<&'a str>,
    updated_at: String,
    credit: i32,
    credited_hours: Decimal,
    event: &'a SignedEvent,
}

impl Store {
    /// Makes a change to an action and all that hangs on it, and returns the action as it is then.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such action in scope; `CONFLICT` when its state does not allow the change or it has
    /// changed since `expected_updated_at`.
    pub async fn change_action(&self, scope: Scope, actor: &Actor, request: &ChangeRequest) -> Result<actions::Model> {
        let makes_owners = matches!(request.change, ActionChange::Reassign { .. });
        if !makes_owners && let Some(action) = self.change_at_once(scope, actor, request).boxed().await? {
            return Ok(action);
        }
        let input = (request, actor);
        self.transaction(actor, &input, move |(request, actor), tx| change_in_line(tx, scope, actor, request).boxed())
            .boxed()
            .await
    }

    /// The action as it is then; none where that takes a transaction.
    async fn change_at_once(&self, scope: Scope, actor: &Actor, request: &ChangeRequest) -> Result<Option<actions::Model>> {
        if !self.db.shares_writes() {
            return Ok(None);
        }
        let found = Found::read(&self.db, scope, &request.key).await?;
        let Some(next) = found.after(request)? else { return Ok(Some(found.action)) };
        let event = found.event(request, &next, &found.owners()).signed(actor);
        let change = found.change(&next, &event);
        let is_made = self.change_together(next.id, change, event).await;
        Ok(is_made.then_some(next))
    }
}

async fn change_in_line(tx: &mut Tx, scope: Scope, actor: &Actor, request: &ChangeRequest) -> Result<actions::Model> {
    tx.lock_week_of_action(&request.key).await?;
    let found = Found::locked(tx, scope, &request.key).await?;
    let Some(next) = found.after(request)? else { return Ok(found.action) };
    if matches!(request.change, ActionChange::Reassign { .. }) {
        let action = next.into_active_model().reset_all().update(&tx.db).await?;
        let owners = tx.set_owners(action.id, action.owner.as_deref()).await?;
        tx.emit(found.event(request, &action, &owners));
        return Ok(action);
    }
    let event = found.event(request, &next, &found.owners()).signed(actor);
    let change = found.change(&next, &event);
    let values = together::values([change.as_str()], true);
    let change = Statement::from_sql_and_values(DbBackend::Postgres, CHANGE, values);
    let events = tx.db.query_one_raw(change).await?.map(|row| row.try_get::<Option<String>>("", "events")).transpose()?.flatten();
    let newest = together::left(events.as_deref()).last().map(|event| event.position);
    tx.has_left(newest.ok_or_else(|| Error::internal("a row that is locked has changed"))?);
    Ok(next)
}

impl Found {
    /// The action as the change makes it; None where it is so already.
    fn after(&self, request: &ChangeRequest) -> Result<Option<actions::Model>, ClientError> {
        let next = request.change.apply(&self.action, request.now.trunc_subsecs(6))?;
        let expected = request.expected_updated_at.map(|instant| instant.trunc_subsecs(6));
        if next.is_some() && expected.is_some_and(|expected| expected != self.action.updated_at) {
            return Err(conflict(&self.action, "has changed since you read it"));
        }
        Ok(next)
    }

    /// The change as [`CHANGE`] takes it.
    fn change(&self, next: &actions::Model, event: &SignedEvent) -> String {
        let is_completed = |action: &actions::Model| action.status == ActionStatus::Completed;
        let (credit, credited_hours) = match (is_completed(&self.action), is_completed(next)) {
            (false, true) => (1, next.actual_hours.unwrap_or_default()),
            (true, false) => (-1, -self.action.actual_hours.unwrap_or_default()),
            _ => (0, Decimal::ZERO),
        };
        let change = Change {
            id: next.id,
            week_id: self.week,
            version: &self.version,
            status: next.status,
            owner: next.owner.as_deref(),
            due_date: next.due_date.map(instant),
            started_at: next.started_at.map(instant),
            completion_date: next.completion_date.map(instant),
            actual_hours: next.actual_hours,
            evidence_path: next.evidence_path.as_deref(),
            blocker_description: next.blocker_description.as_deref(),
            updated_at: instant(next.updated_at),
            credit,
            credited_hours,
            event,
        };
        // Nothing of it can fail to be written.
        serde_json::to_string(&change).unwrap_or_default()
    }

    /// What is told of the change.
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

/// An instant as PostgreSQL reads it, in whatever year.
fn instant(at: DateTime<Utc>) -> String {
    let rest = || at.format("-%m-%dT%H:%M:%S%.6fZ");
    match at.year() {
        1..=9999 => at.to_rfc3339_opts(SecondsFormat::Micros, true),
        year @ 10_000.. => format!("{year}{}", rest()),
        year => format!("{:04}{} BC", 1 - year, rest()),
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
