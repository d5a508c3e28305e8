//! What arguments mean to the store, for root fields and fields of objects alike.

use async_graphql::Context;

use super::context::ContextExt;
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, WeekId};
use crate::schema::enums::EventType;
use crate::schema::inputs::{ActionFilter, ActionOrder, ResultFilter, ResultOrder};
use crate::store::{self, ActionKey, ActionOrderField, ActionQuery, Direction, Order, Page, ResultOrderField, ResultQuery};

/// The most values in one list of a filter.
const MAX_FILTER_VALUES: usize = 1000;

/// A list of a filter, as the store knows its values.
pub(super) fn list<A: Into<B>, B>(field: &str, values: Option<Vec<A>>) -> Result<Option<Vec<B>>, ClientError> {
    let Some(values) = values else { return Ok(None) };
    if values.len() > MAX_FILTER_VALUES {
        return Err(ClientError::input(
            field,
            format!("`{field}` takes {MAX_FILTER_VALUES} values at most, not {}", values.len()),
        ));
    }
    Ok(Some(values.into_iter().map(Into::into).collect()))
}

/// The query behind a connection of actions.
pub(super) fn action_query(
    filter: Option<ActionFilter>,
    order: Option<ActionOrder>,
    default: ActionOrderField,
    page: Page,
) -> Result<ActionQuery, ClientError> {
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
    } = filter.unwrap_or_default();
    let filter = store::ActionFilter {
        status: list("filter.status", status)?,
        owner: list("filter.owner", owner)?,
        funnel_stage: list("filter.funnelStage", funnel_stage)?,
        due_before: due_before.map(|instant| instant.0),
        due_from: due_from.map(|instant| instant.0),
        completed_since: completed_since.map(|instant| instant.0),
        updated_since: updated_since.map(|instant| instant.0),
        week_id,
        result_id,
        search,
    };
    let order = order.map_or(Order { field: default, direction: Direction::Asc }, |order| Order {
        field: order.field.into(),
        direction: order.direction.into(),
    });
    Ok(ActionQuery { filter, order, page })
}

/// The query behind a connection of results.
pub(super) fn result_query(
    filter: Option<ResultFilter>,
    order: Option<ResultOrder>,
    page: Page,
) -> Result<ResultQuery, ClientError> {
    let ResultFilter { status, category } = filter.unwrap_or_default();
    let order = order.map_or(Order { field: ResultOrderField::Position, direction: Direction::Asc }, |order| Order {
        field: order.field.into(),
        direction: order.direction.into(),
    });
    Ok(ResultQuery { status: list("filter.status", status)?, category: list("filter.category", category)?, order, page })
}

/// Which action is meant by an id or a code.
pub(super) fn action_key(id: Option<ActionId>, code: Option<String>, field: &str) -> Result<ActionKey, ClientError> {
    match (id, code) {
        (Some(id), None) => Ok(ActionKey::Id(id)),
        (None, Some(code)) => Ok(ActionKey::Code(code)),
        _ => Err(ClientError::input(field, "Give `id` or `code`, one of the two")),
    }
}

/// The filter of an event stream.
pub(super) async fn event_filter(
    ctx: &Context<'_>,
    types: Option<Vec<EventType>>,
    owner: Option<Vec<String>>,
    week_id: Option<WeekId>,
) -> Result<store::EventFilter> {
    let owners = match list("owner", owner)? {
        Some(names) => Some(ctx.store()?.owner_ids_by_name(&names).await?),
        None => None,
    };
    Ok(store::EventFilter { types: list("types", types)?, owners, week_id })
}

/// A cursor ahead of the log is of another database, or of this one before it was restored: to wait there would be silence.
pub(super) fn not_ahead(after: i64, newest: i64) -> Result<(), ClientError> {
    if after <= newest {
        Ok(())
    } else {
        Err(ClientError::input("after", "The cursor is ahead of the event log: it is not of this log"))
    }
}
