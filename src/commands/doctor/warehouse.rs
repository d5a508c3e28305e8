//! The warehouse: its tables, and how old what it holds is.

use std::time::Duration;

use chrono::Utc;

use super::Examiner;
use super::finding::Finding;
use crate::analytics::{Provisioned, Table};
use crate::commands::warehouse;
use crate::config;
use crate::error::Result;
use crate::store::{Export, Store};

pub(super) async fn examine(examiner: &mut Examiner<'_>, store: Option<&Store>) -> Result<()> {
    let settings = &examiner.serve.warehouse;
    let Some(address) = settings.address.clone() else {
        return examiner.tell(Finding::ok("warehouse", "RPM_WAREHOUSE", "is not set: nothing is exported"));
    };
    // One try is enough to tell.
    let settings = config::Warehouse {
        timeout: settings.timeout.min(examiner.patience),
        patience: Duration::from_secs(1),
        ..settings.clone()
    };
    let advice = "is it bigquery://PROJECT/DATASET, is the data set there (`rpm-api provision`), and may these credentials see it (docs/warehouse.md)?";
    let finding = match examiner.ask(warehouse::required(&settings)).await {
        Ok(warehouse) => match examiner.ask(warehouse.look()).await {
            Ok(tables) => as_wanted(&address, &tables),
            Err(error) => Finding::failed("warehouse", &address, error, advice),
        },
        Err(error) => Finding::failed("warehouse", &address, error, advice),
    };
    examiner.tell(finding)?;
    let Some(store) = store else { return Ok(()) };
    let age = last_export(examiner, store, &address).await;
    examiner.tell(age)
}

fn as_wanted(address: &str, tables: &[Provisioned]) -> Finding {
    let missing: Vec<String> = tables.iter().filter(|table| table.is_new).map(|table| table.table.name().to_owned()).collect();
    let columns = tables.iter().filter(|table| !table.added.is_empty());
    let columns: Vec<String> = columns.map(|table| format!("{} lacks {}", table.table.name(), table.added.join(", "))).collect();
    let differs = tables.iter().flat_map(|table| table.differs.iter().map(|how| format!("{}: {how}", table.table.name())));
    let differs: Vec<String> = differs.collect();
    if !missing.is_empty() || !columns.is_empty() {
        let missing = missing.into_iter().map(|name| format!("there is no {name}"));
        let found: Vec<String> = missing.chain(columns).collect();
        return Finding::failed("warehouse", address, found.join("; "), "run `rpm-api provision`");
    }
    if !differs.is_empty() {
        return Finding::warning(
            "warehouse",
            address,
            differs.join("; "),
            "`provision` leaves that as it is: mend it by hand, or make the table anew",
        );
    }
    Finding::ok("warehouse", address, format!("{} tables, with the columns that are exported", tables.len()))
}

/// How long ago what has changed was last written, of the table where that is longest.
async fn last_export(examiner: &Examiner<'_>, store: &Store, address: &str) -> Finding {
    let advice = "a server exports every RPM_EXPORT_EVERY, `rpm-api export` at once; its log says what was in the way";
    let looks = async {
        let mut looks = Vec::new();
        for table in Table::ALL {
            looks.push(store.exported_up_to(Export { warehouse: address, table: table.name() }).await?);
        }
        Ok::<_, crate::error::Error>(looks)
    };
    let oldest = match examiner.ask(looks).await {
        // None comes before any.
        Ok(looks) => looks.into_iter().min().flatten(),
        Err(error) => return Finding::failed("last export", address, error, "apply the migrations: `rpm-api migrate`"),
    };
    let Some(oldest) = oldest else { return Finding::warning("last export", address, "some tables were never exported", advice) };
    let age = (Utc::now() - oldest).to_std().unwrap_or_default();
    let found = format!("{} minutes ago", age.as_secs() / 60);
    if age > examiner.serve.export_every * 2 {
        Finding::warning("last export", address, found, advice)
    } else {
        Finding::ok("last export", address, found)
    }
}
