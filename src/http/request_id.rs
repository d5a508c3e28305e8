//! What every request gets: an id, an answer even when a handler panics, and its place in the counters.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use tracing::Instrument;

use super::errors::Rejection;

/// Where the id travels, in both directions.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Names one request (or one WebSocket connection) in logs, in answers and in `INTERNAL` errors.
///
/// It is the caller's own `x-request-id` when that is a token of at most 64 characters, else a fresh UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(test)]
    pub(super) fn for_tests() -> Self {
        Self("test".into())
    }

    fn of(request: &Request) -> Self {
        let sent = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_token(id));
        Self(sent.map_or_else(|| uuid::Uuid::new_v4().to_string().into(), Arc::from))
    }
}

/// Short and harmless in a log line, a header and JSON.
fn is_token(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// The id that [`around`] gave the request.
pub(super) fn request_id(request: &Request) -> RequestId {
    request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId::of(request))
}

/// Wraps every route.
pub(super) async fn around(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    let method = method_label(request.method());
    let path = request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |path| path.as_str().to_owned());
    let started = Instant::now();

    let span = tracing::info_span!("request", id = id.as_str(), method, path);
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = handled.unwrap_or_else(|panic| {
        let _entered = span.entered();
        tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked");
        Rejection::internal(&id).into_json()
    });

    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    let status = response.status().as_u16().to_string();
    metrics::counter!("rpm_http_requests_total", "method" => method, "path" => path.clone(), "status" => status).increment(1);
    metrics::histogram!("rpm_http_request_seconds", "method" => method, "path" => path).record(started.elapsed());
    response
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

/// What a panic said, as far as it is text.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not text")
}
