//! What runs on a clock, beside the requests.

pub mod alerts;
pub mod export;
pub mod periods;
pub mod reports;
pub mod retention;
pub mod sync;

use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::error::{Error, Result};
use crate::store::{IngestOutcome, Store};

/// Resolves when the server stops. A job breaks off what it is at, wherever it waits, since each step of it is one transaction or can be
/// repeated; and gives its lease back, so that another instance goes on at once.
pub type Over = Shared<BoxFuture<'static, ()>>;

/// The same of any future.
pub fn over(future: impl Future<Output = ()> + Send + 'static) -> Over {
    future.boxed().shared()
}

/// Notes how a job went, for those who are told when one does not work. That this fails too is only logged.
async fn note(store: &Store, job: &'static str, failure: Option<String>) {
    if let Err(error) = store.note_job(job, failure.as_deref(), Utc::now()).await {
        tracing::warn!(job, %error, "how a job went cannot be noted");
    }
}

/// Notes how a look at files went: it works where every file is one that can be read.
pub async fn note_look(store: &Store, job: &'static str, look: Result<&IngestOutcome, &Error>) {
    let failure = match look {
        Ok(IngestOutcome { files_refused, files_still_refused, .. }) => {
            let refused = files_refused + files_still_refused;
            (refused > 0).then(|| format!("files that were refused: {refused} (ingestRuns says which and why)"))
        }
        Err(error) => Some(told(error)),
    };
    note(store, job, failure).await;
}

/// What of an error is told.
fn told(error: &Error) -> String {
    match error {
        Error::Database(_) | Error::Shared(_) => "the database failed: see the server's log".to_owned(),
        Error::Client(_) | Error::Internal(_) => error.to_string(),
    }
}
