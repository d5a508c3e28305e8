//! `/healthz`, `/readyz`, `/metrics`: what an orchestrator and Prometheus ask.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::errors::{Rejection, json_response};
use super::negotiation::MediaType;
use super::{App, identity, origin};

/// `GET /healthz`: the process answers.
pub(super) async fn live() -> &'static str {
    "ok"
}

/// `GET /readyz`: 200 when traffic may come, else 503 with the reasons.
pub(super) async fn ready<S>(State(state): State<Arc<App<S>>>) -> Response {
    let mut reasons = Vec::new();
    if *state.drain.borrow() {
        reasons.push("The server is stopping.".to_owned());
    }
    if let Err(others) = (state.ready)().await {
        reasons.extend(others);
    }
    let ready = reasons.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json_response(status, MediaType::Json, &json!({ "ready": ready, "reasons": reasons }))
}

/// `GET /metrics`: counters in Prometheus' text form. They say how much is done here and by what: not for everybody. With a token set
/// they are shown for it, else to whoever asks on this machine and was not passed on by a proxy.
pub(super) async fn metrics<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let is_let_in = match &state.metrics_token {
        Some(token) => bearer_is(request.headers(), token),
        None => is_local(&request),
    };
    if !is_let_in {
        return Rejection::unauthenticated("The metrics are not shown to everybody.").into_json();
    }
    let mut response = Response::new((state.metrics)().into());
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// Compared by their hashes: how long that takes says nothing of where they differ.
fn bearer_is(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(identity::bearer);
    given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(token))
}

fn is_local(request: &Request) -> bool {
    let passed_on = ["x-forwarded-for", "forwarded"].iter().any(|name| request.headers().contains_key(*name));
    !passed_on && origin::is_loopback(request)
}
