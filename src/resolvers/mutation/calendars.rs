//! Calendar links.

use async_graphql::{Context, Object};

use super::check;
use crate::auth::{Permission, secret};
use crate::error::{ClientError, Result};
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::resolvers::member::whose;
use crate::schema::inputs::{CreateCalendarFeedInput, RevokeCalendarFeedInput};
use crate::schema::payloads::{CreateCalendarFeedPayload, RevokeCalendarFeedPayload};
use crate::schema::types::{CalendarFeed, Member};
use crate::store::NewCalendarFeed;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CalendarMutation;

/// A link with its member.
async fn with_member(ctx: &Context<'_>, row: crate::entities::calendar_feeds::Model) -> Result<CalendarFeed> {
    let member = ctx.store()?.member(row.member_id).await?;
    let member: Member = member.ok_or_else(|| ClientError::not_found("member", row.member_id))?.into();
    Ok(CalendarFeed::new(row, member))
}

#[Object]
impl CalendarMutation {
    /// Makes a link by which a calendar reads what is due: what you may see, for as long as you may see it.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn create_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it shows, and what it is for.")] input: CreateCalendarFeedInput,
    ) -> Nullable<CreateCalendarFeedPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
            let owner_id = match &input.owner {
                None => None,
                Some(name) => {
                    let owner = ctx.store()?.owner_by_name(viewer.scope(), name).await?;
                    Some(owner.ok_or_else(|| ClientError::not_found("owner", name))?.id)
                }
            };
            let secret = secret::calendar_link();
            let name = check::name("input.name", input.name)?;
            let new = NewCalendarFeed { member: viewer.email.clone(), name, owner_id, hash: secret::hash(&secret) };
            let row = ctx.store()?.create_calendar_feed(&viewer.email, &new, ctx.now()).await?;
            let host = ctx.services()?.public_url.as_deref().unwrap_or_default();
            let url = format!("{host}/calendar/{secret}.ics");
            Ok(CreateCalendarFeedPayload { feed: with_member(ctx, row).await?, url })
        })
        .await
    }

    /// Revokes a calendar link. A second time does nothing.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn revoke_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link.")] input: RevokeCalendarFeedInput,
    ) -> Nullable<RevokeCalendarFeedPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
            let row = ctx.store()?.revoke_calendar_feed(&viewer.email, whose(viewer), input.id, ctx.now()).await?;
            Ok(RevokeCalendarFeedPayload { feed: with_member(ctx, row).await? })
        })
        .await
    }
}
