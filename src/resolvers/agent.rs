//! Fields of agents that read the database.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context};

use super::context::{ContextExt, Nullable, nullable};
use super::metrics::{days_up_to_today, within};
use crate::error::Result;
use crate::loaders::{AgentDays, DaysOfAgent};
use crate::schema::types::{Action, Agent, AgentHistory};

/// The most days of a history.
const MAX_HISTORY_DAYS: i32 = 90;

#[ComplexObject]
impl Agent {
    /// The action it works on; null when it works on none, or on one that you may not see.
    async fn current_action(&self, ctx: &Context<'_>) -> Nullable<Action> {
        nullable(async {
            match self.current_action_id {
                Some(id) => Ok(ctx.loaders()?.load_one(id).await?.map(Into::into)),
                None => Ok(None),
            }
        })
        .await
    }

    /// How it did over the last days, today (RPM_TIMEZONE) included: what it reported, and of its actions those that you may see.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many days, 1–90.", default = 7)] days: i32,
    ) -> Result<AgentHistory> {
        let span = days_up_to_today(ctx, within("days", days, 1, MAX_HISTORY_DAYS)?)?;
        let basis = &ctx.services()?.basis;
        let query = AgentDays { days: (span.from, span.through), zone: basis.zone, stale_after: basis.agent_stale_after };
        let days = ctx.loaders()?.load_one(DaysOfAgent(self.id, Arc::new(query))).await?;
        Ok(AgentHistory::new(span, &days.unwrap_or_default()))
    }
}
