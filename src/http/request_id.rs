//! The id of a request.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};

/// Where the id travels, in both directions.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Names one request (or one WebSocket connection) in logs, in answers and in `INTERNAL` errors.
///
/// It is the `x-request-id` of a proxy of ours when that is a token of at most 64 characters, else a fresh UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, to be kept.
    pub(super) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    #[cfg(test)]
    pub(super) fn for_tests() -> Self {
        Self("test".into())
    }

    /// That of a request; `believed` says whether its headers are a proxy's of ours.
    pub(super) fn of(headers: &HeaderMap, believed: bool) -> Self {
        let sent =
            if believed { headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_token(id)) } else { None };
        Self(sent.map_or_else(fresh, Arc::from))
    }
}

fn fresh() -> Arc<str> {
    // By this thread's generator: no call of the system for every request.
    let id = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
    Arc::from(&*id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
}

/// Short and harmless in a log line, a header and JSON.
fn is_token(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// The id that a request was given.
pub(super) fn request_id(request: &Request) -> RequestId {
    request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId::of(request.headers(), false))
}

/// What a panic said, as far as it is text.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not text")
}
