//! Fields of results that read the database.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context};
use futures_util::FutureExt;

use super::arguments::action_query;
use super::context::{ContextExt, Nullable, nullable};
use super::forecast::forecast_of_result;
use crate::analytics::formulas::percentage;
use crate::error::{Error, Result};
use crate::loaders::{ActionCountOfResult, ActionsOfResult, CountsOfResult};
use crate::schema::connection::{ActionConnection, Count, page};
use crate::schema::inputs::{ActionFilter, ActionOrder};
use crate::schema::scalars::{DateTime, Decimal, two_decimals};
use crate::schema::types::{ActionCounts, PlanForecast, PlanResult, Week};
use crate::store::{ActionOrderField, Slice};

#[ComplexObject]
impl PlanResult {
    /// The week it belongs to.
    async fn week(&self, ctx: &Context<'_>) -> Result<Week> {
        let week = ctx.loaders()?.load_one(self.week_id).await?;
        Ok(week.ok_or_else(|| Error::internal("a result without a week"))?.into())
    }

    /// Completed ÷ all of its actions that you may see, 0–100 with two decimals; null when there are none.
    async fn completion_rate(&self, ctx: &Context<'_>) -> Nullable<Decimal> {
        nullable(async {
            let counts = ctx.loaders()?.load_one(CountsOfResult(self.id)).await?.unwrap_or_default();
            Ok(two_decimals(percentage(counts.completed, counts.total)))
        })
        .await
    }

    /// How many of its actions stand where.
    async fn action_counts(&self, ctx: &Context<'_>) -> Result<ActionCounts> {
        Ok(ctx.loaders()?.load_one(CountsOfResult(self.id)).await?.unwrap_or_default().into())
    }

    /// When the last of its actions will be completed, if things go on as they went.
    async fn forecast(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant, of what is open now; the hour that has begun where absent.")] at: Option<DateTime>,
    ) -> Result<PlanForecast> {
        forecast_of_result(ctx, self, at).await
    }

    /// Its actions, in the plan's order unless another is asked for.
    #[allow(clippy::too_many_arguments)]
    async fn actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ActionFilter>,
        #[graphql(desc = "The order; by position where absent.")] order_by: Option<ActionOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<ActionConnection> {
        let query = Arc::new(action_query(filter, order_by, ActionOrderField::Position, page(first, after, last, before)?)?);
        let slice = ctx.loaders()?.load_one(ActionsOfResult(self.id, Arc::clone(&query))).await?;
        let id = self.id;
        let count: Count = Box::new(move |ctx| {
            let key = ActionCountOfResult(id, Arc::clone(&query));
            async move { Ok(ctx.loaders()?.load_one(key).await?.unwrap_or(0)) }.boxed()
        });
        Ok(ActionConnection::new(slice.unwrap_or_else(Slice::empty), count))
    }
}
