//! Which rows: the selects of the rest of the store, below a row of another table where they are a relation.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SelectStatement, SimpleExpr, Value};
use sea_orm::{ColumnTrait, EntityTrait, Iden, QueryFilter, QueryTrait, Select};

use super::super::owners::normalise;
use super::super::page::Key;
use super::super::scope::{Scope, Scoped};
use super::super::weeks::{one_week, week_key};
use super::super::{
    ActionFilter, ActionKey, ActionOrderField, ActionQuery, AgentFilter, AgentOrderField, Direction, Order, Page, ResultQuery,
    WeekFilter, WeekKey, WeekOrderField, actions as of_actions, agents as of_agents, results as of_results,
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

/// What a statement's text depends on, where that is not the statement's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    WeekById,
    /// Of the default project or of one by its code.
    WeekByStart {
        by_code: bool,
    },
    WeekHolding {
        by_code: bool,
    },
    ActionById,
    ActionByCode,
    Actions {
        /// How many there are in each list, and which of the rest are given.
        lists: [usize; 3],
        values: usize,
        given: [bool; 6],
        order: Order<ActionOrderField>,
        limit: u64,
    },
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
}

/// An order of rows: by a column, those without a value last, and then by id.
pub(super) struct Ordered {
    column: String,
    direction: Direction,
}

impl Ordered {
    fn by<C: ColumnTrait>(key: Key<C>) -> Self {
        Self { column: key.column.unquoted().to_owned(), direction: key.direction }
    }

    /// The same for rows of this name.
    pub(super) fn of(&self, row: &str) -> String {
        let (column, direction) = (&self.column, if self.direction == Direction::Asc { "ASC" } else { "DESC" });
        format!("{row}.{column} {direction} NULLS LAST, {row}.id {direction}")
    }
}

impl Rows {
    /// What the statement looks like for those who see everything, and its values in their order, where both can be told without making it.
    pub(super) fn shape(&self) -> Option<(Shape, Vec<Value>)> {
        match self {
            Self::Week(key) => Some(shape_of_week(key)),
            Self::Action(ActionKey::Id(id)) => Some((Shape::ActionById, vec![id.0.into()])),
            Self::Action(ActionKey::Code(code)) => Some((Shape::ActionByCode, vec![code.as_str().into()])),
            Self::Actions(query) => shape_of_actions(query),
            _ => None,
        }
    }

    /// Their order, by columns of theirs; none of one row.
    pub(super) fn order(&self) -> Option<Ordered> {
        Some(match self {
            Self::Weeks(_, order, _) => Ordered::by(week_key(*order)),
            Self::Agents(_, order, _) => Ordered::by(of_agents::agent_key(*order)),
            Self::Results(query) | Self::ResultsOfWeek(query) => Ordered::by(query.key()),
            Self::Actions(query) | Self::ActionsOfWeek(query) | Self::ActionsOfResult(query) => Ordered::by(query.key()),
            Self::Week(_)
            | Self::Action(_)
            | Self::ProjectOfWeek
            | Self::WeekOfResult
            | Self::ResultOfAction
            | Self::ActionOfAgent => return None,
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
            Self::Week(key) => {
                let mut found = one(one_week(scope, key), columns);
                if let WeekKey::Holding(..) = key {
                    found.statement.reset_limit();
                    found.limit = Some(1);
                }
                Ok(found)
            }
            Self::Weeks(filter, order, page) => {
                paged(filter.apply(weeks::Entity::visible(scope)), week_key(*order), page, columns)
            }
            Self::Action(key) => Ok(one(key.filter(actions::Entity::visible(scope)), columns)),
            Self::Actions(query) => paged(query.select(scope), query.key(), &query.page, columns),
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

fn shape_of_week(key: &WeekKey) -> (Shape, Vec<Value>) {
    let of = |code: &Option<String>| code.as_ref().map_or_else(|| true.into(), |code| code.to_uppercase().into());
    match key {
        WeekKey::Id(id) => (Shape::WeekById, vec![id.0.into()]),
        WeekKey::Start(code, day) => (Shape::WeekByStart { by_code: code.is_some() }, vec![of(code), (*day).into()]),
        WeekKey::Holding(code, day) => {
            (Shape::WeekHolding { by_code: code.is_some() }, vec![of(code), (*day).into(), (*day).into()])
        }
    }
}

fn shape_of_actions(query: &ActionQuery) -> Option<(Shape, Vec<Value>)> {
    let ActionFilter {
        status,
        owner,
        funnel_stage,
        due_before,
        due_from,
        completed_since,
        updated_since,
        week_id,
        result_id,
        search,
    } = &query.filter;
    if search.is_some() || query.page.after.is_some() || query.page.before.is_some() || query.page.from_end {
        return None;
    }
    let lists = [status.as_ref().map(Vec::len), owner.as_ref().map(Vec::len), funnel_stage.as_ref().map(Vec::len)];
    if lists.contains(&Some(0)) {
        return None;
    }
    let values = query.first_owned(Scope::All).map_or_else(
        || {
            let texts = status.iter().flatten().map(|status| status.as_str().to_owned());
            let texts = texts.chain(owner.iter().flatten().map(|name| normalise(name)));
            let texts = texts.chain(funnel_stage.iter().flatten().map(|stage| stage.as_str().to_owned()));
            let instants = [due_before, due_from, completed_since, updated_since].into_iter().flatten();
            let ids = week_id.iter().map(|id| id.0).chain(result_id.iter().map(|id| id.0));
            texts.map(Value::from).chain(instants.map(|at| Value::from(*at))).chain(ids.map(Value::from)).collect()
        },
        |(_, values)| values,
    );
    let shape = Shape::Actions {
        lists: lists.map(Option::unwrap_or_default),
        values: values.len(),
        given: [
            due_before.is_some(),
            due_from.is_some(),
            completed_since.is_some(),
            updated_since.is_some(),
            week_id.is_some(),
            result_id.is_some(),
        ],
        order: query.order,
        limit: query.page.limit,
    };
    Some((shape, values))
}

fn by_id<E: Scoped + Default>(scope: Scope, id: E::Column, parent: SimpleExpr, columns: &[&'static str]) -> Found {
    one(E::visible(scope).filter(Expr::col(id.as_column_ref()).eq(parent)), columns)
}

fn one<E: EntityTrait + Default>(select: Select<E>, columns: &[&'static str]) -> Found {
    let mut statement = select.into_query();
    with_columns::<E>(&mut statement, columns);
    Found { statement, limit: None }
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
    Ok(Found { statement, limit: Some(page.limit) })
}

/// The statement with these columns in place of all.
fn with_columns<E: EntityTrait + Default>(statement: &mut SelectStatement, columns: &[&'static str]) {
    statement.clear_selects();
    for name in columns {
        statement.column((E::default(), Alias::new(*name)));
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};
    use sea_orm::Iterable;
    use sea_orm::sea_query::PostgresQueryBuilder;
    use uuid::Uuid;

    use super::*;
    use crate::entities::enums::{ActionStatus, FunnelStage};
    use crate::ids::{ResultId, WeekId};

    #[test]
    fn values_that_are_told_are_those_of_the_statement() {
        let mut rng = SmallRng::seed_from_u64(8);
        let mut told = 0;
        for _ in 0..2_000 {
            let mut some = || rng.random_bool(0.4);
            let at = || DateTime::<Utc>::UNIX_EPOCH;
            let filter = ActionFilter {
                status: some().then(|| ActionStatus::iter().take(3).collect()),
                owner: some().then(|| vec!["  Agent   ONE ".to_owned(); 1 + usize::from(some())]),
                funnel_stage: some().then(|| FunnelStage::iter().take(2).collect()),
                due_before: some().then(at),
                due_from: some().then(|| at() + chrono::TimeDelta::days(1)),
                completed_since: some().then(|| at() + chrono::TimeDelta::days(2)),
                updated_since: some().then(|| at() + chrono::TimeDelta::days(3)),
                week_id: some().then(|| WeekId(Uuid::from_u128(1))),
                result_id: some().then(|| ResultId(Uuid::from_u128(2))),
                search: None,
            };
            let direction = if rng.random_bool(0.5) { Direction::Asc } else { Direction::Desc };
            let order = Order { field: ActionOrderField::DueDate, direction };
            let rows = Rows::Actions(ActionQuery { filter, order, page: Page::first(50) });
            let Some((_, values)) = rows.shape() else { continue };
            let found = rows.find(Scope::All, None, &["id"]).expect("no cursor in it");
            assert_eq!(found.statement.build(PostgresQueryBuilder).1.0, values, "{rows:?}");
            told += 1;
        }
        assert_eq!(told, 2_000);
    }

    #[test]
    fn so_are_those_of_a_week() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 5).expect("a day");
        for code in [None, Some("two's".to_owned())] {
            for key in
                [WeekKey::Id(WeekId(Uuid::from_u128(3))), WeekKey::Start(code.clone(), day), WeekKey::Holding(code.clone(), day)]
            {
                let rows = Rows::Week(key);
                let found = rows.find(Scope::All, None, &["id"]).expect("no cursor in it");
                assert_eq!(
                    found.statement.build(PostgresQueryBuilder).1.0,
                    rows.shape().expect("weeks have shapes").1,
                    "{rows:?}"
                );
            }
        }
    }

    #[test]
    fn what_changes_the_text_is_told_by_the_executor_s_way() {
        let order = Order { field: ActionOrderField::DueDate, direction: Direction::Desc };
        let rows = |filter, page| Rows::Actions(ActionQuery { filter, order, page });
        let words = ActionFilter { search: Some("a b".to_owned()), ..ActionFilter::default() };
        assert_eq!(rows(words, Page::first(5)).shape(), None);
        let nobody = ActionFilter { owner: Some(Vec::new()), ..ActionFilter::default() };
        assert_eq!(rows(nobody, Page::first(5)).shape(), None);
        let behind = Page { after: Some("x".to_owned()), ..Page::first(5) };
        assert_eq!(rows(ActionFilter::default(), behind).shape(), None);
        let (fifty, ten) = (rows(ActionFilter::default(), Page::first(50)), rows(ActionFilter::default(), Page::first(10)));
        assert_ne!(fifty.shape(), ten.shape());
    }
}
