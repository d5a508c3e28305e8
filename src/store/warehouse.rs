//! What a warehouse was given, by table and day; and which days changes have touched since.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::Store;
use crate::error::{Error, Result};

/// A day of a table, as a warehouse has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenDay {
    /// Which day.
    pub day: NaiveDate,
    /// How many rows.
    pub rows: i32,
    /// SHA-256 of the rows, hexadecimal.
    pub hash: String,
}

/// What of a day was touched by a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// An action that was created on it.
    Created,
    /// What an agent did on it.
    Worked,
    /// The week that begins on it.
    Week,
    /// A deliverable that was created or published on it.
    Deliverable,
    /// A song that was created or released on it.
    Song,
}

/// One table in one warehouse.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// The warehouse's address.
    pub warehouse: &'a str,
    /// The table's name.
    pub table: &'a str,
}

/// For how long it is known what was deleted, moved or renamed.
pub const TOUCHES_KEPT: TimeDelta = TimeDelta::days(30);

const LOOKED_AT: &str = "SELECT looked_at FROM warehouse_looks WHERE warehouse = $1 AND table_name = $2";

const SET_LOOKED_AT: &str = "INSERT INTO warehouse_looks (warehouse, table_name, looked_at) VALUES ($1, $2, $3) \
    ON CONFLICT (warehouse, table_name) DO UPDATE SET looked_at = excluded.looked_at";

const HELD: &str = "SELECT day FROM warehouse_exports WHERE warehouse = $1 AND table_name = $2 AND row_count > 0 ORDER BY day";

const UNKNOWN: &str = "SELECT day FROM warehouse_exports \
    WHERE warehouse = $1 AND table_name = $2 AND content_hash IS NULL ORDER BY day";

const FORGET_TOUCHES: &str = "DELETE FROM warehouse_touches WHERE noted_at < $1";

const WRITTEN: &str = "SELECT day, content_hash FROM warehouse_exports \
    WHERE warehouse = $1 AND table_name = $2 AND day BETWEEN $3 AND $4";

impl Store {
    /// The time by the database's clock.
    pub async fn now(&self) -> Result<DateTime<Utc>> {
        let rows = self.rows_of("SELECT clock_timestamp() AS now", []).await?;
        let row = rows.first().ok_or_else(|| Error::internal("the database has no time"))?;
        Ok(row.try_get("", "now")?)
    }

    /// Days that changes since an instant have touched, and what of them; none: all of them. Days are those of the time zone. What was
    /// deleted, moved or renamed is known for [`TOUCHES_KEPT`].
    pub async fn changed_days(&self, since: DateTime<Utc>, zone: &str) -> Result<Vec<(Touched, Option<NaiveDate>)>> {
        let rows = self.rows_of(include_str!("sql/changed_days.sql"), [since.into(), zone.into()]).await?;
        rows.iter().map(touched).collect()
    }

    /// Forgets what was deleted, moved or renamed before an instant.
    pub async fn forget_touches(&self, before: DateTime<Utc>) -> Result<()> {
        self.execute(FORGET_TOUCHES, [before.into()]).await
    }

    /// The first and the last day that anything is known of; none when nothing is.
    pub async fn days_with_data(&self, zone: &str) -> Result<Option<(NaiveDate, NaiveDate)>> {
        let rows = self.rows_of(include_str!("sql/days_with_data.sql"), [zone.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (first, last): (Option<NaiveDate>, Option<NaiveDate>) = (row.try_get("", "first")?, row.try_get("", "last")?);
        Ok(first.zip(last))
    }

    /// Up to when every change is in the warehouse's table; none before the first export.
    pub async fn exported_up_to(&self, export: Export<'_>) -> Result<Option<DateTime<Utc>>> {
        let rows = self.rows_of(LOOKED_AT, export.values()).await?;
        Ok(rows.first().map(|row| row.try_get("", "looked_at")).transpose()?)
    }

    /// Notes up to when every change is in the warehouse's table.
    pub async fn set_exported_up_to(&self, export: Export<'_>, instant: DateTime<Utc>) -> Result<()> {
        let [warehouse, table] = export.values();
        self.execute(SET_LOOKED_AT, [warehouse, table, instant.into()]).await
    }

    /// Days of which nobody knows what the warehouse holds: their export was cut off.
    pub async fn unknown_days(&self, export: Export<'_>) -> Result<Vec<NaiveDate>> {
        self.days(UNKNOWN, export).await
    }

    /// Days of which the warehouse was given rows.
    pub async fn days_held(&self, export: Export<'_>) -> Result<Vec<NaiveDate>> {
        self.days(HELD, export).await
    }

    async fn days(&self, sql: &str, export: Export<'_>) -> Result<Vec<NaiveDate>> {
        let rows = self.rows_of(sql, export.values()).await?;
        Ok(rows.iter().map(|row| row.try_get("", "day")).collect::<Result<_, _>>()?)
    }

    /// The hashes of what was written of each day from `first` through `last`; none of those that nobody knows.
    pub async fn written_days(
        &self,
        export: Export<'_>,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<BTreeMap<NaiveDate, Option<String>>> {
        let [warehouse, table] = export.values();
        let rows = self.rows_of(WRITTEN, [warehouse, table, first.into(), last.into()]).await?;
        let written = rows.iter().map(|row| Ok((row.try_get("", "day")?, row.try_get("", "content_hash")?)));
        written.collect()
    }

    /// Notes that a run is about to write days.
    pub async fn begin_days(&self, export: Export<'_>, run: Uuid, days: &[NaiveDate]) -> Result<()> {
        let [warehouse, table] = export.values();
        let days = days.to_vec().into();
        self.execute(include_str!("sql/begin_warehouse_days.sql"), [warehouse, table, run.into(), days]).await
    }

    /// Notes that it has. Where another run has begun with one of them meanwhile, that day stays unknown.
    pub async fn finish_days(&self, export: Export<'_>, run: Uuid, written: &[WrittenDay]) -> Result<()> {
        let [warehouse, table] = export.values();
        let days: Vec<_> = written.iter().map(|day| day.day).collect();
        let rows: Vec<_> = written.iter().map(|day| day.rows).collect();
        let hashes: Vec<_> = written.iter().map(|day| day.hash.clone()).collect();
        let values = [warehouse, table, run.into(), days.into(), rows.into(), hashes.into()];
        self.execute(include_str!("sql/finish_warehouse_days.sql"), values).await
    }

    async fn rows_of<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Vec<QueryResult>> {
        Ok(self.db.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?)
    }

    async fn execute<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<()> {
        self.db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        Ok(())
    }
}

impl Export<'_> {
    fn values(self) -> [Value; 2] {
        [self.warehouse.into(), self.table.into()]
    }
}

fn touched(row: &QueryResult) -> Result<(Touched, Option<NaiveDate>)> {
    let what: String = row.try_get("", "what")?;
    let touched = match what.as_str() {
        "created" => Touched::Created,
        "worked" => Touched::Worked,
        "week" => Touched::Week,
        "deliverable" => Touched::Deliverable,
        "song" => Touched::Song,
        other => return Err(Error::internal(format!("changed_days.sql names {other}"))),
    };
    Ok((touched, row.try_get("", "day")?))
}
