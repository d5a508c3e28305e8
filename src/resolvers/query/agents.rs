//! Who works on actions: owners, and the agents among them.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use crate::auth::Permission;
use crate::error::Result;
use crate::loaders::AgentName;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::list;
use crate::resolvers::context::{ContextExt, Nullable, nullable};
use crate::schema::connection::{AgentConnection, Count, page};
use crate::schema::inputs::{AgentFilter, AgentOrder};
use crate::schema::types::{Agent, Owner};
use crate::store::{self, AgentOrderField, Direction, Order};

/// Owners and agents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AgentQuery;

#[Object]
impl AgentQuery {
    /// All owners by name: the people and agents that actions can belong to, at most 1000.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn owners(&self, ctx: &Context<'_>) -> Result<Vec<Owner>> {
        ctx.require(Permission::ReadPlans)?;
        Ok(ctx.store()?.owners(ctx.scope()?).await?.into_iter().map(Into::into).collect())
    }

    /// An agent by any of its spellings; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name (`ExecMon`, `execution monitor`).")] name: String,
    ) -> Nullable<Agent> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let Some(owner) = ctx.store()?.owner_by_name(ctx.scope()?, &name).await? else { return Ok(None) };
            let agent = ctx.loaders()?.load_one(AgentName(owner.name)).await?;
            agent.map(|agent| Ok(ctx.shown(agent)?.into())).transpose()
        })
        .await
    }

    /// Agents, by name unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn agents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<AgentFilter>,
        #[graphql(desc = "The order; by name where absent.")] order_by: Option<AgentOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<AgentConnection> {
        ctx.require(Permission::ReadPlans)?;
        let AgentFilter { status, max_health_score } = filter.unwrap_or_default();
        let stale_before = status.is_some().then(|| ctx.stale_before()).transpose()?;
        let filter = store::AgentFilter { status: list("filter.status", status)?, max_health: max_health_score, stale_before };
        let order = order_by.map_or(Order { field: AgentOrderField::Name, direction: Direction::Asc }, |order| Order {
            field: order.field.into(),
            direction: order.direction.into(),
        });
        let slice = ctx.store()?.agents(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_agents(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(AgentConnection::new(ctx.shown_slice(slice)?, count))
    }
}
