//! Database and warehouse beside each other, day by day.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

use super::basis::{Basis, Span};
use super::rows::rows;
use super::sums::{self, DaySums, Sum};
use super::tables::Table;
use super::warehouse::Warehouse;
use crate::error::{Error, Result};
use crate::store::Store;

/// How many days are computed at once.
const PIECE: u64 = 92;

/// Something that is another in the warehouse than in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The day.
    pub day: NaiveDate,
    /// The column whose sum it is; none for the number of rows.
    pub column: Option<&'static str>,
    /// What the database says; none where no row has a value.
    pub database: Option<String>,
    /// What the warehouse says.
    pub warehouse: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [database, warehouse] = [&self.database, &self.warehouse].map(|side| side.as_deref().unwrap_or("nothing"));
        let what = self.column.map_or_else(|| "rows".to_owned(), |column| format!("sum of {column}"));
        write!(f, "{} {}: {what}: {database} in the database, {warehouse} in the warehouse", self.table, self.day)
    }
}

/// What came of a comparison of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Days with rows on either side.
    pub days: usize,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

/// Compares the number of rows and the sums of a table, of some days or of all.
///
/// # Errors
/// The database's and the warehouse's own.
pub async fn reconcile(
    store: &Store,
    basis: &Basis,
    warehouse: &dyn Warehouse,
    table: Table,
    days: Option<Span>,
) -> Result<Compared> {
    let held = warehouse.sums(table, days).await.map_err(Error::internal)?;
    let today = basis.day(store.now().await?);
    let known = store.days_with_data(basis.zone.name()).await?;
    let known = known.map(|(from, through)| Span { from, through: through.max(today) });
    let mut computed = BTreeMap::new();
    for piece in days.or(known).into_iter().flat_map(|span| span.pieces(PIECE)) {
        computed.append(&mut sums::of_rows(table, &rows(store, basis, table, piece).await?)?);
    }
    let days: BTreeSet<NaiveDate> = held.keys().chain(computed.keys()).copied().collect();
    let side = |sums: &BTreeMap<NaiveDate, DaySums>, day| sums.get(day).cloned().unwrap_or_default();
    let differences = days.iter().flat_map(|day| differences(table, *day, &side(&computed, day), &side(&held, day))).collect();
    Ok(Compared { days: days.len(), differences })
}

fn differences(table: Table, day: NaiveDate, database: &DaySums, warehouse: &DaySums) -> Vec<Difference> {
    let difference = |column, database: Option<String>, warehouse: Option<String>| Difference {
        table: table.name(),
        day,
        column,
        database,
        warehouse,
    };
    let mut found = Vec::new();
    if database.rows != warehouse.rows {
        found.push(difference(None, Some(database.rows.to_string()), Some(warehouse.rows.to_string())));
    }
    for column in sums::columns(table) {
        let (ours, theirs) = (database.sums.get(column.name).copied(), warehouse.sums.get(column.name).copied());
        let is_same = match (ours, theirs) {
            (Some(ours), Some(theirs)) => ours.is_same_as(theirs),
            (ours, theirs) => ours == theirs,
        };
        if !is_same {
            let text = |sum: Option<Sum>| sum.map(|sum| sum.to_string());
            found.push(difference(Some(column.name), text(ours), text(theirs)));
        }
    }
    found
}
