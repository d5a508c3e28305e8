//! Fields of actions that read the database.

use async_graphql::{ComplexObject, Context};

use super::context::ContextExt;
use super::forecast::forecast_of_action;
use crate::error::{Error, Result};
use crate::loaders::{ActionCode, AgentsOn, DeliverablesOf, DependentsOf, OwnersOf};
use crate::schema::scalars::DateTime;
use crate::schema::types::{Action, ActionForecast, Agent, Deliverable, Owner, PlanResult};

#[ComplexObject]
impl Action {
    /// The result it works towards.
    async fn result(&self, ctx: &Context<'_>) -> Result<PlanResult> {
        let result = ctx.loaders()?.load_one(self.result_id).await?;
        Ok(result.ok_or_else(|| Error::internal("an action without a result"))?.into())
    }

    /// Who owns it, in the order written; empty when nobody does.
    async fn owners(&self, ctx: &Context<'_>) -> Result<Vec<Owner>> {
        let owners = ctx.loaders()?.load_one(OwnersOf(self.id)).await?.unwrap_or_default();
        Ok(owners.into_iter().map(Into::into).collect())
    }

    /// The actions it waits for, in the order written, of those that are in the database and that you may see.
    async fn dependencies(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        let codes = self.dependency_codes.iter().cloned().map(ActionCode);
        let mut found = ctx.loaders()?.load_many(codes).await?;
        Ok(self.dependency_codes.iter().filter_map(|code| found.remove(&ActionCode(code.clone()))).map(Into::into).collect())
    }

    /// The actions that wait for it, by code, at most 100.
    async fn dependents(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        let mut rows = ctx.loaders()?.load_one(DependentsOf(self.code.clone())).await?.unwrap_or_default();
        rows.sort_by(|a, b| a.action_code.cmp(&b.action_code));
        Ok(rows.into_iter().take(100).map(Into::into).collect())
    }

    /// The agents that work on it at this moment.
    async fn agents(&self, ctx: &Context<'_>) -> Result<Vec<Agent>> {
        let agents = ctx.loaders()?.load_one(AgentsOn(self.id)).await?.unwrap_or_default();
        agents.into_iter().map(|agent| Ok(ctx.shown(agent)?.into())).collect()
    }

    /// When it will be completed, if things go on as they went.
    async fn forecast(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this instant, of what is open now; the hour that has begun where absent.")] at: Option<DateTime>,
    ) -> Result<ActionForecast> {
        forecast_of_action(ctx, self, at).await
    }

    /// What it has produced.
    async fn deliverables(&self, ctx: &Context<'_>) -> Result<Vec<Deliverable>> {
        let rows = ctx.loaders()?.load_one(DeliverablesOf(self.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
