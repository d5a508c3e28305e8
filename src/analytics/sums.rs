//! A day of a table in few numbers: how many rows, and the sum of each column of numbers.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::rows::Row;
use super::tables::{Column, ColumnKind, Table};
use crate::error::{Error, Result};

/// Floats that are added in another order differ by less than this share of them.
const TOLERANCE: f64 = 1e-9;

/// The sum of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sum {
    /// Of whole numbers and decimals.
    Exact(Decimal),
    /// Of floats.
    Float(f64),
}

/// A day of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DaySums {
    /// How many rows.
    pub rows: u64,
    /// Sums by column, of those that have a value in some row.
    pub sums: BTreeMap<&'static str, Sum>,
}

impl Sum {
    /// Reads a number of a column of that kind; none where the text is none.
    #[must_use]
    pub fn parse(kind: ColumnKind, text: &str) -> Option<Self> {
        match kind {
            ColumnKind::Integer | ColumnKind::Numeric => text.parse().ok().map(Self::Exact),
            ColumnKind::Float => text.parse().ok().map(Self::Float),
            ColumnKind::Date | ColumnKind::String => None,
        }
    }

    /// Whether both are the same, as far as floats can be.
    #[must_use]
    pub fn is_same_as(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => (one - other).abs() <= TOLERANCE * one.abs().max(other.abs()),
            _ => false,
        }
    }

    fn plus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => one.checked_add(other).map(Self::Exact),
            (Self::Float(one), Self::Float(other)) => Some(Self::Float(one + other)),
            _ => None,
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(sum) => sum.normalize().fmt(f),
            Self::Float(sum) => sum.fmt(f),
        }
    }
}

/// The columns that can be added up.
pub fn columns(table: Table) -> impl Iterator<Item = &'static Column> {
    let counts = |kind| !matches!(kind, ColumnKind::Date | ColumnKind::String);
    table.columns().iter().filter(move |column| counts(column.kind))
}

/// The sums of each day of some rows.
///
/// # Errors
/// When a row has no day, or a number is none.
pub fn of_rows(table: Table, rows: &[Row]) -> Result<BTreeMap<NaiveDate, DaySums>> {
    let mut days: BTreeMap<NaiveDate, DaySums> = BTreeMap::new();
    for row in rows {
        let day = days.entry(day_of(table, row)?).or_default();
        day.rows += 1;
        for column in columns(table) {
            let Some(value) = row.get(column.name).filter(|value| !value.is_null()) else { continue };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let wrong = || Error::internal(format!("{}.{}: {value} cannot be added up", table.name(), column.name));
            let number = Sum::parse(column.kind, &text).ok_or_else(wrong)?;
            let sum = match day.sums.get(column.name) {
                Some(sum) => sum.plus(number).ok_or_else(wrong)?,
                None => number,
            };
            day.sums.insert(column.name, sum);
        }
    }
    Ok(days)
}

/// The day that a row belongs to.
///
/// # Errors
/// When it says none.
pub fn day_of(table: Table, row: &Row) -> Result<NaiveDate> {
    let day = row.get(table.day()).and_then(Value::as_str).and_then(|day| day.parse().ok());
    day.ok_or_else(|| Error::internal(format!("a row of {} has no {}", table.name(), table.day())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sums_are_exact_where_numbers_are() {
        let row = |day: &str, money: Value, rate: Value| {
            let Value::Object(row) =
                json!({ "date": day, "deliverables_created": 1, "revenue_target": money, "revenue_achievement_rate": rate })
            else {
                panic!("an object")
            };
            row
        };
        let rows = [
            row("2025-10-27", json!("0.10"), json!(0.1)),
            row("2025-10-27", json!("0.20"), json!(0.2)),
            row("2025-10-28", Value::Null, Value::Null),
        ];
        let days = of_rows(Table::DeliverableMetrics, &rows).expect("sums");
        let day = &days[&"2025-10-27".parse().expect("a date")];
        assert_eq!((day.rows, day.sums["revenue_target"].to_string()), (2, "0.3".to_owned()));
        assert!(day.sums["revenue_achievement_rate"].is_same_as(Sum::Float(0.3)));
        assert!(!day.sums["revenue_achievement_rate"].is_same_as(Sum::Float(0.3001)));
        let next = &days[&"2025-10-28".parse().expect("a date")];
        assert_eq!((next.rows, next.sums.keys().copied().collect::<Vec<_>>()), (1, vec!["deliverables_created"]));
        assert!(of_rows(Table::DeliverableMetrics, &[row("soon", Value::Null, Value::Null)]).is_err());
        assert!(of_rows(Table::DeliverableMetrics, &[row("2025-10-27", json!("much"), Value::Null)]).is_err());
    }
}
