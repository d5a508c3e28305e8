//! `rpm-api migrate`: the database schema.

use migration::{Migrator, MigratorTrait, standing};

use super::{Database, Use, print};
use crate::config::{Common, Migrate, MigrateDirection};
use crate::error::Result;
use crate::store::Store;

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
        MigrateDirection::Up => up(&database.store, migrate.steps).await?,
        MigrateDirection::Down => Migrator::down(connection, Some(migrate.steps.unwrap_or(1))).await?,
        MigrateDirection::Status => {}
    }
    let standing = standing(connection).await?;
    for (name, is_applied) in &standing.known {
        print(&format!("{:8} {name}\n", if *is_applied { "applied" } else { "pending" }))?;
    }
    for name in &standing.later {
        print(&format!("{:8} {name} (by a newer version)\n", "applied"))?;
    }
    Ok(())
}

/// Applies what is missing, at most so many; nothing where a newer version has been here: what was before is undone by that version
/// only. Of several that come at once one does it, and the others find it done.
///
/// # Errors
/// When a migration fails.
pub(super) async fn up(store: &Store, steps: Option<u32>) -> Result<()> {
    let lock = store.lock_schema().await?;
    if standing(store.connection()).await?.missing() > 0 {
        Migrator::up(store.connection(), steps).await?;
    }
    lock.release().await
}
