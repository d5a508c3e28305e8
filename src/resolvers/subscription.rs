//! The event log, live.

use std::sync::Arc;

use async_graphql::{Context, Subscription as GraphqlSubscription};
use futures_util::{Stream, StreamExt};

use super::context::ContextExt;
use super::query::{event_filter, not_ahead};
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

/// An item of a stream; async-graphql wants its errors to be cheap to clone.
type Streamed<T> = Result<T, Arc<Error>>;

/// The events that a subscription shows.
async fn follow(
    ctx: &Context<'_>,
    types: Option<Vec<EventType>>,
    owner: Option<Vec<String>>,
    week_id: Option<WeekId>,
    after: Option<Cursor>,
) -> Result<impl Stream<Item = Streamed<Arc<events::Model>>> + use<>> {
    let filter = event_filter(ctx, types, owner, week_id).await?;
    if let Some(Cursor(after)) = after
        && after > ctx.services()?.hub.position()
    {
        not_ahead(after, ctx.store()?.last_event().await?)?;
    }
    Ok(ctx.services()?.hub.follow(ctx.scope()?, filter, after.map(|cursor| cursor.0)).map(|event| event.map_err(Arc::new)))
}

/// What can be watched. Events come in the order in which their changes were committed, at least once; `after` begins behind a
/// cursor, so that nothing is missed after a reconnect.
#[GraphqlSubscription]
impl Subscription {
    /// All events, or some of them.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of these types.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Streamed<Event>> + use<>> {
        Ok(follow(ctx, types, owner, week_id, after).await?.map(|event| event.map(Event::from)))
    }

    /// Actions that are completed.
    async fn action_completed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Streamed<ActionCompletedEvent>> + use<>> {
        let events = follow(ctx, Some(vec![EventType::ActionCompleted]), owner, week_id, after).await?;
        Ok(events.map(|event| event.map(ActionCompletedEvent)))
    }

    /// Actions that are blocked.
    async fn action_blocked(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Streamed<ActionBlockedEvent>> + use<>> {
        let events = follow(ctx, Some(vec![EventType::ActionBlocked]), owner, week_id, after).await?;
        Ok(events.map(|event| event.map(ActionBlockedEvent)))
    }

    /// Agents whose status, health, errors or current action change.
    async fn agent_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of these agents, in any known spelling.")] agent: Option<Vec<String>>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Streamed<AgentStatusChangedEvent>> + use<>> {
        let events = follow(ctx, Some(vec![EventType::AgentStatusChange]), agent, None, after).await?;
        Ok(events.map(|event| event.map(AgentStatusChangedEvent)))
    }

    /// Revenue that changes.
    async fn revenue_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Streamed<RevenueUpdatedEvent>> + use<>> {
        let events = follow(ctx, Some(vec![EventType::RevenueUpdate]), None, week_id, after).await?;
        Ok(events.map(|event| event.map(RevenueUpdatedEvent)))
    }

    /// Deliverables that are published.
    async fn deliverable_published(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
        #[graphql(desc = "Begin behind this cursor; with what happens from now on where absent.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Streamed<DeliverablePublishedEvent>> + use<>> {
        let events = follow(ctx, Some(vec![EventType::DeliverablePublished]), None, week_id, after).await?;
        Ok(events.map(|event| event.map(DeliverablePublishedEvent)))
    }
}
