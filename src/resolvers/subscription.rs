//! The event log, live.

use std::sync::{Arc, PoisonError};

use async_graphql::{Context, Subscription as GraphqlSubscription};
use futures_util::{Stream, StreamExt, stream};

use super::access::{access, roles, see};
use super::arguments::event_filter;
use super::context::ContextExt;
use super::live::{Source, Wanted};
use crate::auth::Permission;
use crate::entities::events;
use crate::error::{Error, Result};
use crate::ids::WeekId;
use crate::schema::enums::EventType;
use crate::schema::scalars::Cursor;
use crate::schema::types::{
    ActionBlockedEvent, ActionCompletedEvent, AgentStatusChangedEvent, DeliverablePublishedEvent, Event, RevenueUpdatedEvent,
};

/// What can be watched. Events come in the order in which their changes were committed, at least once; `after` begins behind a
/// cursor, so that nothing is missed after a reconnect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscription;

/// The event that a subscription is executed for; none when it is only asked what it wants.
async fn source(
    ctx: &Context<'_>,
    types: Option<Vec<EventType>>,
    owner: Option<Vec<String>>,
    week_id: Option<WeekId>,
    after: Option<Cursor>,
) -> Result<impl Stream<Item = Arc<events::Model>> + use<>> {
    let source: &Source = ctx.data_opt().ok_or_else(|| Error::internal("no source in the context"))?;
    let event = match source {
        Source::Event(event) => Some(Arc::clone(event)),
        Source::Asked(answer) => {
            ctx.require(Permission::ReadPlans)?;
            let filter = event_filter(ctx, types, owner, week_id).await?;
            let wanted = Wanted { filter, after: after.map(|cursor| cursor.0) };
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(wanted);
            None
        }
    };
    Ok(stream::iter(event))
}

/// What can be watched. Events come in the order in which their changes were committed, at least once; `after` begins behind a
/// cursor, so that nothing is missed after a reconnect.
#[GraphqlSubscription]
impl Subscription {
    /// All events, or some of them.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of these types.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Event> + use<>> {
        Ok(source(ctx, types, owner, week_id, after).await?.map(Event::from))
    }

    /// Actions that are completed.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn action_completed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = ActionCompletedEvent> + use<>> {
        let events = source(ctx, Some(vec![EventType::ActionCompleted]), owner, week_id, after).await?;
        Ok(events.map(ActionCompletedEvent))
    }

    /// Actions that are blocked.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn action_blocked(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = ActionBlockedEvent> + use<>> {
        let events = source(ctx, Some(vec![EventType::ActionBlocked]), owner, week_id, after).await?;
        Ok(events.map(ActionBlockedEvent))
    }

    /// Agents whose status, health, errors or current action change.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn agent_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of these agents, in any known spelling.")] agent: Option<Vec<String>>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = AgentStatusChangedEvent> + use<>> {
        let events = source(ctx, Some(vec![EventType::AgentStatusChange]), agent, None, after).await?;
        Ok(events.map(AgentStatusChangedEvent))
    }

    /// Revenue that changes.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn revenue_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = RevenueUpdatedEvent> + use<>> {
        let events = source(ctx, Some(vec![EventType::RevenueUpdate]), None, week_id, after).await?;
        Ok(events.map(RevenueUpdatedEvent))
    }

    /// Deliverables that are published.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn deliverable_published(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = DeliverablePublishedEvent> + use<>> {
        let events = source(ctx, Some(vec![EventType::DeliverablePublished]), None, week_id, after).await?;
        Ok(events.map(DeliverablePublishedEvent))
    }
}
