//! Answers that the database writes as JSON: selects below the rows of others, in one statement.
//!
//! What is asked for is a tree ([`Part`]). Its text is made once ([`Template`]) but for the selects whose values are of the request; these
//! are written into it each time, by the functions that the rest of the store reads by ([`Rows`]). So scope, filters, orders and pages are
//! those of every other read.

mod rows;

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{PostgresQueryBuilder, SqlWriter, SqlWriterValues, Value, Values};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio_postgres::Row;

pub use rows::Rows;
use rows::{Above, Shape};

use super::pipeline::Failure;
use super::{Scope, Store};
use crate::error::{Error, Result};

/// How a column is written: as the scalars of the schema are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the database writes it in JSON: texts, ids, days, whole numbers, truth values.
    Plain,
    /// A member of a closed set, in capitals.
    Upper,
    /// An instant, in UTC with microseconds.
    Instant,
    /// An exact number as a text.
    Decimal,
    /// A whole number above 0, else null.
    Rank,
    /// The status of an agent, which is offline when it has been silent for too long.
    Liveness,
}

/// What an object holds under a name, or a list in each of its objects.
#[derive(Clone, Debug)]
pub enum Part {
    /// The same text in every object.
    Constant(&'static str),
    /// A column of the row.
    Column(&'static str, Form),
    /// The object of another row; null where there is none.
    One(Select),
    /// An object whose only member is the list of rows of a page.
    Page {
        /// Under which name.
        nodes: String,
        /// The rows.
        rows: Select,
    },
}

/// Rows, and what is told of each.
#[derive(Clone, Debug)]
pub struct Select {
    /// The place of the rows among those of the request.
    pub rows: usize,
    /// The column of the row above by which they are found; none at the top.
    pub key: Option<&'static str>,
    /// The members of each row's object, in their order.
    pub members: Vec<(String, Part)>,
}

/// The text of a statement with holes in it.
#[derive(Debug)]
pub struct Template {
    pieces: Vec<Piece>,
    /// How many texts it answers with.
    roots: usize,
    /// Whether an agent's silence matters.
    is_live: bool,
    made: Made,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// The select of the rows at a place.
    Rows {
        at: usize,
        above: Option<Above>,
        columns: Vec<&'static str>,
        /// Its values, where every request has the same rows there.
        values: Option<Vec<Value>>,
    },
    /// What they are ordered by, under a name.
    Order {
        at: usize,
        name: String,
    },
    /// Since when an agent has been silent for too long.
    StaleBefore,
}

/// What the database has written.
#[derive(Debug)]
pub struct Written {
    texts: Texts,
    /// The last heartbeat of the agent that will be silent for too long first, where agents are shown.
    pub next_silence: Option<DateTime<Utc>>,
}

/// A JSON text for each root.
#[derive(Debug)]
enum Texts {
    /// As they came over a connection that is shared.
    Shared(Row),
    Own(Vec<Option<String>>),
}

impl Written {
    /// The JSON text of the root at a place; the object that is not there is no text either.
    ///
    /// # Errors
    /// When there is no such root.
    pub fn text(&self, at: usize) -> Result<&str> {
        let text = match &self.texts {
            Texts::Shared(row) => row.try_get(at).map_err(Error::internal)?,
            Texts::Own(texts) => texts.get(at).ok_or_else(|| Error::internal("an answer without a text"))?.as_deref(),
        };
        Ok(text.unwrap_or("null"))
    }
}

/// Makes a template.
struct Draft<'a> {
    constant: &'a [Option<Rows>],
    pieces: Vec<Piece>,
    text: String,
    names: usize,
    is_live: bool,
}

impl Template {
    /// The template for the roots of a document. `rows` are the rows by their places, those that differ from request to request left
    /// out. They are written into the text only where everything is visible: what else is, is of the caller.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a cursor that is none of its list.
    pub fn new(roots: &[&Part], rows: &[Option<Rows>], scope: Scope) -> Result<Self> {
        let none = vec![None; rows.len()];
        let constant = if scope == Scope::All { rows } else { &none };
        let mut draft = Draft { constant, pieces: Vec::new(), text: "SELECT ".to_owned(), names: 0, is_live: false };
        for (at, root) in roots.iter().enumerate() {
            draft.text(if at > 0 { ", " } else { "" });
            draft.part(root, None, &mut Vec::new())?;
        }
        let is_live = draft.is_live;
        if is_live {
            draft.text(", (SELECT min(last_heartbeat) FROM agent_status WHERE last_heartbeat >= ");
            draft.hole(Piece::StaleBefore);
            draft.text(")");
        }
        draft.close();
        Ok(Self { pieces: draft.pieces, roots: roots.len(), is_live, made: Made::default() })
    }

    /// What the text depends on for those who see everything, and the values in their order, where both can be told without making it.
    fn told(&self, rows: &[Cow<'_, Rows>], stale_before: DateTime<Utc>) -> Option<(Vec<Shape>, Vec<Value>)> {
        let (mut shapes, mut told) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for piece in &self.pieces {
            match piece {
                Piece::Rows { values: Some(values), .. } => told.extend_from_slice(values),
                Piece::Rows { at, .. } => {
                    let (shape, values) = rows.get(*at)?.shape()?;
                    shapes.push(shape);
                    told.extend(values);
                }
                Piece::StaleBefore => told.push(stale_before.into()),
                // An order is of the shape of its rows.
                Piece::Text(_) | Piece::Order { .. } => {}
            }
        }
        Some((shapes, told))
    }

    /// The statement, and its values.
    fn statement(&self, scope: Scope, rows: &[Cow<'_, Rows>], stale_before: DateTime<Utc>) -> Result<(String, Vec<Value>)> {
        let mut sql = SqlWriterValues::new("$", true);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => sql.write_str(text).map_err(Error::internal)?,
                Piece::Rows { at, above, columns, .. } => {
                    let found = at_place(rows, *at)?.find(scope, above.as_ref(), columns)?;
                    found.statement.build_collect_into(PostgresQueryBuilder, &mut sql);
                    if let Some(limit) = found.limit {
                        write!(sql, " LIMIT {limit}").map_err(Error::internal)?;
                    }
                }
                Piece::Order { at, name } => {
                    let order = at_place(rows, *at)?.order();
                    sql.write_str(&order.map(|order| order.of(name)).unwrap_or_default()).map_err(Error::internal)?;
                }
                Piece::StaleBefore => sql.push_param(stale_before.into(), &PostgresQueryBuilder),
            }
        }
        let (sql, values) = sql.into_parts();
        Ok((sql, values.0))
    }

    /// The same, of the texts that were made before where it is one of them.
    fn known_statement(
        &self,
        scope: Scope,
        rows: &[Cow<'_, Rows>],
        stale_before: DateTime<Utc>,
    ) -> Result<(Arc<str>, Vec<Value>)> {
        let Some((shapes, told)) = self.told(rows, stale_before).filter(|_| scope == Scope::All) else {
            let (sql, values) = self.statement(scope, rows, stale_before)?;
            return Ok((sql.into(), values));
        };
        if let Some(sql) = self.made.text(&shapes) {
            return Ok((sql, told));
        }
        let (sql, values) = self.statement(scope, rows, stale_before)?;
        let sql = Arc::from(sql);
        // The values are always those that were told; a text of others is not for the next.
        if values == told {
            self.made.remember(shapes, &sql);
        }
        Ok((sql, values))
    }
}

/// A text in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether values are numbers, which are the same text wherever they are written.
fn are_numbers(values: &[Value]) -> bool {
    values.iter().all(|value| matches!(value, Value::Int(Some(_)) | Value::BigInt(Some(_)) | Value::BigUnsigned(Some(_))))
}

/// How many texts of one template are remembered.
const REMEMBERED: usize = 16;

/// Texts by what they depend on: to make one takes longer than all else that is done for a small answer.
#[derive(Debug, Default)]
struct Made(RwLock<Vec<(Vec<Shape>, Arc<str>)>>);

impl Made {
    fn text(&self, shapes: &[Shape]) -> Option<Arc<str>> {
        let made = self.0.read().unwrap_or_else(PoisonError::into_inner);
        made.iter().find(|(own, _)| own == shapes).map(|(_, text)| Arc::clone(text))
    }

    fn remember(&self, shapes: Vec<Shape>, text: &Arc<str>) {
        let mut made = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Many may have made it at once.
        if !made.iter().any(|(own, _)| *own == shapes) {
            made.truncate(REMEMBERED - 1);
            made.insert(0, (shapes, Arc::clone(text)));
        }
    }
}

/// A row beside the rows of a select: found by one of their columns.
struct Beside<'a> {
    name: String,
    above: String,
    select: &'a Select,
}

impl Draft<'_> {
    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn close(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn hole(&mut self, piece: Piece) {
        self.close();
        self.pieces.push(piece);
    }

    /// What a part is as JSON text, of the row of this name; rows beside that are noted. Never null below the top.
    fn part<'p>(&mut self, part: &'p Part, row: Option<&str>, beside: &mut Vec<Beside<'p>>) -> Result<()> {
        match (part, row) {
            (Part::Constant(text), _) => self.text(&quoted(&format!("\"{text}\""))),
            (Part::Column(column, form), row) => self.column(row.unwrap_or_default(), column, *form),
            (Part::One(select), None) => self.select(select, None, None)?,
            (Part::One(select), Some(row)) => {
                let name = self.name();
                beside.push(Beside { name: name.clone(), above: row.to_owned(), select });
                self.text(&format!("CASE WHEN {name}.id IS NOT NULL THEN "));
                self.object(select, &name, beside)?;
                self.text(" ELSE 'null' END");
            }
            (Part::Page { nodes, rows }, row) => self.select(rows, row, Some(nodes))?,
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("r{}", self.names)
    }

    /// `'{"code":' || … || ',"text":' || … || '}'`: without spaces, as the executor's answers are, and cheaper than PostgreSQL's
    /// functions for objects.
    fn object<'p>(&mut self, select: &'p Select, name: &str, beside: &mut Vec<Beside<'p>>) -> Result<()> {
        for (at, (key, part)) in select.members.iter().enumerate() {
            let begin = if at > 0 { " || ',\"" } else { "'{\"" };
            self.text(&format!("{begin}{key}\":' || "));
            self.part(part, Some(name), beside)?;
        }
        self.text(" || '}'");
        Ok(())
    }

    fn column(&mut self, row: &str, column: &str, form: Form) {
        let column = format!("{row}.{column}");
        let text = match form {
            Form::Plain => format!("to_json({column})::text"),
            Form::Upper => format!("'\"' || upper({column}) || '\"'"),
            Form::Instant => {
                format!("'\"' || to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || 'Z\"'")
            }
            Form::Decimal => format!("'\"' || {column}::text || '\"'"),
            Form::Rank => format!("CASE WHEN {column} > 0 THEN {column}::text END"),
            Form::Liveness => {
                self.is_live = true;
                self.text(&format!("CASE WHEN {row}.last_heartbeat < "));
                self.hole(Piece::StaleBefore);
                self.text(&format!(" THEN '\"OFFLINE\"' ELSE '\"' || upper({column}) || '\"' END"));
                return;
            }
        };
        self.text(&format!("coalesce({text}, 'null')"));
    }

    /// `(SELECT … FROM (rows) …)`: the object of one row, or one with the list of the objects of all as its only member.
    fn select(&mut self, select: &Select, above: Option<&str>, list: Option<&String>) -> Result<()> {
        let (name, mut beside) = (self.name(), Vec::new());
        self.text("(SELECT ");
        if let Some(list) = list {
            self.text(&format!("'{{\"{list}\":[' || coalesce(string_agg("));
        }
        self.object(select, &name, &mut beside)?;
        if list.is_some() {
            self.text(", ','");
            // Rows come as they are ordered, unless others beside them are looked for.
            if !beside.is_empty() {
                self.text(" ORDER BY ");
                match self.constant(select) {
                    Some(rows) => {
                        let order = rows.order().map(|order| order.of(&name));
                        self.text(&order.unwrap_or_default());
                    }
                    None => self.hole(Piece::Order { at: select.rows, name: name.clone() }),
                }
            }
            self.text("), '') || ']}'");
        }
        self.text(" FROM (");
        self.rows(select, above)?;
        self.text(&format!(") AS {name}"));
        for Beside { name, above, select } in beside {
            self.text(" LEFT JOIN LATERAL (");
            self.rows(select, Some(&above))?;
            self.text(&format!(") AS {name} ON TRUE"));
        }
        self.text(")");
        Ok(())
    }

    /// The rows of a select where every request asks for the same.
    fn constant(&self, select: &Select) -> Option<&Rows> {
        self.constant.get(select.rows).and_then(Option::as_ref)
    }

    /// The statement that finds the rows of a select, or a hole for it.
    fn rows(&mut self, select: &Select, above: Option<&str>) -> Result<()> {
        let columns = columns(select);
        let above = above.zip(select.key).map(|(row, column)| Above { row: row.to_owned(), column });
        let mut values = None;
        if let Some(rows) = self.constant(select) {
            let found = rows.find(Scope::All, above.as_ref(), &columns)?;
            let (_, own) = found.statement.build(PostgresQueryBuilder);
            if are_numbers(&own.0) {
                let limit = found.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
                self.text(&(found.statement.to_string(PostgresQueryBuilder) + &limit));
                return Ok(());
            }
            values = Some(own.0);
        }
        self.hole(Piece::Rows { at: select.rows, above, columns, values });
        Ok(())
    }
}

/// The columns that are needed of a select's rows.
fn columns(select: &Select) -> Vec<&'static str> {
    let mut columns = Vec::new();
    for (_, part) in &select.members {
        match part {
            Part::Constant(_) => {}
            Part::Column(column, form) => {
                columns.push(*column);
                if *form == Form::Liveness {
                    columns.push("last_heartbeat");
                }
            }
            Part::One(below) | Part::Page { rows: below, .. } => columns.extend(below.key),
        }
    }
    // By which a row that is not there is told, and which rows are ordered by in the end.
    columns.push("id");
    columns.sort_unstable();
    columns.dedup();
    columns
}

fn at_place<'a>(rows: &'a [Cow<'_, Rows>], at: usize) -> Result<&'a Rows> {
    rows.get(at).map(|rows| &**rows).ok_or_else(|| Error::internal("an answer without rows"))
}

impl Store {
    /// Has the database write an answer. `rows` are those of the request, by their places.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a cursor that is none of its list; those of the database.
    pub async fn written(
        &self,
        scope: Scope,
        template: &Template,
        rows: &[Cow<'_, Rows>],
        stale_before: DateTime<Utc>,
    ) -> Result<Written> {
        let (sql, values) = template.known_statement(scope, rows, stale_before)?;
        tracing::trace!(target: "sql", %sql, "the database writes an answer");
        let no_row = || Error::internal("a statement without an answer");
        match self.db.shared_row(&sql, &values).await {
            Ok(row) => {
                let row = row.ok_or_else(no_row)?;
                let next_silence = if template.is_live { row.try_get(template.roots).map_err(Error::internal)? } else { None };
                return Ok(Written { texts: Texts::Shared(row), next_silence });
            }
            Err(Failure::Database(error)) => return Err(Error::internal(error)),
            Err(Failure::NotHere) => {}
        }
        let statement = Statement { sql: sql.to_string(), values: Some(Values(values)), db_backend: DbBackend::Postgres };
        let row = self.db.query_one_raw(statement).await?.ok_or_else(no_row)?;
        let texts: Vec<Option<String>> = (0..template.roots).map(|at| row.try_get_by_index(at)).collect::<Result<_, _>>()?;
        let next_silence = if template.is_live { row.try_get_by_index(template.roots)? } else { None };
        Ok(Written { texts: Texts::Own(texts), next_silence })
    }
}
