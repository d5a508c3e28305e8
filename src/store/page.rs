//! Keyset pagination: pages that cost the same wherever they begin, and stay put while rows come and go.
//!
//! A page is ordered by one column and then by id. Rows without a value come last, whichever the direction. A cursor
//! holds the column's value and the id of a row, and the name of the order it belongs to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, NullOrdering, Query, SelectStatement, SimpleExpr, Value};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, ModelTrait, QueryTrait, Select};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Store;
use crate::error::{ClientError, Result};

/// Ascending or descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest, earliest, first.
    Asc,
    /// Largest, latest, last.
    Desc,
}

/// A field that rows can be ordered by, and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order<F> {
    /// The field.
    pub field: F,
    /// Its direction.
    pub direction: Direction,
}

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// How many rows at most, 1–100.
    pub limit: u64,
    /// Only rows behind this cursor.
    pub after: Option<String>,
    /// Only rows before this cursor.
    pub before: Option<String>,
    /// Whether the rows are counted from the end (`last`).
    pub from_end: bool,
}

impl Page {
    /// The first `limit` rows.
    #[must_use]
    pub const fn first(limit: u64) -> Self {
        Self { limit, after: None, before: None, from_end: false }
    }
}

/// One page of rows with a cursor for each.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The rows, in the order asked for, each with its cursor.
    pub rows: Vec<(String, T)>,
    /// Whether more rows follow.
    pub has_next: bool,
    /// Whether rows precede.
    pub has_previous: bool,
}

impl<T> Slice<T> {
    /// A page of nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { rows: Vec::new(), has_next: false, has_previous: false }
    }
}

/// How a column's values are written in cursors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Instant,
    Date,
    Text,
    Int,
}

/// A column to order by, as SQL needs to know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<C> {
    pub column: C,
    pub id: C,
    pub kind: Kind,
    pub nullable: bool,
    pub direction: Direction,
    /// Name of the order, held in its cursors.
    pub name: &'static str,
}

impl<C: ColumnTrait> Key<C> {
    fn encode(&self, value: &Value, id: &Value) -> String {
        let parts = Json::Array(vec![Json::from(self.name), to_json(value), to_json(id)]);
        URL_SAFE_NO_PAD.encode(parts.to_string())
    }

    fn decode(&self, cursor: &str) -> Option<(Option<Value>, Value)> {
        let parts: Vec<Json> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let [name, value, id] = parts.as_slice() else { return None };
        if name.as_str()? != self.name {
            return None;
        }
        let id = Uuid::parse_str(id.as_str()?).ok()?;
        let value = match (value, self.kind) {
            (Json::Null, _) => None,
            (Json::String(text), Kind::Instant) => Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc).into()),
            (Json::String(text), Kind::Date) => Some(text.parse::<NaiveDate>().ok()?.into()),
            (Json::String(text), Kind::Text) => Some(text.clone().into()),
            (Json::Number(number), Kind::Int) => Some(i32::try_from(number.as_i64()?).ok()?.into()),
            _ => return None,
        };
        Some((value, id.into()))
    }

    /// Rows strictly on one side of a cursor, in an order where rows without a value come last.
    fn beyond(&self, (value, id): (Option<Value>, Value), behind: bool) -> SimpleExpr {
        let upwards = (self.direction == Direction::Asc) == behind;
        let column = || Expr::col(self.column.as_column_ref());
        let id_column = || Expr::col(self.id.as_column_ref());
        let past = |left: SimpleExpr, right: SimpleExpr| if upwards { left.gt(right) } else { left.lt(right) };
        match value {
            Some(value) => {
                let rows = past(Expr::tuple([column(), id_column()]), Expr::tuple([Expr::val(value), Expr::val(id)]));
                if self.nullable && behind { rows.or(column().is_null()) } else { rows }
            }
            None if behind => column().is_null().and(past(id_column(), Expr::val(id))),
            None => column().is_not_null().or(past(id_column(), Expr::val(id))),
        }
    }

    /// Filters, orders and limits a statement to one page, plus the one row that tells whether more follow.
    pub(super) fn apply(&self, statement: &mut SelectStatement, page: &Page) -> Result<()> {
        let mut bounds = Condition::all();
        for (cursor, field, behind) in [(&page.after, "after", true), (&page.before, "before", false)] {
            if let Some(cursor) = cursor {
                let key = self
                    .decode(cursor)
                    .ok_or_else(|| ClientError::input(field, format!("`{field}` is not a cursor of this list in this order")))?;
                bounds = bounds.add(self.beyond(key, behind));
            }
        }
        let ascending = (self.direction == Direction::Asc) != page.from_end;
        let order = if ascending { sea_orm::Order::Asc } else { sea_orm::Order::Desc };
        statement.cond_where(bounds);
        if self.nullable {
            let nulls = if page.from_end { NullOrdering::First } else { NullOrdering::Last };
            statement.order_by_with_nulls(self.column.as_column_ref(), order.clone(), nulls);
        } else {
            statement.order_by(self.column.as_column_ref(), order.clone());
        }
        statement.order_by(self.id.as_column_ref(), order).limit(page.limit + 1);
        Ok(())
    }

    /// Turns the rows of an applied statement into the page asked for.
    pub(super) fn slice<M>(&self, mut rows: Vec<M>, page: &Page) -> Slice<M>
    where
        M: ModelTrait,
        M::Entity: EntityTrait<Column = C>,
    {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if page.from_end {
            rows.reverse();
        }
        let rows = rows.into_iter().map(|row| (self.encode(&row.get(self.column), &row.get(self.id)), row)).collect();
        if page.from_end {
            Slice { rows, has_next: page.before.is_some(), has_previous: more }
        } else {
            Slice { rows, has_next: more, has_previous: page.after.is_some() }
        }
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::ChronoDateTimeUtc(Some(instant)) => instant.to_rfc3339_opts(SecondsFormat::Micros, true).into(),
        Value::ChronoDate(Some(date)) => date.to_string().into(),
        Value::String(Some(text)) => text.clone().into(),
        Value::Int(Some(number)) => (*number).into(),
        Value::Uuid(Some(id)) => id.to_string().into(),
        _ => Json::Null,
    }
}

impl Store {
    /// One page of a select.
    pub(super) async fn slice<E>(&self, select: Select<E>, key: Key<E::Column>, page: &Page) -> Result<Slice<E::Model>>
    where
        E: EntityTrait,
        E::Model: FromQueryResult + ModelTrait<Entity = E> + Send + Sync,
    {
        let mut statement = select.into_query();
        key.apply(&mut statement, page)?;
        let rows = self.rows::<E::Model>(&statement).await?;
        Ok(key.slice(rows, page))
    }

    /// One page of the same select for each of many parents, in one statement.
    ///
    /// `belongs` ties a child to its parent, whose id it is handed. Parents without rows are left out.
    pub(super) async fn slices<E>(
        &self,
        select: Select<E>,
        belongs: impl FnOnce(SimpleExpr) -> SimpleExpr,
        parents: &[Uuid],
        key: Key<E::Column>,
        page: &Page,
    ) -> Result<Vec<(Uuid, Slice<E::Model>)>>
    where
        E: EntityTrait,
        E::Model: FromQueryResult + ModelTrait<Entity = E> + Send + Sync,
    {
        let parent_id = || Expr::col((Alias::new("parent"), Alias::new("parent")));
        let mut inner = select.into_query();
        inner.and_where(belongs(parent_id()));
        key.apply(&mut inner, page)?;
        let statement = Query::select()
            .expr_as(parent_id(), Alias::new("parent_id"))
            .column((Alias::new("child"), sea_orm::sea_query::Asterisk))
            .from_function(Func::cust("unnest").arg(Expr::val(parents.to_vec())), "parent")
            .join_lateral(sea_orm::JoinType::InnerJoin, inner, Alias::new("child"), Expr::value(true))
            .take();
        let rows = self.db.query_all(&statement).await?;
        let mut groups: Vec<(Uuid, Vec<E::Model>)> = Vec::new();
        for row in &rows {
            let parent: Uuid = row.try_get("", "parent_id")?;
            let child = E::Model::from_query_result(row, "")?;
            match groups.iter_mut().rfind(|(id, _)| *id == parent) {
                Some((_, children)) => children.push(child),
                None => groups.push((parent, vec![child])),
            }
        }
        Ok(groups.into_iter().map(|(id, rows)| (id, key.slice(rows, page))).collect())
    }

    /// How many rows of the same select each of many parents has, in one statement. Parents without rows are left out.
    pub(super) async fn counts_by_parent<E: EntityTrait>(
        &self,
        select: Select<E>,
        belongs: impl FnOnce(SimpleExpr) -> SimpleExpr,
        parents: &[Uuid],
    ) -> Result<Vec<(Uuid, u64)>> {
        let parent_id = || Expr::col((Alias::new("parent"), Alias::new("parent")));
        let mut inner = select.into_query();
        inner.clear_selects().expr_as(Expr::cust("count(*)"), Alias::new("count")).and_where(belongs(parent_id()));
        let statement = Query::select()
            .expr_as(parent_id(), Alias::new("parent_id"))
            .column((Alias::new("child"), Alias::new("count")))
            .from_function(Func::cust("unnest").arg(Expr::val(parents.to_vec())), "parent")
            .join_lateral(sea_orm::JoinType::InnerJoin, inner, Alias::new("child"), Expr::value(true))
            .take();
        let mut counts = Vec::with_capacity(parents.len());
        for row in self.db.query_all(&statement).await? {
            let count: i64 = row.try_get("", "count")?;
            counts.push((row.try_get("", "parent_id")?, count.unsigned_abs()));
        }
        Ok(counts)
    }

    /// The rows of a statement as models.
    pub(super) async fn rows<M: FromQueryResult>(&self, statement: &SelectStatement) -> Result<Vec<M>> {
        let rows = self.db.query_all(statement).await?;
        Ok(rows.iter().map(|row| M::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }
}
