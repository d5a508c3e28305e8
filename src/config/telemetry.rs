//! What is told of the server itself: log lines, traces, metrics.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::seconds;
use crate::telemetry::{Collector, Format, Settings};

/// What is told by every command.
#[derive(Args, Debug, Clone)]
pub struct Telemetry {
    /// How log lines are written, to standard error.
    #[arg(long, env = "RPM_LOG_FORMAT", global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Which log lines are written, as a tracing filter. Requests that failed or were slow leave a line; with `request=debug` all do,
    /// with `request=off` none.
    #[arg(long, env = "RPM_LOG", global = true, default_value = "info,sqlx=warn,sea_orm_migration=warn")]
    pub log: String,
    /// Google Cloud project that the traces belong to which log lines in JSON name.
    #[arg(long, env = "GCP_PROJECT_ID", global = true)]
    pub log_project: Option<String>,
    /// Collector of traces: where OTLP is spoken by HTTP (`http://localhost:4318`). Without it there are none.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true)]
    pub otlp_endpoint: Option<String>,
    /// Share of the traces that is kept, from 0 to 1.
    #[arg(long, env = "RPM_TRACE_RATIO", global = true, default_value = "0.1", value_parser = ratio)]
    pub trace_ratio: f64,
}

/// What is told by a server only.
#[derive(Args, Debug, Clone)]
pub struct Watched {
    /// Requests that take longer leave a log line, in seconds.
    #[arg(long, env = "RPM_SLOW_REQUEST", default_value = "1", value_parser = seconds)]
    pub slow_request: Duration,
    /// Bearer token that /metrics is shown for, at least 16 bytes. Without it /metrics is shown on this machine only.
    #[arg(long, env = "RPM_METRICS_TOKEN", hide_env_values = true, value_parser = metrics_token)]
    pub metrics_token: Option<String>,
}

/// How log lines are written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, as Cloud Logging reads them.
    Json,
}

impl From<&Telemetry> for Settings {
    fn from(telemetry: &Telemetry) -> Self {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let ratio = telemetry.trace_ratio;
        Self {
            format: match telemetry.log_format {
                LogFormat::Text => Format::Text,
                LogFormat::Json => Format::Json,
            },
            filter: telemetry.log.clone(),
            project: some(&telemetry.log_project),
            collector: some(&telemetry.otlp_endpoint).map(|endpoint| Collector { endpoint, ratio }),
        }
    }
}

/// A share: a number from 0 to 1.
fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "give a number from 0 to 1".to_owned())
}

/// A secret that is not guessed.
fn metrics_token(text: &str) -> Result<String, String> {
    if text.len() < 16 {
        return Err("give 16 bytes or more".to_owned());
    }
    Ok(text.to_owned())
}
