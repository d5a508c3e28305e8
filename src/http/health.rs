//! `/healthz`, `/readyz`, `/metrics`: what an orchestrator and Prometheus ask.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::App;
use super::errors::json_response;
use super::negotiation::MediaType;

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

/// `GET /metrics`: counters in Prometheus' text form.
pub(super) async fn metrics<S>(State(state): State<Arc<App<S>>>) -> ([(HeaderName, HeaderValue); 1], String) {
    ([(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))], (state.metrics)())
}
