//! What the server tells of itself: log lines, traces, metrics.
//!
//! A log line says what its task is at ([`Work`]), which travels with the task: a line that is not written costs nothing. Spans are for
//! traces alone; where no collector is named there are none, and what makes them is a look at a flag.

mod cloud;
mod jobs;
mod logs;
mod metrics;
#[cfg_attr(not(feature = "otlp"), path = "without_otlp.rs")]
mod otlp;
mod parent;
mod spans;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use self::jobs::watched;
pub use self::metrics::Metrics;
pub use self::parent::Parent;
pub use self::spans::{Told, operation, part, request, statement};
pub use self::work::{Operation, Work, note_failure, note_member, note_operation, request_id};

/// The target of the line that a request leaves.
pub const REQUEST: &str = "request";

/// What is told, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How log lines are written.
    pub format: Format,
    /// Which of them are, as a filter of `tracing`.
    pub filter: String,
    /// The Google Cloud project that traces belong to.
    pub project: Option<String>,
    /// Where traces go; nowhere without.
    pub collector: Option<Collector>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// As Cloud Logging reads them: one JSON object a line.
    Json,
}

/// Who takes traces.
#[derive(Clone, Debug)]
pub struct Collector {
    /// Where OTLP is spoken by HTTP, without `/v1/traces`.
    pub endpoint: String,
    /// Share of the traces that is kept, from 0 to 1.
    pub ratio: f64,
}

static TRACES: AtomicBool = AtomicBool::new(false);
static PARENTS: AtomicBool = AtomicBool::new(false);

/// Begins to tell. The runtime is where traces are sent from.
///
/// # Errors
/// When a setting cannot be used; the text says which.
pub fn begin(settings: &Settings, runtime: &Handle) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|error| format!("RPM_LOG is not a filter: {error}"))?;
    let traces = match &settings.collector {
        Some(collector) => Some(otlp::layer(collector, runtime)?),
        None => None,
    };
    TRACES.store(traces.is_some(), Ordering::Relaxed);
    PARENTS.store(traces.is_some() || settings.format == Format::Json, Ordering::Relaxed);
    let logs = logs::layer(settings.format, settings.project.clone(), filter);
    tracing_subscriber::registry().with(logs).with(traces).init();
    logs::tell_of_panics();
    Ok(())
}

/// Whether there are traces.
#[must_use]
pub fn traces() -> bool {
    TRACES.load(Ordering::Relaxed)
}

/// Whether anybody wants to know which trace a request belongs to.
fn wants_parents() -> bool {
    PARENTS.load(Ordering::Relaxed)
}

/// Sends the spans that wait, for so long at most. Blocks; not for a task.
pub fn flush(within: Duration) {
    if traces() {
        otlp::flush(within);
    }
}
