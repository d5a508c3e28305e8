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
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, QueryFilter, Select};
use serde_json::{Value as Json, json};

use crate::entities::actions;
use crate::entities::enums::{ActionStatus, EventType};
use crate::error::{ClientError, Result};
use crate::ids::ActionId;

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
    pub(super) const fn name(&self) -> &'static str {
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

    pub(super) const fn event_type(&self) -> EventType {
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
    pub(super) fn apply(&self, row: &actions::Model, now: DateTime<Utc>) -> Result<Option<actions::Model>, ClientError> {
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
            (Self::Reschedule { due_date }, _) => next.due_date = due_date.map(|due| due.trunc_subsecs(6)),
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

pub(super) fn conflict(row: &actions::Model, why: &str) -> ClientError {
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
