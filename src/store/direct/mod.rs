//! Answers that the database writes as JSON: selects below the rows of others, in one statement.
//!
//! What is asked for is a tree ([`Part`]). Its text is made once ([`Template`]) but for the selects whose values are of the request; these
//! are written into it each time, by the functions that the rest of the store reads by ([`Rows`]). So scope, filters, orders and pages are
//! those of every other read.

mod rows;

use std::borrow::Cow;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{PostgresQueryBuilder, SelectStatement, SqlWriter, SqlWriterValues, Value};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use rows::Above;
pub use rows::Rows;

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
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Rows {
        at: usize,
        above: Option<Above>,
        columns: Vec<&'static str>,
    },
    /// Since when an agent has been silent for too long.
    StaleBefore,
}

/// What the database has written.
#[derive(Debug)]
pub struct Written {
    /// A JSON text for each root.
    pub texts: Vec<String>,
    /// The last heartbeat of the agent that will be silent for too long first, where agents are shown.
    pub next_silence: Option<DateTime<Utc>>,
}

/// Makes a template.
struct Draft<'a> {
    rows: &'a [Option<Rows>],
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
        let rows = if scope == Scope::All { rows } else { &none };
        let mut draft = Draft { rows, pieces: Vec::new(), text: "SELECT ".to_owned(), names: 0, is_live: false };
        for (at, root) in roots.iter().enumerate() {
            draft.text(if at > 0 { ", (" } else { "(" });
            draft.part(root, None)?;
            draft.text(")::text");
        }
        let is_live = draft.is_live;
        if is_live {
            draft.text(", (SELECT min(last_heartbeat) FROM agent_status WHERE last_heartbeat >= ");
            draft.hole(Piece::StaleBefore);
            draft.text(")");
        }
        draft.close();
        Ok(Self { pieces: draft.pieces, roots: roots.len(), is_live })
    }
}

/// A text in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a statement's values are numbers, which are the same text wherever they are written.
fn has_numbers_only(statement: &SelectStatement) -> bool {
    let (_, values) = statement.build(PostgresQueryBuilder);
    values.iter().all(|value| matches!(value, Value::Int(Some(_)) | Value::BigInt(Some(_)) | Value::BigUnsigned(Some(_))))
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

    /// What a part is, of the row of this name.
    fn part(&mut self, part: &Part, above: Option<&str>) -> Result<()> {
        let row = above.unwrap_or_default();
        match part {
            Part::Constant(text) => self.text(&quoted(text)),
            Part::Column(column, form) => self.column(row, column, *form),
            Part::One(select) => self.select(select, above, ("", ""))?,
            Part::Page { nodes, rows } => {
                let begin = format!("json_build_object({}, coalesce(json_agg(", quoted(nodes));
                self.select(rows, above, (&begin, "), '[]'))"))?;
            }
        }
        Ok(())
    }

    fn column(&mut self, row: &str, column: &str, form: Form) {
        let column = format!("{row}.{column}");
        match form {
            Form::Plain => self.text(&column),
            Form::Upper => self.text(&format!("upper({column})")),
            Form::Instant => {
                self.text(&format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
            }
            Form::Decimal => self.text(&format!("{column}::text")),
            Form::Rank => self.text(&format!("CASE WHEN {column} > 0 THEN {column} END")),
            Form::Liveness => {
                self.is_live = true;
                self.text(&format!("CASE WHEN {row}.last_heartbeat < "));
                self.hole(Piece::StaleBefore);
                self.text(&format!(" THEN 'OFFLINE' ELSE upper({column}) END"));
            }
        }
    }

    /// `(SELECT … FROM (rows))`, each row's object between two texts.
    fn select(&mut self, select: &Select, above: Option<&str>, (before, behind): (&str, &str)) -> Result<()> {
        let name = format!("r{}", self.names);
        self.names += 1;
        self.text("(SELECT ");
        self.text(before);
        self.text("json_build_object(");
        for (at, (key, part)) in select.members.iter().enumerate() {
            self.text(if at > 0 { ", " } else { "" });
            self.text(&quoted(key));
            self.text(", ");
            self.part(part, Some(&name))?;
        }
        self.text(")");
        self.text(behind);
        self.text(" FROM (");
        let columns = columns(select);
        let above = above.zip(select.key).map(|(row, column)| Above { row: row.to_owned(), column });
        match self.rows.get(select.rows).and_then(Option::as_ref) {
            Some(rows) => {
                let statement = rows.select(Scope::All, above.as_ref(), &columns)?;
                if has_numbers_only(&statement) {
                    self.text(&statement.to_string(PostgresQueryBuilder));
                } else {
                    self.hole(Piece::Rows { at: select.rows, above, columns });
                }
            }
            None => self.hole(Piece::Rows { at: select.rows, above, columns }),
        }
        self.text(&format!(") AS {name})"));
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
    if columns.is_empty() {
        columns.push("id");
    }
    columns.sort_unstable();
    columns.dedup();
    columns
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
        let mut sql = SqlWriterValues::new("$", true);
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => sql.write_str(text).map_err(Error::internal)?,
                Piece::Rows { at, above, columns } => {
                    let rows = rows.get(*at).ok_or_else(|| Error::internal("an answer without rows"))?;
                    rows.select(scope, above.as_ref(), columns)?.build_collect_into(PostgresQueryBuilder, &mut sql);
                }
                Piece::StaleBefore => sql.push_param(stale_before.into(), &PostgresQueryBuilder),
            }
        }
        let (sql, values) = sql.into_parts();
        let statement = Statement { sql, values: Some(values), db_backend: DbBackend::Postgres };
        let row = self.db.query_one_raw(statement).await?.ok_or_else(|| Error::internal("a statement without an answer"))?;
        let texts: Vec<Option<String>> = (0..template.roots).map(|at| row.try_get_by_index(at)).collect::<Result<_, _>>()?;
        let next_silence = if template.is_live { row.try_get_by_index(template.roots)? } else { None };
        // An object that is not there is no text either.
        let texts = texts.into_iter().map(|text| text.unwrap_or_else(|| "null".to_owned())).collect();
        Ok(Written { texts, next_silence })
    }
}
