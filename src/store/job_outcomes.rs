//! How the jobs on a clock went last.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use super::Store;
use crate::error::Result;

/// The longest reason that is kept, in characters.
const MAX_FAILURE: usize = 500;

/// A job that does not work.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct FailingJob {
    /// Its name.
    pub job: String,
    /// Since when.
    pub failing_since: DateTime<Utc>,
    /// What was wrong the last time.
    pub failure: String,
}

const WORKED: &str = "INSERT INTO job_outcomes (job, succeeded_at) VALUES ($1, $2) \
    ON CONFLICT (job) DO UPDATE SET succeeded_at = excluded.succeeded_at, failing_since = NULL, failure = NULL";

const FAILED: &str = "INSERT INTO job_outcomes AS known (job, failing_since, failure) VALUES ($1, $2, $3) \
    ON CONFLICT (job) DO UPDATE SET failing_since = COALESCE(known.failing_since, excluded.failing_since), failure = excluded.failure";

const FAILING: &str = "SELECT job, failing_since, failure FROM job_outcomes WHERE failing_since IS NOT NULL ORDER BY job";

impl Store {
    /// Notes how a job went: that it worked, or what was wrong.
    pub async fn note_job(&self, job: &'static str, failure: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        let statement = match failure {
            None => Statement::from_sql_and_values(DbBackend::Postgres, WORKED, [job.into(), now.into()]),
            Some(failure) => {
                let failure: String = failure.chars().filter(|c| *c != '\0').take(MAX_FAILURE).collect();
                Statement::from_sql_and_values(DbBackend::Postgres, FAILED, [job.into(), now.into(), failure.into()])
            }
        };
        self.db.execute_raw(statement).await?;
        Ok(())
    }

    /// The jobs that do not work, by name.
    pub async fn failing_jobs(&self) -> Result<Vec<FailingJob>> {
        self.sums(FAILING, []).await
    }
}
