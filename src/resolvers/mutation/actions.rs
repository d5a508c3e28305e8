//! What is done to actions.

use async_graphql::{Context, MaybeUndefined, Object};

use super::check;
use crate::auth::Permission;
use crate::entities::actions;
use crate::error::{ClientError, Result};
use crate::ids::ActionId;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::action_key;
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::schema::inputs::{
    BlockActionInput, CancelActionInput, CompleteActionInput, CreateActionInput, ReassignActionInput, ReopenActionInput,
    RescheduleActionInput, StartActionInput, UnblockActionInput,
};
use crate::schema::payloads::{
    BlockActionPayload, CancelActionPayload, CompleteActionPayload, CreateActionPayload, ReassignActionPayload,
    ReopenActionPayload, RescheduleActionPayload, StartActionPayload, UnblockActionPayload,
};
use crate::schema::scalars::DateTime;
use crate::store::{ActionChange, ChangeRequest, NewAction};

/// The most dependencies of one action.
const MAX_DEPENDENCIES: usize = 100;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ActionMutation;

/// Asks the store for a change of an action.
async fn change(
    ctx: &Context<'_>,
    permission: Permission,
    (id, code, expected): (Option<ActionId>, Option<String>, Option<DateTime>),
    change: ActionChange,
) -> Result<actions::Model> {
    let viewer = ctx.actor(permission)?;
    let request = ChangeRequest {
        key: action_key(id, code, "input.code")?,
        change,
        expected_updated_at: expected.map(|instant| instant.0),
        now: ctx.now(),
    };
    ctx.store()?.change_action(viewer.scope(), &viewer.email, &request).await
}

#[Object]
impl ActionMutation {
    /// Begins an action. One that has begun stays as it is. CONFLICT when it is blocked, completed or cancelled.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn start_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action.")] input: StartActionInput,
    ) -> Nullable<StartActionPayload> {
        payload(async {
            let StartActionInput { id, code, expected_updated_at } = input;
            Ok(change(ctx, Permission::WorkOnActions, (id, code, expected_updated_at), ActionChange::Start).await?.into())
        })
        .await
    }

    /// Completes an action. The same call again changes nothing; CONFLICT when it is blocked or cancelled, or completed with other
    /// hours or evidence.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn complete_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and how it went.")] input: CompleteActionInput,
    ) -> Nullable<CompleteActionPayload> {
        payload(async {
            let CompleteActionInput { id, code, actual_hours, evidence_path, expected_updated_at } = input;
            let complete = ActionChange::Complete {
                actual_hours: check::hours("input.actualHours", actual_hours.map(|hours| hours.0))?,
                evidence_path: check::optional_text("input.evidencePath", evidence_path)?,
            };
            Ok(change(ctx, Permission::WorkOnActions, (id, code, expected_updated_at), complete).await?.into())
        })
        .await
    }

    /// Blocks an action, or changes what blocks it. CONFLICT when it is completed or cancelled.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn block_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and what holds it up.")] input: BlockActionInput,
    ) -> Nullable<BlockActionPayload> {
        payload(async {
            let BlockActionInput { id, code, blocker_description, expected_updated_at } = input;
            let block =
                ActionChange::Block { blocker_description: check::text("input.blockerDescription", blocker_description)? };
            Ok(change(ctx, Permission::WorkOnActions, (id, code, expected_updated_at), block).await?.into())
        })
        .await
    }

    /// Unblocks an action. One that is not blocked stays as it is. CONFLICT when it is completed or cancelled.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn unblock_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action.")] input: UnblockActionInput,
    ) -> Nullable<UnblockActionPayload> {
        payload(async {
            let UnblockActionInput { id, code, expected_updated_at } = input;
            Ok(change(ctx, Permission::WorkOnActions, (id, code, expected_updated_at), ActionChange::Unblock).await?.into())
        })
        .await
    }

    /// Cancels an action that will not be done. One that is cancelled stays as it is; CONFLICT when it is completed.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn cancel_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and why.")] input: CancelActionInput,
    ) -> Nullable<CancelActionPayload> {
        payload(async {
            let CancelActionInput { id, code, reason, expected_updated_at } = input;
            let cancel = ActionChange::Cancel { reason: check::text("input.reason", reason)? };
            Ok(change(ctx, Permission::PlanActions, (id, code, expected_updated_at), cancel).await?.into())
        })
        .await
    }

    /// Reopens a completed or cancelled action. One that is open stays as it is.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn reopen_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action.")] input: ReopenActionInput,
    ) -> Nullable<ReopenActionPayload> {
        payload(async {
            let ReopenActionInput { id, code, expected_updated_at } = input;
            Ok(change(ctx, Permission::PlanActions, (id, code, expected_updated_at), ActionChange::Reopen).await?.into())
        })
        .await
    }

    /// Gives an action other owners.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn reassign_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and whose it is to be.")] input: ReassignActionInput,
    ) -> Nullable<ReassignActionPayload> {
        payload(async {
            let ReassignActionInput { id, code, owner, expected_updated_at } = input;
            let reassign = ActionChange::Reassign { owner: check::owner("input.owner", owner)? };
            Ok(change(ctx, Permission::PlanActions, (id, code, expected_updated_at), reassign).await?.into())
        })
        .await
    }

    /// Gives an action another due time, or none.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn reschedule_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and when it is to be due.")] input: RescheduleActionInput,
    ) -> Nullable<RescheduleActionPayload> {
        payload(async {
            let RescheduleActionInput { id, code, due_date, expected_updated_at } = input;
            let due_date = match due_date {
                MaybeUndefined::Value(due) => Some(due.0),
                MaybeUndefined::Null => None,
                MaybeUndefined::Undefined => {
                    return Err(ClientError::input("input.dueDate", "Give `dueDate`; null takes the due time away").into());
                }
            };
            let reschedule = ActionChange::Reschedule { due_date };
            Ok(change(ctx, Permission::PlanActions, (id, code, expected_updated_at), reschedule).await?.into())
        })
        .await
    }

    /// Adds an action to a result. The same call again gives the same action; CONFLICT when another action has the code.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn create_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The action.")] input: CreateActionInput,
    ) -> Nullable<CreateActionPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::PlanActions)?;
            if input.dependency_codes.len() > MAX_DEPENDENCIES {
                return Err(
                    ClientError::input("input.dependencyCodes", format!("At most {MAX_DEPENDENCIES} dependencies")).into()
                );
            }
            let dependencies = input
                .dependency_codes
                .into_iter()
                .map(|code| check::code("input.dependencyCodes", code))
                .collect::<Result<Vec<_>, _>>()?;
            let new = NewAction {
                result_id: input.result_id,
                code: check::code("input.code", input.code)?,
                text: check::text("input.text", input.text)?,
                description: check::optional_text("input.description", input.description)?,
                owner: input.owner.map(|owner| check::owner("input.owner", owner)).transpose()?,
                due_date: input.due_date.map(|due| due.0),
                funnel_stage: input.funnel_stage.into(),
                estimated_hours: check::hours("input.estimatedHours", input.estimated_hours.map(|hours| hours.0))?,
                dependencies,
                verification_criteria: check::optional_text("input.verificationCriteria", input.verification_criteria)?,
            };
            Ok(ctx.store()?.create_action(viewer.scope(), &viewer.email, &new, ctx.now()).await?.into())
        })
        .await
    }
}
