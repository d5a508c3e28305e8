//! Log lines, to standard error.

use std::fmt;
use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::fmt::{self as lines, FormatFields};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, filter};

use super::Format;
use super::cloud::CloudLines;
use super::work::{self, What};

/// What writes the lines that a filter lets through.
pub(super) fn layer<S>(format: Format, project: Option<String>, filter: EnvFilter) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let filter = filter.and(only_events());
    match format {
        Format::Text => {
            // What reads a pipe shows colours as what they are.
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let lines = lines::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours);
            lines.fmt_fields(WithWork(DefaultFields::new())).with_filter(filter).boxed()
        }
        Format::Json => {
            let lines = lines::layer().with_writer(std::io::stderr).with_ansi(false).event_format(CloudLines { project });
            lines.with_filter(filter).boxed()
        }
    }
}

/// No spans: they would be made for the log alone, which has no use for them. And what the tracing library says of itself is said by
/// what sends the traces.
fn only_events() -> filter::FilterFn {
    let wanted = |what: &tracing::Metadata<'_>| what.is_event() && !what.target().starts_with("opentelemetry");
    // The hint: how many there are is for the other filter to say.
    filter_fn(wanted as fn(&tracing::Metadata<'_>) -> bool).with_max_level_hint(LevelFilter::TRACE)
}

/// The fields of a line, and what its task is at.
struct WithWork(DefaultFields);

impl<'writer> FormatFields<'writer> for WithWork {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        self.0.format_fields(writer.by_ref(), fields)?;
        work::with(|work| match &work.what {
            What::Request(id) => write!(writer, " request={id}"),
            What::Job(name) => write!(writer, " job={name}"),
        })
        .unwrap_or(Ok(()))
    }
}

/// Has panics told like everything else, in one line.
pub(super) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let said = panic.payload_as_str().unwrap_or("not text");
        let backtrace = std::backtrace::Backtrace::capture();
        let backtrace = matches!(backtrace.status(), std::backtrace::BacktraceStatus::Captured).then(|| backtrace.to_string());
        tracing::error!(panic = said, location, backtrace, "a panic");
    }));
}
