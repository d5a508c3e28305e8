//! `rpm-api report`: a week as a PDF.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::Utc;

use super::{Database, Use, print};
use crate::config::{Common, Report};
use crate::error::{Error, Result};
use crate::report::{gather, pdf, plans_of};
use crate::store::{Scope, Store};

/// Writes it into a file and says where, or to standard output.
///
/// # Errors
/// When the week has no plans, the database fails, or the file cannot be written.
pub async fn run(common: &Common, report: &Report) -> Result<()> {
    let database = Database::open(common, Use::Join).await?;
    let bytes = written(common, report, &database.store).await;
    database.close().await;
    let bytes = bytes?;
    let path = report.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}-summary.pdf", report.week)));
    if path == Path::new("-") {
        return std::io::stdout().lock().write_all(&bytes).map_err(Error::internal);
    }
    std::fs::write(&path, bytes).map_err(|error| Error::internal(format!("{}: {error}", path.display())))?;
    print(&format!("{}\n", path.display()))
}

async fn written(common: &Common, report: &Report, store: &Store) -> Result<Vec<u8>> {
    let basis = common.basis();
    let plans = plans_of(store, Scope::All, report.week).await?;
    let reports = gather(store, &basis, Scope::All, &plans, basis.day(Utc::now())).await?;
    pdf::write(report.week, &reports)?.ok_or_else(|| Error::internal(format!("there is no plan of the week {}", report.week)))
}
