//! Writes what changed into the warehouse, a copy of it into the lake first.
//!
//! A day of a table is written whole, in place of what was there. What was written last is known by its hash, so days that are as they
//! were are left alone. Whatever is cut off, wherever: the days it was about to write are known as such, and written by the next run.

mod changes;
mod clock;
mod days;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use serde::Serialize;
use tracing::Instrument;
use uuid::Uuid;

pub use clock::ExportJob;
use days::{DayRows, batches};

use crate::analytics::{self, Basis, Row, Span, Table, Warehouse, WarehouseError, sums};
use crate::error::{Error, Result};
use crate::ingest::Depot;
use crate::lake::layout;
use crate::store::{Export, Lease, Store};
use crate::telemetry::part;

/// Name of the job: one instance does it at a time.
const JOB: &str = "export";
/// How long the job stays with an instance that says nothing.
const LEASE: Duration = Duration::from_secs(15);
/// How often it says something.
const RENEWAL: Duration = Duration::from_secs(5);
/// How long a command waits between two looks whether the job is free.
const QUEUE: Duration = Duration::from_millis(500);
/// How many days are computed at once.
const PIECE: u64 = 31;
/// What exports need.
#[derive(Clone, Debug)]
pub struct Exporter {
    /// The database.
    pub store: Store,
    /// How metrics are computed.
    pub basis: Basis,
    /// Where the rows go.
    pub warehouse: Arc<dyn Warehouse>,
    /// Where copies go; none where there is no lake.
    pub depot: Option<Depot>,
}

/// What one run is to write.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of which tables.
    pub tables: Vec<Table>,
    /// These days, whether they have changed or not; what has changed since the last run where absent.
    pub days: Option<Span>,
}

impl Default for Wanted {
    /// What has changed, of all tables.
    fn default() -> Self {
        Self { tables: Table::ALL.to_vec(), days: None }
    }
}

/// What came of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// The table.
    pub table: &'static str,
    /// Days that were computed.
    pub days_looked_at: usize,
    /// Days that were written.
    pub days_written: usize,
    /// Rows of these.
    pub rows_written: usize,
    /// Why it ended early.
    pub failure: Option<String>,
}

impl Exporter {
    /// One run. Waits for one that is under way, here or elsewhere.
    ///
    /// # Errors
    /// The database's own; the warehouse's where it does not answer. What it refuses of a table is in that table's report.
    pub async fn run(&self, wanted: &Wanted) -> Result<Vec<ExportReport>> {
        loop {
            if let Some(reports) = self.run_unless_busy(wanted, std::future::pending()).await? {
                return Ok(reports);
            }
            tokio::time::sleep(QUEUE).await;
        }
    }

    /// One run, broken off when it is `over`; none while another is under way.
    ///
    /// # Errors
    /// As [`Exporter::run`].
    pub async fn run_unless_busy(&self, wanted: &Wanted, over: impl Future<Output = ()>) -> Result<Option<Vec<ExportReport>>> {
        let Some(lease) = self.store.lease(JOB, LEASE).await? else { return Ok(None) };
        let done = tokio::select! {
            done = self.tables(wanted) => done,
            lost = keep(&lease) => Err(lost),
            () = over => Err(Error::internal("the server stops")),
        };
        let released = lease.release().await;
        let reports = done?;
        released?;
        if let Some(depot) = &self.depot {
            depot.send(Utc::now()).await?;
        }
        Ok(Some(reports))
    }

    async fn tables(&self, wanted: &Wanted) -> Result<Vec<ExportReport>> {
        let run = Uuid::new_v4();
        let mut reports = Vec::new();
        for table in &wanted.tables {
            let mut report =
                ExportReport { table: table.name(), days_looked_at: 0, days_written: 0, rows_written: 0, failure: None };
            match self.table(run, *table, wanted.days, &mut report).instrument(part(table.name())).await {
                Ok(()) => {}
                // The other tables may be better off.
                Err(Failure::Warehouse(error)) if !error.is_passing() => {
                    tracing::warn!(table = table.name(), %error, "a table was not exported");
                    report.failure = Some(error.to_string());
                }
                Err(Failure::Warehouse(error)) => return Err(Error::internal(error)),
                Err(Failure::Ours(error)) => return Err(error),
            }
            metrics::counter!("rpm_export_rows_total", "table" => table.name()).increment(report.rows_written as u64);
            reports.push(report);
        }
        Ok(reports)
    }

    async fn table(&self, run: Uuid, table: Table, days: Option<Span>, report: &mut ExportReport) -> Result<(), Failure> {
        let location = self.warehouse.location();
        let export = Export { warehouse: &location, table: table.name() };
        // By the database's clock, and before anything is read: what is committed later is the next run's.
        let begun = self.store.now().await?;
        let spans = match days {
            Some(span) => vec![span],
            None => self.changed(export, table, begun).await?,
        };
        for piece in spans.into_iter().flat_map(|span| span.pieces(PIECE)) {
            let differing = self.differing(export, table, piece, days.is_some()).await?;
            report.days_looked_at += piece.each_day().count();
            for batch in batches(differing) {
                self.write(export, run, table, &batch).await?;
                report.days_written += batch.len();
                report.rows_written += batch.iter().map(|day| day.rows.len()).sum::<usize>();
            }
        }
        if days.is_none() {
            self.store.set_exported_up_to(export, begun).await?;
        }
        Ok(())
    }

    /// The days whose rows are not what was written last; all of them where they are asked for.
    async fn differing(&self, export: Export<'_>, table: Table, piece: Span, all: bool) -> Result<Vec<DayRows>> {
        let rows = analytics::rows(&self.store, &self.basis, table, piece).await?;
        let mut by_day: BTreeMap<NaiveDate, Vec<Row>> = BTreeMap::new();
        for row in rows {
            by_day.entry(sums::day_of(table, &row)?).or_default().push(row);
        }
        let written = self.store.written_days(export, piece.from, piece.through).await?;
        let mut differing = Vec::new();
        for day in piece.each_day() {
            let day = DayRows::new(day, by_day.remove(&day).unwrap_or_default(), written.contains_key(&day))?;
            let is_there = match written.get(&day.day) {
                Some(hash) => hash.as_ref() == Some(&day.hash),
                None => day.rows.is_empty(),
            };
            if all || !is_there {
                differing.push(day);
            }
        }
        Ok(differing)
    }

    async fn write(&self, export: Export<'_>, run: Uuid, table: Table, batch: &[DayRows]) -> Result<(), Failure> {
        let days: Vec<_> = batch.iter().map(|day| day.day).collect();
        self.store.begin_days(export, run, &days).await?;
        if let Some(depot) = &self.depot {
            // Of a day that never had rows there is nothing to tell.
            for day in batch.iter().filter(|day| day.is_known || !day.rows.is_empty()) {
                let path = layout::export(table.name(), day.day).map_err(Error::internal)?;
                depot.keep(&path, day.lines.clone().into_bytes().into(), "application/x-ndjson", Utc::now()).await?;
            }
        }
        let rows: Vec<_> = batch.iter().flat_map(|day| day.rows.iter().cloned()).collect();
        self.warehouse.replace(table, &days, &rows).await.map_err(Failure::Warehouse)?;
        let written: Vec<_> = batch.iter().map(DayRows::written).collect();
        Ok(self.store.finish_days(export, run, &written).await?)
    }
}

/// Holds on to the lease for as long as it can; why it could not.
async fn keep(lease: &Lease) -> Error {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match lease.renew().await {
            Ok(true) => {}
            Ok(false) => return Error::internal("another export has begun: this one took too long without a word"),
            Err(error) => return error,
        }
    }
}

/// Why a table was not written.
enum Failure {
    Warehouse(WarehouseError),
    Ours(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}
