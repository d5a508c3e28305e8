//! Results.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, Select};
use uuid::Uuid;

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Order, Page, Slice, Store};
use crate::entities::enums::ResultStatus;
use crate::entities::results;
use crate::error::Result;
use crate::ids::ResultId;

/// What results can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultOrderField {
    /// Order within the plan.
    Position,
    /// Priority, 1 is the highest.
    Priority,
    /// Code.
    Code,
    /// When the row last changed.
    UpdatedAt,
}

/// Which results are listed, in which order, which page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResultQuery {
    /// Any of these.
    pub status: Option<Vec<ResultStatus>>,
    /// Any of these.
    pub category: Option<Vec<String>>,
    /// The order.
    pub order: Order<ResultOrderField>,
    /// The page.
    pub page: Page,
}

impl ResultQuery {
    pub(super) fn select(&self, scope: Scope) -> Select<results::Entity> {
        let mut select = results::Entity::visible(scope);
        if let Some(status) = &self.status {
            select = select.filter(results::Column::Status.is_in(status.iter().copied()));
        }
        if let Some(category) = &self.category {
            select = select.filter(results::Column::Category.is_in(category));
        }
        select
    }

    pub(super) fn key(&self) -> Key<results::Column> {
        let (column, kind, name) = match self.order.field {
            ResultOrderField::Position => (results::Column::Position, Kind::Int, "result.position"),
            ResultOrderField::Priority => (results::Column::Priority, Kind::Int, "result.priority"),
            ResultOrderField::Code => (results::Column::ResultCode, Kind::Text, "result.code"),
            ResultOrderField::UpdatedAt => (results::Column::UpdatedAt, Kind::Instant, "result.updated"),
        };
        Key { column, id: results::Column::Id, kind, nullable: false, direction: self.order.direction, name }
    }
}

/// Ties a result to its week.
pub(super) fn of_week(week: SimpleExpr) -> SimpleExpr {
    Expr::col(results::Column::WeeklyPlanId.as_column_ref()).eq(week)
}

impl Store {
    /// Results for many ids.
    pub async fn results_by_id(&self, scope: Scope, ids: &[ResultId]) -> Result<Vec<results::Model>> {
        Ok(results::Entity::visible(scope).filter(results::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// A page of results.
    pub async fn results(&self, scope: Scope, query: &ResultQuery) -> Result<Slice<results::Model>> {
        self.slice(query.select(scope), query.key(), &query.page).await
    }

    /// The same page of results for each of many weeks.
    pub async fn results_by_week(
        &self,
        scope: Scope,
        weeks: &[Uuid],
        query: &ResultQuery,
    ) -> Result<Vec<(Uuid, Slice<results::Model>)>> {
        self.slices(query.select(scope), of_week, weeks, query.key(), &query.page).await
    }

    /// How many results each of many weeks lists over all its pages.
    pub async fn count_results_by_week(&self, scope: Scope, weeks: &[Uuid], query: &ResultQuery) -> Result<Vec<(Uuid, u64)>> {
        self.counts_by_parent(query.select(scope), of_week, weeks).await
    }

    /// How many results a query lists over all its pages.
    pub async fn count_results(&self, scope: Scope, query: &ResultQuery) -> Result<u64> {
        Ok(query.select(scope).count(&self.db).await?)
    }
}
