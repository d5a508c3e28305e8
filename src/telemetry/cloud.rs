//! Log lines as Cloud Logging reads them: <https://cloud.google.com/logging/docs/structured-logging>.

use std::fmt;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::work::{self, What};
use super::{REQUEST, otlp};

/// Writes one JSON object a line.
pub(super) struct CloudLines {
    /// The Google Cloud project that traces belong to; without it a trace is named by its id alone.
    pub(super) project: Option<String>,
}

impl<S, N> FormatEvent<S, N> for CloudLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let about = event.metadata();
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let mut fields = fields.0;
        let mut line = Map::new();
        line.insert("severity".to_owned(), severity(*about.level()).into());
        line.insert("time".to_owned(), Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true).into());
        line.insert("message".to_owned(), fields.shift_remove("message").unwrap_or_else(|| about.name().into()));
        if about.target() == REQUEST {
            line.insert("httpRequest".to_owned(), http_request(&mut fields));
        }
        self.place(&mut line);
        let source =
            json!({ "file": about.file(), "line": about.line().map(|line| line.to_string()), "function": about.module_path() });
        line.insert("logging.googleapis.com/sourceLocation".to_owned(), source);
        for (name, value) in fields {
            // What has a meaning is not another's to say.
            line.entry(name).or_insert(value);
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

impl CloudLines {
    /// What the line's task is at, and where that is in a trace.
    fn place(&self, line: &mut Map<String, Value>) {
        let mut place = otlp::current();
        work::with(|work| {
            match &work.what {
                What::Request(id) => line.insert("requestId".to_owned(), (**id).into()),
                What::Job(name) => line.insert("job".to_owned(), (*name).into()),
            };
            if let Some((id, role)) = work.member.get() {
                line.insert("member".to_owned(), id.to_string().into());
                line.insert("role".to_owned(), (*role).into());
            }
            if let Some(operation) = work.operation.get() {
                line.insert("operation".to_owned(), (*operation.name).into());
                line.insert("kind".to_owned(), operation.kind.into());
            }
            place = place.or(work.parent);
        });
        let Some(place) = place else { return };
        let trace = match &self.project {
            Some(project) => format!("projects/{project}/traces/{:032x}", place.trace),
            None => format!("{:032x}", place.trace),
        };
        line.insert("logging.googleapis.com/trace".to_owned(), trace.into());
        line.insert("logging.googleapis.com/spanId".to_owned(), format!("{:016x}", place.span).into());
        line.insert("logging.googleapis.com/trace_sampled".to_owned(), place.sampled.into());
    }
}

const fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

/// The line of a request under the names that Cloud Logging has for it. What it was asked by is its route: a path may hold anything.
fn http_request(fields: &mut Map<String, Value>) -> Value {
    let mut take = |name: &str| fields.shift_remove(name).unwrap_or_default();
    let latency = take("seconds").as_f64().unwrap_or_default();
    json!({
        "requestMethod": take("method"),
        "requestUrl": take("route"),
        "status": take("status"),
        "latency": format!("{latency:.6}s"),
    })
}

/// The fields of an event as JSON.
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
}
