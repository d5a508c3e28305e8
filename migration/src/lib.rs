//! The database schema, one change a file, as SQL that can be read and reviewed.
//!
//! Rules: a migration that has been released is never edited; every one can be undone; each statement is one that the
//! release before can live with (expand, deploy, contract): for a while servers of both run on one schema (`docs/operations.md`).

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::{MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::{DatabaseConnection, DbErr, EntityTrait};
use sea_orm_migration::seaql_migrations;

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
mod m20261130_000023_alerts;
mod m20261130_000024_changing_actions;
mod m20261130_000025_alert_messages;
mod m20261130_000026_owned_actions;
mod m20261130_000027_owned_actions_by_due_date;
mod m20261130_000028_changes_made_together;
mod m20261201_000029_hashed_keys;

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
            Box::new(m20261130_000023_alerts::Migration),
            Box::new(m20261130_000024_changing_actions::Migration),
            Box::new(m20261130_000025_alert_messages::Migration),
            Box::new(m20261130_000026_owned_actions::Migration),
            Box::new(m20261130_000027_owned_actions_by_due_date::Migration),
            Box::new(m20261130_000028_changes_made_together::Migration),
            Box::new(m20261201_000029_hashed_keys::Migration),
        ]
    }
}

/// How a schema stands to the migrations that this binary knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Known here, in the order they are applied, and whether they are.
    pub known: Vec<(String, bool)>,
    /// Applied by a newer binary. This one can live with them: a migration takes nothing away that the release before it uses.
    pub later: Vec<String>,
}

impl Standing {
    /// How many are not applied yet.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.known.iter().filter(|(_, is_applied)| !is_applied).count()
    }
}

/// Looks how a schema stands, and changes nothing.
///
/// # Errors
/// The database's own.
pub async fn standing(db: &DatabaseConnection) -> Result<Standing, DbErr> {
    let is_begun = SchemaManager::new(db).has_table("seaql_migrations").await?;
    let applied = if is_begun { seaql_migrations::Entity::find().all(db).await? } else { Vec::new() };
    let applied: Vec<String> = applied.into_iter().map(|migration| migration.version).collect();
    let names: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let later = applied.iter().filter(|name| !names.contains(name)).cloned().collect();
    let known = names
        .into_iter()
        .map(|name| {
            let is_applied = applied.contains(&name);
            (name, is_applied)
        })
        .collect();
    Ok(Standing { known, later })
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
