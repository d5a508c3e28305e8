//! `rpm-api doctor`: what works, what does not, and what to do. It changes nothing but for an object in the lake that is deleted
//! after a day, and prints no secret.

mod alerts;
mod database;
mod finding;
mod inside;
mod lake;
mod machine;
mod provider;
mod settings;
mod warehouse;

use std::process::ExitCode;
use std::time::Duration;

use finding::{Finding, Secrets, Verdict};

use super::print;
use crate::config::{Common, Doctor, Serve};
use crate::error::Result;
use crate::store::Store;

/// What is examined, and what was found so far.
struct Examiner<'a> {
    common: &'a Common,
    serve: &'a Serve,
    patience: Duration,
    json: bool,
    secrets: Secrets,
    worst: Verdict,
}

/// Looks at everything the server needs, in the order in which it needs it.
///
/// # Errors
/// When nothing can be printed. What is found wrong is the exit code: 0 where nothing failed, else 1.
pub async fn run(common: &Common, doctor: &Doctor) -> Result<ExitCode> {
    let mut examiner = Examiner {
        common,
        serve: &doctor.serve,
        patience: doctor.check_timeout,
        json: doctor.json,
        secrets: Secrets::of(common, &doctor.serve),
        worst: Verdict::Ok,
    };
    settings::examine(&mut examiner)?;
    machine::examine(&mut examiner).await?;
    let database = Box::pin(database::examine(&mut examiner)).await?;
    lake::examine(&mut examiner).await?;
    warehouse::examine(&mut examiner, database.store()).await?;
    provider::examine(&mut examiner).await?;
    alerts::examine(&mut examiner).await?;
    database.close().await;
    Ok(if examiner.worst == Verdict::Failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Examiner<'_> {
    /// Prints what was found.
    fn tell(&mut self, finding: Finding) -> Result<()> {
        self.worst = self.worst.max(finding.verdict);
        print(&self.secrets.hide(&finding.text(self.json)?))
    }

    /// What comes of some work, in bounded time; the error says why nothing did.
    async fn ask<T, E: std::fmt::Display>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, String> {
        match tokio::time::timeout(self.patience, work).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer in {} s", self.patience.as_secs())),
        }
    }
}

/// The database, as far as it could be opened.
#[derive(Default)]
struct Opened(Option<super::Database>);

impl Opened {
    fn store(&self) -> Option<&Store> {
        self.0.as_ref().map(|database| &database.store)
    }

    async fn close(self) {
        if let Some(database) = self.0 {
            database.close().await;
        }
    }
}
