//! The spans of a trace: request, operation, root resolver, statement, and the parts of a job. Without a collector there are none, and
//! asking for one is a look at a flag.

use std::time::Duration;

use tracing::Span;
use tracing::field::Empty;

use super::{Operation, Parent, otlp, traces};

/// The span of a request. Its path is the route: what stands in its place may be anything.
#[must_use]
pub fn request(method: &str, route: &str, id: &str, parent: Option<&Parent>) -> Span {
    if !traces() {
        return Span::none();
    }
    let span = tracing::debug_span!(
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        "http.request.method" = method,
        "http.route" = route,
        "http.response.status_code" = Empty,
        "rpm.request_id" = id,
    );
    if let Some(parent) = parent {
        otlp::adopt(&span, parent);
    }
    span
}

/// The span of a GraphQL operation.
#[must_use]
pub fn operation(operation: &Operation) -> Span {
    if !traces() {
        return Span::none();
    }
    let Operation { name, kind } = operation;
    tracing::debug_span!(
        "operation",
        otel.name = format_args!("{kind} {name}"),
        otel.status_code = Empty,
        "graphql.operation.type" = kind,
        "graphql.operation.name" = &**name,
    )
}

/// A span with a name of ours: a root resolver, a run of a job, a part of one.
#[must_use]
pub fn part(name: &str) -> Span {
    if !traces() {
        return Span::none();
    }
    tracing::debug_span!("part", otel.name = name, otel.status_code = Empty)
}

/// What a span is told when its work is done.
pub trait Told {
    /// That it failed.
    fn failed(&self);
    /// With what status a request was answered.
    fn answered(&self, status: u16, failed: bool);
}

impl Told for Span {
    fn failed(&self) {
        self.record("otel.status_code", "ERROR");
    }

    fn answered(&self, status: u16, failed: bool) {
        if self.is_none() {
            return;
        }
        self.record("http.response.status_code", status);
        if failed {
            self.failed();
        }
    }
}

/// Leaves a span for a statement that has just run: what it does and to which table, never with what values.
pub fn statement<'a>(took: Duration, failed: bool, named: impl FnOnce() -> (&'static str, &'a str)) {
    if traces() {
        otlp::statement(took, failed, named);
    }
}
