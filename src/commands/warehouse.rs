//! The warehouse as a command uses it.

use std::sync::Arc;

use crate::analytics::warehouse::{self, Options};
use crate::analytics::{Span, Table, Warehouse};
use crate::config::{self, Rows};
use crate::error::{Error, Result};

/// The warehouse; none where it is not set.
///
/// # Errors
/// When its address is none, or there are no credentials.
pub async fn open(settings: &config::Warehouse) -> Result<Option<Arc<dyn Warehouse>>> {
    let Some(address) = &settings.address else { return Ok(None) };
    let options = Options {
        endpoint: settings.endpoint.clone(),
        region: settings.region.clone(),
        timeout: settings.timeout,
        patience: settings.patience,
    };
    warehouse::open(address, options).await.map(Some).map_err(Error::internal)
}

/// The warehouse, which must be set.
///
/// # Errors
/// As [`open`]; when it is not set.
pub async fn required(settings: &config::Warehouse) -> Result<Arc<dyn Warehouse>> {
    open(settings).await?.ok_or_else(|| Error::internal("set RPM_WAREHOUSE (bigquery://PROJECT/DATASET)"))
}

/// The tables and days that are meant; all tables where none is named, no days where none are.
///
/// # Errors
/// When the last day is before the first.
pub fn meant(rows: &Rows) -> Result<(Vec<Table>, Option<Span>)> {
    let tables = if rows.tables.is_empty() { Table::ALL.to_vec() } else { rows.tables.clone() };
    let days = rows.from.zip(rows.through).map(|(from, through)| Span { from, through });
    match days {
        Some(days) if days.through < days.from => Err(Error::internal(format!("{days}: the last day is before the first"))),
        days => Ok((tables, days)),
    }
}
