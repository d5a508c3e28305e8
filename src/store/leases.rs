//! Work that one instance does at a time.
//!
//! A lease is a row with a time in it, not an advisory lock: it needs no connection of its own, so a transaction pooler does not
//! break it, and it ends by itself when its holder is gone.

use std::pin::pin;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

use super::Store;
use crate::error::Result;

/// A job that nobody else does for now. It ends with its time; [`Lease::release`] ends it at once.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    job: &'static str,
    holder: Uuid,
    time: Duration,
}

/// Takes the lease when nobody holds it, or renews it for its holder.
const TAKE: &str = "INSERT INTO job_leases AS lease (job, holder, held_until) \
    VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3)) \
    ON CONFLICT (job) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until \
    WHERE lease.holder = excluded.holder OR lease.held_until < clock_timestamp()";

const RELEASE: &str = "DELETE FROM job_leases WHERE job = $1 AND holder = $2";

impl Store {
    /// Takes a job for so long, by the database's clock; none when somebody else has it.
    pub async fn lease(&self, job: &'static str, time: Duration) -> Result<Option<Lease>> {
        let lease = Lease { store: self.clone(), job, holder: Uuid::new_v4(), time };
        Ok(lease.renew().await?.then_some(lease))
    }
}

impl Lease {
    /// Holds on to it for the same time again, from now; whether it was still ours.
    pub async fn renew(&self) -> Result<bool> {
        let values = [self.job.into(), self.holder.into(), self.time.as_secs_f64().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, TAKE, values);
        Ok(self.store.db.execute_raw(statement).await?.rows_affected() == 1)
    }

    /// Does work for as long as it takes, and holds on to the lease meanwhile, however long the work is silent. None when the lease was
    /// lost: then the work is broken off, wherever it is, since somebody else may be at it.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let often = self.time / 4;
        let mut clock = interval_at(Instant::now() + often, often);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut held_until = Instant::now() + self.time;
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                _ = clock.tick() => {}
            }
            let begun = Instant::now();
            let renewed = tokio::select! {
                done = &mut work => return Some(done),
                renewed = tokio::time::timeout_at(held_until, self.renew()) => renewed,
            };
            match renewed {
                Ok(Ok(true)) => held_until = begun + self.time,
                Ok(Ok(false)) | Err(_) => return None,
                // The database may be back before the time is over.
                Ok(Err(error)) if begun < held_until => tracing::warn!(job = self.job, %error, "a lease could not be renewed"),
                Ok(Err(_)) => return None,
            }
        }
    }

    /// Lets the next one have it.
    pub async fn release(self) -> Result<()> {
        let values = [self.job.into(), self.holder.into()];
        self.store.db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, RELEASE, values)).await?;
        Ok(())
    }
}
