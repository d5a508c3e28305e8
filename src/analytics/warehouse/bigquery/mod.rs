//! A warehouse in a data set of BigQuery.
//!
//! Rows travel as one parameter of one statement: a `MERGE` that deletes what the table has of some days and inserts what it is to
//! have. BigQuery runs a statement wholly or not at all, and two at once on the same table one after the other; so there is nothing
//! to clean up after an export that was cut off, and to repeat one changes nothing. (Streaming inserts would be cheaper to write, but
//! rows in the streaming buffer cannot be replaced for up to ninety minutes.)

mod call;
mod schema;
mod sql;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::client_builder::ClientBuilder;
use gcp_bigquery_client::error::BQError;
use serde_json::Value;

use super::error::{Result, WarehouseError};
use super::{Options, Provisioned, Warehouse};
use crate::analytics::basis::Span;
use crate::analytics::rows::Row;
use crate::analytics::sums::{self, DaySums, Sum};
use crate::analytics::tables::{Column, ColumnKind, Table};
use call::{Caller, Query};

/// A data set of BigQuery.
pub struct BigQuery {
    caller: Caller,
    project: String,
    dataset: String,
    region: String,
}

impl fmt::Debug for BigQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BigQuery").field("location", &self.location()).finish_non_exhaustive()
    }
}

impl BigQuery {
    /// The warehouse in a data set, which need not be there yet. Asks nothing of BigQuery.
    ///
    /// # Errors
    /// [`WarehouseError::Denied`] without credentials.
    pub async fn open(project: &str, dataset: &str, options: Options) -> Result<Self> {
        crate::tls::install();
        let mut builder = ClientBuilder::new();
        let built = match &options.endpoint {
            Some(endpoint) => {
                builder.with_v2_base_url(format!("{}/bigquery/v2", endpoint.trim_end_matches('/')));
                builder.build_from_authenticator(Arc::new(Nobody)).await
            }
            None => builder.build_from_application_default_credentials().await,
        };
        let client = built.map_err(|error| WarehouseError::Denied(format!("no credentials of Google Cloud: {error}")))?;
        let caller = Caller { client, timeout: options.timeout, patience: options.patience };
        Ok(Self { caller, project: project.to_owned(), dataset: dataset.to_owned(), region: options.region })
    }

    /// The name of a table in SQL.
    fn table(&self, table: Table) -> String {
        format!("`{}.{}.{}`", self.project, self.dataset, table.name())
    }

    /// The rows that a statement gives: a text for each column.
    async fn query(&self, query: Query) -> Result<Vec<Vec<Option<String>>>> {
        self.caller.query(&self.project, query).await
    }
}

#[async_trait]
impl Warehouse for BigQuery {
    fn location(&self) -> String {
        format!("bigquery://{}/{}", self.project, self.dataset)
    }

    async fn provision(&self) -> Result<Vec<Provisioned>> {
        schema::provision(self).await
    }

    async fn look(&self) -> Result<Vec<Provisioned>> {
        schema::look(self).await
    }

    async fn replace(&self, table: Table, days: &[NaiveDate], rows: &[Row]) -> Result<()> {
        let known: HashSet<String> = days.iter().map(ToString::to_string).collect();
        if let Some(row) =
            rows.iter().find(|row| !row.get(table.day()).and_then(Value::as_str).is_some_and(|day| known.contains(day)))
        {
            return Err(WarehouseError::Invalid(format!("{}: {row:?} is of none of the days", table.name())));
        }
        let lines = serde_json::to_string(rows).map_err(|error| WarehouseError::Invalid(error.to_string()))?;
        let query = Query::new(sql::replace(&self.table(table), table)).text("lines", lines).days("days", days);
        self.query(query).await.map(drop)
    }

    async fn sums(&self, table: Table, days: Option<Span>) -> Result<BTreeMap<NaiveDate, DaySums>> {
        let mut query = Query::new(sql::sums(&self.table(table), table, days.is_some()));
        if let Some(days) = days {
            query = query.text("from", days.from.to_string()).text("through", days.through.to_string());
        }
        self.query(query).await?.iter().map(|cells| day_sums(table, cells)).collect()
    }

    async fn rows(&self, table: Table, days: Span) -> Result<Vec<Row>> {
        let query = Query::new(sql::rows(&self.table(table), table));
        let query = query.text("from", days.from.to_string()).text("through", days.through.to_string());
        self.query(query).await?.iter().map(|cells| row(table, cells)).collect()
    }

    async fn written_at(&self, table: Table) -> Result<Option<DateTime<Utc>>> {
        let get = || self.caller.client.table().get(&self.project, &self.dataset, table.name(), None);
        let known = self.caller.call(get).await?.last_modified_time;
        Ok(known.and_then(|time| DateTime::from_timestamp_millis(time.parse().ok()?)))
    }
}

/// A day, how many rows, and the sums, as [`sql::sums`] gives them.
fn day_sums(table: Table, cells: &[Option<String>]) -> Result<(NaiveDate, DaySums)> {
    let wrong = || WarehouseError::Refused(format!("{}: {cells:?} are no sums", table.name()));
    let text = |at: usize| cells.get(at).and_then(Option::as_deref);
    let day = text(0).and_then(|day| day.parse().ok()).ok_or_else(wrong)?;
    let rows = text(1).and_then(|rows| rows.parse().ok()).ok_or_else(wrong)?;
    let mut sums = BTreeMap::new();
    for (at, column) in sums::columns(table).enumerate() {
        if let Some(sum) = text(at + 2) {
            sums.insert(column.name, Sum::parse(column.kind, sum).ok_or_else(wrong)?);
        }
    }
    Ok((day, DaySums { rows, sums }))
}

/// A row as [`sql::rows`] gives it.
fn row(table: Table, cells: &[Option<String>]) -> Result<Row> {
    let cell = |column: &Column, cell: Option<&String>| match cell {
        None => Some(Value::Null),
        Some(text) => value(column.kind, text),
    };
    let mut row = Row::new();
    for (at, column) in table.columns().iter().enumerate() {
        let value = cell(column, cells.get(at).and_then(Option::as_ref));
        let wrong = || WarehouseError::Refused(format!("{}.{}: {cells:?}", table.name(), column.name));
        row.insert(column.name.to_owned(), value.ok_or_else(wrong)?);
    }
    Ok(row)
}

/// A value as rows hold it; none where the text is none of that kind.
fn value(kind: ColumnKind, text: &str) -> Option<Value> {
    match kind {
        ColumnKind::Integer => text.parse::<i64>().ok().map(Value::from),
        ColumnKind::Float => text.parse::<f64>().ok().map(Value::from),
        // BigQuery writes all nine places, or none.
        ColumnKind::Numeric => text.parse::<rust_decimal::Decimal>().ok().map(|number| number.normalize().to_string().into()),
        ColumnKind::Date | ColumnKind::String => Some(text.into()),
    }
}

/// An emulator lets anybody in.
#[derive(Clone)]
struct Nobody;

#[async_trait]
impl Authenticator for Nobody {
    async fn access_token(&self) -> std::result::Result<String, BQError> {
        Ok("none".to_owned())
    }
}
