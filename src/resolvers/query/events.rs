//! What happened: the DNA periods that sum it up, and the event log.

use std::sync::Arc;

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use crate::auth::Permission;
use crate::error::{Error, Result};
use crate::ids::WeekId;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::{event_filter, list, not_ahead};
use crate::resolvers::context::{ContextExt, EventPosition};
use crate::schema::connection::{Count, PeriodConnection, page};
use crate::schema::enums::{EventType, OrderDirection};
use crate::schema::inputs::PeriodFilter;
use crate::schema::scalars::Cursor;
use crate::schema::types::{Event, EventPage};
use crate::store;

/// DNA periods and events.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EventQuery;

#[Object]
impl EventQuery {
    /// DNA periods by their start, the latest first unless another direction is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::company",
        directive = access::apply(roles(Permission::ReadCompany))
    )]
    async fn dna_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<PeriodFilter>,
        #[graphql(desc = "Which way they are ordered by their start.", default_with = "OrderDirection::Desc")]
        direction: OrderDirection,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<PeriodConnection> {
        ctx.require(Permission::ReadCompany)?;
        let PeriodFilter { types, starts_from, starts_before } = filter.unwrap_or_default();
        let filter = store::PeriodFilter {
            types: list("filter.type", types)?,
            starts_from: starts_from.map(|instant| instant.0),
            starts_before: starts_before.map(|instant| instant.0),
        };
        let slice = ctx.store()?.periods(ctx.scope()?, &filter, direction.into(), &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_periods(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(PeriodConnection::new(slice, count))
    }

    /// The event log behind a cursor, oldest first: for those who poll. Subscriptions show the same log.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only events behind this cursor; from the oldest event there is where absent.")] after: Option<Cursor>,
        #[graphql(desc = "How many, 1–100; 50 where absent.")] first: Option<i32>,
        #[graphql(desc = "Only of these types.")] types: Option<Vec<EventType>>,
        #[graphql(desc = "Only of actions owned by any of these, in any known spelling.")] owner: Option<Vec<String>>,
        #[graphql(desc = "Only of this week.")] week_id: Option<WeekId>,
    ) -> Result<EventPage> {
        ctx.require(Permission::ReadPlans)?;
        let filter = event_filter(ctx, types, owner, week_id).await?;
        let page = page(first, None, None, None)?;
        let after = after.map(|cursor| cursor.0);
        // Read before the events: what is committed after it cannot be behind the cursor that an empty page ends with.
        let position = ctx.store()?.last_event().await?;
        not_ahead(after.unwrap_or_default(), position)?;
        let mut rows = ctx.store()?.events_after(ctx.scope()?, &filter, after, page.limit + 1).await?;
        let has_next_page = u64::try_from(rows.len()).is_ok_and(|length| length > page.limit);
        rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        let last = rows.last().map_or(after.unwrap_or_default(), |row| row.id);
        let end_cursor = Cursor(if has_next_page { last } else { last.max(position) });
        let nodes = rows.into_iter().map(|row| Event::from(Arc::new(row))).collect();
        Ok(EventPage { nodes, end_cursor, has_next_page })
    }

    /// Where the event log stood when this query began: subscribe `after` it, and nothing is missed in between.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<Cursor> {
        ctx.require(Permission::ReadPlans)?;
        let position: &EventPosition = ctx.data_opt().ok_or_else(|| Error::internal("no event position in the context"))?;
        Ok(Cursor(position.0.clone()?))
    }
}
