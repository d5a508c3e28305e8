//! Events: what changed, when, by whom, and what it changed.

use std::sync::Arc;

use async_graphql::{ID, Interface, SimpleObject};

use crate::entities::enums::EventType as Kind;
use crate::entities::events;
use crate::error::Error;
use crate::schema::enums::EventType;
use crate::schema::scalars::{Cursor, DateTime, Json};
use crate::schema::types::Week;

/// One line of the event log. Events come in the order in which their changes were committed, at least once.
#[derive(Interface, Clone)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Id of the event: the same for everyone and for good."),
    field(name = "cursor", ty = "Cursor", desc = "Its place in the log: subscribe with `after` this to go on behind it."),
    field(name = "type", method = "event_type", ty = "EventType", desc = "What it tells of."),
    field(name = "occurred_at", ty = "DateTime", desc = "When it happened."),
    field(name = "actor", ty = "String", desc = "Who did it: a member's e-mail address, an agent's name or a job's name."),
    field(
        name = "detail",
        ty = "Json",
        desc = "The particulars, by key: what was done (`change`), the status before and after, why it is blocked."
    ),
    field(
        name = "week",
        ty = "Option<Result<Week, Arc<Error>>>",
        desc = "The week it belongs to; null when it belongs to none."
    )
)]
pub enum Event {
    /// See the type.
    ActionCompleted(ActionCompletedEvent),
    /// See the type.
    ActionBlocked(ActionBlockedEvent),
    /// See the type.
    ActionUpdated(ActionUpdatedEvent),
    /// See the type.
    AgentStatusChanged(AgentStatusChangedEvent),
    /// See the type.
    RevenueUpdated(RevenueUpdatedEvent),
    /// See the type.
    DeliverablePublished(DeliverablePublishedEvent),
    /// See the type.
    WeekIngested(WeekIngestedEvent),
}

macro_rules! events {
    ($($name:ident),+) => {$(
        /// An event of this type; its fields are in `crate::resolvers::event`.
        #[derive(Clone, Debug)]
        pub struct $name(pub Arc<events::Model>);
    )+};
}

events!(
    ActionCompletedEvent,
    ActionBlockedEvent,
    ActionUpdatedEvent,
    AgentStatusChangedEvent,
    RevenueUpdatedEvent,
    DeliverablePublishedEvent,
    WeekIngestedEvent
);

impl From<Arc<events::Model>> for Event {
    fn from(row: Arc<events::Model>) -> Self {
        match row.event_type {
            Kind::ActionCompleted => Self::ActionCompleted(ActionCompletedEvent(row)),
            Kind::ActionBlocked => Self::ActionBlocked(ActionBlockedEvent(row)),
            Kind::ActionUpdated => Self::ActionUpdated(ActionUpdatedEvent(row)),
            Kind::AgentStatusChange => Self::AgentStatusChanged(AgentStatusChangedEvent(row)),
            Kind::RevenueUpdate => Self::RevenueUpdated(RevenueUpdatedEvent(row)),
            Kind::DeliverablePublished => Self::DeliverablePublished(DeliverablePublishedEvent(row)),
            Kind::WeekIngested => Self::WeekIngested(WeekIngestedEvent(row)),
        }
    }
}

/// A stretch of the event log, for those who poll.
#[derive(SimpleObject)]
pub struct EventPage {
    /// The events, oldest first.
    pub nodes: Vec<Event>,
    /// Where this stretch ends: give it as `after` to go on, also when there was nothing new.
    pub end_cursor: Cursor,
    /// Whether more events stand behind it already.
    pub has_next_page: bool,
}
