//! What it takes to copy the whole database out and in again, besides PostgreSQL's own programs: one snapshot for all that is
//! counted and copied, sums to compare two databases by, and the exchange of what is there for what is restored.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use super::examine::DatabaseAddress;
use crate::error::{Error, Result};

/// What a table holds, in numbers: the same for the same rows, whatever their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    /// How many rows.
    pub rows: i64,
    /// The sum of their hashes (the first half of the MD5 of a row's text), as a decimal.
    pub digest: String,
}

/// Rows are hashed as text, so what they look like must not depend on settings.
const PLAIN: &str = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET search_path = public; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

const TABLES: &str = "SELECT relname, quote_ident(relname) AS quoted FROM pg_class
    WHERE relnamespace = to_regnamespace('public') AND relkind = 'r' ORDER BY relname";

/// A schema's name that what is replaced has until that is done.
const ASIDE: &str = "before_restore";

/// A database as one moment had it, held for as long as this lives.
#[derive(Debug)]
pub struct Snapshot {
    connection: PgConnection,
    /// Its name, for `pg_dump --snapshot`.
    pub name: String,
}

/// A connection whose settings do not show in what it reads.
async fn connect(url: &str) -> Result<PgConnection> {
    let address = DatabaseAddress::parse(url).map_err(Error::internal)?;
    let mut connection = PgConnection::connect_with(address.options()).await.map_err(Error::internal)?;
    connection.execute(PLAIN).await.map_err(Error::internal)?;
    Ok(connection)
}

async fn sums(connection: &mut PgConnection) -> Result<BTreeMap<String, TableSum>> {
    let tables = connection.fetch_all(TABLES).await.map_err(Error::internal)?;
    let mut sums = BTreeMap::new();
    for table in tables {
        let read = |row: &PgRow, column: &str| row.try_get::<String, _>(column).map_err(Error::internal);
        let (name, quoted) = (read(&table, "relname")?, read(&table, "quoted")?);
        let sql = format!(
            "SELECT count(*) AS rows, COALESCE(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)::text AS digest
             FROM public.{quoted} AS t"
        );
        let row = connection.fetch_one(AssertSqlSafe(sql)).await.map_err(Error::internal)?;
        let rows = row.try_get("rows").map_err(Error::internal)?;
        sums.insert(name, TableSum { rows, digest: read(&row, "digest")? });
    }
    Ok(sums)
}

async fn text(connection: &mut PgConnection, sql: &'static str) -> Result<String> {
    sqlx::query_scalar(sql).fetch_one(connection).await.map_err(Error::internal)
}

async fn migrations(connection: &mut PgConnection) -> Result<BTreeSet<String>> {
    let there = "SELECT to_regclass('public.seaql_migrations') IS NOT NULL";
    let there: bool = sqlx::query_scalar(there).fetch_one(&mut *connection).await.map_err(Error::internal)?;
    if !there {
        return Ok(BTreeSet::new());
    }
    let names = sqlx::query_scalar("SELECT version FROM public.seaql_migrations").fetch_all(connection).await;
    Ok(names.map_err(Error::internal)?.into_iter().collect())
}

impl Snapshot {
    /// Takes one. `url` is the database itself, not a transaction pooler.
    ///
    /// # Errors
    /// The database's own, here and below.
    pub async fn take(url: &str) -> Result<Self> {
        let mut connection = connect(url).await?;
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(Error::internal)?;
        let name = text(&mut connection, "SELECT pg_export_snapshot()").await?;
        Ok(Self { connection, name })
    }

    /// What every table holds.
    pub async fn sums(&mut self) -> Result<BTreeMap<String, TableSum>> {
        sums(&mut self.connection).await
    }

    /// The migrations that are applied.
    pub async fn migrations(&mut self) -> Result<BTreeSet<String>> {
        migrations(&mut self.connection).await
    }

    /// The server's version as it tells it (`15.18 (Debian …)`), and its first number.
    pub async fn version(&mut self) -> Result<(String, u32)> {
        let version = text(&mut self.connection, "SHOW server_version").await?;
        let major = version.chars().take_while(char::is_ascii_digit).collect::<String>();
        Ok((version, major.parse().unwrap_or_default()))
    }

    /// Position of the newest event; 0 where there are none.
    pub async fn newest_event(&mut self) -> Result<i64> {
        let sql = "SELECT COALESCE(max(id), 0) FROM public.events";
        sqlx::query_scalar(sql).fetch_one(&mut self.connection).await.map_err(Error::internal)
    }

    /// Lets go of it.
    pub async fn release(self) {
        let _ = self.connection.close().await;
    }
}

/// A database that is restored into.
#[derive(Debug)]
pub struct Target {
    connection: PgConnection,
}

impl Target {
    /// Opens it. `url` is the database itself, not a transaction pooler.
    ///
    /// # Errors
    /// The database's own, here and below.
    pub async fn open(url: &str) -> Result<Self> {
        Ok(Self { connection: connect(url).await? })
    }

    /// Whether it holds no tables.
    pub async fn is_empty(&mut self) -> Result<bool> {
        Ok(self.connection.fetch_all(TABLES).await.map_err(Error::internal)?.is_empty())
    }

    /// How many others are connected to it.
    pub async fn others(&mut self) -> Result<i64> {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL";
        sqlx::query_scalar(sql).fetch_one(&mut self.connection).await.map_err(Error::internal)
    }

    /// The server's version, its first number.
    pub async fn major(&mut self) -> Result<u32> {
        let version = text(&mut self.connection, "SHOW server_version").await?;
        Ok(version.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default())
    }

    /// Puts what is there aside, whole, and makes room.
    pub async fn set_aside(&mut self) -> Result<()> {
        let sql = format!(
            "BEGIN; DROP SCHEMA IF EXISTS {ASIDE} CASCADE; ALTER SCHEMA public RENAME TO {ASIDE}; CREATE SCHEMA public; COMMIT"
        );
        self.run(sql).await
    }

    /// Puts it back, in place of what is there now.
    pub async fn put_back(&mut self) -> Result<()> {
        self.run(format!("BEGIN; DROP SCHEMA public CASCADE; ALTER SCHEMA {ASIDE} RENAME TO public; COMMIT")).await
    }

    /// Removes what was restored, where nothing was before.
    pub async fn empty(&mut self) -> Result<()> {
        self.run("BEGIN; DROP SCHEMA public CASCADE; CREATE SCHEMA public; COMMIT".to_owned()).await
    }

    /// Drops what was put aside, and lets PostgreSQL look at what it has now, to plan its statements by.
    pub async fn settle(&mut self) -> Result<()> {
        self.run(format!("DROP SCHEMA IF EXISTS {ASIDE} CASCADE")).await?;
        self.run("ANALYZE".to_owned()).await
    }

    /// What every table holds.
    pub async fn sums(&mut self) -> Result<BTreeMap<String, TableSum>> {
        sums(&mut self.connection).await
    }

    /// Closes it.
    pub async fn close(self) {
        let _ = self.connection.close().await;
    }

    async fn run(&mut self, sql: String) -> Result<()> {
        // Several statements at once: a string, not a prepared statement. What fails leaves no transaction open.
        if let Err(error) = self.connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await {
            let _ = self.connection.execute("ROLLBACK").await;
            return Err(Error::internal(error));
        }
        Ok(())
    }
}
