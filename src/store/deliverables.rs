//! Deliverables, their publication and their revenue.

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Select,
    Statement,
};
use serde_json::json;

use super::metrics::visible;
use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Actor, NewEvent, Order, Page, Slice, Store, Tx};
use crate::entities::enums::{DeliverableStatus, DeliverableType, EventType};
use crate::entities::{actions, deliverables, results};
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, DeliverableId, WeekId};

/// Which deliverables are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeliverableFilter {
    /// Any of these.
    pub types: Option<Vec<DeliverableType>>,
    /// Any of these.
    pub status: Option<Vec<DeliverableStatus>>,
    /// Published at or after this instant.
    pub published_since: Option<DateTime<Utc>>,
    /// Only those of this action.
    pub action_id: Option<ActionId>,
    /// Only those of this week's actions.
    pub week_id: Option<WeekId>,
}

/// What deliverables can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliverableOrderField {
    /// When the row was made.
    CreatedAt,
    /// When it was published.
    PublishedAt,
    /// Title.
    Title,
}

impl DeliverableFilter {
    fn select(&self, scope: Scope) -> Select<deliverables::Entity> {
        use deliverables::Column as C;
        let mut select = deliverables::Entity::visible(scope);
        if let Some(types) = &self.types {
            select = select.filter(C::DeliverableType.is_in(types.iter().copied()));
        }
        if let Some(status) = &self.status {
            select = select.filter(C::Status.is_in(status.iter().copied()));
        }
        if let Some(instant) = self.published_since {
            select = select.filter(C::PublishedAt.gte(instant));
        }
        if let Some(action) = self.action_id {
            select = select.filter(C::ActionItemId.eq(action));
        }
        if let Some(week) = self.week_id {
            let of_week = Query::select()
                .column((actions::Entity, actions::Column::Id))
                .from(actions::Entity)
                .inner_join(
                    results::Entity,
                    Expr::col((results::Entity, results::Column::Id)).equals((actions::Entity, actions::Column::ResultId)),
                )
                .and_where(results::Column::WeeklyPlanId.eq(week))
                .take();
            select = select.filter(C::ActionItemId.in_subquery(of_week));
        }
        select
    }
}

impl Store {
    /// Deliverables for many ids.
    pub async fn deliverables_by_id(&self, scope: Scope, ids: &[DeliverableId]) -> Result<Vec<deliverables::Model>> {
        Ok(deliverables::Entity::visible(scope).filter(deliverables::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// The deliverables of many actions, oldest first.
    pub async fn deliverables_by_action(&self, scope: Scope, ids: &[ActionId]) -> Result<Vec<deliverables::Model>> {
        use sea_orm::QueryOrder;
        Ok(deliverables::Entity::visible(scope)
            .filter(deliverables::Column::ActionItemId.is_in(ids.iter().copied()))
            .order_by_asc(deliverables::Column::CreatedAt)
            .order_by_asc(deliverables::Column::Id)
            .all(&self.db)
            .await?)
    }

    /// The deliverables of a week's actions that brought the most, at most `limit`; those without recorded revenue are not among them.
    pub async fn top_deliverables(&self, scope: Scope, week: WeekId, limit: u32) -> Result<Vec<deliverables::Model>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        let values = [week.0.into(), owner.into(), i64::from(limit).into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, include_str!("sql/top_deliverables.sql"), values);
        Ok(deliverables::Entity::find().from_raw_sql(statement).all(&self.db).await?)
    }

    /// A page of deliverables.
    pub async fn deliverables(
        &self,
        scope: Scope,
        filter: &DeliverableFilter,
        order: Order<DeliverableOrderField>,
        page: &Page,
    ) -> Result<Slice<deliverables::Model>> {
        use deliverables::Column as C;
        let (column, kind, nullable, name) = match order.field {
            DeliverableOrderField::CreatedAt => (C::CreatedAt, Kind::Instant, false, "deliverable.created"),
            DeliverableOrderField::PublishedAt => (C::PublishedAt, Kind::Instant, true, "deliverable.published"),
            DeliverableOrderField::Title => (C::Title, Kind::Text, false, "deliverable.title"),
        };
        let key = Key { column, id: C::Id, kind, nullable, direction: order.direction, name };
        self.slice(filter.select(scope), key, page).await
    }

    /// How many deliverables a filter lets through.
    pub async fn count_deliverables(&self, scope: Scope, filter: &DeliverableFilter) -> Result<u64> {
        Ok(filter.select(scope).count(&self.db).await?)
    }

    /// Publishes a deliverable; one that is published already stays as it is.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` when it has changed since `expected_updated_at`.
    pub async fn publish_deliverable(
        &self,
        scope: Scope,
        actor: &Actor,
        id: DeliverableId,
        expected_updated_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<deliverables::Model> {
        let now = now.trunc_subsecs(6);
        self.transaction(actor, &(), move |(), tx| {
            async move {
                let row = lock(tx, scope, id).await?;
                if row.status == DeliverableStatus::Published {
                    return Ok(row);
                }
                expect(&row, expected_updated_at)?;
                let mut next = row.clone();
                next.status = DeliverableStatus::Published;
                next.published_at = Some(now);
                next.updated_at = now;
                let row = next.into_active_model().reset_all().update(&tx.db).await?;
                let event = tx.deliverable_event(EventType::DeliverablePublished, &row).await?;
                tx.emit(event);
                Ok(row)
            }
            .boxed()
        })
        .await
    }

    /// Sets the revenue of a deliverable, in US dollars. The same figures again change nothing.
    ///
    /// # Errors
    /// `NOT_FOUND`; `CONFLICT` when it has changed since `expected_updated_at`.
    pub async fn record_deliverable_revenue(
        &self,
        scope: Scope,
        actor: &Actor,
        id: DeliverableId,
        actual: Decimal,
        expected_updated_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<deliverables::Model> {
        let now = now.trunc_subsecs(6);
        self.transaction(actor, &(), move |(), tx| {
            async move {
                let row = lock(tx, scope, id).await?;
                if row.revenue_actual == Some(actual) {
                    return Ok(row);
                }
                expect(&row, expected_updated_at)?;
                let mut next = row.clone();
                next.revenue_actual = Some(actual);
                next.updated_at = now;
                let updated = next.into_active_model().reset_all().update(&tx.db).await?;
                let mut event = tx.deliverable_event(EventType::RevenueUpdate, &updated).await?;
                event.payload =
                    json!({ "title": updated.title, "revenueActual": actual, "previousRevenueActual": row.revenue_actual });
                tx.emit(event);
                Ok(updated)
            }
            .boxed()
        })
        .await
    }
}

async fn lock(tx: &Tx, scope: Scope, id: DeliverableId) -> Result<deliverables::Model> {
    deliverables::Entity::visible(scope)
        .filter(deliverables::Column::Id.eq(id))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(&tx.db)
        .await?
        .ok_or_else(|| ClientError::not_found("deliverable", id).into())
}

fn expect(row: &deliverables::Model, expected: Option<DateTime<Utc>>) -> Result<(), ClientError> {
    if expected.is_none_or(|expected| expected.trunc_subsecs(6) == row.updated_at) {
        return Ok(());
    }
    Err(ClientError::Conflict {
        message: format!("{} has changed since you read it", row.title),
        current: json!({
            "id": row.id,
            "title": row.title,
            "status": row.status.as_str().to_uppercase(),
            "revenueActual": row.revenue_actual,
            "publishedAt": row.published_at,
            "updatedAt": row.updated_at,
        }),
    })
}

impl Tx {
    /// An event of a deliverable, with the week, result and owners of its action.
    async fn deliverable_event(&self, event_type: EventType, row: &deliverables::Model) -> Result<NewEvent> {
        let mut event = NewEvent {
            deliverable_id: Some(row.id),
            action_id: row.action_item_id,
            payload: json!({ "title": row.title, "type": row.deliverable_type.as_str() }),
            ..NewEvent::new(event_type)
        };
        if let Some(action) = row.action_item_id {
            let of_action = Query::select()
                .column(actions::Column::ResultId)
                .from(actions::Entity)
                .and_where(actions::Column::Id.eq(action))
                .take();
            let result = results::Entity::find().filter(results::Column::Id.in_subquery(of_action)).one(&self.db).await?;
            event.result_id = result.as_ref().map(|result| result.id);
            event.week_id = result.map(|result| result.weekly_plan_id);
            event.owner_ids = self.owners_of(action).await?.into_iter().map(|id| id.0).collect();
        }
        Ok(event)
    }
}
