//! Queries about what was read from files, and links to what lies in the lake.

use std::time::Duration;

use async_graphql::{ComplexObject, Context, Object};
use chrono::Utc;
use futures_util::FutureExt;

use super::access::{access, roles, see};
use super::context::{ContextExt, Nullable, nullable};
use crate::auth::Permission;
use crate::error::{ClientError, Error, Result};
use crate::lake::{LakeError, LakePath};
use crate::schema::connection::{Count, IngestRunConnection, page};
use crate::schema::types::Song;
use crate::store;

/// How long a link to a file holds.
const LINK_LASTS: Duration = Duration::from_secs(600);

/// Seconds after which a lake that does not answer is worth asking again.
const LAKE_BACK_IN: u64 = 15;

/// What was read from files.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IngestQuery;

#[Object]
impl IngestQuery {
    /// The looks at the files, the latest first: what was read, what was not, and why. They are kept for 90 days.
    #[graphql(visible = "see::company", directive = access::apply(roles(Permission::ReadCompany)))]
    async fn ingest_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<IngestRunConnection> {
        ctx.require(Permission::ReadCompany)?;
        let slice = ctx.store()?.ingest_runs(ctx.scope()?, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(|ctx| async move { ctx.store()?.count_ingest_runs(ctx.scope()?).await }.boxed());
        Ok(IngestRunConnection::new(slice, count))
    }
}

#[ComplexObject]
impl Song {
    /// A link by which its recording can be read for ten minutes, by whoever has it; null when the lake does not hold it.
    async fn download_url(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            match &self.cloud_storage_path {
                Some(address) => download_url(ctx, address).await,
                None => Ok(None),
            }
        })
        .await
    }
}

/// A link to what lies at an address (`gs://bucket/name`, or a name in this server's lake); none when it is not in this lake.
pub(super) async fn download_url(ctx: &Context<'_>, address: &str) -> Result<Option<String>> {
    let Some(lake) = &ctx.services()?.lake else { return Ok(None) };
    let name = match address.strip_prefix("gs://") {
        None => Some(address),
        Some(_) => address.strip_prefix(&lake.location()).and_then(|rest| rest.strip_prefix('/')),
    };
    let Some(path) = name.and_then(|name| LakePath::new(name).ok()) else { return Ok(None) };
    // A link grows old, and the lake tells of no changes.
    store::for_one_only();
    match lake.signed_url(&path, LINK_LASTS, Utc::now()).await {
        Ok(url) => Ok(Some(url)),
        Err(LakeError::NotFound(_)) => Ok(None),
        Err(error) if error.is_transient() => {
            tracing::warn!(%path, %error, "a link cannot be given");
            Err(ClientError::Unavailable { what: "The lake", retry_after_seconds: LAKE_BACK_IN }.into())
        }
        Err(error) => Err(Error::internal(error)),
    }
}
