//! What every request gets: an id, an answer even when a handler panics, what keeps browsers in bounds, its place in the counters and in a
//! trace, and a log line where it is worth one.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use tracing::Instrument;

use super::errors::Rejection;
use super::headers;
use super::meter::count_request;
use super::request_id::{HEADER, RequestId, panic_text};
use crate::telemetry::{self, Parent, Told, Work};

/// What of the settings concerns every request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Whether a proxy of ours stands in front: then ids and the choice of traces are taken from it.
    pub(super) behind_proxy: bool,
    /// Requests that take longer leave a log line.
    pub(super) slow: Duration,
    /// Whether browsers reach the server by HTTPS.
    pub(super) is_https: bool,
}

/// Wraps every route.
pub(super) async fn around(rules: Rules, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = RequestId::of(request.headers(), rules.behind_proxy);
    let parent = Parent::of(request.headers(), rules.behind_proxy);
    let work = Work::request(id.shared(), parent);
    request.extensions_mut().insert(id.clone());
    let method = method_label(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("other", MatchedPath::as_str);

    let span = telemetry::request(method, route, id.as_str(), parent.as_ref());
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone());
    let handled = work.scope(handled).await;
    let mut response = handled.unwrap_or_else(|panic| {
        work.scope_sync(|| tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked"));
        Rejection::internal(&id).into_json()
    });

    headers::guard(response.headers_mut(), rules.is_https);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    let (status, took) = (response.status(), begun.elapsed());
    count_request(method, route, status.as_u16(), took);
    span.answered(status.as_u16(), status.is_server_error());
    span.in_scope(|| work.scope_sync(|| tell(&work, rules.slow, method, route, status, took)));
    response
}

/// The line of a request: a warning where something went wrong that should not, a word where it was slow. Whoever runs a server
/// knows of the others from its metrics and from what stands in front of it; they are said to who asks for `request=debug`.
fn tell(work: &Work, slow: Duration, method: &str, route: &str, status: StatusCode, took: Duration) {
    let (status, seconds) = (status.as_u16(), took.as_secs_f64());
    macro_rules! say {
        ($level:ident) => {
            tracing::event!(target: telemetry::REQUEST, tracing::Level::$level, method, route, status, seconds, "{method} {route} {status}")
        };
    }
    if status >= 500 || work.has_failed() {
        say!(WARN);
    } else if took > slow {
        say!(INFO);
    } else {
        say!(DEBUG);
    }
}

/// Callers can invent methods; a label must not grow with them.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
