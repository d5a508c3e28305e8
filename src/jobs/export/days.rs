//! Days' rows on their way.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::analytics::Row;
use crate::error::{Error, Result};
use crate::store::WrittenDay;

/// How much is written by one statement, in bytes of JSON. BigQuery takes requests of up to ten megabytes.
const BATCH: usize = 1024 * 1024;

/// A day's rows on their way.
pub(super) struct DayRows {
    pub(super) day: NaiveDate,
    pub(super) rows: Vec<Row>,
    /// Whether it was written before.
    pub(super) is_known: bool,
    /// A line of JSON for each.
    pub(super) lines: String,
    pub(super) hash: String,
}

impl DayRows {
    /// The rows in an order that follows from them: the same rows have the same hash.
    pub(super) fn new(day: NaiveDate, rows: Vec<Row>, is_known: bool) -> Result<Self> {
        let mut rows = rows
            .into_iter()
            .map(|row| Ok((serde_json::to_string(&row).map_err(Error::internal)?, row)))
            .collect::<Result<Vec<_>>>()?;
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let lines: String = rows.iter().flat_map(|(line, _)| [line.as_str(), "\n"]).collect();
        let hash = Sha256::digest(&lines).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { day, rows: rows.into_iter().map(|(_, row)| row).collect(), is_known, lines, hash })
    }

    pub(super) fn written(&self) -> WrittenDay {
        let rows = i32::try_from(self.rows.len()).unwrap_or(i32::MAX);
        WrittenDay { day: self.day, rows, hash: self.hash.clone() }
    }
}

/// Days in as few statements as they fit into, in order.
pub(super) fn batches(days: Vec<DayRows>) -> Vec<Vec<DayRows>> {
    let mut batches: Vec<Vec<DayRows>> = Vec::new();
    let mut size = 0;
    for day in days {
        size += day.lines.len();
        match batches.last_mut() {
            Some(batch) if size <= BATCH => batch.push(day),
            _ => {
                size = day.lines.len();
                batches.push(vec![day]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(text: String) -> Row {
        [("owner".to_owned(), json!(text))].into_iter().collect()
    }

    fn day(number: u64, length: usize) -> DayRows {
        let day = NaiveDate::MIN.checked_add_days(chrono::Days::new(number)).expect("a date");
        DayRows::new(day, vec![row("x".repeat(length))], false).expect("rows")
    }

    #[test]
    fn the_order_of_rows_makes_no_difference() {
        let of =
            |texts: [&str; 2]| DayRows::new(NaiveDate::MIN, texts.map(|text| row(text.to_owned())).into(), false).expect("rows");
        assert_eq!(of(["a", "b"]).hash, of(["b", "a"]).hash);
        assert_ne!(of(["a", "b"]).hash, of(["a", "c"]).hash);
        assert_eq!(of(["b", "a"]).lines, "{\"owner\":\"a\"}\n{\"owner\":\"b\"}\n");
    }

    #[test]
    fn statements_are_as_large_as_they_may_be_and_no_day_is_split() {
        let lengths = [BATCH / 2, BATCH / 3, BATCH / 4, 2 * BATCH, 1, 1];
        let days = (0..).zip(lengths).map(|(number, length)| day(number, length)).collect();
        assert_eq!(batches(days).iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 2]);
        assert!(batches(Vec::new()).is_empty());
    }
}
