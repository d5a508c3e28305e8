//! Where things are kept besides the database, and the commands about these places.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::seconds;
use crate::analytics::Table;

/// Where files are kept.
#[derive(Args, Debug, Clone)]
pub struct Lake {
    /// The data lake: `gs://bucket`, or a folder [default: RPM_HOME/lake with the private PostgreSQL, else none].
    #[arg(long = "lake", env = "RPM_LAKE")]
    pub address: Option<String>,
    /// Where Cloud Storage is, instead of at Google: an emulator, without credentials.
    #[arg(long = "lake-endpoint", env = "RPM_LAKE_ENDPOINT")]
    pub endpoint: Option<String>,
    /// Folder of the copies that the lake has not taken yet [default: RPM_HOME/outbox].
    #[arg(long, env = "RPM_OUTBOX")]
    pub outbox: Option<PathBuf>,
    /// Google Cloud project that a new bucket belongs to.
    #[arg(long = "project-id", env = "GCP_PROJECT_ID")]
    pub project_id: Option<String>,
    /// Region of a new bucket.
    #[arg(long, env = "RPM_LAKE_REGION", default_value = "us-central1")]
    pub region: String,
}

/// Where the numbers are kept for those who ask much of them.
#[derive(Args, Debug, Clone)]
pub struct Warehouse {
    /// The warehouse, `bigquery://PROJECT/DATASET`. Without it there is the database only, and nothing is exported.
    #[arg(id = "warehouse_address", long = "warehouse", env = "RPM_WAREHOUSE")]
    pub address: Option<String>,
    /// Where BigQuery is, instead of at Google: an emulator, without credentials.
    #[arg(id = "warehouse_endpoint", long = "warehouse-endpoint", env = "RPM_WAREHOUSE_ENDPOINT")]
    pub endpoint: Option<String>,
    /// Region of a new data set.
    #[arg(id = "warehouse_region", long = "warehouse-region", env = "RPM_WAREHOUSE_REGION", default_value = "us-central1")]
    pub region: String,
    /// How long one call of the warehouse may take, in seconds.
    #[arg(id = "warehouse_timeout", long = "warehouse-timeout", env = "RPM_WAREHOUSE_TIMEOUT", default_value = "60", value_parser = seconds)]
    pub timeout: Duration,
    /// For how long a call is tried again while the warehouse does not answer, in seconds.
    #[arg(id = "warehouse_patience", long = "warehouse-patience", env = "RPM_WAREHOUSE_PATIENCE", default_value = "300", value_parser = seconds)]
    pub patience: Duration,
}

/// Settings of `provision`.
#[derive(Args, Debug, Clone)]
pub struct Provision {
    /// The lake.
    #[command(flatten)]
    pub lake: Lake,
    /// The warehouse.
    #[command(flatten)]
    pub warehouse: Warehouse,
}

/// Which rows of the warehouse are meant.
#[derive(Args, Debug, Clone)]
pub struct Rows {
    /// Tables, separated by commas; all seven where absent.
    #[arg(long = "table", value_delimiter = ',', value_parser = table)]
    pub tables: Vec<Table>,
    /// First day. For tables by the week: of the weeks' first days.
    #[arg(long, requires = "through")]
    pub from: Option<chrono::NaiveDate>,
    /// Last day.
    #[arg(long, requires = "from")]
    pub through: Option<chrono::NaiveDate>,
}

/// Settings of `export`.
#[derive(Args, Debug, Clone)]
pub struct Export {
    /// These days are written, whether they have changed or not; what has changed since the last export where there are none.
    #[command(flatten)]
    pub rows: Rows,
    /// The warehouse.
    #[command(flatten)]
    pub warehouse: Warehouse,
    /// Where copies go.
    #[command(flatten)]
    pub lake: Lake,
    /// Print one JSON object a line and table.
    #[arg(long)]
    pub json: bool,
}

/// Settings of `reconcile`.
#[derive(Args, Debug, Clone)]
pub struct Reconcile {
    /// These days are compared; all where there are none.
    #[command(flatten)]
    pub rows: Rows,
    /// The warehouse.
    #[command(flatten)]
    pub warehouse: Warehouse,
    /// Print one JSON object a line and difference.
    #[arg(long)]
    pub json: bool,
}

/// The name of a table of the warehouse.
fn table(text: &str) -> Result<Table, String> {
    let names = || Table::ALL.map(Table::name).join(", ");
    Table::named(text).ok_or_else(|| format!("the tables are {}", names()))
}
