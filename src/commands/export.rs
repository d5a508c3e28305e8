//! `rpm-api export`: what changed into the warehouse, or days again.

use std::process::ExitCode;

use super::{Database, Use, lake, print, warehouse};
use crate::config::{Common, Export};
use crate::error::{Error, Result};
use crate::jobs::export::{ExportReport, Exporter, Wanted};

/// Exit code when the warehouse refused some table: the others were written all the same.
const SOME_REFUSED: u8 = 3;

/// Exports once, and reports on each table.
///
/// # Errors
/// When there is no warehouse, it does not answer, or the database fails.
pub async fn run(common: &Common, export: &Export) -> Result<ExitCode> {
    let warehouse = warehouse::required(&export.warehouse).await?;
    let (tables, days) = warehouse::meant(&export.rows)?;
    let database = Database::open(common, Use::Join).await?;
    let outcome = async {
        let depot = lake::depot(common, &export.lake).await?;
        let exporter = Exporter { store: database.store.clone(), basis: common.basis(), warehouse, depot };
        let reports = exporter.run(&Wanted { tables, days }).await?;
        for report in &reports {
            print(&line(report, export.json)?)?;
        }
        let all_written = reports.iter().all(|report| report.failure.is_none());
        Ok(if all_written { ExitCode::SUCCESS } else { ExitCode::from(SOME_REFUSED) })
    }
    .await;
    database.close().await;
    outcome
}

/// What is printed of a table.
fn line(report: &ExportReport, json: bool) -> Result<String> {
    if json {
        return Ok(format!("{}\n", serde_json::to_string(report).map_err(Error::internal)?));
    }
    let ExportReport { table, days_looked_at, days_written, rows_written, failure } = report;
    let failure = failure.as_deref().map(|failure| format!("; {failure}")).unwrap_or_default();
    Ok(format!("{table}: {days_written} of {days_looked_at} days written, {rows_written} rows{failure}\n"))
}
