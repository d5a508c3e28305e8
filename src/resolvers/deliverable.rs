//! Fields of deliverables that read the database.

use async_graphql::{ComplexObject, Context};

use super::context::{ContextExt, Nullable, nullable};
use super::ingest::download_url;
use crate::schema::types::{Action, Deliverable};

#[ComplexObject]
impl Deliverable {
    /// A link by which its file can be read for ten minutes, by whoever has it; null when the lake does not hold it.
    async fn download_url(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(download_url(ctx, &self.cloud_storage_path)).await
    }

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
