//! Puts the weekly report into the lake when its week has ended, and anew while what it says still changes.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{MissedTickBehavior, interval};

use super::Over;
use crate::analytics::Basis;
use crate::error::{Error, Result};
use crate::ingest::Depot;
use crate::lake::{ContentHash, LakePath, layout};
use crate::report::{IsoWeek, gather, pdf, plans_of};
use crate::store::{Scope, Store};
use crate::telemetry::watched;

/// Name of the job: one instance does it at a time.
const JOB: &str = "reports";
/// How long the job stays with an instance that says nothing.
const LEASE: Duration = Duration::from_secs(60);
/// How often it is looked whether a week has ended.
const PERIOD: Duration = Duration::from_secs(900);
/// For how many weeks the report follows what changes.
const WEEKS: usize = 3;

/// What reports are made of, and where they go.
#[derive(Clone, Debug)]
pub struct Reports {
    /// The database.
    pub store: Store,
    /// How metrics are computed.
    pub basis: Basis,
    /// Where they go.
    pub depot: Depot,
}

/// What was put where.
type Put = HashMap<LakePath, ContentHash>;

impl Reports {
    /// Does so until `over`. What one round fails to do the next one does.
    pub async fn run(self, over: Over) {
        let mut put = Put::default();
        let mut clock = interval(PERIOD);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = over.clone() => return,
                _ = clock.tick() => {}
            }
            if let Err(error) = watched(JOB, Box::pin(self.round(&mut put, over.clone()))).await {
                tracing::warn!(%error, "a weekly report cannot be made; the next try comes by the clock");
            }
        }
    }

    /// One round, unless another instance is at it.
    async fn round(&self, put: &mut Put, over: Over) -> Result<Option<()>> {
        let Some(lease) = self.store.lease(JOB, LEASE).await? else { return Ok(None) };
        let done = tokio::select! {
            done = lease.during(self.work(put, Utc::now())) => done.unwrap_or(Ok(())),
            () = over => Ok(()),
        };
        lease.release().await?;
        done.map(Some)
    }

    async fn work(&self, put: &mut Put, now: DateTime<Utc>) -> Result<()> {
        let today = self.basis.day(now);
        let weeks = std::iter::successors(Some(IsoWeek::holding(today)), |week| Some(week.before()));
        for week in weeks.take(WEEKS) {
            let plans = plans_of(&self.store, Scope::All, week).await?;
            if plans.iter().any(|plan| plan.week_end_date >= today) {
                continue;
            }
            let reports = gather(&self.store, &self.basis, Scope::All, &plans, today).await?;
            let Some(bytes) = pdf::write(week, &reports)? else { continue };
            let path = layout::weekly_report(week.monday(), "pdf").map_err(Error::internal)?;
            let hash = ContentHash::of(&bytes);
            if put.get(&path) != Some(&hash) {
                self.depot.keep(&path, bytes.into(), "application/pdf", now).await?;
                self.depot.send(now).await?;
                tracing::info!(%path, "the weekly report is in the lake, or on its way there");
                put.insert(path, hash);
            }
        }
        Ok(())
    }
}
