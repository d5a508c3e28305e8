//! The database schema, one change a file, as SQL that can be read and reviewed.
//!
//! Rules: a migration that has been released is never edited; every one can be undone; each statement is one that the
//! release before can live with (expand, deploy, contract).

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::MigrationTrait;

mod m20261123_000001_plans;
mod m20261123_000002_owners;
mod m20261123_000003_agents;
mod m20261123_000004_outputs;
mod m20261123_000005_members;
mod m20261123_000006_events;
mod m20261123_000007_ingested_files;
mod m20261124_000008_event_log;
mod m20261124_000009_sessions;
mod m20261124_000010_api_keys;
mod m20261124_000011_audit_log;
mod m20261124_000012_ingest_runs;
mod m20261124_000013_agent_spellings;
mod m20261124_000015_warehouse_exports;
mod m20261125_000014_metrics;
mod m20261125_000016_cancelled_actions;
mod m20261125_000017_company_totals;
mod m20261125_000018_warehouse_touches;
mod m20261125_000019_changes;
mod m20261130_000022_stays_of_cancelled_actions;

/// Every migration in the order they are applied.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_plans::Migration),
            Box::new(m20261123_000002_owners::Migration),
            Box::new(m20261123_000003_agents::Migration),
            Box::new(m20261123_000004_outputs::Migration),
            Box::new(m20261123_000005_members::Migration),
            Box::new(m20261123_000006_events::Migration),
            Box::new(m20261123_000007_ingested_files::Migration),
            Box::new(m20261124_000008_event_log::Migration),
            Box::new(m20261124_000009_sessions::Migration),
            Box::new(m20261124_000010_api_keys::Migration),
            Box::new(m20261124_000011_audit_log::Migration),
            Box::new(m20261124_000012_ingest_runs::Migration),
            Box::new(m20261124_000013_agent_spellings::Migration),
            Box::new(m20261125_000014_metrics::Migration),
            Box::new(m20261124_000015_warehouse_exports::Migration),
            Box::new(m20261125_000016_cancelled_actions::Migration),
            Box::new(m20261125_000017_company_totals::Migration),
            Box::new(m20261125_000018_warehouse_touches::Migration),
            Box::new(m20261125_000019_changes::Migration),
            Box::new(m20261130_000022_stays_of_cancelled_actions::Migration),
        ]
    }
}

/// A migration out of two pieces of SQL.
macro_rules! sql_migration {
    (up: $up:expr, down: $down:expr $(,)?) => {
        use sea_orm_migration::prelude::*;

        #[derive(DeriveMigrationName)]
        pub(crate) struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                manager.get_connection().execute_unprepared($up).await.map(drop)
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                manager.get_connection().execute_unprepared($down).await.map(drop)
            }
        }
    };
}
pub(crate) use sql_migration;
