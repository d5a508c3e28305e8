//! Fields of deliverables that read the database.

use async_graphql::{ComplexObject, Context};

use super::context::{ContextExt, Nullable, nullable};
use crate::schema::types::{Action, Deliverable};

#[ComplexObject]
impl Deliverable {
    /// The action that produced it; null when none is recorded.
    async fn action(&self, ctx: &Context<'_>) -> Nullable<Action> {
        nullable(async {
            match self.action_id {
                Some(id) => Ok(ctx.loaders()?.load_one(id).await?.map(Into::into)),
                None => Ok(None),
            }
        })
        .await
    }
}
