//! Errors as callers see them: `{"errors": [{"message", "extensions": {"code"}}]}`, each with a stable code.
//!
//! Two sources meet here. What this layer refuses itself is a [`Rejection`]. What the executor answers passes through
//! [`Outcome`], which gives a code to every error of the GraphQL library that has none, and tells a request that was never
//! executed from one that was (the library writes `"data": null` for both; the specification allows it for the latter only).

pub(super) mod code;
mod outcome;
mod rejection;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::negotiation::MediaType;

pub(super) use self::outcome::Outcome;
pub(super) use self::rejection::Rejection;

/// A JSON answer.
pub(super) fn json_response(status: StatusCode, media: MediaType, body: &impl Serialize) -> Response {
    let (status, text) = match json(body) {
        Ok(text) => (status, text),
        Err(text) => (StatusCode::INTERNAL_SERVER_ERROR, text),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    response
}

/// JSON on one line; the error is what to send instead. The bodies of this module always serialise: their map keys are text.
pub(super) fn json(body: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(body).map_err(|error| {
        tracing::error!(?error, "an answer could not be written as JSON");
        r#"{"errors":[{"message":"Internal error.","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    })
}
