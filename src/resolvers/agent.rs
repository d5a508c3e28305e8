//! Fields of agents that read the database.

use async_graphql::{ComplexObject, Context};

use super::context::{ContextExt, Nullable, nullable};
use crate::schema::types::{Action, Agent};

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
}
