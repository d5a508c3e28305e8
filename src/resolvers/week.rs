//! Fields of weeks that read the database.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context};
use futures_util::FutureExt;

use super::arguments::{action_query, result_query};
use super::context::{ContextExt, Nullable, nullable};
use super::forecast::{at_risk, carry_over, forecast_of_week};
use super::metrics::metrics_of;
use crate::analytics::formulas::percentage;
use crate::error::{Error, Result};
use crate::loaders::{ActionCountOfWeek, ActionsOfWeek, CountsOfWeek, ResultCountOfWeek, ResultsOfWeek};
use crate::schema::connection::{ActionConnection, Count, ResultConnection, page};
use crate::schema::inputs::{ActionFilter, ActionOrder, ResultFilter, ResultOrder};
use crate::schema::scalars::{DateTime, Decimal, two_decimals};
use crate::schema::types::{ActionCounts, AtRiskResult, CarryOverCandidate, PlanForecast, Project, Week, WeekMetrics};
use crate::store::{Scope, Slice};

#[ComplexObject]
impl Week {
    /// The project it belongs to.
    async fn project(&self, ctx: &Context<'_>) -> Result<Project> {
        let project = ctx.loaders()?.load_one(self.project_id).await?;
        Ok(project.ok_or_else(|| Error::internal("a week without a project"))?.into())
    }

    /// Completed ÷ all actions, 0–100 with two decimals; null when there are no actions. For TEAM members: of the actions
    /// they see.
    async fn completion_rate(&self, ctx: &Context<'_>) -> Nullable<Decimal> {
        nullable(async {
            if ctx.scope()? == Scope::All {
                return Ok(self.stored_rate.map(Decimal));
            }
            let counts = ctx.loaders()?.load_one(CountsOfWeek(self.id)).await?.unwrap_or_default();
            Ok(two_decimals(percentage(counts.completed, counts.total)))
        })
        .await
    }

    /// How many of its actions stand where.
    async fn action_counts(&self, ctx: &Context<'_>) -> Result<ActionCounts> {
        Ok(ctx.loaders()?.load_one(CountsOfWeek(self.id)).await?.unwrap_or_default().into())
    }

    /// How it goes, over the actions that you may see.
    async fn metrics(&self, ctx: &Context<'_>) -> Result<WeekMetrics> {
        metrics_of(ctx, self).await
    }

    /// When the last of its actions will be completed, if things go on as they went.
    async fn forecast(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant, of what is open now; the hour that has begun where absent.")] at: Option<DateTime>,
    ) -> Result<PlanForecast> {
        forecast_of_week(ctx, self.id, at).await
    }

    /// Open actions that are expected behind the end of the week, the least likely to make it first; once it is over, all that are
    /// open. At most the first 100.
    async fn carry_over_candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant, of what is open now; the hour that has begun where absent.")] at: Option<DateTime>,
    ) -> Result<Vec<CarryOverCandidate>> {
        carry_over(ctx, self.id, at).await
    }

    /// Results with open actions that are not likely to be reached in time, and why, by the code of their first action. At most the
    /// first 30.
    async fn at_risk_results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant, of what is open now; the hour that has begun where absent.")] at: Option<DateTime>,
    ) -> Result<Vec<AtRiskResult>> {
        at_risk(ctx, self.id, at).await
    }

    /// What it is committed to achieve, in the plan's order unless another is asked for.
    #[allow(clippy::too_many_arguments)]
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<ResultFilter>,
        #[graphql(desc = "The order; by position where absent.")] order_by: Option<ResultOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<ResultConnection> {
        let query = Arc::new(result_query(filter, order_by, page(first, after, last, before)?)?);
        let slice = ctx.loaders()?.load_one(ResultsOfWeek(self.id, Arc::clone(&query))).await?;
        let id = self.id;
        let count: Count = Box::new(move |ctx| {
            let key = ResultCountOfWeek(id, Arc::clone(&query));
            async move { Ok(ctx.loaders()?.load_one(key).await?.unwrap_or(0)) }.boxed()
        });
        Ok(ResultConnection::new(slice.unwrap_or_else(Slice::empty), count))
    }

    /// Its actions over all its results; by due time unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
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
        let query = action_query(filter, order_by, crate::store::ActionOrderField::DueDate, page(first, after, last, before)?)?;
        let query = Arc::new(query);
        let slice = ctx.loaders()?.load_one(ActionsOfWeek(self.id, Arc::clone(&query))).await?;
        let id = self.id;
        let count: Count = Box::new(move |ctx| {
            let key = ActionCountOfWeek(id, Arc::clone(&query));
            async move { Ok(ctx.loaders()?.load_one(key).await?.unwrap_or(0)) }.boxed()
        });
        Ok(ActionConnection::new(slice.unwrap_or_else(Slice::empty), count))
    }
}
