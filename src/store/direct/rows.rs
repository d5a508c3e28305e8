//! Which rows: the selects of the rest of the store, below a row of another table where they are a relation.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SelectStatement, SimpleExpr, Value};
use sea_orm::{ColumnTrait, EntityTrait, Iden, QueryFilter, QueryTrait, Select};

use super::super::page::Key;
use super::super::scope::{Scope, Scoped};
use super::super::weeks::{one_week, week_key};
use super::super::{
    ActionKey, ActionQuery, AgentFilter, AgentOrderField, Direction, Order, Page, ResultQuery, WeekFilter, WeekKey,
    WeekOrderField, actions as of_actions, agents as of_agents, results as of_results,
};
use crate::entities::{actions, projects, results, weeks};
use crate::error::Result;

/// Rows of one table.
#[derive(Clone, Debug)]
pub enum Rows {
    /// One week.
    Week(WeekKey),
    /// A page of weeks.
    Weeks(WeekFilter, Order<WeekOrderField>, Page),
    /// One action.
    Action(ActionKey),
    /// A page of actions.
    Actions(ActionQuery),
    /// A page of results.
    Results(ResultQuery),
    /// A page of agents.
    Agents(AgentFilter, Order<AgentOrderField>, Page),
    /// The project of a week.
    ProjectOfWeek,
    /// A page of the results of a week.
    ResultsOfWeek(ResultQuery),
    /// A page of the actions of a week.
    ActionsOfWeek(ActionQuery),
    /// The week of a result.
    WeekOfResult,
    /// A page of the actions of a result.
    ActionsOfResult(ActionQuery),
    /// The result of an action.
    ResultOfAction,
    /// What an agent works on.
    ActionOfAgent,
}

/// Rows whose statement has one value, and the same text whatever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OneValue {
    WeekById,
    ActionById,
    ActionByCode,
}

impl OneValue {
    /// How many kinds there are.
    pub(super) const KINDS: usize = 3;
}

/// A column of the row above.
#[derive(Clone, Debug)]
pub(super) struct Above {
    /// The name of the row in the statement.
    pub(super) row: String,
    pub(super) column: &'static str,
}

/// A statement that finds rows.
pub(super) struct Found {
    pub(super) statement: SelectStatement,
    /// How many at most. Written as a number and not as a value: a plan that does not know it is one for a tenth of all rows.
    pub(super) limit: Option<u64>,
    /// Their order, by columns of theirs.
    pub(super) order: Option<Ordered>,
}

/// An order of rows: by a column, those without a value last, and then by id.
pub(super) struct Ordered {
    column: String,
    direction: Direction,
}

impl Ordered {
    /// The same for rows of this name.
    pub(super) fn of(&self, row: &str) -> String {
        let (column, direction) = (&self.column, if self.direction == Direction::Asc { "ASC" } else { "DESC" });
        format!("{row}.{column} {direction} NULLS LAST, {row}.id {direction}")
    }
}

impl Rows {
    /// The only value of the statement for those who see everything, where that is so.
    pub(super) fn one_value(&self) -> Option<(OneValue, Value)> {
        Some(match self {
            Self::Week(WeekKey::Id(id)) => (OneValue::WeekById, id.0.into()),
            Self::Action(ActionKey::Id(id)) => (OneValue::ActionById, id.0.into()),
            Self::Action(ActionKey::Code(code)) => (OneValue::ActionByCode, code.as_str().into()),
            _ => return None,
        })
    }

    /// The statement that finds them, with these columns, and those that they are ordered by; below another row, by a column of that.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a cursor that is none of this list.
    pub(super) fn find(&self, scope: Scope, above: Option<&Above>, columns: &[&'static str]) -> Result<Found> {
        let parent = || match above {
            Some(above) => Expr::col((Alias::new(above.row.clone()), Alias::new(above.column))),
            None => Expr::value(Value::Uuid(None)),
        };
        match self {
            Self::Week(key) => Ok(one(one_week(scope, key), columns)),
            Self::Weeks(filter, order, page) => {
                paged(filter.apply(weeks::Entity::visible(scope)), week_key(*order), page, columns)
            }
            Self::Action(key) => Ok(one(key.filter(actions::Entity::visible(scope)), columns)),
            Self::Actions(query) => paged(query.filter.select(scope), query.key(), &query.page, columns),
            Self::Results(query) => paged(query.select(scope), query.key(), &query.page, columns),
            Self::Agents(filter, order, page) => paged(filter.select(scope), of_agents::agent_key(*order), page, columns),
            Self::ResultsOfWeek(query) => {
                paged(query.select(scope).filter(of_results::of_week(parent())), query.key(), &query.page, columns)
            }
            Self::ActionsOfWeek(query) => {
                paged(query.filter.select(scope).filter(of_actions::of_week(parent())), query.key(), &query.page, columns)
            }
            Self::ActionsOfResult(query) => {
                paged(query.filter.select(scope).filter(of_actions::of_result(parent())), query.key(), &query.page, columns)
            }
            Self::ProjectOfWeek => Ok(by_id::<projects::Entity>(scope, projects::Column::Id, parent(), columns)),
            Self::WeekOfResult => Ok(by_id::<weeks::Entity>(scope, weeks::Column::Id, parent(), columns)),
            Self::ResultOfAction => Ok(by_id::<results::Entity>(scope, results::Column::Id, parent(), columns)),
            Self::ActionOfAgent => Ok(by_id::<actions::Entity>(scope, actions::Column::Id, parent(), columns)),
        }
    }
}

fn by_id<E: Scoped + Default>(scope: Scope, id: E::Column, parent: SimpleExpr, columns: &[&'static str]) -> Found {
    one(E::visible(scope).filter(Expr::col(id.as_column_ref()).eq(parent)), columns)
}

fn one<E: EntityTrait + Default>(select: Select<E>, columns: &[&'static str]) -> Found {
    let mut statement = select.into_query();
    with_columns::<E>(&mut statement, columns);
    Found { statement, limit: None, order: None }
}

/// One page: without the row behind it that would tell whether more follow.
fn paged<E: EntityTrait + Default>(
    select: Select<E>,
    key: Key<E::Column>,
    page: &Page,
    columns: &[&'static str],
) -> Result<Found> {
    let mut statement = select.into_query();
    key.apply(&mut statement, page)?;
    statement.reset_limit();
    with_columns::<E>(&mut statement, columns);
    let column = key.column.unquoted().to_owned();
    for wanted in [column.as_str(), "id"] {
        if !columns.contains(&wanted) && (wanted != "id" || column != "id") {
            statement.column((E::default(), Alias::new(wanted.to_owned())));
        }
    }
    Ok(Found { statement, limit: Some(page.limit), order: Some(Ordered { column, direction: key.direction }) })
}

/// The statement with these columns in place of all.
fn with_columns<E: EntityTrait + Default>(statement: &mut SelectStatement, columns: &[&'static str]) {
    statement.clear_selects();
    for name in columns {
        statement.column((E::default(), Alias::new(*name)));
    }
}
