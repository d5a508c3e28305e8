//! The database as `rpm-api doctor` sees it: whether it lets us in, and whether it is as this program needs it. Nothing here
//! changes anything, and everything runs on a connection of its own, beside any pool.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Row};

use super::tables::{ANNOUNCED, SILENT};
use crate::error::{Error, Result};

/// What is done with every table, but those below.
const RIGHTS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// Tables of which less is enough: the audit log is only added to, the list of migrations only read.
const LESS: [(&str, &[&str]); 2] = [("audit_log", &["SELECT", "INSERT"]), ("seaql_migrations", &["SELECT"])];

/// Where a database is. Shown without its password.
#[derive(Clone)]
pub struct DatabaseAddress {
    options: PgConnectOptions,
}

impl DatabaseAddress {
    /// Reads a `postgres://` URL.
    ///
    /// # Errors
    /// When it is none; the text does not repeat it.
    pub fn parse(url: &str) -> std::result::Result<Self, String> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("it does not begin with postgres://".to_owned());
        }
        match url.parse::<PgConnectOptions>() {
            Ok(options) => Ok(Self { options: options.disable_statement_logging() }),
            Err(_) => Err("it cannot be read; characters such as @ : / # in a password are written %40 %3A %2F %23".to_owned()),
        }
    }

    /// How to connect.
    pub(super) const fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Host and port; none where it is a Unix socket.
    #[must_use]
    pub fn host(&self) -> Option<(&str, u16)> {
        self.options.get_socket().is_none().then(|| (self.options.get_host(), self.options.get_port()))
    }

    /// The folder of the Unix socket.
    #[must_use]
    pub fn socket(&self) -> Option<&PathBuf> {
        self.options.get_socket()
    }

    /// Signs in.
    ///
    /// # Errors
    /// Why that cannot be.
    pub async fn enter(&self) -> std::result::Result<Examination, NotLetIn> {
        let connection = PgConnection::connect_with(&self.options).await.map_err(|error| NotLetIn::of(&error))?;
        Ok(Examination { address: self.clone(), connection })
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.options.get_database().unwrap_or(self.options.get_username());
        match self.options.get_socket() {
            Some(folder) => write!(f, "{}@{}, database {database}", self.options.get_username(), folder.display()),
            None => {
                let (user, host, port) = (self.options.get_username(), self.options.get_host(), self.options.get_port());
                write!(f, "{user}@{host}:{port}, database {database}")
            }
        }
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why a database lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotLetIn {
    /// No connection comes about, or it breaks off.
    Line(String),
    /// No TLS comes about.
    Tls(String),
    /// The user is not known, or the password is another.
    Login(String),
    /// There is no such database.
    NoDatabase(String),
    /// Everybody who may be connected is.
    Full(String),
    /// It is starting or stopping.
    Passing(String),
    /// Anything else.
    Other(String),
}

impl NotLetIn {
    fn of(error: &sqlx::Error) -> Self {
        let said = error.to_string();
        match error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => Self::Line(said),
            sqlx::Error::Tls(_) => Self::Tls(said),
            sqlx::Error::Database(database) => match database.code().as_deref() {
                // "no pg_hba.conf entry … no encryption" comes with the code of a refused login.
                Some("28000") if said.contains("no encryption") => Self::Tls(said),
                Some("28000" | "28P01") => Self::Login(said),
                Some("3D000") => Self::NoDatabase(said),
                Some("53300") => Self::Full(said),
                Some("57P01" | "57P02" | "57P03") => Self::Passing(said),
                _ => Self::Other(said),
            },
            _ => Self::Other(said),
        }
    }
}

/// What a database says of itself.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Version as PostgreSQL counts (150018 is 15.18).
    pub version: i32,
    /// Whether it takes no changes: a copy that follows another, or set so.
    pub is_read_only: bool,
    /// Connections that may be open besides those reserved for administrators, and those that are, this one included.
    pub connections: (i64, i64),
    /// How many this role may have; none where it is not limited.
    pub role_limit: Option<i32>,
}

const CONDITION: &str = "SELECT current_setting('server_version_num')::int AS version,
    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS is_read_only,
    (SELECT COALESCE(sum(CASE name WHEN 'max_connections' THEN setting::int ELSE -setting::int END), 0) FROM pg_settings
        WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))::bigint AS allowed,
    (SELECT COALESCE(sum(numbackends), 0) FROM pg_stat_database)::bigint AS open,
    (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) AS role_limit";

const LACKING: &str = "SELECT wanted.name, wanted.privilege FROM unnest($1::text[], $2::text[]) AS wanted (name, privilege)
    WHERE to_regclass(wanted.name) IS NOT NULL AND NOT has_table_privilege(to_regclass(wanted.name)::oid, wanted.privilege)";

/// A database that has let us in.
#[derive(Debug)]
pub struct Examination {
    address: DatabaseAddress,
    connection: PgConnection,
}

impl Examination {
    /// What it says of itself.
    ///
    /// # Errors
    /// The database's own, here and below.
    pub async fn condition(&mut self) -> Result<Condition> {
        let row = sqlx::query(CONDITION).fetch_one(&mut self.connection).await.map_err(Error::internal)?;
        let read = || -> std::result::Result<Condition, sqlx::Error> {
            Ok(Condition {
                version: row.try_get("version")?,
                is_read_only: row.try_get("is_read_only")?,
                connections: (row.try_get("allowed")?, row.try_get("open")?),
                role_limit: row.try_get("role_limit")?,
            })
        };
        read().map_err(Error::internal)
    }

    /// Names of the migrations that are applied; none where there is no list of them yet.
    pub async fn migrations(&mut self) -> Result<BTreeSet<String>> {
        let there = "SELECT to_regclass('seaql_migrations') IS NOT NULL";
        let there: bool = sqlx::query_scalar(there).fetch_one(&mut self.connection).await.map_err(Error::internal)?;
        if !there {
            return Ok(BTreeSet::new());
        }
        let names = sqlx::query_scalar("SELECT version FROM seaql_migrations").fetch_all(&mut self.connection).await;
        Ok(names.map_err(Error::internal)?.into_iter().collect())
    }

    /// Rights on tables that this role does not have and needs: `UPDATE on rpm_results`. What is not there yet does not count.
    pub async fn lacking_rights(&mut self) -> Result<Vec<String>> {
        let (mut names, mut privileges) = (Vec::new(), Vec::new());
        for table in ANNOUNCED.iter().chain(SILENT) {
            let wanted = LESS.iter().find(|(name, _)| name == table).map_or(&RIGHTS[..], |(_, less)| less);
            for right in wanted {
                names.push((*table).to_owned());
                privileges.push((*right).to_owned());
            }
        }
        let rows = sqlx::query(LACKING).bind(names).bind(privileges).fetch_all(&mut self.connection).await;
        let lacking = |row: &sqlx::postgres::PgRow| -> std::result::Result<String, sqlx::Error> {
            Ok(format!("{} on {}", row.try_get::<String, _>("privilege")?, row.try_get::<String, _>("name")?))
        };
        rows.map_err(Error::internal)?.iter().map(|row| lacking(row).map_err(Error::internal)).collect()
    }

    /// By how much the database's clock is before ours (negative: behind), and how much of that the way may be.
    pub async fn clock_difference(&mut self) -> Result<(TimeDelta, TimeDelta)> {
        let begun = Utc::now();
        let theirs = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&mut self.connection).await;
        let theirs: DateTime<Utc> = theirs.map_err(Error::internal)?;
        let way = Utc::now() - begun;
        Ok((theirs - (begun + way / 2), way / 2))
    }

    /// Whether statements of one connection run on several of PostgreSQL's: the work of a pooler in transaction mode. Such a pooler
    /// gives what is free; so another connection of ours takes that in between, for the length of a transaction.
    pub async fn is_pooled(&mut self) -> Result<bool> {
        let mut other = PgConnection::connect_with(&self.address.options).await.map_err(Error::internal)?;
        let before = self.process().await?;
        let mut transaction = other.begin().await.map_err(Error::internal)?;
        let pid = "SELECT pg_backend_pid()";
        let _: i32 = sqlx::query_scalar(pid).fetch_one(&mut *transaction).await.map_err(Error::internal)?;
        let after = self.process().await?;
        transaction.rollback().await.map_err(Error::internal)?;
        let _ = other.close().await;
        Ok(before != after)
    }

    async fn process(&mut self) -> Result<i32> {
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut self.connection).await.map_err(Error::internal)
    }

    /// Leaves. One that does not let go in a second is left to itself.
    pub async fn leave(self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.connection.close()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let address =
            DatabaseAddress::parse("postgres://app:hush%40hush@db.example:6432/plans?sslmode=require").expect("an address");
        assert_eq!(
            format!("{address} {address:?}"),
            "app@db.example:6432, database plans ".to_owned() + "app@db.example:6432, database plans"
        );
        assert_eq!(address.host(), Some(("db.example", 6432)));
        let socket = DatabaseAddress::parse("postgres://rpm@localhost:5432/rpm?host=%2Frun%2Fpg").expect("an address");
        assert_eq!((socket.host(), socket.to_string().as_str()), (None, "rpm@/run/pg, database rpm"));
        for wrong in ["mysql://app:hush@db/plans", "postgres://app:hu/sh@db:x/plans"] {
            assert!(!DatabaseAddress::parse(wrong).expect_err(wrong).contains("hu"));
        }
    }
}
