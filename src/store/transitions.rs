//! What people and agents do to an action, as one state machine.
//!
//! ```text
//! PENDING ──start──▶ IN_PROGRESS ──complete──▶ COMPLETED
//!    │  └───────────────complete──────────────────▲ │
//!    └──block──▶ BLOCKED ◀──block── IN_PROGRESS    │ └──reopen──▶ where it was before (begun or not)
//!                   └──unblock──▶ where it was before (begun or not)
//! ```
//!
//! Whatever is open can be cancelled, by a person or by its plan. It is CANCELLED then until it is reopened, which takes it back to where it
//! was, begun or not, or its plan takes it up again. What was done is not cancelled: it would have to be reopened first.
//!
//! A change that has already been made succeeds and changes nothing. One that the state does not allow is a conflict.

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};
use serde_json::{Value as Json, json};

use super::scope::{Scope, Scoped};
use super::{Actor, NewEvent, Store, Tx};
use crate::entities::actions;
use crate::entities::enums::{ActionStatus, EventType};
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, OwnerId};

/// Which action is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionKey {
    /// By id.
    Id(ActionId),
    /// By code (`ARCH-BOOT-001c`).
    Code(String),
}

impl ActionKey {
    pub(super) fn filter(&self, select: Select<actions::Entity>) -> Select<actions::Entity> {
        match self {
            Self::Id(id) => select.filter(actions::Column::Id.eq(*id)),
            Self::Code(code) => select.filter(actions::Column::ActionCode.eq(code)),
        }
    }
}

impl std::fmt::Display for ActionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Code(code) => code.fmt(f),
        }
    }
}

/// What is done to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionChange {
    /// Work begins.
    Start,
    /// Work is done; hours and evidence that are absent stay as they are.
    Complete {
        /// Hours it took.
        actual_hours: Option<Decimal>,
        /// Where the evidence lies.
        evidence_path: Option<String>,
    },
    /// Work is held up.
    Block {
        /// By what.
        blocker_description: String,
    },
    /// The hold-up is over.
    Unblock,
    /// It will not be done.
    Cancel {
        /// Why; the audit log keeps it.
        reason: String,
    },
    /// It was not done after all, or is to be done after all.
    Reopen,
    /// Somebody else owns it.
    Reassign {
        /// The new owners as text (`Artifacts + QA`).
        owner: String,
    },
    /// It is due at another time, or at none.
    Reschedule {
        /// The new due time.
        due_date: Option<DateTime<Utc>>,
    },
}

impl ActionChange {
    /// The word for it in events.
    const fn name(&self) -> &'static str {
        match self {
            Self::Start => "STARTED",
            Self::Complete { .. } => "COMPLETED",
            Self::Block { .. } => "BLOCKED",
            Self::Unblock => "UNBLOCKED",
            Self::Cancel { .. } => "CANCELLED",
            Self::Reopen => "REOPENED",
            Self::Reassign { .. } => "REASSIGNED",
            Self::Reschedule { .. } => "RESCHEDULED",
        }
    }

    const fn event_type(&self) -> EventType {
        match self {
            Self::Complete { .. } => EventType::ActionCompleted,
            Self::Block { .. } => EventType::ActionBlocked,
            _ => EventType::ActionUpdated,
        }
    }

    /// The row after the change; `None` when it is so already.
    ///
    /// # Errors
    /// `CONFLICT` when the row's state does not allow the change.
    fn apply(&self, row: &actions::Model, now: DateTime<Utc>) -> Result<Option<actions::Model>, ClientError> {
        use ActionStatus::{Blocked, Cancelled, Completed, InProgress, Pending};
        let mut next = row.clone();
        match (self, row.status) {
            (Self::Start | Self::Complete { .. } | Self::Block { .. } | Self::Unblock, Cancelled) => {
                return Err(conflict(row, "is cancelled; reopen it first"));
            }
            (Self::Start, Pending) => {
                next.status = InProgress;
                next.started_at = row.started_at.or(Some(now));
            }
            (Self::Start, Blocked) => return Err(conflict(row, "is blocked; unblock it first")),
            (Self::Start, Completed) => return Err(conflict(row, "is completed; reopen it first")),
            (Self::Complete { .. }, Blocked) => return Err(conflict(row, "is blocked; unblock it first")),
            (Self::Complete { actual_hours, evidence_path }, Completed) => {
                let same = actual_hours.is_none_or(|hours| row.actual_hours == Some(hours))
                    && evidence_path.as_ref().is_none_or(|path| row.evidence_path.as_ref() == Some(path));
                if !same {
                    return Err(conflict(row, "is completed already, with other hours or evidence"));
                }
            }
            (Self::Complete { actual_hours, evidence_path }, Pending | InProgress) => {
                next.status = Completed;
                next.completion_date = Some(now);
                next.actual_hours = actual_hours.or(row.actual_hours);
                next.evidence_path = evidence_path.clone().or_else(|| row.evidence_path.clone());
                // A blocker noted on an action that was never blocked is over too.
                next.blocker_description = None;
            }
            (Self::Block { .. }, Completed) => return Err(conflict(row, "is completed; reopen it first")),
            (Self::Block { blocker_description }, _) => {
                next.status = Blocked;
                next.blocker_description = Some(blocker_description.clone());
            }
            (Self::Unblock, Blocked) => {
                next.status = if row.started_at.is_some() { InProgress } else { Pending };
                next.blocker_description = None;
            }
            (Self::Unblock, Completed) => return Err(conflict(row, "is completed, not blocked")),
            (Self::Cancel { .. }, Completed) => return Err(conflict(row, "is completed; reopen it first")),
            (Self::Cancel { .. }, Pending | InProgress | Blocked) => {
                next.status = Cancelled;
                if row.status == Blocked {
                    next.blocker_description = None;
                }
            }
            (Self::Reopen, Completed | Cancelled) => {
                next.status = if row.started_at.is_some() { InProgress } else { Pending };
                next.completion_date = None;
            }
            (Self::Reassign { owner }, _) => next.owner = Some(owner.clone()),
            (Self::Reschedule { due_date }, _) => next.due_date = *due_date,
            (Self::Start, InProgress)
            | (Self::Unblock | Self::Reopen, Pending | InProgress)
            | (Self::Reopen, Blocked)
            | (Self::Cancel { .. }, Cancelled) => {}
        }
        if next == *row {
            return Ok(None);
        }
        next.updated_at = now;
        Ok(Some(next))
    }
}

fn conflict(row: &actions::Model, why: &str) -> ClientError {
    ClientError::Conflict { message: format!("{} {why}", row.action_code), current: snapshot(row) }
}

/// The row as a conflict shows it.
pub(super) fn snapshot(row: &actions::Model) -> Json {
    json!({
        "id": row.id,
        "code": row.action_code,
        "status": row.status.as_str().to_uppercase(),
        "owner": row.owner,
        "dueDate": row.due_date,
        "completionDate": row.completion_date,
        "actualHours": row.actual_hours,
        "evidencePath": row.evidence_path,
        "blockerDescription": row.blocker_description,
        "updatedAt": row.updated_at,
    })
}

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

impl Store {
    /// Makes a change to an action and all that hangs on it, and returns the action as it is then.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such action in scope; `CONFLICT` when its state does not allow the change or it has
    /// changed since `expected_updated_at`.
    pub async fn change_action(&self, scope: Scope, actor: &Actor, request: &ChangeRequest) -> Result<actions::Model> {
        self.transaction(actor, request, move |request, tx| change_action(tx, scope, request).boxed()).await
    }
}

async fn change_action(tx: &mut Tx, scope: Scope, request: &ChangeRequest) -> Result<actions::Model> {
    let missing = || ClientError::not_found("action", &request.key);
    let week = tx.lock_week_of_action(&request.key).await?.ok_or_else(missing)?;
    let visible = request.key.filter(actions::Entity::visible(scope));
    let row = visible.lock(LockType::NoKeyUpdate).one(&tx.db).await?.ok_or_else(missing)?;
    let Some(next) = request.change.apply(&row, request.now.trunc_subsecs(6))? else {
        return Ok(row);
    };
    if request.expected_updated_at.is_some_and(|expected| expected.trunc_subsecs(6) != row.updated_at) {
        return Err(conflict(&row, "has changed since you read it").into());
    }
    let action = next.into_active_model().reset_all().update(&tx.db).await?;
    let owner_ids = match &request.change {
        ActionChange::Reassign { owner } => tx.set_owners(action.id, Some(owner)).await?,
        _ => tx.owner_ids(action.id).await?,
    };
    let completed = |row: &actions::Model| row.status == ActionStatus::Completed;
    if completed(&action) != completed(&row) {
        let (hours, sign) = if completed(&action) { (action.actual_hours, 1) } else { (row.actual_hours, -1) };
        tx.credit_agents(&action, hours.unwrap_or_default(), sign).await?;
    }
    tx.roll_up(&[action.result_id], week).await?;
    let mut event = action_event(request.change.event_type(), request.change.name(), &action, &owner_ids);
    event.week_id = Some(week);
    event.payload["previousStatus"] = row.status.as_str().into();
    if let ActionChange::Cancel { reason } = &request.change {
        event.payload["reason"] = reason.as_str().into();
    }
    tx.emit(event);
    Ok(action)
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
