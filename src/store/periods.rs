//! DNA periods.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, Select, Statement,
};

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Direction, Page, Slice, Store, Tx};
use crate::entities::enums::PeriodType;
use crate::entities::periods;
use crate::error::Result;
use crate::ids::{OwnerId, PeriodId};

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

    /// The periods of a length that begin between two days of a zone, both included, oldest first. They name nobody, so this has no
    /// scope.
    pub async fn periods_between(
        &self,
        kind: PeriodType,
        (from, through): (NaiveDate, NaiveDate),
        zone: Tz,
    ) -> Result<Vec<periods::Model>> {
        let values = [kind.as_str().into(), from.into(), through.into(), zone.name().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, include_str!("sql/periods_between.sql"), values);
        Ok(periods::Entity::find().from_raw_sql(statement).all(&self.db).await?)
    }

    /// How many periods a filter lets through.
    pub async fn count_periods(&self, scope: Scope, filter: &PeriodFilter) -> Result<u64> {
        Ok(filter.select(scope).count(&self.db).await?)
    }
}

/// The actions due in a period, in sums.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PeriodSums {
    /// When it begins.
    pub begins: DateTime<Utc>,
    /// When it ends, excluded.
    pub ends: DateTime<Utc>,
    /// Actions.
    pub total: i64,
    /// Of these, done.
    pub completed: i64,
    /// Of all, those that the principal owns, alone or with others.
    pub principal_total: i64,
    /// Of these, done.
    pub principal_completed: i64,
    /// What their deliverables are to bring, US dollars; none when none is set.
    pub target: Option<Decimal>,
    /// What they brought, US dollars; none when none is recorded.
    pub actual: Option<Decimal>,
}

/// What changed since it was last looked at. The rows are gone when the transaction commits, and not before: what commits meanwhile
/// leaves rows of its own.
const TAKE_TOUCHES: &str = "DELETE FROM period_touches RETURNING (touched AT TIME ZONE $1)::date AS day";

impl Tx {
    /// The days, in a zone, on which something is due that changed, in no order, some more than once. They are not told again once
    /// this transaction has committed.
    pub async fn take_touched_days(&self, zone: Tz) -> Result<Vec<NaiveDate>> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, TAKE_TOUCHES, [zone.name().into()]);
        let rows = self.db.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| row.try_get("", "day")).collect::<Result<_, _>>()?)
    }

    /// The sums of some periods, given by their first days and the days after their last, in the order given.
    pub async fn period_sums(
        &self,
        (first, past): (Vec<NaiveDate>, Vec<NaiveDate>),
        zone: Tz,
        principal: Option<OwnerId>,
    ) -> Result<Vec<PeriodSums>> {
        let values = [first.into(), past.into(), zone.name().into(), principal.map(|owner| owner.0).into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, include_str!("sql/period_sums.sql"), values);
        let rows = self.db.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| PeriodSums::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// Writes periods over those that are there; the ids of these stay.
    pub async fn write_periods(&self, rows: Vec<periods::ActiveModel>) -> Result<()> {
        use periods::Column as C;
        let sums = [
            C::PeriodEnd,
            C::TotalActions,
            C::CompletedActions,
            C::CompletionRate,
            C::VelocityScore,
            C::RevenueTarget,
            C::RevenueActual,
            C::JesseCompletionRate,
        ];
        let known = OnConflict::columns([C::PeriodType, C::PeriodStart]).update_columns(sums).to_owned();
        periods::Entity::insert_many(rows).on_conflict(known).exec_without_returning(&self.db).await?;
        Ok(())
    }
}
