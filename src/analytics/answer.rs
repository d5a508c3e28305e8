//! Rows for those who ask for them now: from the database, or from the warehouse while the database is slow or away.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::rows::{Row, rows_up_to};
use super::tables::Table;
use super::{Basis, Span, Warehouse};
use crate::error::{Error, Result};
use crate::store::Store;

/// Who is asked, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who is asked first.
    pub store: &'a Store,
    /// How metrics are computed.
    pub basis: &'a Basis,
    /// Who is asked when the first does not answer, if anybody.
    pub warehouse: Option<&'a dyn Warehouse>,
    /// How long the database may take where there is somebody else to ask.
    pub patience: Duration,
}

/// Rows, and where they are from.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The rows, by day and key.
    pub rows: Vec<Row>,
    /// Set when the warehouse has answered.
    pub from_warehouse: Option<Aged>,
}

/// How old an answer of the warehouse is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aged {
    /// When the table was last written; none where the warehouse does not tell.
    pub written_at: Option<DateTime<Utc>>,
}

impl Asked<'_> {
    /// At most `limit` rows of a table for some days, as of `now`.
    ///
    /// # Errors
    /// The database's own, when the warehouse does not answer either.
    pub async fn rows(&self, table: Table, span: Span, now: DateTime<Utc>, limit: u32) -> Result<Answer> {
        let computed = rows_up_to(self.store, self.basis, table, span, now, limit);
        let Some(warehouse) = self.warehouse else {
            return Ok(Answer { rows: computed.await?, from_warehouse: None });
        };
        let failure = match tokio::time::timeout(self.patience, computed).await {
            Ok(Ok(rows)) => return Ok(Answer { rows, from_warehouse: None }),
            Ok(Err(error)) => error,
            Err(_) => Error::internal(format!("the database took more than {} s", self.patience.as_secs_f64())),
        };
        metrics::counter!("rpm_analytics_from_warehouse_total").increment(1);
        tracing::warn!(table = table.name(), error = %failure, "the warehouse is asked in place of the database");
        let (rows, written_at) = tokio::join!(warehouse.rows(table, span), warehouse.written_at(table));
        match rows {
            Ok(mut rows) => {
                rows.truncate(limit as usize);
                Ok(Answer { rows, from_warehouse: Some(Aged { written_at: written_at.unwrap_or_default() }) })
            }
            Err(error) => {
                tracing::warn!(table = table.name(), %error, "nor does the warehouse answer");
                Err(failure)
            }
        }
    }
}
