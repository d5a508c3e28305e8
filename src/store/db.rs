//! The connections: to the primary, which everything may be asked of, and to a replica for what may be read there.
//!
//! A read whose connection breaks is made again on another: nobody is to notice that the database was restarted a minute ago. Writes
//! have their own rule (`transaction`).

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::Value;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder, TransactionTrait,
};
use tokio::time::timeout;
use tokio_postgres::Row;

use super::line::Line;
use super::pipeline::{Failure, Pipeline};
use super::reads::note;
use super::replica::Replica;
use super::tables::mention;
use crate::error::{is_away, is_broken_off};

/// How long a statement may take on a connection that others wait for, its time behind others included, where there is another way.
pub(super) const SHARED_WITHIN: Duration = Duration::from_secs(3);

/// On how many connections a read is tried.
const ATTEMPTS: u32 = 3;

/// The connections of a store. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Db {
    pub(super) primary: DatabaseConnection,
    pub(super) pipeline: Option<Pipeline>,
    /// For what changes something in one statement, waits for nobody for long, and may be made twice.
    pub(super) writes: Option<Pipeline>,
    pub(super) replica: Option<Replica>,
    pub(super) line: Line,
}

/// How a statement is run.
type Run<T> = for<'a> fn(&'a DatabaseConnection, Statement) -> BoxFuture<'a, Result<T, DbErr>>;

impl Db {
    /// Runs a statement that gives rows. The line is suspected when that is given up.
    async fn rows<T>(&self, statement: impl Fn() -> Statement, run: Run<T>) -> Result<T, DbErr> {
        self.line.is_worth_waiting_for()?;
        let watched = self.line.watch();
        let outcome = self.read_or_write(statement, run).await;
        watched.done();
        outcome.inspect_err(|error| self.line.failed(error))
    }

    /// The row of a statement that reads, if there is one, over the connections that reads share. Where there are none of these at the moment
    /// the pool is for it.
    pub(super) async fn shared_row(&self, sql: &str, values: &[Value]) -> Result<Option<Row>, Failure> {
        let replica = self.replica.as_ref().filter(|replica| replica.serves(sql));
        let pipeline = replica.map_or(&self.pipeline, |replica| &replica.pipeline).as_ref();
        let outcome = pipeline.ok_or(Failure::NotHere)?.row(sql, values).await;
        note(sql);
        outcome
    }

    /// The same where the pool can be asked as well; none where it is to be.
    pub(super) async fn shared_row_soon(&self, sql: &str, values: &[Value]) -> Option<Option<Row>> {
        match timeout(SHARED_WITHIN, self.shared_row(sql, values)).await {
            Ok(Ok(row)) => return Some(row),
            Ok(Err(Failure::NotHere)) => {}
            // Whatever it was: the pool meets it again, or knows better.
            Ok(Err(error)) => tracing::debug!(%error, "a read goes through the pool"),
            Err(_) => tracing::debug!("a read that takes long goes through the pool"),
        }
        None
    }

    /// The text that a statement which reads is answered with, if any: over the connections that reads share, else through the pool.
    pub(super) async fn text(&self, mut statement: Statement) -> Result<Option<String>, DbErr> {
        for value in statement.values.iter_mut().flat_map(|values| &mut values.0) {
            // How many, of a LIMIT: PostgreSQL knows no other whole numbers.
            if let Value::BigUnsigned(number) = value {
                *value = Value::BigInt(number.and_then(|number| i64::try_from(number).ok()));
            }
        }
        let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
        if let Some(row) = self.shared_row_soon(&statement.sql, values).await {
            return Ok(row.and_then(|row| row.get(0)));
        }
        Ok(self.query_one_raw(statement).await?.map(|row| row.try_get_by_index(0)).transpose()?.flatten())
    }

    /// Whether there are connections that changes share.
    pub(super) const fn shares_writes(&self) -> bool {
        self.writes.is_some()
    }

    /// The row of a statement that changes something, waits for nobody for long and may be made twice. None where there is no connection for it
    /// at the moment, or it takes too long: whether it was made is not known then.
    pub(super) async fn shared_write(&self, sql: &str, values: &[Value]) -> Result<Option<Row>, tokio_postgres::Error> {
        let Some(pipeline) = &self.writes else { return Ok(None) };
        match timeout(SHARED_WITHIN, pipeline.row(sql, values)).await {
            Ok(Ok(row)) => Ok(row),
            Ok(Err(Failure::Database(error))) => Err(error),
            Ok(Err(Failure::NotHere)) | Err(_) => Ok(None),
        }
    }

    /// Begins a transaction.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.line.is_worth_waiting_for()?;
        self.primary.begin().await.inspect_err(|error| self.line.failed(error))
    }

    async fn read_or_write<T>(&self, statement: impl Fn() -> Statement, run: Run<T>) -> Result<T, DbErr> {
        let mut next = statement();
        if let Some(replica) = self.replica.as_ref().filter(|replica| replica.serves(&next.sql)) {
            match run(&replica.db, next).await {
                Err(error) if is_away(&error) => replica.failed(&error),
                outcome => return outcome,
            }
            next = statement();
        }
        let mut attempt = 1;
        loop {
            match run(&self.primary, next).await {
                Err(error) if attempt < ATTEMPTS && is_broken_off(&error) => {
                    self.line.failed(&error);
                    next = statement();
                    // One that writes may have been done.
                    if !mention(&next.sql).changed.is_empty() {
                        return Err(error);
                    }
                    tracing::debug!(attempt, %error, "a read is made again on another connection");
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

#[async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.primary.execute_raw(statement).await.inspect_err(|error| self.line.failed(error))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.primary.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.rows(|| statement.clone(), |db, statement| db.query_one_raw(statement)).await
    }

    async fn query_one<S: StatementBuilder>(&self, statement: &S) -> Result<Option<QueryResult>, DbErr> {
        self.rows(|| statement.build(&DbBackend::Postgres), |db, statement| db.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.rows(|| statement.clone(), |db, statement| db.query_all_raw(statement)).await
    }

    async fn query_all<S: StatementBuilder>(&self, statement: &S) -> Result<Vec<QueryResult>, DbErr> {
        self.rows(|| statement.build(&DbBackend::Postgres), |db, statement| db.query_all_raw(statement)).await
    }
}
