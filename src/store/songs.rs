//! The song catalogue.

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::sea_query::{Expr, LockType, extension::postgres::PgExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use serde_json::json;

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Actor, NewEvent, Order, Page, Slice, Store, Tx};
use crate::entities::enums::{EventType, SongStatus};
use crate::entities::songs;
use crate::error::{ClientError, Result};
use crate::ids::SongId;

/// Which songs are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SongFilter {
    /// On any of these albums.
    pub album: Option<Vec<String>>,
    /// Any of these.
    pub status: Option<Vec<SongStatus>>,
    /// Any of these.
    pub genre: Option<Vec<String>>,
    /// Words in the title, in any case.
    pub search: Option<String>,
}

/// What songs can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SongOrderField {
    /// Title.
    Title,
    /// When it was released.
    ReleasedAt,
    /// When the row was made.
    CreatedAt,
}

impl SongFilter {
    fn select(&self, scope: Scope) -> Select<songs::Entity> {
        use songs::Column as C;
        let mut select = songs::Entity::visible(scope);
        if let Some(album) = &self.album {
            select = select.filter(C::AlbumAssignment.is_in(album));
        }
        if let Some(status) = &self.status {
            select = select.filter(C::Status.is_in(status.iter().copied()));
        }
        if let Some(genre) = &self.genre {
            select = select.filter(C::Genre.is_in(genre));
        }
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            let pattern = super::actions::like_pattern(word);
            select = select.filter(Expr::col(C::Title.as_column_ref()).ilike(pattern));
        }
        select
    }
}

impl Store {
    /// Songs for many ids.
    pub async fn songs_by_id(&self, scope: Scope, ids: &[SongId]) -> Result<Vec<songs::Model>> {
        Ok(songs::Entity::visible(scope).filter(songs::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// The song with Suno's id.
    pub async fn song_by_song_id(&self, scope: Scope, song_id: &str) -> Result<Option<songs::Model>> {
        Ok(songs::Entity::visible(scope).filter(songs::Column::SongId.eq(song_id)).one(&self.db).await?)
    }

    /// A page of songs.
    pub async fn songs(
        &self,
        scope: Scope,
        filter: &SongFilter,
        order: Order<SongOrderField>,
        page: &Page,
    ) -> Result<Slice<songs::Model>> {
        use songs::Column as C;
        let (column, kind, nullable, name) = match order.field {
            SongOrderField::Title => (C::Title, Kind::Text, false, "song.title"),
            SongOrderField::ReleasedAt => (C::ReleasedAt, Kind::Instant, true, "song.released"),
            SongOrderField::CreatedAt => (C::CreatedAt, Kind::Instant, false, "song.created"),
        };
        let key = Key { column, id: C::Id, kind, nullable, direction: order.direction, name };
        self.slice(filter.select(scope), key, page).await
    }

    /// How many songs a filter lets through.
    pub async fn count_songs(&self, scope: Scope, filter: &SongFilter) -> Result<u64> {
        Ok(filter.select(scope).count(&self.db).await?)
    }

    /// Sets the revenue of a song, in US dollars. The same figure again changes nothing.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` when it has changed since `expected_updated_at`.
    pub async fn record_song_revenue(
        &self,
        scope: Scope,
        actor: &Actor,
        id: SongId,
        actual: Decimal,
        expected_updated_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<songs::Model> {
        let now = now.trunc_subsecs(6);
        self.transaction(actor, &(), move |(), tx| {
            async move {
                let row = songs::Entity::visible(scope)
                    .filter(songs::Column::Id.eq(id))
                    .lock(LockType::NoKeyUpdate)
                    .one(&tx.db)
                    .await?
                    .ok_or_else(|| ClientError::not_found("song", id))?;
                if row.revenue_actual == Some(actual) {
                    return Ok(row);
                }
                if expected_updated_at.is_some_and(|expected| expected.trunc_subsecs(6) != row.updated_at) {
                    return Err(ClientError::Conflict {
                        message: format!("{} has changed since you read it", row.title),
                        current: json!({ "id": row.id, "title": row.title, "revenueActual": row.revenue_actual, "updatedAt": row.updated_at }),
                    }
                    .into());
                }
                let mut next = row.clone();
                next.revenue_actual = Some(actual);
                next.updated_at = now;
                let updated = next.into_active_model().reset_all().update(&tx.db).await?;
                tx.emit(NewEvent {
                    song_id: Some(id),
                    payload: json!({ "title": updated.title, "revenueActual": actual, "previousRevenueActual": row.revenue_actual }),
                    ..NewEvent::new(EventType::RevenueUpdate)
                });
                Ok(updated)
            }
            .boxed()
        })
        .await
    }
}

impl Tx {
    /// The songs with some of Suno's ids, locked until the transaction ends in the order of their own.
    ///
    /// Also locks the catalogue against others who come to add songs, so that two do not both add the same.
    pub async fn lock_songs(&self, song_ids: &[String]) -> Result<Vec<songs::Model>> {
        self.db.execute_unprepared("SELECT pg_advisory_xact_lock(hashtextextended('songs', 0))").await?;
        let mut rows = Vec::new();
        for ids in song_ids.chunks(super::plans::ROWS_PER_STATEMENT) {
            let chunk = songs::Entity::find()
                .filter(songs::Column::SongId.is_in(ids))
                .order_by_asc(songs::Column::Id)
                .lock(LockType::NoKeyUpdate)
                .all(&self.db)
                .await?;
            rows.extend(chunk);
        }
        Ok(rows)
    }
}
