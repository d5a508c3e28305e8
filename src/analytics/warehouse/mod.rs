//! The warehouse behind one small trait.

#[cfg(feature = "cloud")]
mod bigquery;
mod error;
mod guarded;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

#[cfg(feature = "cloud")]
pub use bigquery::BigQuery;
pub use error::{Result, WarehouseError};
pub use guarded::GuardedWarehouse;

use super::basis::Span;
use super::rows::Row;
use super::sums::DaySums;
use super::tables::Table;

/// A place that holds the seven tables.
#[async_trait]
pub trait Warehouse: Debug + Send + Sync {
    /// Its address: `bigquery://PROJECT/DATASET`.
    fn location(&self) -> String;

    /// Makes the data set and the tables that are not there, and adds the columns that are missing. Drops and changes nothing.
    async fn provision(&self) -> Result<Vec<Provisioned>>;

    /// What [`Warehouse::provision`] would do, without doing it: a table that is not there [`Provisioned::is_new`], a column that is
    /// missing is among those [`Provisioned::added`].
    async fn look(&self) -> Result<Vec<Provisioned>>;

    /// Puts rows in place of those that the table has of these days, all at once or not at all. Each row is of one of the days.
    async fn replace(&self, table: Table, days: &[NaiveDate], rows: &[Row]) -> Result<()>;

    /// The rows of each day in numbers, of some days or of all; days without rows are not there.
    async fn sums(&self, table: Table, days: Option<Span>) -> Result<BTreeMap<NaiveDate, DaySums>>;

    /// The rows of some days, in the order of day and key.
    async fn rows(&self, table: Table, days: Span) -> Result<Vec<Row>>;

    /// When something was last written into a table; none where the warehouse does not tell.
    async fn written_at(&self, table: Table) -> Result<Option<DateTime<Utc>>>;
}

/// What became of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// Which.
    pub table: Table,
    /// Whether it was made.
    pub is_new: bool,
    /// Columns that were added.
    pub added: Vec<&'static str>,
    /// What is not as it should be, and was left so.
    pub differs: Vec<String>,
}

/// What [`open`] needs besides the address.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where BigQuery is, instead of at Google (an emulator: `http://127.0.0.1:9050`); no credentials are used then.
    pub endpoint: Option<String>,
    /// The region of a new data set (`us-central1`).
    pub region: String,
    /// How long one call may take.
    pub timeout: Duration,
    /// For how long a call is tried again after passing failures.
    pub patience: Duration,
}

/// Opens the warehouse at an address. Asks nothing of it.
///
/// # Errors
/// [`WarehouseError::Invalid`] for another address than `bigquery://PROJECT/DATASET`, [`WarehouseError::Denied`] without credentials.
#[cfg_attr(not(feature = "cloud"), allow(clippy::unused_async))]
pub async fn open(address: &str, options: Options) -> Result<Arc<dyn Warehouse>> {
    let wrong = || WarehouseError::Invalid(format!("{address} is not bigquery://PROJECT/DATASET"));
    let (project, dataset) = address.strip_prefix("bigquery://").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
    // They become part of SQL.
    let plain = |text: &str, more: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    if !plain(project, "-.:") || !plain(dataset, "_") {
        return Err(wrong());
    }
    #[cfg(feature = "cloud")]
    return Ok(Arc::new(BigQuery::open(project, dataset, options).await?));
    #[cfg(not(feature = "cloud"))]
    {
        drop(options);
        Err(WarehouseError::Invalid(format!("{address}: this build has no BigQuery (feature `cloud`)")))
    }
}
