//! Fields of events.

use async_graphql::{Context, ID, Object};

use super::context::{ContextExt, Nullable, nullable};
use crate::error::Result;
use crate::ids::{ActionId, DeliverableId};
use crate::schema::enums::EventType;
use crate::schema::scalars::{Cursor, DateTime, Json};
use crate::schema::types::{
    Action, ActionBlockedEvent, ActionCompletedEvent, ActionUpdatedEvent, Agent, AgentStatusChangedEvent, Deliverable,
    DeliverablePublishedEvent, RevenueUpdatedEvent, Song, Week, WeekIngestedEvent,
};

/// Declares an event object: what all events have, and what this one tells of.
macro_rules! event_object {
    ($(#[doc = $doc:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// Id of the event: the same for everyone and for good.
            pub async fn id(&self) -> ID {
                ID(format!("event:{}", self.0.id))
            }

            /// Its place in the log: subscribe with `after` this to go on behind it.
            pub async fn cursor(&self) -> Cursor {
                Cursor(self.0.id)
            }

            /// What it tells of.
            #[graphql(name = "type")]
            pub async fn event_type(&self) -> EventType {
                self.0.event_type.into()
            }

            /// When it happened.
            pub async fn occurred_at(&self) -> DateTime {
                DateTime(self.0.occurred_at)
            }

            /// Who did it: a member's e-mail address, an agent's name or a job's name.
            pub async fn actor(&self) -> String {
                self.0.actor.clone()
            }

            /// The particulars, by key: what was done (`change`), the status before and after, why it is blocked.
            pub async fn detail(&self) -> Json {
                Json(self.0.payload.clone())
            }

            /// The week it belongs to; null when it belongs to none.
            pub async fn week(&self, ctx: &Context<'_>) -> Nullable<Week> {
        nullable(async {
                match self.0.week_id {
                    Some(id) => Ok(ctx.loaders()?.load_one(id).await?.map(Into::into)),
                    None => Ok(None),
                }
                    })
        .await
    }

            $($own)*
        }
    };
}

async fn action(ctx: &Context<'_>, id: Option<ActionId>) -> Result<Option<Action>> {
    match id {
        Some(id) => Ok(ctx.loaders()?.load_one(id).await?.map(Into::into)),
        None => Ok(None),
    }
}

async fn deliverable(ctx: &Context<'_>, id: Option<DeliverableId>) -> Result<Option<Deliverable>> {
    match id {
        Some(id) => Ok(ctx.loaders()?.load_one(id).await?.map(Into::into)),
        None => Ok(None),
    }
}

event_object! {
    /// An action was completed.
    ActionCompletedEvent {
        /// The action, as of the event or later; null when it is gone.
        async fn action(&self, ctx: &Context<'_>) -> Nullable<Action> {
        nullable(async {
            action(ctx, self.0.action_id).await
                })
        .await
    }
    }
}

event_object! {
    /// An action was blocked, or what blocks it changed.
    ActionBlockedEvent {
        /// The action, as of the event or later; null when it is gone.
        async fn action(&self, ctx: &Context<'_>) -> Nullable<Action> {
        nullable(async {
            action(ctx, self.0.action_id).await
                })
        .await
    }
    }
}

event_object! {
    /// An action was created, started, unblocked, reopened, reassigned, rescheduled or changed by its document.
    ActionUpdatedEvent {
        /// The action, as of the event or later; null when it is gone.
        async fn action(&self, ctx: &Context<'_>) -> Nullable<Action> {
        nullable(async {
            action(ctx, self.0.action_id).await
                })
        .await
    }
    }
}

event_object! {
    /// An agent's status, health, errors or current action changed.
    AgentStatusChangedEvent {
        /// The agent, as of the event or later; null when it is gone.
        async fn agent(&self, ctx: &Context<'_>) -> Nullable<Agent> {
        nullable(async {
            let Some(id) = self.0.agent_id else { return Ok(None) };
            ctx.loaders()?.load_one(id).await?.map(|agent| Ok(ctx.shown(agent)?.into())).transpose()
                })
        .await
    }
    }
}

event_object! {
    /// The revenue of a deliverable or of a song changed.
    RevenueUpdatedEvent {
        /// The deliverable, as of the event or later; null when the revenue is a song's, or the deliverable is gone.
        async fn deliverable(&self, ctx: &Context<'_>) -> Nullable<Deliverable> {
        nullable(async {
            deliverable(ctx, self.0.deliverable_id).await
                })
        .await
    }

        /// The song, as of the event or later; null when the revenue is a deliverable's, or the song is gone.
        async fn song(&self, ctx: &Context<'_>) -> Nullable<Song> {
        nullable(async {
            match self.0.song_id {
                Some(id) => Ok(ctx.loaders()?.load_one(id).await?.map(Into::into)),
                None => Ok(None),
            }
                })
        .await
    }
    }
}

event_object! {
    /// A deliverable was published.
    DeliverablePublishedEvent {
        /// The deliverable, as of the event or later; null when it is gone.
        async fn deliverable(&self, ctx: &Context<'_>) -> Nullable<Deliverable> {
        nullable(async {
            deliverable(ctx, self.0.deliverable_id).await
                })
        .await
    }
    }
}

event_object! {
    /// A plan document was read into the database; `week` is the plan.
    WeekIngestedEvent {}
}
