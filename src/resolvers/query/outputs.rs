//! What was produced: deliverables and songs.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use crate::auth::Permission;
use crate::error::{ClientError, Result};
use crate::ids::{DeliverableId, SongId};
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::list;
use crate::resolvers::context::{ContextExt, Nullable, nullable};
use crate::schema::connection::{Count, DeliverableConnection, SongConnection, page};
use crate::schema::inputs::{DeliverableFilter, DeliverableOrder, SongFilter, SongOrder};
use crate::schema::types::{Deliverable, Song};
use crate::store::{self, DeliverableOrderField, Direction, Order, SongOrderField};

/// Deliverables and songs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutputQuery;

#[Object]
impl OutputQuery {
    /// A deliverable by its id; null when there is none.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn deliverable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the deliverable.")] id: DeliverableId,
    ) -> Nullable<Deliverable> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            Ok(ctx.loaders()?.load_one(id).await?.map(Into::into))
        })
        .await
    }

    /// Deliverables, the latest made first unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn deliverables(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<DeliverableFilter>,
        #[graphql(desc = "The order; the latest made first where absent.")] order_by: Option<DeliverableOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<DeliverableConnection> {
        ctx.require(Permission::ReadPlans)?;
        let DeliverableFilter { types, status, published_since, action_id, week_id } = filter.unwrap_or_default();
        let filter = store::DeliverableFilter {
            types: list("filter.type", types)?,
            status: list("filter.status", status)?,
            published_since: published_since.map(|instant| instant.0),
            action_id,
            week_id,
        };
        let order = order_by.map_or(Order { field: DeliverableOrderField::CreatedAt, direction: Direction::Desc }, |order| {
            Order { field: order.field.into(), direction: order.direction.into() }
        });
        let slice = ctx.store()?.deliverables(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_deliverables(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(DeliverableConnection::new(slice, count))
    }

    /// A song by its global id or by Suno's id; null when there is none.
    #[graphql(
        visible = "see::company",
        directive = access::apply(roles(Permission::ReadCompany))
    )]
    async fn song(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the song; or give `songId`.")] id: Option<SongId>,
        #[graphql(desc = "Suno's id of the song; or give `id`.")] song_id: Option<String>,
    ) -> Nullable<Song> {
        nullable(async {
            ctx.require(Permission::ReadCompany)?;
            let song = match (id, song_id) {
                (Some(id), None) => ctx.loaders()?.load_one(id).await?,
                (None, Some(song_id)) => ctx.store()?.song_by_song_id(ctx.scope()?, &song_id).await?,
                _ => return Err(ClientError::input("songId", "Give `id` or `songId`, one of the two").into()),
            };
            Ok(song.map(Into::into))
        })
        .await
    }

    /// Songs, by title unless another order is asked for.
    #[allow(clippy::too_many_arguments)]
    #[graphql(
        visible = "see::company",
        directive = access::apply(roles(Permission::ReadCompany))
    )]
    async fn songs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<SongFilter>,
        #[graphql(desc = "The order; by title where absent.")] order_by: Option<SongOrder>,
        #[graphql(desc = "How many from the start, 1–100; 50 where neither `first` nor `last` is given.")] first: Option<i32>,
        #[graphql(desc = "Only those behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<SongConnection> {
        ctx.require(Permission::ReadCompany)?;
        let SongFilter { album, status, genre, search } = filter.unwrap_or_default();
        let filter = store::SongFilter {
            album: list("filter.album", album)?,
            status: list("filter.status", status)?,
            genre: list("filter.genre", genre)?,
            search,
        };
        let order = order_by.map_or(Order { field: SongOrderField::Title, direction: Direction::Asc }, |order| Order {
            field: order.field.into(),
            direction: order.direction.into(),
        });
        let slice = ctx.store()?.songs(ctx.scope()?, &filter, order, &page(first, after, last, before)?).await?;
        let count: Count = Box::new(move |ctx| {
            let filter = filter.clone();
            async move { ctx.store()?.count_songs(ctx.scope()?, &filter).await }.boxed()
        });
        Ok(SongConnection::new(slice, count))
    }
}
