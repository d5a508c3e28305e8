//! `rpm-api reconcile`: where the warehouse is not as the database.

use std::process::ExitCode;

use super::{Database, Use, print, warehouse};
use crate::analytics::reconcile::{Difference, reconcile};
use crate::config::{Common, Reconcile};
use crate::error::{Error, Result};

/// Compares, and says where they differ. The exit code tells whether they do.
///
/// # Errors
/// When there is no warehouse, it does not answer, or the database fails.
pub async fn run(common: &Common, settings: &Reconcile) -> Result<ExitCode> {
    let warehouse = warehouse::required(&settings.warehouse).await?;
    let (tables, days) = warehouse::meant(&settings.rows)?;
    let database = Database::open(common, Use::Join).await?;
    let outcome = async {
        let basis = common.basis();
        let mut found = 0;
        for table in tables {
            let compared = reconcile(&database.store, &basis, &*warehouse, table, days).await?;
            for difference in &compared.differences {
                print(&line(difference, settings.json)?)?;
            }
            if !settings.json {
                print(&format!(
                    "{}: {} days compared, {} differences\n",
                    table.name(),
                    compared.days,
                    compared.differences.len()
                ))?;
            }
            found += compared.differences.len();
        }
        Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
    .await;
    database.close().await;
    outcome
}

fn line(difference: &Difference, json: bool) -> Result<String> {
    if json {
        return Ok(format!("{}\n", serde_json::to_string(difference).map_err(Error::internal)?));
    }
    Ok(format!("{difference}\n"))
}
