//! What is counted and told of statements and connections.

use std::time::{Duration, Instant};

use ::metrics::{Counter, Histogram, counter, histogram};

use super::Store;
use super::pipeline::Pipeline;
use super::tables::FUNCTIONS;
use crate::error::{Error, Result};
use crate::telemetry;

/// Counts statements.
pub(super) struct Meter {
    ok: Counter,
    failed: Counter,
    seconds: Histogram,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            ok: counter!("rpm_sql_statements_total", "ok" => "true"),
            failed: counter!("rpm_sql_statements_total", "ok" => "false"),
            seconds: histogram!("rpm_sql_statement_seconds"),
        }
    }

    /// Takes in a statement that has run.
    pub(super) fn count(&self, sql: &str, took: Duration, failed: bool) {
        if failed { &self.failed } else { &self.ok }.increment(1);
        self.seconds.record(took);
        telemetry::statement(took, failed, || named(sql));
    }
}

/// The connections of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Those that somebody uses.
    pub busy: u32,
    /// Those that nobody uses.
    pub idle: u32,
    /// The most that are opened.
    pub most: u32,
}

impl Store {
    /// The connections as they are now.
    #[must_use]
    pub fn pool(&self) -> Pool {
        let pool = self.db.primary.get_postgres_connection_pool();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(pool.size());
        let own = Pool { busy: pool.size() - idle, idle, most: pool.options().get_max_connections() };
        [&self.db.pipeline, &self.db.writes].into_iter().flatten().map(Pipeline::usage).fold(own, |all, shared| Pool {
            busy: all.busy + shared.busy,
            idle: all.idle + shared.idle,
            most: all.most + shared.most,
        })
    }

    /// Waits for a connection like everybody else, and tells how long that took.
    ///
    /// # Errors
    /// When none could be had in five seconds.
    pub async fn wait_for_connection(&self) -> Result<Duration> {
        let begun = Instant::now();
        let connection = self.db.primary.get_postgres_connection_pool().acquire().await.map_err(Error::internal)?;
        drop(connection);
        Ok(begun.elapsed())
    }
}

/// What a statement does, and to which table: as much of it as is told.
pub(super) fn named(mut sql: &str) -> (&'static str, &str) {
    const VERBS: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "SELECT"];
    while let Some(comment) = sql.trim_start().strip_prefix("--") {
        sql = comment.split_once('\n').map_or("", |(_, rest)| rest);
    }
    let words = || sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    // A statement may begin with others (`WITH`), and asks `FOR UPDATE` at its end.
    let is = |word: &str, verb: &str| word.eq_ignore_ascii_case(verb);
    let verb = if words().next().is_some_and(|first| is(first, "WITH")) {
        VERBS.into_iter().find(|verb| {
            let mut before = "";
            words().any(|word| {
                let last = std::mem::replace(&mut before, word);
                is(word, verb) && !is(last, "FOR")
            })
        })
    } else {
        words().find_map(|word| VERBS.into_iter().find(|verb| is(word, verb)))
    };
    let verb = verb.unwrap_or("OTHER");
    if let Some((_, written)) = FUNCTIONS.iter().find(|(name, _)| words().any(|word| word == *name)) {
        return ("UPDATE", written.first().copied().unwrap_or("-"));
    }
    let known = |word: &&str| super::ANNOUNCED_TABLES.contains(word) || super::SILENT_TABLES.contains(word);
    (verb, words().find(known).unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_what_it_does_and_to_which_table() {
        for (sql, verb, table) in [
            ("SELECT change_actions($1::text::jsonb, $2) AS events", "UPDATE", "rpm_action_items"),
            (
                r#"SELECT "rpm_action_items"."id" FROM "rpm_action_items" JOIN owners o ON TRUE FOR UPDATE"#,
                "SELECT",
                "rpm_action_items",
            ),
            (
                "-- What to select\nWITH added AS (INSERT INTO events (a) SELECT 1 RETURNING id) SELECT max(id) FROM added",
                "INSERT",
                "events",
            ),
            ("WITH open AS (SELECT * FROM sessions FOR UPDATE) SELECT 1 FROM open", "SELECT", "sessions"),
            ("update members set a = 'SELECT'", "UPDATE", "members"),
            ("DELETE FROM job_leases", "DELETE", "job_leases"),
            ("SELECT pg_notify($1, $2)", "SELECT", "-"),
            ("LOCK x", "OTHER", "-"),
        ] {
            assert_eq!(named(sql), (verb, table), "{sql}");
        }
    }
}
