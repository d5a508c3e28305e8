//! Arguments of fields, and the rows that they mean: read by the types that the executor reads them by.

use async_graphql::{InputType, Name};
use async_graphql_value::{ConstValue, Value};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::super::arguments::{action_key, action_query, list, result_query};
use super::fields::Relation;
use super::members::has_known_members;
use crate::analytics::Basis;
use crate::schema::connection::page;
use crate::schema::enums::{OrderDirection, ResultOrderField};
use crate::schema::inputs::{
    ActionFilter, ActionOrder, AgentFilter, AgentOrder, ResultFilter, ResultOrder, WeekFilter, WeekOrder,
};
use crate::schema::scalars::Date;
use crate::store::{self, ActionOrderField, AgentOrderField, Direction, Order, Page, Rows, WeekKey, WeekOrderField, good_until};

/// The arguments of a field as its document has them.
#[derive(Clone, Debug)]
pub(super) struct Arguments(pub(super) Vec<(Name, Value)>);

/// A request's variables, and the values of those that it leaves out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variables<'a> {
    pub(super) given: &'a Map<String, Json>,
    pub(super) defaults: &'a [(Name, ConstValue)],
}

impl Variables<'_> {
    fn value(&self, name: &Name) -> Option<ConstValue> {
        match self.given.get(name.as_str()) {
            Some(given) => ConstValue::from_json(given.clone()).ok(),
            None => self.defaults.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()),
        }
    }
}

/// The arguments of a field with their values.
pub(super) struct Given(Vec<(Name, ConstValue)>);

impl Given {
    /// An argument; none where it cannot be read, which the executor is to say.
    pub(super) fn read<T: InputType>(&self, name: &str) -> Option<T> {
        let value = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        if value.is_some_and(|value| !has_known_members::<T>(value)) {
            return None;
        }
        T::parse(value.cloned()).ok()
    }

    fn page(&self) -> Option<Page> {
        page(self.read("first")?, self.read("after")?, self.read("last")?, self.read("before")?)
            .ok()
            .filter(|page| !page.from_end)
    }

    fn actions(&self, default: ActionOrderField) -> Option<store::ActionQuery> {
        let (filter, order) = (self.read::<Option<ActionFilter>>("filter")?, self.read::<Option<ActionOrder>>("orderBy")?);
        action_query(filter, order, default, self.page()?).ok()
    }

    fn results(&self, default: Option<ResultOrder>) -> Option<store::ResultQuery> {
        let (filter, order) = (self.read::<Option<ResultFilter>>("filter")?, self.read::<Option<ResultOrder>>("orderBy")?);
        result_query(filter, order.or(default), self.page()?).ok()
    }
}

impl Arguments {
    /// Whether every request means the same by them, whenever it comes.
    pub(super) fn are_constant(&self, relation: Relation) -> bool {
        let depends_on_time = match relation {
            Relation::CurrentWeek => true,
            Relation::Agents => self.0.iter().any(|(name, _)| name == "filter"),
            _ => false,
        };
        !depends_on_time && self.0.iter().all(|(_, value)| value.clone().into_const().is_some())
    }

    pub(super) fn given(&self, variables: Variables<'_>) -> Option<Given> {
        let given = self.0.iter().map(|(name, value)| {
            let value = value.clone().into_const_with(|variable| variables.value(&variable).ok_or(()));
            Some((name.clone(), value.ok()?))
        });
        given.collect::<Option<_>>().map(Given)
    }

    /// The rows that a field means; none where the executor has to say why there are none.
    pub(super) fn rows(&self, relation: Relation, variables: Variables<'_>, basis: &Basis, now: DateTime<Utc>) -> Option<Rows> {
        let given = self.given(variables)?;
        Some(match relation {
            Relation::Week => Rows::Week(match (given.read("id")?, given.read::<Option<Date>>("startDate")?) {
                (Some(id), None) => WeekKey::Id(id),
                (None, Some(day)) => WeekKey::Start(given.read("project")?, day.0),
                _ => return None,
            }),
            Relation::CurrentWeek => {
                let today = basis.day(now);
                good_until(basis.end_of(today));
                Rows::Week(WeekKey::Holding(given.read("project")?, today))
            }
            Relation::Weeks => {
                let WeekFilter { status, project, starts_from, starts_before } =
                    given.read::<Option<WeekFilter>>("filter")?.unwrap_or_default();
                let filter = store::WeekFilter {
                    status: list("filter.status", status).ok()?,
                    project: list("filter.project", project).ok()?,
                    starts_from: starts_from.map(|day| day.0),
                    starts_before: starts_before.map(|day| day.0),
                };
                let order = given.read::<Option<WeekOrder>>("orderBy")?.map_or(
                    Order { field: WeekOrderField::StartDate, direction: Direction::Desc },
                    |order| Order { field: order.field.into(), direction: order.direction.into() },
                );
                Rows::Weeks(filter, order, given.page()?)
            }
            Relation::Action => Rows::Action(action_key(given.read("id")?, given.read("code")?, "code").ok()?),
            Relation::Actions => Rows::Actions(given.actions(ActionOrderField::DueDate)?),
            Relation::Results => {
                let latest = ResultOrder { field: ResultOrderField::UpdatedAt, direction: OrderDirection::Desc };
                Rows::Results(given.results(Some(latest))?)
            }
            Relation::Agents => {
                let AgentFilter { status, max_health_score } = given.read::<Option<AgentFilter>>("filter")?.unwrap_or_default();
                let stale_before = status.is_some().then(|| {
                    store::good_for_a_moment();
                    now - basis.agent_stale_after
                });
                let status = list("filter.status", status).ok()?;
                let filter = store::AgentFilter { status, max_health: max_health_score, stale_before };
                let order = given.read::<Option<AgentOrder>>("orderBy")?.map_or(
                    Order { field: AgentOrderField::Name, direction: Direction::Asc },
                    |order| Order { field: order.field.into(), direction: order.direction.into() },
                );
                Rows::Agents(filter, order, given.page()?)
            }
            Relation::ResultsOfWeek => Rows::ResultsOfWeek(given.results(None)?),
            Relation::ActionsOfWeek => Rows::ActionsOfWeek(given.actions(ActionOrderField::DueDate)?),
            Relation::ActionsOfResult => Rows::ActionsOfResult(given.actions(ActionOrderField::Position)?),
            Relation::ProjectOfWeek => Rows::ProjectOfWeek,
            Relation::WeekOfResult => Rows::WeekOfResult,
            Relation::ResultOfAction => Rows::ResultOfAction,
            Relation::ActionOfAgent => Rows::ActionOfAgent,
        })
    }
}
