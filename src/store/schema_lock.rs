//! The lock of whoever changes the schema.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};

use super::Store;
use crate::error::Result;

/// The advisory lock ("rpm-schm" in ASCII).
const SCHEMA_LOCK: i64 = 0x7270_6d2d_7363_686d;

/// Held by one at a time, on a connection of its own; gone with it.
#[derive(Debug)]
pub struct SchemaLock(DatabaseTransaction);

impl Store {
    /// Waits until nobody else changes the schema. The pool must have another connection for the changes themselves.
    ///
    /// # Errors
    /// The database's own.
    pub async fn lock_schema(&self) -> Result<SchemaLock> {
        // An advisory lock, since there is no table yet to hold a lease in; of a transaction, so that a pooler does not give it away.
        let transaction = self.db.primary.begin().await?;
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_advisory_xact_lock($1)", [SCHEMA_LOCK.into()]);
        transaction.execute_raw(lock).await?;
        Ok(SchemaLock(transaction))
    }
}

impl SchemaLock {
    /// Lets the next one change it.
    ///
    /// # Errors
    /// The database's own.
    pub async fn release(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}
