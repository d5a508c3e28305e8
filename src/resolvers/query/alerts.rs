//! Queries about alerts and calendar links.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use crate::auth::Permission;
use crate::error::Result;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::list;
use crate::resolvers::context::ContextExt;
use crate::resolvers::member::{whose, with_members};
use crate::schema::connection::{Count, page};
use crate::schema::inputs::AlertDeliveryFilter;
use crate::schema::types::{AlertDeliveryPage, AlertSubscription, CalendarFeed};
use crate::store::{AlertFilter, Scope};

/// Alerts and calendar links.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AlertQuery;

#[Object]
impl AlertQuery {
    /// Who is told of what: your own subscriptions, the oldest first; for an ADMIN everybody's, at most 1,000.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn alert_subscriptions(&self, ctx: &Context<'_>) -> Result<Vec<AlertSubscription>> {
        let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
        let rows = ctx.store()?.alert_subscriptions(whose(viewer)).await?;
        with_members(ctx.store()?, rows, |row| row.member_id, AlertSubscription::new).await
    }

    /// What became of alerts, the latest first: your own, but for those of a time when you saw other things than now; for an ADMIN
    /// everybody's. They are kept for 90 days.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn alert_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<AlertDeliveryFilter>,
        #[graphql(desc = "How many, 1–100; 50 where absent.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
    ) -> Result<AlertDeliveryPage> {
        let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
        let AlertDeliveryFilter { state, kind, subscription_id } = filter.unwrap_or_default();
        let (states, kinds) = (list("filter.state", state)?, list("filter.kind", kind)?);
        // Whoever sees less than before is not shown what it was told of then.
        let seen_by = Some(viewer.scope()).filter(|scope| *scope != Scope::All);
        let filter = AlertFilter { states, kinds, subscription_id, seen_by, ..AlertFilter::default() };
        let slice = ctx.store()?.alert_deliveries(whose(viewer), &filter, &page(first, after, None, None)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_alert_deliveries(whose(ctx.viewer()?), &filter).await }.boxed()
        });
        Ok(AlertDeliveryPage::new(slice, count))
    }

    /// Calendar links, the newest first: your own; for an ADMIN everybody's, at most 1,000. Revoked ones are listed for 90 days.
    #[graphql(visible = "see::alerts", directive = access::apply(roles(Permission::SubscribeToAlerts)))]
    async fn calendar_feeds(&self, ctx: &Context<'_>) -> Result<Vec<CalendarFeed>> {
        let viewer = ctx.actor(Permission::SubscribeToAlerts)?;
        let rows = ctx.store()?.calendar_feeds(whose(viewer)).await?;
        with_members(ctx.store()?, rows, |row| row.member_id, CalendarFeed::new).await
    }
}
