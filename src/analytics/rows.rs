//! The rows of each table, computed from the database.

use serde_json::{Map, Value};

use super::basis::{Basis, Span};
use super::tables::Table;
use crate::error::{Error, Result};
use crate::store::Store;

/// A row: a value for each column of its table, by name. Decimals are text, floats and whole numbers are numbers, days are
/// `2025-10-27`, what is absent is null.
pub type Row = Map<String, Value>;

/// The rows of a table for some days.
///
/// # Errors
/// The database's own.
pub async fn rows(store: &Store, basis: &Basis, table: Table, days: Span) -> Result<Vec<Row>> {
    let rows = match table {
        Table::ActionCompletionMetrics => store.action_completion_metrics(days.from, days.through, basis.zone.name()).await?,
        _ => Vec::new(),
    };
    rows.into_iter().map(row).collect()
}

fn row(value: Value) -> Result<Row> {
    match value {
        Value::Object(row) => Ok(row),
        other => Err(Error::internal(format!("{other} is no row"))),
    }
}
