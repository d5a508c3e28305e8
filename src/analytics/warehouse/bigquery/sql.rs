//! What is said to BigQuery, in its SQL. Names are ours ([`Table`]); values are parameters.

use crate::analytics::sums;
use crate::analytics::tables::{Column, ColumnKind, Table};

/// Puts the rows in `@lines` (a JSON array of objects) in place of those of `@days`.
pub(super) fn replace(name: &str, table: Table) -> String {
    let columns = list(table.columns().iter().map(|column| format!("`{}`", column.name)));
    let values = list(table.columns().iter().map(|column| format!("{} AS `{}`", value(column), column.name)));
    let day = table.day();
    format!(
        "MERGE {name} AS held \
         USING (SELECT {values} FROM UNNEST(JSON_QUERY_ARRAY(@lines)) AS line) AS fresh \
         ON FALSE \
         WHEN NOT MATCHED BY SOURCE AND held.`{day}` IN UNNEST(@days) THEN DELETE \
         WHEN NOT MATCHED BY TARGET THEN INSERT ({columns}) VALUES ({columns})"
    )
}

/// Each day, how many rows it has, and the sum of each column that can be added up; of the days `@from` through `@through`, or of all.
pub(super) fn sums(name: &str, table: Table, some_days: bool) -> String {
    let sums = list(sums::columns(table).map(|column| format!("SUM(`{0}`) AS `sum_{0}`", column.name)));
    let (day, days) = (table.day(), if some_days { between(table) } else { String::new() });
    format!("SELECT `{day}`, COUNT(*) AS `row_count`, {sums} FROM {name}{days} GROUP BY `{day}` ORDER BY `{day}`")
}

/// The rows of the days `@from` through `@through`.
pub(super) fn rows(name: &str, table: Table) -> String {
    let columns = list(table.columns().iter().map(|column| format!("`{}`", column.name)));
    let order = list([table.day()].iter().chain(table.key()).map(|column| format!("`{column}`")));
    format!("SELECT {columns} FROM {name}{} ORDER BY {order}", between(table))
}

/// Adds a column, unless it is there.
pub(super) fn add_column(name: &str, column: &Column) -> String {
    let kind = match column.kind {
        ColumnKind::Date => "DATE",
        ColumnKind::String => "STRING",
        ColumnKind::Integer => "INT64",
        ColumnKind::Float => "FLOAT64",
        ColumnKind::Numeric => "NUMERIC",
    };
    format!("ALTER TABLE {name} ADD COLUMN IF NOT EXISTS `{}` {kind}", column.name)
}

fn between(table: Table) -> String {
    format!(" WHERE `{}` BETWEEN CAST(@from AS DATE) AND CAST(@through AS DATE)", table.day())
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// A column's value out of a line.
fn value(column: &Column) -> String {
    let text = format!("JSON_VALUE(line, '$.{}')", column.name);
    match column.kind {
        ColumnKind::Date => format!("CAST({text} AS DATE)"),
        ColumnKind::String => text,
        ColumnKind::Integer => format!("CAST({text} AS INT64)"),
        ColumnKind::Float => format!("CAST({text} AS FLOAT64)"),
        ColumnKind::Numeric => format!("PARSE_NUMERIC({text})"),
    }
}
