//! Sums over everything, which name nothing. They have no scope: who may ask for them sees the same.
//!
//! Triggers keep them: `company_totals` and what has been added since, in `company_changes`.

use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use super::{Store, Tx};
use crate::error::{Error, Result};

/// The company in sums.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Summary {
    /// Weeks.
    pub weeks: i64,
    /// Actions of all weeks.
    pub actions: i64,
    /// Of these, completed.
    pub completed_actions: i64,
    /// Deliverables that are published.
    pub published_deliverables: i64,
    /// Revenue of deliverables, US dollars.
    pub deliverable_revenue: Decimal,
    /// What all deliverables are to bring, US dollars; none when no target is set.
    pub deliverable_target: Option<Decimal>,
    /// Songs.
    pub songs: i64,
    /// Of these, released.
    pub released_songs: i64,
    /// Revenue of songs, US dollars.
    pub song_revenue: Decimal,
    /// What all songs are to bring, US dollars; none when no target is set.
    pub song_target: Option<Decimal>,
    /// Albums whose songs are all released.
    pub released_albums: i64,
}

impl Store {
    /// The company in sums.
    ///
    /// # Errors
    /// The database's own.
    pub async fn summary(&self) -> Result<Summary> {
        let statement = Statement::from_string(DbBackend::Postgres, include_str!("sql/investor_summary.sql"));
        let summary = Summary::find_by_statement(statement).one(&self.db).await?;
        summary.ok_or_else(|| Error::internal("sums without a row"))
    }
}

impl Tx {
    /// Takes what has changed into the company's sums, so that there is little to add up when these are asked for.
    ///
    /// # Errors
    /// The database's own.
    pub async fn take_company_changes(&self) -> Result<()> {
        let statement = Statement::from_string(DbBackend::Postgres, include_str!("sql/take_company_changes.sql"));
        self.db.execute_raw(statement).await?;
        Ok(())
    }
}
