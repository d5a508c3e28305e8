//! The warehouse, in a real emulator of BigQuery: provisioned, exported into by one and by many, killed, disturbed, compared.
//!
//! The line to the emulator is served by threads of the tests: they have more than one, since they wait for commands.

mod away;
mod disturbed;
mod export;
mod hourly_query;
mod killed;
mod provision;
mod reconcile;

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};
use tempfile::TempDir;

use crate::support::{BigQuery, TestDatabase, fixture, rpm_api};

/// The table that most tests look at.
const TABLE: &str = "action_completion_metrics";

/// Eight actions of a plan on five days, of which some are done. They are created at whole hours, and the days are those of UTC.
const SPREAD: &str = "UPDATE rpm_action_items SET
    created_at = '2026-03-02T00:00:00Z'::timestamptz + ((position % 5) || ' days')::interval + (position || ' hours')::interval,
    status = CASE WHEN position % 3 = 0 THEN 'completed' WHEN position % 4 = 1 THEN 'blocked' ELSE 'pending' END,
    completion_date = CASE WHEN position % 3 = 0 THEN '2026-03-08T17:25:00Z'::timestamptz + (position || ' minutes')::interval END,
    estimated_hours = 1.5 + position % 4, actual_hours = CASE WHEN position % 3 = 0 THEN 2.25 END,
    updated_at = now()";

/// A database with a plan, a lake, and a warehouse.
struct House {
    database: TestDatabase,
    bigquery: BigQuery,
    folder: TempDir,
}

impl House {
    /// Nothing is provisioned.
    async fn bare() -> Self {
        let house =
            Self { database: TestDatabase::new().await, bigquery: BigQuery::start().await, folder: TempDir::new().unwrap() };
        let plan = fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md");
        let output = house.command("ingest").arg(plan).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        house.execute(SPREAD).await;
        house
    }

    async fn new() -> Self {
        let house = Self::bare().await;
        house.done(&["provision"]);
        house
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// A command on all three.
    fn command(&self, name: &str) -> Command {
        let mut command = rpm_api();
        command.arg(name);
        for (name, value) in self.settings() {
            command.env(name, value);
        }
        command
    }

    fn settings(&self) -> [(&'static str, String); 8] {
        let path = |name: &str| self.folder.path().join(name).to_string_lossy().into_owned();
        [
            ("DATABASE_URL", self.database.url.clone()),
            ("RPM_TIMEZONE", "UTC".to_owned()),
            ("RPM_LAKE", path("lake")),
            ("RPM_OUTBOX", path("outbox")),
            ("RPM_WAREHOUSE", self.bigquery.warehouse()),
            ("RPM_WAREHOUSE_ENDPOINT", self.bigquery.endpoint().to_owned()),
            ("RPM_WAREHOUSE_TIMEOUT", "20".to_owned()),
            ("RPM_WAREHOUSE_PATIENCE", "20".to_owned()),
        ]
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments[0]).args(&arguments[1..]).output().unwrap()
    }

    /// What a command that succeeds prints.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The report of an export on [`TABLE`].
    fn export(&self, more: &[&str]) -> Value {
        let printed = self.done(&[&["export", "--json"], more].concat());
        json_lines(&printed).into_iter().find(|report| report["table"] == TABLE).unwrap()
    }

    /// Exports; how many days of all tables were written.
    fn days_written(&self) -> u64 {
        let reports = json_lines(&self.done(&["export", "--json"]));
        reports.iter().filter_map(|report| report["days_written"].as_u64()).sum()
    }

    async fn execute(&self, sql: &str) {
        self.database.connection().await.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    }

    /// The rows that the warehouse has of [`TABLE`].
    async fn held(&self) -> Vec<Value> {
        self.bigquery.query(&format!("SELECT * FROM {} ORDER BY date, owner, funnel_stage", self.bigquery.table(TABLE))).await
    }

    /// That the warehouse has what the database says, each row once, and that another export would change nothing.
    async fn is_up_to_date(&self) {
        let compared = self.run(&["reconcile"]);
        assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stdout));
        let held = self.held().await;
        let keys: std::collections::BTreeSet<_> =
            held.iter().map(|row| format!("{} {} {}", row["date"], row["owner"], row["funnel_stage"])).collect();
        assert_eq!((keys.len(), held.is_empty()), (held.len(), false));
        let again: Vec<Value> = json_lines(&self.done(&["export", "--json"]));
        assert!(again.iter().all(|report| report["days_written"] == 0), "{again:?}");
        assert_eq!(self.held().await, held);
    }
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
