//! `rpm-api provision`: the lake and the warehouse, made or completed.

use super::{lake, print, warehouse};
use crate::analytics::Provisioned;
use crate::config::{Common, Provision};
use crate::error::{Error, Result};
use crate::lake::lifecycle::Rule;
use crate::lake::{Lake, Lifecycle};

/// Makes the lake and the warehouse, as far as they are set, and says what they hold then.
///
/// # Errors
/// When neither is set, or one of them does not do so.
pub async fn run(common: &Common, settings: &Provision) -> Result<()> {
    let lake = lake::open(common, &settings.lake, None).await?;
    let warehouse = warehouse::open(&settings.warehouse).await?;
    if lake.is_none() && warehouse.is_none() {
        return Err(Error::internal("set RPM_LAKE (gs://bucket or a folder) or RPM_WAREHOUSE (bigquery://PROJECT/DATASET)"));
    }
    if let Some(lake) = lake {
        print(&provision_lake(&*lake).await?)?;
    }
    if let Some(warehouse) = warehouse {
        let tables = warehouse.provision().await.map_err(Error::internal)?;
        let lines: String = tables.iter().map(line).collect();
        print(&format!("{}\n{lines}", warehouse.location()))?;
    }
    Ok(())
}

async fn provision_lake(lake: &dyn Lake) -> Result<String> {
    lake.provision(&Lifecycle::standard()).await.map_err(Error::internal)?;
    let held = lake.lifecycle().await.map_err(Error::internal)?;
    let days = |days: Option<u32>| days.map_or_else(|| "never".to_owned(), |days| format!("after {days} days"));
    let rule = |rule: &Rule| {
        let (archived, deleted) = (days(rule.coldline_after_days), days(rule.delete_after_days));
        format!("  {}: archived {archived}, deleted {deleted}\n", rule.prefix)
    };
    let rules: String = held.rules.iter().map(rule).collect();
    Ok(format!("{}\n{rules}  everything else: kept, all versions\n", lake.location()))
}

/// What became of a table.
fn line(provisioned: &Provisioned) -> String {
    let name = provisioned.table.name();
    let what = match (provisioned.is_new, &provisioned.added[..]) {
        (true, _) => "made".to_owned(),
        (false, []) => "complete".to_owned(),
        (false, added) => format!("columns added: {}", added.join(", ")),
    };
    let differs: String = provisioned.differs.iter().map(|how| format!("    differs, left as it is: {how}\n")).collect();
    format!("  {name}: {what}\n{differs}")
}
