//! What this layer refuses by itself.

use async_graphql::{Pos, ServerError};
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

use super::super::RequestId;
use super::super::meter::count_error;
use super::super::negotiation::MediaType;
use super::code::{self, set};
use super::{Outcome, json_response};
use crate::error::{ClientError, Error};
use crate::telemetry;

/// A request that this layer answers by itself.
#[derive(Debug)]
pub(in crate::http) struct Rejection {
    status: StatusCode,
    error: Box<ServerError>,
    /// The request was understood and its document refused. The `application/json` media type answers that with 200.
    well_formed: bool,
    allow: Option<&'static str>,
    retry_after_seconds: Option<u64>,
}

impl Rejection {
    pub(in crate::http) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        count_error(code);
        let mut error = ServerError::new(message, None);
        set(&mut error, "code", code);
        Self { status, error: Box::new(error), well_formed: false, allow: None, retry_after_seconds: None }
    }

    /// An ill-formed request.
    pub(in crate::http) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::BAD_REQUEST, message)
    }

    /// A well-formed request whose document or variables cannot be executed.
    pub(in crate::http) fn document(code: &'static str, message: impl Into<String>, locations: Vec<Pos>) -> Self {
        let mut rejection = Self::new(StatusCode::BAD_REQUEST, code, message);
        rejection.error.locations = locations;
        rejection.well_formed = true;
        rejection
    }

    /// A document that asks for more than it may.
    pub(in crate::http) fn too_complex(message: impl Into<String>) -> Self {
        Self::document(code::QUERY_TOO_COMPLEX, message, Vec::new())
    }

    pub(in crate::http) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
    }

    pub(in crate::http) fn method_not_allowed(message: impl Into<String>, allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, code::METHOD_NOT_ALLOWED, message) }
    }

    pub(in crate::http) fn timeout() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::TIMEOUT, "The operation took too long and was stopped.")
    }

    /// Says nothing but where to look in the log.
    pub(in crate::http) fn internal(id: &RequestId) -> Self {
        telemetry::note_failure();
        let mut rejection = Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, "Internal error.");
        set(&mut rejection.error, "requestId", id.as_str());
        rejection
    }

    /// An error of a layer below; an internal one is logged whole and shown never.
    pub(in crate::http) fn of(error: &Error, id: &RequestId) -> Self {
        let Some(client) = error.client() else {
            tracing::error!(%error, "internal error");
            return Self::internal(id);
        };
        if client.is_of_the_server() {
            tracing::warn!(id = id.as_str(), code = client.code(), cause = error.causes(), "a request could not be answered");
        }
        Self::client(client)
    }

    /// An expected outcome of a layer below.
    pub(in crate::http) fn client(error: &ClientError) -> Self {
        let mut rejection = Self::new(status_of(error.code()), error.code(), error.to_string());
        rejection.retry_after_seconds = error.retry_after_seconds();
        if let Some(seconds) = error.retry_after_seconds() {
            rejection.error.extensions.get_or_insert_default().set("retryAfterSeconds", seconds);
        }
        rejection
    }

    /// Whether the caller was not recognised or not let in.
    pub(in crate::http) fn is_refusal(&self) -> bool {
        matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }

    /// Whether the caller is at fault, and not the server.
    pub(in crate::http) fn is_client_error(&self) -> bool {
        self.status.is_client_error()
    }

    pub(in crate::http) fn message(&self) -> &str {
        &self.error.message
    }

    /// Whether the request was understood and its document refused.
    pub(in crate::http) fn is_well_formed(&self) -> bool {
        self.well_formed
    }

    /// The same as an answer.
    pub(in crate::http) fn into_outcome(self) -> Outcome {
        Outcome::refused(vec![*self.error])
    }

    /// The error itself, for transports without a status.
    pub(in crate::http) fn into_error(self) -> ServerError {
        *self.error
    }

    pub(in crate::http) fn into_json(self) -> Response {
        self.into_response(MediaType::Json)
    }

    pub(in crate::http) fn into_response(self, media: MediaType) -> Response {
        let status = match media {
            MediaType::Json if self.well_formed => StatusCode::OK,
            _ => self.status,
        };
        let mut response = json_response(status, media, &Outcome::refused(vec![*self.error]));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// How HTTP says what the code of an error below says; GraphQL answers carry it in their body instead.
fn status_of(code: &str) -> StatusCode {
    match code {
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "FORBIDDEN" => StatusCode::FORBIDDEN,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "CONFLICT" => StatusCode::CONFLICT,
        "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
        "OVERLOADED" | "UNAVAILABLE" | "TIMEOUT" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}
