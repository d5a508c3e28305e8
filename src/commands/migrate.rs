//! `rpm-api migrate`: the database schema.

use migration::{Migrator, MigratorTrait};

use super::{Database, Use, print};
use crate::config::{Common, Migrate, MigrateDirection};
use crate::error::Result;

/// Moves the schema, and says how it stands then.
///
/// # Errors
/// When the database cannot be reached or a migration fails (each runs in a transaction).
pub async fn run(common: &Common, migrate: &Migrate) -> Result<()> {
    let database = Database::open(common, Use::Migrate).await?;
    let outcome = apply(&database, migrate).await;
    database.close().await;
    outcome
}

async fn apply(database: &Database, migrate: &Migrate) -> Result<()> {
    let connection = database.store.connection();
    match migrate.direction {
        MigrateDirection::Up => Migrator::up(connection, migrate.steps).await?,
        MigrateDirection::Down => Migrator::down(connection, Some(migrate.steps.unwrap_or(1))).await?,
        MigrateDirection::Status => {}
    }
    for migration in Migrator::get_migration_with_status(connection).await? {
        print(&format!("{:8} {}\n", migration.status().to_string().to_lowercase(), migration.name()))?;
    }
    Ok(())
}
