//! Numbers for those who ask for them now: from the database, or from the warehouse while the database is slow or away.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use super::rows::{Row, rows_up_to};
use super::tables::Table;
use super::trends::{self, Point};
use super::warehouse::WarehouseError;
use super::{Basis, Span, Warehouse, held};
use crate::entities::enums::PeriodType;
use crate::error::{ClientError, Result};
use crate::store::{Store, Summary};

/// Seconds after which a database that is slow is worth asking again.
const BACK_IN: u64 = 5;

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

/// What was asked for, and where it is from.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// The tables of the warehouse that it is from, with their age; none where it is from the database.
    pub from_warehouse: Vec<(Table, Aged)>,
}

/// How old an answer of the warehouse is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aged {
    /// When the table was last written; none where the warehouse does not tell.
    pub written_at: Option<DateTime<Utc>>,
}

impl Asked<'_> {
    /// At most `limit` rows of a table for some days, by day and key, as of `now`.
    ///
    /// # Errors
    /// The database's own, when the warehouse does not answer either.
    pub async fn rows(&self, table: Table, span: Span, now: DateTime<Utc>, limit: u32) -> Result<Answer<Vec<Row>>> {
        let computed = rows_up_to(self.store, self.basis, table, span, now, limit);
        let held = async {
            let mut rows = self.warehouse()?.rows(table, span).await?;
            rows.truncate(limit as usize);
            Ok(rows)
        };
        self.first_or(&[table], computed, held).await
    }

    /// The trend of completion over the last weeks, as [`trends::completion`]. The warehouse knows of plans, and of no other periods.
    ///
    /// # Errors
    /// As [`Asked::rows`].
    pub async fn trend(&self, step: PeriodType, weeks: u32, today: NaiveDate) -> Result<Answer<Vec<Point>>> {
        let computed = trends::completion(self.store, self.basis, step, weeks, today);
        if step != PeriodType::Weekly {
            return Ok(Answer { value: computed.await?, from_warehouse: Vec::new() });
        }
        let held = async { held::trend(self.warehouse()?, Span::ending(today, 7 * weeks)).await };
        self.first_or(&[Table::PlanEffectiveness], computed, held).await
    }

    /// The company in sums.
    ///
    /// # Errors
    /// As [`Asked::rows`].
    pub async fn summary(&self) -> Result<Answer<Summary>> {
        let tables = [Table::PlanEffectiveness, Table::DeliverableMetrics, Table::AlbumAnalytics];
        self.first_or(&tables, self.store.summary(), async { held::summary(self.warehouse()?).await }).await
    }

    fn warehouse(&self) -> Result<&dyn Warehouse, WarehouseError> {
        self.warehouse.ok_or_else(|| WarehouseError::Invalid("there is no warehouse".to_owned()))
    }

    /// What the database computes; what is held of it in tables of the warehouse when it takes too long or fails.
    async fn first_or<T>(
        &self,
        tables: &[Table],
        computed: impl Future<Output = Result<T>>,
        held: impl Future<Output = Result<T, WarehouseError>>,
    ) -> Result<Answer<T>> {
        let Some(warehouse) = self.warehouse else {
            return Ok(Answer { value: computed.await?, from_warehouse: Vec::new() });
        };
        let failure = match tokio::time::timeout(self.patience, computed).await {
            Ok(Ok(value)) => return Ok(Answer { value, from_warehouse: Vec::new() }),
            Ok(Err(error)) => error,
            Err(_) => ClientError::Unavailable { what: "The database", retry_after_seconds: BACK_IN }.into(),
        };
        metrics::counter!("rpm_analytics_from_warehouse_total").increment(1);
        let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
        tracing::warn!(tables = names.join(", "), error = %failure, "the warehouse is asked in place of the database");
        let ages = futures_util::future::join_all(tables.iter().map(|table| warehouse.written_at(*table)));
        let (held, ages) = tokio::join!(held, ages);
        match held {
            Ok(value) => {
                let ages = ages.into_iter().map(|written_at| Aged { written_at: written_at.unwrap_or_default() });
                Ok(Answer { value, from_warehouse: tables.iter().copied().zip(ages).collect() })
            }
            Err(error) => {
                tracing::warn!(tables = names.join(", "), %error, "nor does the warehouse answer");
                Err(failure)
            }
        }
    }
}
