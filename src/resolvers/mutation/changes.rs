//! What is asked to be done to an action, for resolvers and for answers without them.

use async_graphql::{InputType, MaybeUndefined, OutputType};
use chrono::{DateTime, Utc};

use super::check;
use crate::auth::{Permission, Viewer};
use crate::entities::actions;
use crate::error::{ClientError, Result};
use crate::ids::ActionId;
use crate::resolvers::arguments::action_key;
use crate::schema::inputs::{
    BlockActionInput, CancelActionInput, CompleteActionInput, ReassignActionInput, ReopenActionInput, RescheduleActionInput,
    StartActionInput, UnblockActionInput,
};
use crate::schema::payloads::{
    BlockActionPayload, CancelActionPayload, CompleteActionPayload, ReassignActionPayload, ReopenActionPayload,
    RescheduleActionPayload, StartActionPayload, UnblockActionPayload,
};
use crate::schema::scalars;
use crate::store::{ActionChange, ChangeRequest, Store};

/// Which action is meant: its id or its code, and the `updatedAt` that the caller has seen.
pub(in crate::resolvers) type Target = (Option<ActionId>, Option<String>, Option<scalars::DateTime>);

/// The input of a mutation that changes an action.
pub(in crate::resolvers) trait ChangeInput: InputType {
    /// What the caller needs.
    const PERMISSION: Permission;
    /// What the mutation answers.
    type Payload: OutputType + From<actions::Model>;

    /// Which action, and what is to be done to it.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`.
    fn asked(self) -> Result<(Target, ActionChange), ClientError>;
}

/// Has the store make a change.
///
/// # Errors
/// `FORBIDDEN`, `BAD_USER_INPUT`, and those of the store.
pub(in crate::resolvers) async fn change<I: ChangeInput>(
    store: &Store,
    viewer: &Viewer,
    input: I,
    now: DateTime<Utc>,
) -> Result<actions::Model> {
    I::PERMISSION.require(viewer.role)?;
    let ((id, code, expected), change) = input.asked()?;
    let key = action_key(id, code, "input.code")?;
    let request = ChangeRequest { key, change, expected_updated_at: expected.map(|instant| instant.0), now };
    store.change_action(viewer.scope(), &viewer.email, &request).await
}

/// An input, what it needs, what is answered, and the change that is made of what it holds beside its target.
macro_rules! change_inputs {
    ($($input:ident { $($member:ident),* } => $payload:ident, $permission:ident, $change:expr;)+) => {$(
        impl ChangeInput for $input {
            const PERMISSION: Permission = Permission::$permission;
            type Payload = $payload;

            fn asked(self) -> Result<(Target, ActionChange), ClientError> {
                let Self { id, code, expected_updated_at, $($member),* } = self;
                Ok(((id, code, expected_updated_at), $change))
            }
        }
    )+};
}

change_inputs! {
    StartActionInput {} => StartActionPayload, WorkOnActions, ActionChange::Start;
    CompleteActionInput { actual_hours, evidence_path } => CompleteActionPayload, WorkOnActions, ActionChange::Complete {
        actual_hours: check::hours("input.actualHours", actual_hours.map(|hours| hours.0))?,
        evidence_path: check::optional_text("input.evidencePath", evidence_path)?,
    };
    BlockActionInput { blocker_description } => BlockActionPayload, WorkOnActions, ActionChange::Block {
        blocker_description: check::text("input.blockerDescription", blocker_description)?,
    };
    UnblockActionInput {} => UnblockActionPayload, WorkOnActions, ActionChange::Unblock;
    CancelActionInput { reason } => CancelActionPayload, PlanActions, ActionChange::Cancel {
        reason: check::text("input.reason", reason)?,
    };
    ReopenActionInput {} => ReopenActionPayload, PlanActions, ActionChange::Reopen;
    ReassignActionInput { owner } => ReassignActionPayload, PlanActions, ActionChange::Reassign {
        owner: check::owner("input.owner", owner)?,
    };
    RescheduleActionInput { due_date } => RescheduleActionPayload, PlanActions, ActionChange::Reschedule {
        due_date: match due_date {
            MaybeUndefined::Value(due) => Some(due.0),
            MaybeUndefined::Null => None,
            MaybeUndefined::Undefined => {
                return Err(ClientError::input("input.dueDate", "Give `dueDate`; null takes the due time away"));
            }
        },
    };
}
