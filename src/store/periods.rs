//! DNA periods.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, Select};

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Direction, Page, Slice, Store};
use crate::entities::enums::PeriodType;
use crate::entities::periods;
use crate::error::Result;
use crate::ids::PeriodId;

/// Which periods are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PeriodFilter {
    /// Any of these.
    pub types: Option<Vec<PeriodType>>,
    /// Begun at or after this instant.
    pub starts_from: Option<DateTime<Utc>>,
    /// Begun before this instant.
    pub starts_before: Option<DateTime<Utc>>,
}

impl PeriodFilter {
    fn select(&self, scope: Scope) -> Select<periods::Entity> {
        let mut select = periods::Entity::visible(scope);
        if let Some(types) = &self.types {
            select = select.filter(periods::Column::PeriodType.is_in(types.iter().copied()));
        }
        if let Some(instant) = self.starts_from {
            select = select.filter(periods::Column::PeriodStart.gte(instant));
        }
        if let Some(instant) = self.starts_before {
            select = select.filter(periods::Column::PeriodStart.lt(instant));
        }
        select
    }
}

impl Store {
    /// Periods for many ids.
    pub async fn periods_by_id(&self, scope: Scope, ids: &[PeriodId]) -> Result<Vec<periods::Model>> {
        Ok(periods::Entity::visible(scope).filter(periods::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// A page of periods by their start.
    pub async fn periods(
        &self,
        scope: Scope,
        filter: &PeriodFilter,
        direction: Direction,
        page: &Page,
    ) -> Result<Slice<periods::Model>> {
        let key = Key {
            column: periods::Column::PeriodStart,
            id: periods::Column::Id,
            kind: Kind::Instant,
            nullable: false,
            direction,
            name: "period.start",
        };
        self.slice(filter.select(scope), key, page).await
    }

    /// How many periods a filter lets through.
    pub async fn count_periods(&self, scope: Scope, filter: &PeriodFilter) -> Result<u64> {
        Ok(filter.select(scope).count(&self.db).await?)
    }
}
