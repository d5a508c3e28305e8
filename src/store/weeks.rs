//! Weekly plans and their projects.

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::page::{Key, Kind};
use super::scope::{Scope, Scoped};
use super::{Order, Page, Slice, Store};
use crate::entities::enums::WeekStatus;
use crate::entities::{projects, weeks};
use crate::error::Result;
use crate::ids::{ProjectId, WeekId};

/// Which week is meant.
#[derive(Clone, Debug)]
pub enum WeekKey {
    /// By id.
    Id(WeekId),
    /// By project code (absent: the default project) and first day.
    Start(Option<String>, NaiveDate),
    /// The week of a project that holds a day: the one that began last, where several do.
    Holding(Option<String>, NaiveDate),
}

/// Which weeks are listed; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WeekFilter {
    /// Any of these.
    pub status: Option<Vec<WeekStatus>>,
    /// Codes of projects, any of these.
    pub project: Option<Vec<String>>,
    /// First day on or after this day.
    pub starts_from: Option<NaiveDate>,
    /// First day before this day.
    pub starts_before: Option<NaiveDate>,
}

/// What weeks can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeekOrderField {
    /// First day.
    StartDate,
    /// When the row last changed.
    UpdatedAt,
}

impl WeekFilter {
    pub(super) fn apply(&self, mut select: Select<weeks::Entity>) -> Select<weeks::Entity> {
        if let Some(status) = &self.status {
            select = select.filter(weeks::Column::Status.is_in(status.iter().copied()));
        }
        if let Some(codes) = &self.project {
            select = select.filter(weeks::Column::ProjectId.in_subquery(projects_by_code(codes)));
        }
        if let Some(day) = self.starts_from {
            select = select.filter(weeks::Column::WeekStartDate.gte(day));
        }
        if let Some(day) = self.starts_before {
            select = select.filter(weeks::Column::WeekStartDate.lt(day));
        }
        select
    }
}

/// `SELECT id FROM projects WHERE code IN (…)`, codes in any case.
pub(super) fn projects_by_code(codes: &[String]) -> sea_orm::sea_query::SelectStatement {
    projects::Entity::find()
        .select_only()
        .column(projects::Column::Id)
        .filter(projects::Column::Code.is_in(codes.iter().map(|code| code.to_uppercase())))
        .into_query()
}

fn in_project(select: Select<weeks::Entity>, code: Option<&String>) -> Select<weeks::Entity> {
    match code {
        Some(code) => select.filter(weeks::Column::ProjectId.in_subquery(projects_by_code(std::slice::from_ref(code)))),
        None => select.filter(
            weeks::Column::ProjectId.in_subquery(
                projects::Entity::find()
                    .select_only()
                    .column(projects::Column::Id)
                    .filter(projects::Column::IsDefault.eq(true))
                    .into_query(),
            ),
        ),
    }
}

/// The select of one week.
pub(super) fn one_week(scope: Scope, key: &WeekKey) -> Select<weeks::Entity> {
    let select = weeks::Entity::visible(scope);
    match key {
        WeekKey::Id(id) => select.filter(weeks::Column::Id.eq(*id)),
        WeekKey::Start(project, day) => in_project(select, project.as_ref()).filter(weeks::Column::WeekStartDate.eq(*day)),
        WeekKey::Holding(project, day) => in_project(select, project.as_ref())
            .filter(weeks::Column::WeekStartDate.lte(*day))
            .filter(weeks::Column::WeekEndDate.gte(*day))
            .order_by_desc(weeks::Column::WeekStartDate)
            .limit(1),
    }
}

/// The order of a list of weeks.
pub(super) const fn week_key(order: Order<WeekOrderField>) -> Key<weeks::Column> {
    let (column, kind, name) = match order.field {
        WeekOrderField::StartDate => (weeks::Column::WeekStartDate, Kind::Date, "week.start"),
        WeekOrderField::UpdatedAt => (weeks::Column::UpdatedAt, Kind::Instant, "week.updated"),
    };
    Key { column, id: weeks::Column::Id, kind, nullable: false, direction: order.direction, name }
}

impl Store {
    /// One week.
    pub async fn week(&self, scope: Scope, key: WeekKey) -> Result<Option<weeks::Model>> {
        Ok(one_week(scope, &key).one(&self.db).await?)
    }

    /// Weeks for many ids.
    pub async fn weeks_by_id(&self, scope: Scope, ids: &[WeekId]) -> Result<Vec<weeks::Model>> {
        Ok(weeks::Entity::visible(scope).filter(weeks::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// A page of weeks.
    pub async fn weeks(
        &self,
        scope: Scope,
        filter: &WeekFilter,
        order: Order<WeekOrderField>,
        page: &Page,
    ) -> Result<Slice<weeks::Model>> {
        self.slice(filter.apply(weeks::Entity::visible(scope)), week_key(order), page).await
    }

    /// How many weeks a filter lets through.
    pub async fn count_weeks(&self, scope: Scope, filter: &WeekFilter) -> Result<u64> {
        Ok(filter.apply(weeks::Entity::visible(scope)).count(&self.db).await?)
    }

    /// Projects for many ids.
    pub async fn projects_by_id(&self, scope: Scope, ids: &[ProjectId]) -> Result<Vec<projects::Model>> {
        Ok(projects::Entity::visible(scope).filter(projects::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }
}
