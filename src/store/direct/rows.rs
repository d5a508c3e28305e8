//! Which rows: the selects of the rest of the store, below a row of another table where they are a relation.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SelectStatement, SimpleExpr, Value};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use super::super::page::Key;
use super::super::scope::{Scope, Scoped};
use super::super::weeks::{one_week, week_key};
use super::super::{
    ActionKey, ActionQuery, AgentFilter, AgentOrderField, Order, Page, ResultQuery, WeekFilter, WeekKey, WeekOrderField,
    actions as of_actions, agents as of_agents, results as of_results,
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

/// A column of the row above.
#[derive(Clone, Debug)]
pub(super) struct Above {
    /// The name of the row in the statement.
    pub(super) row: String,
    pub(super) column: &'static str,
}

impl Rows {
    /// The statement that finds them, with these columns; below another row, by a column of that.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a cursor that is none of this list.
    pub(super) fn select(&self, scope: Scope, above: Option<&Above>, columns: &[&'static str]) -> Result<SelectStatement> {
        let parent = || match above {
            Some(above) => Expr::col((Alias::new(above.row.clone()), Alias::new(above.column))),
            None => Expr::value(Value::Uuid(None)),
        };
        let statement = match self {
            Self::Week(key) => plain(one_week(scope, key).into_query(), weeks::Entity, columns),
            Self::Weeks(filter, order, page) => {
                paged(filter.apply(weeks::Entity::visible(scope)), week_key(*order), page, columns)?
            }
            Self::Action(key) => plain(key.filter(actions::Entity::visible(scope)).into_query(), actions::Entity, columns),
            Self::Actions(query) => paged(query.filter.select(scope), query.key(), &query.page, columns)?,
            Self::Results(query) => paged(query.select(scope), query.key(), &query.page, columns)?,
            Self::Agents(filter, order, page) => paged(filter.select(scope), of_agents::agent_key(*order), page, columns)?,
            Self::ResultsOfWeek(query) => {
                let select = query.select(scope).filter(of_results::of_week(parent()));
                paged(select, query.key(), &query.page, columns)?
            }
            Self::ActionsOfWeek(query) => {
                let select = query.filter.select(scope).filter(of_actions::of_week(parent()));
                paged(select, query.key(), &query.page, columns)?
            }
            Self::ActionsOfResult(query) => {
                let select = query.filter.select(scope).filter(of_actions::of_result(parent()));
                paged(select, query.key(), &query.page, columns)?
            }
            Self::ProjectOfWeek => by_id::<projects::Entity>(scope, projects::Column::Id, parent(), columns),
            Self::WeekOfResult => by_id::<weeks::Entity>(scope, weeks::Column::Id, parent(), columns),
            Self::ResultOfAction => by_id::<results::Entity>(scope, results::Column::Id, parent(), columns),
            Self::ActionOfAgent => by_id::<actions::Entity>(scope, actions::Column::Id, parent(), columns),
        };
        Ok(statement)
    }
}

fn by_id<E: Scoped + Default>(scope: Scope, id: E::Column, parent: SimpleExpr, columns: &[&'static str]) -> SelectStatement {
    plain(E::visible(scope).filter(Expr::col(id.as_column_ref()).eq(parent)).into_query(), E::default(), columns)
}

/// One page: without the row behind it that would tell whether more follow.
fn paged<E>(select: sea_orm::Select<E>, key: Key<E::Column>, page: &Page, columns: &[&'static str]) -> Result<SelectStatement>
where
    E: EntityTrait + Default,
{
    let mut statement = select.into_query();
    key.apply(&mut statement, page)?;
    statement.limit(page.limit);
    Ok(plain(statement, E::default(), columns))
}

/// The statement with these columns in place of all.
fn plain<E: EntityTrait>(mut statement: SelectStatement, entity: E, columns: &[&'static str]) -> SelectStatement {
    statement.clear_selects();
    for name in columns {
        statement.column((entity, Alias::new(*name)));
    }
    statement
}
