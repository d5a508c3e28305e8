//! A warehouse that is left alone for a while when it does not answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::{DaySums, Provisioned, Result, Row, Span, Table, Warehouse, WarehouseError};
use crate::breaker::{Breaker, LeftAlone};

/// A warehouse behind a breaker.
#[derive(Debug)]
pub struct GuardedWarehouse {
    warehouse: Arc<dyn Warehouse>,
    breaker: Breaker,
}

impl From<LeftAlone> for WarehouseError {
    fn from(left: LeftAlone) -> Self {
        Self::Unavailable(left.to_string())
    }
}

impl GuardedWarehouse {
    /// Watches over the calls of a warehouse.
    #[must_use]
    pub fn new(warehouse: Arc<dyn Warehouse>, breaker: Breaker) -> Self {
        Self { warehouse, breaker }
    }

    /// Makes a call unless the warehouse is left alone. Only that it does not answer is a failure of it.
    async fn guard<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let watched = self.breaker.call(Instant::now())?;
        let outcome = call.await;
        match &outcome {
            Err(WarehouseError::Unavailable(_)) => watched.failed(Instant::now()),
            _ => watched.succeeded(),
        }
        outcome
    }
}

#[async_trait]
impl Warehouse for GuardedWarehouse {
    fn location(&self) -> String {
        self.warehouse.location()
    }

    async fn provision(&self) -> Result<Vec<Provisioned>> {
        self.guard(self.warehouse.provision()).await
    }

    async fn look(&self) -> Result<Vec<Provisioned>> {
        self.guard(self.warehouse.look()).await
    }

    async fn replace(&self, table: Table, days: &[NaiveDate], rows: &[Row]) -> Result<()> {
        self.guard(self.warehouse.replace(table, days, rows)).await
    }

    async fn sums(&self, table: Table, days: Option<Span>) -> Result<BTreeMap<NaiveDate, DaySums>> {
        self.guard(self.warehouse.sums(table, days)).await
    }

    async fn rows(&self, table: Table, days: Span) -> Result<Vec<Row>> {
        self.guard(self.warehouse.rows(table, days)).await
    }

    async fn written_at(&self, table: Table) -> Result<Option<DateTime<Utc>>> {
        self.guard(self.warehouse.written_at(table)).await
    }
}
