//! Plans: weeks, the results they are committed to, and the actions that lead there.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use crate::auth::Permission;
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, ResultId, WeekId};
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::{action_key, action_query, list, result_query};
use crate::resolvers::context::{ContextExt, Nullable, nullable};
use crate::schema::connection::{ActionConnection, Count, ResultConnection, WeekConnection, page};
use crate::schema::enums::{OrderDirection, ResultOrderField};
use crate::schema::inputs::{ActionFilter, ActionOrder, ResultFilter, ResultOrder, WeekFilter, WeekOrder};
use crate::schema::scalars::Date;
use crate::schema::types::{Action, PlanResult, Week};
use crate::store::{self, ActionOrderField, Direction, Order, WeekKey, WeekOrderField};

/// Weeks, results and actions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PlanQuery;

#[Object]
impl PlanQuery {
    /// The plan of the week we are in, where the plans are made (RPM_TIMEZONE); of several that hold today, the one that
    /// began last. Null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn current_week(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the project; the default project where absent.")] project: Option<String>,
    ) -> Nullable<Week> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let key = WeekKey::Holding(project, ctx.today()?);
            Ok(ctx.store()?.week(ctx.scope()?, key).await?.map(Into::into))
        })
        .await
    }

    /// A week by its id, or by its first day and project; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn week(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the week; or give `startDate`.")] id: Option<WeekId>,
        #[graphql(desc = "First day of the week; or give `id`.")] start_date: Option<Date>,
        #[graphql(desc = "Code of the project; the default project where absent. Only with `startDate`.")] project: Option<
            String,
        >,
    ) -> Nullable<Week> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let key = match (id, start_date) {
                (Some(id), None) => WeekKey::Id(id),
                (None, Some(day)) => WeekKey::Start(project, day.0),
                _ => return Err(ClientError::input("startDate", "Give `id` or `startDate`, one of the two").into()),
            };
            Ok(ctx.store()?.week(ctx.scope()?, key).await?.map(Into::into))
        })
        .await
    }

    /// Weeks, the latest first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn weeks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<WeekFilter>,
        #[graphql(desc = "The order; the latest first day first where absent.")] order_by: Option<WeekOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<WeekConnection> {
        ctx.require(Permission::ReadPlans)?;
        let WeekFilter { status, project, starts_from, starts_before } = filter.unwrap_or_default();
        let filter = store::WeekFilter {
            status: list("filter.status", status)?,
            project: list("filter.project", project)?,
            starts_from: starts_from.map(|day| day.0),
            starts_before: starts_before.map(|day| day.0),
        };
        let order = order_by.map_or(Order { field: WeekOrderField::StartDate, direction: Direction::Desc }, |order| Order {
            field: order.field.into(),
            direction: order.direction.into(),
        });
        let slice = ctx.store()?.weeks(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_weeks(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(WeekConnection::new(slice, count))
    }

    /// A result by its id; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn result(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the result.")] id: ResultId) -> Nullable<PlanResult> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            Ok(ctx.loaders()?.load_one(id).await?.map(Into::into))
        })
        .await
    }

    /// Results over all weeks, those changed last first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ResultFilter>,
        #[graphql(desc = "The order; the last changed first where absent.")] order_by: Option<ResultOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<ResultConnection> {
        ctx.require(Permission::ReadPlans)?;
        let latest = ResultOrder { field: ResultOrderField::UpdatedAt, direction: OrderDirection::Desc };
        let query = result_query(filter, Some(order_by.unwrap_or(latest)), page(first, after, last, before)?)?;
        let slice = ctx.store()?.results(ctx.scope()?, &query).await?;
        let count: Count = Box::new(move |ctx| {
            let query = query.clone();
            async move { ctx.store()?.count_results(ctx.scope()?, &query).await }.boxed()
        });
        Ok(ResultConnection::new(slice, count))
    }

    /// An action by its id or its code; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the action; or give `code`.")] id: Option<ActionId>,
        #[graphql(desc = "Code of the action (`ARCH-BOOT-001c`); or give `id`.")] code: Option<String>,
    ) -> Nullable<Action> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let key = action_key(id, code, "code")?;
            Ok(ctx.store()?.action(ctx.scope()?, &key).await?.map(Into::into))
        })
        .await
    }

    /// Actions over all weeks, by due time unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ActionFilter>,
        #[graphql(desc = "The order; by due time where absent.")] order_by: Option<ActionOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<ActionConnection> {
        ctx.require(Permission::ReadPlans)?;
        let query = action_query(filter, order_by, ActionOrderField::DueDate, page(first, after, last, before)?)?;
        let slice = ctx.store()?.actions(ctx.scope()?, &query).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = query.filter.clone();
            async move { ctx.store()?.count_actions(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(ActionConnection::new(slice, count))
    }
}
