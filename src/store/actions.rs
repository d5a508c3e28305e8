//! Reading actions.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SimpleExpr, Value, extension::postgres::PgExpr};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{ActionKey, Direction, Order, Page, Slice, Store, owners};
use crate::entities::enums::{ActionStatus, FunnelStage};
use crate::entities::{action_owners, actions, results};
use crate::error::Result;
use crate::ids::{ActionId, OwnerId, ResultId, WeekId};

/// Which actions are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionFilter {
    /// Any of these.
    pub status: Option<Vec<ActionStatus>>,
    /// Owned by any of these, in any known spelling.
    pub owner: Option<Vec<String>>,
    /// Any of these.
    pub funnel_stage: Option<Vec<FunnelStage>>,
    /// Due before this instant.
    pub due_before: Option<DateTime<Utc>>,
    /// Due at or after this instant.
    pub due_from: Option<DateTime<Utc>>,
    /// Completed at or after this instant.
    pub completed_since: Option<DateTime<Utc>>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Only those of this week.
    pub week_id: Option<WeekId>,
    /// Only those of this result.
    pub result_id: Option<ResultId>,
    /// Words in the code, the text or the description, in any case.
    pub search: Option<String>,
}

/// What actions can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionOrderField {
    /// Order within the result.
    Position,
    /// When it is due.
    DueDate,
    /// When it was completed.
    CompletionDate,
    /// When the row was made.
    CreatedAt,
    /// When the row last changed.
    UpdatedAt,
    /// Code.
    Code,
}

/// Which actions are listed, in which order, which page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionQuery {
    /// The filter.
    pub filter: ActionFilter,
    /// The order.
    pub order: Order<ActionOrderField>,
    /// The page.
    pub page: Page,
}

/// The `LIKE` pattern of a word anywhere in a text.
pub(super) fn like_pattern(word: &str) -> String {
    format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

impl ActionFilter {
    pub(super) fn select(&self, scope: Scope) -> Select<actions::Entity> {
        use actions::Column as C;
        let mut conditions = Condition::all();
        if let Some(status) = &self.status {
            conditions = conditions.add(C::Status.is_in(status.iter().copied()));
        }
        if let Some(names) = &self.owner {
            let owned = Query::select()
                .column(action_owners::Column::ActionId)
                .from(action_owners::Entity)
                .and_where(action_owners::Column::OwnerId.in_subquery(owners::ids_by_alias(names)))
                .take();
            conditions = conditions.add(C::Id.in_subquery(owned));
        }
        if let Some(stages) = &self.funnel_stage {
            conditions = conditions.add(C::FunnelStage.is_in(stages.iter().copied()));
        }
        if let Some(instant) = self.due_before {
            conditions = conditions.add(C::DueDate.lt(instant));
        }
        if let Some(instant) = self.due_from {
            conditions = conditions.add(C::DueDate.gte(instant));
        }
        if let Some(instant) = self.completed_since {
            conditions = conditions.add(C::CompletionDate.gte(instant));
        }
        if let Some(instant) = self.updated_since {
            conditions = conditions.add(C::UpdatedAt.gte(instant));
        }
        if let Some(week) = self.week_id {
            let of_week = results::Entity::find()
                .select_only()
                .column(results::Column::Id)
                .filter(results::Column::WeeklyPlanId.eq(week))
                .into_query();
            conditions = conditions.add(C::ResultId.in_subquery(of_week));
        }
        if let Some(result) = self.result_id {
            conditions = conditions.add(C::ResultId.eq(result));
        }
        for word in self.search.iter().flat_map(|text| text.split_whitespace()) {
            let pattern = like_pattern(word);
            let any = [C::ActionCode, C::ActionText, C::Description]
                .into_iter()
                .fold(Condition::any(), |any, column| any.add(Expr::col(column.as_column_ref()).ilike(&pattern)));
            conditions = conditions.add(any);
        }
        actions::Entity::visible(scope).filter(conditions)
    }
}

impl ActionQuery {
    /// The actions that are listed, before they are ordered and cut into pages.
    pub(super) fn select(&self, scope: Scope) -> Select<actions::Entity> {
        match self.first_owned(scope) {
            Some((sql, values)) => actions::Entity::visible(scope).filter(Expr::cust_with_values(sql, values)),
            None => self.filter.select(scope),
        }
    }

    /// The same for the first page of what one owner has to do, by due date: it is among the first of each status, which an index finds
    /// (migration 26), however many there are. A condition and its values in their order; None for other pages.
    pub(super) fn first_owned(&self, scope: Scope) -> Option<(String, Vec<Value>)> {
        let ActionFilter { status, owner, .. } = &self.filter;
        let plain = ActionFilter { status: status.clone(), owner: owner.clone(), ..ActionFilter::default() };
        let by_due_date = Order { field: ActionOrderField::DueDate, direction: Direction::Asc };
        if self.filter != plain || self.order != by_due_date || self.page.after.is_some() || self.page.before.is_some() {
            return None;
        }
        let (meant, owner): (_, Value) = match (scope, owner.as_deref()) {
            (Scope::All, Some([name])) => {
                ("(SELECT owner_id FROM owner_aliases WHERE alias = {})", owners::normalise(name).into())
            }
            (Scope::Owner(owner), None) => ("{}", owner.0.into()),
            _ => return None,
        };
        let order = if self.page.from_end { "action_due_date DESC, action_id DESC" } else { "action_due_date, action_id" };
        let (mut selects, mut values) = (Vec::new(), Vec::new());
        for status in ActionStatus::iter().filter(|own| status.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == own)))
        {
            let owner_id = meant.replace("{}", &format!("${}", values.len() + 1));
            selects.push(format!(
                "(SELECT action_id FROM action_owners WHERE owner_id = {owner_id} AND action_status = ${} ORDER BY {order} LIMIT {})",
                values.len() + 2,
                self.page.limit + 1
            ));
            values.extend([owner.clone(), status.as_str().into()]);
        }
        let sql = format!(r#""rpm_action_items"."id" IN ({})"#, selects.join(" UNION ALL "));
        (!values.is_empty()).then_some((sql, values))
    }

    pub(super) fn key(&self) -> Key<actions::Column> {
        use actions::Column as C;
        let (column, kind, nullable, name) = match self.order.field {
            ActionOrderField::Position => (C::Position, Kind::Int, false, "action.position"),
            ActionOrderField::DueDate => (C::DueDate, Kind::Instant, true, "action.due"),
            ActionOrderField::CompletionDate => (C::CompletionDate, Kind::Instant, true, "action.completed"),
            ActionOrderField::CreatedAt => (C::CreatedAt, Kind::Instant, false, "action.created"),
            ActionOrderField::UpdatedAt => (C::UpdatedAt, Kind::Instant, false, "action.updated"),
            ActionOrderField::Code => (C::ActionCode, Kind::Text, false, "action.code"),
        };
        Key { column, id: C::Id, kind, nullable, direction: self.order.direction, name }
    }
}

/// Ties an action to its result.
pub(super) fn of_result(result: SimpleExpr) -> SimpleExpr {
    Expr::col(actions::Column::ResultId.as_column_ref()).eq(result)
}

/// Ties an action to its week.
pub(super) fn of_week(week: SimpleExpr) -> SimpleExpr {
    let results = Query::select()
        .column(results::Column::Id)
        .from(results::Entity)
        .and_where(Expr::col(results::Column::WeeklyPlanId.as_column_ref()).eq(week))
        .take();
    actions::Column::ResultId.in_subquery(results)
}

impl Store {
    /// One action.
    pub async fn action(&self, scope: Scope, key: &ActionKey) -> Result<Option<actions::Model>> {
        Ok(key.filter(actions::Entity::visible(scope)).one(&self.db).await?)
    }

    /// Actions for many ids.
    pub async fn actions_by_id(&self, scope: Scope, ids: &[ActionId]) -> Result<Vec<actions::Model>> {
        Ok(actions::Entity::visible(scope).filter(actions::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// Actions for many codes.
    pub async fn actions_by_code(&self, scope: Scope, codes: &[String]) -> Result<Vec<actions::Model>> {
        Ok(actions::Entity::visible(scope).filter(actions::Column::ActionCode.is_in(codes)).all(&self.db).await?)
    }

    /// The actions that wait for any of the given codes, at most 100 for each, as (code waited for, action).
    pub async fn dependents_by_code(&self, scope: Scope, codes: &[String]) -> Result<Vec<actions::Model>> {
        let waits = codes.iter().fold(Condition::any(), |any, code| {
            any.add(Expr::col(actions::Column::Dependencies.as_column_ref()).contains(Expr::val(serde_json::json!([code]))))
        });
        let limit = 100 * u64::try_from(codes.len()).unwrap_or(u64::MAX);
        Ok(actions::Entity::visible(scope).filter(waits).limit(limit).all(&self.db).await?)
    }

    /// A page of actions.
    pub async fn actions(&self, scope: Scope, query: &ActionQuery) -> Result<Slice<actions::Model>> {
        self.slice(query.select(scope), query.key(), &query.page).await
    }

    /// The same page of actions for each of many results.
    pub async fn actions_by_result(
        &self,
        scope: Scope,
        results: &[Uuid],
        query: &ActionQuery,
    ) -> Result<Vec<(Uuid, Slice<actions::Model>)>> {
        self.slices(query.filter.select(scope), of_result, results, query.key(), &query.page).await
    }

    /// The same page of actions for each of many weeks.
    pub async fn actions_by_week(
        &self,
        scope: Scope,
        weeks: &[Uuid],
        query: &ActionQuery,
    ) -> Result<Vec<(Uuid, Slice<actions::Model>)>> {
        self.slices(query.filter.select(scope), of_week, weeks, query.key(), &query.page).await
    }

    /// How many actions of each of many results a filter lets through.
    pub async fn count_actions_by_result(&self, scope: Scope, results: &[Uuid], query: &ActionQuery) -> Result<Vec<(Uuid, u64)>> {
        self.counts_by_parent(query.filter.select(scope), of_result, results).await
    }

    /// How many actions of each of many weeks a filter lets through.
    pub async fn count_actions_by_week(&self, scope: Scope, weeks: &[Uuid], query: &ActionQuery) -> Result<Vec<(Uuid, u64)>> {
        self.counts_by_parent(query.filter.select(scope), of_week, weeks).await
    }

    /// How many actions a filter lets through.
    pub async fn count_actions(&self, scope: Scope, filter: &ActionFilter) -> Result<u64> {
        Ok(filter.select(scope).count(&self.db).await?)
    }

    /// The owners of many actions, each pair once, in the order written.
    pub async fn owner_ids_by_action(&self, actions: &[ActionId]) -> Result<Vec<action_owners::Model>> {
        use sea_orm::QueryOrder;
        Ok(action_owners::Entity::find()
            .filter(action_owners::Column::ActionId.is_in(actions.iter().copied()))
            .order_by_asc(action_owners::Column::Position)
            .order_by_asc(action_owners::Column::OwnerId)
            .all(&self.db)
            .await?)
    }

    /// Whether an owner is among an action's owners.
    pub async fn owns(&self, owner: OwnerId, action: ActionId) -> Result<bool> {
        Ok(action_owners::Entity::find_by_id((action, owner)).one(&self.db).await?.is_some())
    }
}
