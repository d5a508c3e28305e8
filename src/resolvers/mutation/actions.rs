//! What is done to actions.

use async_graphql::{Context, Object};

use super::changes::{ChangeInput, change};
use super::check;
use crate::auth::Permission;
use crate::error::{ClientError, Result};
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::schema::inputs::{
    BlockActionInput, CancelActionInput, CompleteActionInput, CreateActionInput, ReassignActionInput, ReopenActionInput,
    RescheduleActionInput, StartActionInput, UnblockActionInput,
};
use crate::schema::payloads::{
    BlockActionPayload, CancelActionPayload, CompleteActionPayload, CreateActionPayload, ReassignActionPayload,
    ReopenActionPayload, RescheduleActionPayload, StartActionPayload, UnblockActionPayload,
};
use crate::store::NewAction;

/// The most dependencies of one action.
const MAX_DEPENDENCIES: usize = 100;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ActionMutation;

/// Has a change made.
async fn changed<I: ChangeInput>(ctx: &Context<'_>, input: I) -> Nullable<I::Payload> {
    let change = async { Ok(change(ctx.store()?, ctx.viewer()?, input, ctx.now()).await?.into()) };
    payload(change).await
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
        changed(ctx, input).await
    }

    /// Completes an action. The same call again changes nothing; CONFLICT when it is blocked or cancelled, or completed with other
    /// hours or evidence.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn complete_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and how it went.")] input: CompleteActionInput,
    ) -> Nullable<CompleteActionPayload> {
        changed(ctx, input).await
    }

    /// Blocks an action, or changes what blocks it. CONFLICT when it is completed or cancelled.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn block_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and what holds it up.")] input: BlockActionInput,
    ) -> Nullable<BlockActionPayload> {
        changed(ctx, input).await
    }

    /// Unblocks an action. One that is not blocked stays as it is. CONFLICT when it is completed or cancelled.
    #[graphql(visible = "see::work", directive = access::apply(roles(Permission::WorkOnActions)))]
    async fn unblock_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action.")] input: UnblockActionInput,
    ) -> Nullable<UnblockActionPayload> {
        changed(ctx, input).await
    }

    /// Cancels an action that will not be done. One that is cancelled stays as it is; CONFLICT when it is completed.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn cancel_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and why.")] input: CancelActionInput,
    ) -> Nullable<CancelActionPayload> {
        changed(ctx, input).await
    }

    /// Reopens a completed or cancelled action. One that is open stays as it is.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn reopen_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action.")] input: ReopenActionInput,
    ) -> Nullable<ReopenActionPayload> {
        changed(ctx, input).await
    }

    /// Gives an action other owners.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn reassign_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and whose it is to be.")] input: ReassignActionInput,
    ) -> Nullable<ReassignActionPayload> {
        changed(ctx, input).await
    }

    /// Gives an action another due time, or none.
    #[graphql(visible = "see::planning", directive = access::apply(roles(Permission::PlanActions)))]
    async fn reschedule_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which action, and when it is to be due.")] input: RescheduleActionInput,
    ) -> Nullable<RescheduleActionPayload> {
        changed(ctx, input).await
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
