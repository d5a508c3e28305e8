//! The way to write: a transaction that is tried again when the database asks for it, and that leaves its events in
//! commit order.

use std::time::Duration;

use futures_util::future::BoxFuture;
use rand::RngExt;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::reads::writing;
use super::{NewEvent, Store};
use crate::error::{Error, Result, is_broken_off, sqlstate};

/// Attempts before a transaction that keeps losing its race gives up.
const ATTEMPTS: u32 = 8;

/// On how many connections one is tried that breaks off before its end.
const CONNECTIONS: u32 = 3;

/// What changes something finds its rows by their keys: the same plan is right whatever the values, and to make it takes longer than to run
/// it. Left alone, PostgreSQL makes it anew each time where one that knows the values might be better.
const PLANS_ARE_KEPT: &str = "SET LOCAL plan_cache_mode = force_generic_plan";

/// Who makes a change, as the log will say: a member's e-mail, an agent's name, a job's name.
pub type Actor = str;

/// An open transaction and the events it will leave.
#[derive(Debug)]
pub struct Tx {
    pub(super) db: DatabaseTransaction,
    events: Vec<NewEvent>,
    /// Position of the newest event that it has left already.
    newest: Option<i64>,
}

impl Tx {
    /// Adds an event to those that are written when the transaction commits.
    pub fn emit(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Says that an event has been left at a position.
    pub(super) fn has_left(&mut self, newest: i64) {
        self.newest = Some(newest);
    }

    /// Writes the events; the position of the last of them.
    ///
    /// Their INSERT takes the log's lock (a trigger of the table): as late as possible here. The commit itself releases it,
    /// after its rows have become visible. So a reader that has seen an event has seen, or can see, every event with a
    /// lower number.
    async fn leave_events(&mut self, actor: &Actor) -> Result<Option<i64>> {
        let mut newest = self.newest;
        if !self.events.is_empty() {
            let events: Vec<_> = self.events.drain(..).map(|event| event.signed(actor)).collect();
            let append = Statement::from_sql_and_values(
                sea_orm::DbBackend::Postgres,
                "SELECT max(id) AS newest FROM append_events($1)",
                [serde_json::to_value(&events).map_err(Error::internal)?.into()],
            );
            let row = self.db.query_one_raw(append).await?;
            newest = row.map(|row| row.try_get("", "newest")).transpose()?;
        }
        Ok(newest)
    }
}

impl Store {
    /// Runs `work` in a transaction, again when the database reports a serialization failure or a deadlock, and when the connection
    /// breaks before the commit is asked for. Whether a commit was made whose word got lost is not known here: it is not repeated.
    ///
    /// `actor` is named in the events. `input` is handed to every attempt (a closure could not lend it to a future that
    /// lives as long as the transaction). `work` must have no effects outside its transaction.
    ///
    /// # Errors
    /// Those of `work`; the database's own.
    pub async fn transaction<I, T, F>(&self, actor: &Actor, input: &I, work: F) -> Result<T>
    where
        I: Sync,
        F: for<'a> Fn(&'a I, &'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + Sync,
        T: Send,
    {
        let mut attempt = 1;
        loop {
            let mut is_asked_for = false;
            let watched = self.db.line.watch();
            let (outcome, changed) = writing(async {
                let mut tx = Tx { db: self.db.begin().await?, events: Vec::new(), newest: None };
                tx.db.execute_unprepared(PLANS_ARE_KEPT).await?;
                let value = work(input, &mut tx).await?;
                let newest = tx.leave_events(actor).await?;
                is_asked_for = true;
                tx.db.commit().await?;
                Ok::<_, Error>((value, newest))
            })
            .await;
            watched.done();
            // Whatever came of it: a commit may have happened without its word coming back.
            self.changes.note(changed);
            match outcome {
                Ok((value, newest)) => {
                    if let Some(newest) = newest {
                        self.has_committed(newest);
                    }
                    return Ok(value);
                }
                Err(Error::Database(error))
                    if (attempt < ATTEMPTS && is_retryable(&error))
                        || (attempt < CONNECTIONS && !is_asked_for && is_broken_off(&error)) =>
                {
                    self.db.line.failed(&error);
                    let pause = rand::rng().random_range(1..=5 << attempt.min(6));
                    tracing::debug!(attempt, pause_ms = pause, %error, "transaction tried again");
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Store {
    /// Says that an event is committed. Of two that are committed at once the later may be here first.
    pub(super) fn has_committed(&self, newest: i64) {
        self.committed.send_modify(|committed| *committed = newest.max(*committed));
    }
}

/// 40001 serialization failure, 40P01 deadlock detected.
fn is_retryable(error: &DbErr) -> bool {
    matches!(sqlstate(error).as_deref(), Some("40001" | "40P01"))
}
