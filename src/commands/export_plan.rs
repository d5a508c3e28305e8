//! `rpm-api export-plan`: a week as the database holds it, as a document.

use super::{Database, Use, print};
use crate::config::{Common, ExportFormat, ExportPlan};
use crate::error::{Error, Result};
use crate::ingest::HeldPlan;
use crate::ingest::document::PlanDocument;
use crate::ingest::export::{to_csv, to_markdown};
use crate::store::{Scope, Store, WeekKey};

/// Prints it, or writes it into a file.
///
/// # Errors
/// When there is no such week, the database fails, or the file cannot be written.
pub async fn run(common: &Common, export: &ExportPlan) -> Result<()> {
    let database = Database::open(common, Use::Join).await?;
    let text = written(common, export, &database.store).await;
    database.close().await;
    let text = text?;
    match &export.output {
        None => print(&text),
        Some(path) => std::fs::write(path, text).map_err(|error| Error::internal(format!("{}: {error}", path.display()))),
    }
}

async fn written(common: &Common, export: &ExportPlan, store: &Store) -> Result<String> {
    let key = WeekKey::Holding(export.project.clone(), export.week);
    let Some(week) = store.week(Scope::All, key).await? else {
        let of = export.project.as_deref().map(|project| format!(" of {project}")).unwrap_or_default();
        return Err(Error::internal(format!("there is no plan{of} that holds {}", export.week)));
    };
    let (project, results) = store.plan_rows(&week).await?;
    let plan = PlanDocument::from(HeldPlan { project, week, results });
    match export.format {
        ExportFormat::Md => Ok(to_markdown(&plan, common.timezone)),
        ExportFormat::Csv => to_csv(&plan).map_err(Error::internal),
    }
}
