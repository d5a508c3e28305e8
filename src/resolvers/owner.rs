//! Fields of owners that read the database.

use async_graphql::{ComplexObject, Context};

use super::context::{ContextExt, Nullable, nullable};
use crate::error::Result;
use crate::loaders::{AgentName, AliasesOf};
use crate::schema::types::{Agent, Owner};

#[ComplexObject]
impl Owner {
    /// The spellings under which it is written, in lower case.
    async fn aliases(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(ctx.loaders()?.load_one(AliasesOf(self.id)).await?.unwrap_or_default())
    }

    /// The agent of this name as it last reported; null for people, and for agents that never have.
    async fn agent(&self, ctx: &Context<'_>) -> Nullable<Agent> {
        nullable(async {
            let agent = ctx.loaders()?.load_one(AgentName(self.name.clone())).await?;
            agent.map(|agent| Ok(ctx.shown(agent)?.into())).transpose()
        })
        .await
    }
}
