//! Errors as callers see them: `{"errors": [{"message", "extensions": {"code"}}]}`, each with a stable code.
//!
//! Two sources meet here. What this layer refuses itself is a [`Rejection`]. What the executor answers passes through
//! [`Outcome`], which gives a code to every error of the GraphQL library that has none, and tells a request that was never
//! executed from one that was (the library writes `"data": null` for both; the specification allows it for the latter only).

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Pos, Response as GraphqlResponse, ServerError, Value};
use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::RequestId;
use super::budget::Charge;
use super::kept::Kept;
use super::meter::{Meter, Verdict, count_error};
use super::negotiation::MediaType;
use crate::error::{ClientError, Error};
use crate::resolvers::Demand;
use crate::telemetry;

/// The codes that this layer gives.
pub(super) mod code {
    pub(crate) const BAD_REQUEST: &str = "BAD_REQUEST";
    pub(crate) const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
    pub(crate) const DOCUMENT_NOT_FOUND: &str = "DOCUMENT_NOT_FOUND";
    pub(crate) const FORBIDDEN: &str = "FORBIDDEN";
    pub(crate) const INTERNAL: &str = "INTERNAL";
    pub(crate) const LIMIT_EXCEEDED: &str = "LIMIT_EXCEEDED";
    pub(crate) const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
    pub(crate) const NOT_ACCEPTABLE: &str = "NOT_ACCEPTABLE";
    pub(crate) const NOT_FOUND: &str = "NOT_FOUND";
    pub(crate) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
    pub(crate) const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
    pub(crate) const PROVIDER_UNAVAILABLE: &str = "PROVIDER_UNAVAILABLE";
    pub(crate) const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
    pub(crate) const TIMEOUT: &str = "TIMEOUT";
    pub(crate) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";
    pub(crate) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
}

/// Most errors that one refused document is answered with: each wrong field has its own, and the answer must not outgrow the
/// question twentyfold.
const MAX_REQUEST_ERRORS: usize = 50;

/// A request that this layer answers by itself.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    error: Box<ServerError>,
    /// The request was understood and its document refused. The `application/json` media type answers that with 200.
    well_formed: bool,
    allow: Option<&'static str>,
    retry_after_seconds: Option<u64>,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        count_error(code);
        let mut error = ServerError::new(message, None);
        set(&mut error, "code", code);
        Self { status, error: Box::new(error), well_formed: false, allow: None, retry_after_seconds: None }
    }

    /// An ill-formed request.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::BAD_REQUEST, message)
    }

    /// A well-formed request whose document or variables cannot be executed.
    pub(super) fn document(code: &'static str, message: impl Into<String>, locations: Vec<Pos>) -> Self {
        let mut rejection = Self::new(StatusCode::BAD_REQUEST, code, message);
        rejection.error.locations = locations;
        rejection.well_formed = true;
        rejection
    }

    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
    }

    pub(super) fn method_not_allowed(message: impl Into<String>, allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, code::METHOD_NOT_ALLOWED, message) }
    }

    pub(super) fn timeout() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::TIMEOUT, "The operation took too long and was stopped.")
    }

    /// Says nothing but where to look in the log.
    pub(super) fn internal(id: &RequestId) -> Self {
        telemetry::note_failure();
        let mut rejection = Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, "Internal error.");
        set(&mut rejection.error, "requestId", id.as_str());
        rejection
    }

    /// An error of a layer below; an internal one is logged whole and shown never.
    pub(super) fn of(error: &Error, id: &RequestId) -> Self {
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
    pub(super) fn client(error: &ClientError) -> Self {
        let mut rejection = Self::new(status_of(error.code()), error.code(), error.to_string());
        rejection.retry_after_seconds = error.retry_after_seconds();
        if let Some(seconds) = error.retry_after_seconds() {
            rejection.error.extensions.get_or_insert_default().set("retryAfterSeconds", seconds);
        }
        rejection
    }

    /// Whether the caller was not recognised or not let in.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }

    /// Whether the caller is at fault, and not the server.
    pub(super) fn is_client_error(&self) -> bool {
        self.status.is_client_error()
    }

    pub(super) fn message(&self) -> &str {
        &self.error.message
    }

    /// Whether the request was understood and its document refused.
    pub(super) fn is_well_formed(&self) -> bool {
        self.well_formed
    }

    /// The same as an answer.
    pub(super) fn into_outcome(self) -> Outcome {
        Outcome::refused(vec![*self.error])
    }

    /// The error itself, for transports without a status.
    pub(super) fn into_error(self) -> ServerError {
        *self.error
    }

    pub(super) fn into_json(self) -> Response {
        self.into_response(MediaType::Json)
    }

    pub(super) fn into_response(self, media: MediaType) -> Response {
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

/// The answer to an operation, ready to be sent: every error has a code.
pub(super) struct Outcome {
    response: GraphqlResponse,
    executed: bool,
    charge: Option<Charge>,
}

impl Outcome {
    /// What the executor answered.
    pub(super) fn of(mut response: GraphqlResponse, id: &RequestId) -> Self {
        // Errors of execution carry the path of their field; those from before it cannot.
        let refused = response.data == Value::Null
            && !response.errors.is_empty()
            && response.errors.iter().all(|error| error.path.is_empty());
        if refused {
            response.errors.truncate(MAX_REQUEST_ERRORS);
        }
        for error in &mut response.errors {
            complete(error, refused, id);
        }
        Self { response, executed: !refused, charge: None }
    }

    fn refused(errors: Vec<ServerError>) -> Self {
        Self { response: GraphqlResponse::from_errors(errors), executed: false, charge: None }
    }

    /// The same, saying what it has cost.
    pub(super) fn charged(mut self, charge: Charge) -> Self {
        if self.executed && charge.is_worth_a_word() {
            self.response.extensions.insert("cost".to_owned(), charge.extension());
        }
        self.charge = Some(charge);
        self
    }

    /// The same in a form in which it can be given again; as it is where it cannot.
    pub(super) fn kept(self, demand: Demand, meter: Arc<Meter>) -> Result<Kept, Box<Self>> {
        if self.is_whole() && self.response.extensions.is_empty() && self.response.http_headers.is_empty() {
            Ok(Kept::new(self.data_text(), demand, meter))
        } else {
            Err(Box::new(self))
        }
    }

    /// The data as text, without what differs from one asking to the next.
    pub(super) fn data_text(&self) -> String {
        json(&self.response.data).unwrap_or_else(|instead| instead)
    }

    /// How it went.
    pub(super) fn verdict(&self) -> Verdict {
        let is_ours = |error: &ServerError| {
            let code = error.extensions.as_ref().and_then(|values| values.get("code"));
            matches!(code, Some(Value::String(code)) if code == code::INTERNAL)
        };
        if self.response.errors.is_empty() {
            Verdict::Ok
        } else if self.response.errors.iter().any(is_ours) {
            Verdict::Failed
        } else if self.executed {
            Verdict::Partial
        } else {
            Verdict::Refused
        }
    }

    /// False for a request error: nothing ran, and the answer has no `data`.
    pub(super) fn executed(&self) -> bool {
        self.executed
    }

    pub(super) fn into_errors(self) -> Vec<ServerError> {
        self.response.errors
    }

    /// Whether the same question has the same answer until something changes.
    pub(super) fn is_whole(&self) -> bool {
        self.executed && self.response.errors.is_empty() && self.response.data != Value::Null
    }

    /// When to come back, where something that was asked for could not be reached.
    fn retry_after_seconds(&self) -> Option<u64> {
        let seconds =
            self.response.errors.iter().filter_map(|error| match error.extensions.as_ref()?.get("retryAfterSeconds")? {
                Value::Number(seconds) => seconds.as_u64(),
                _ => None,
            });
        seconds.max()
    }

    /// Whether nothing of what was asked for is there, and the server cannot help it.
    fn is_out_of_reach(&self) -> bool {
        let code = |error: &ServerError| match error.extensions.as_ref()?.get("code")? {
            Value::String(code) => Some(matches!(code.as_str(), "OVERLOADED" | "UNAVAILABLE" | "TIMEOUT")),
            _ => None,
        };
        let is_told = self.response.errors.iter().any(|error| code(error) == Some(true));
        is_told
            && match &self.response.data {
                Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
                data => *data == Value::Null,
            }
    }

    pub(super) fn into_response(mut self, media: MediaType) -> Response {
        let retry_after = self.retry_after_seconds();
        let status = if self.is_out_of_reach() {
            // So that what lies between, and clients that know nothing of GraphQL, see it too.
            StatusCode::SERVICE_UNAVAILABLE
        } else if self.executed || media == MediaType::Json {
            StatusCode::OK
        } else {
            StatusCode::BAD_REQUEST
        };
        let from_resolvers = std::mem::take(&mut self.response.http_headers);
        let mut response = json_response(status, media, &self);
        response.headers_mut().extend(from_resolvers);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(charge) = self.charge {
            charge.headers(response.headers_mut());
        }
        response
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.response.errors.is_empty() {
            map.serialize_entry("errors", &self.response.errors)?;
        }
        if self.executed {
            map.serialize_entry("data", &self.response.data)?;
        }
        if !self.response.extensions.is_empty() {
            map.serialize_entry("extensions", &self.response.extensions)?;
        }
        map.end()
    }
}

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

/// Sees to the code of an error, and to the request id of an internal one.
fn complete(error: &mut ServerError, refused: bool, id: &RequestId) {
    let code = error.extensions.as_ref().and_then(|values| values.get("code"));
    match code {
        Some(Value::String(code)) if code == code::INTERNAL => {
            telemetry::note_failure();
            count_error(code::INTERNAL);
            set(error, "requestId", id.as_str());
        }
        Some(Value::String(code)) => count_error(known(code)),
        Some(_) => {}
        None => {
            if let Some(code) = missing_code(error, refused) {
                count_error(code);
                set(error, "code", code);
            }
        }
    }
}

/// A code of ours as such.
fn known(code: &str) -> &'static str {
    CODES.iter().find(|known| **known == code).copied().unwrap_or("other")
}

/// The codes that resolvers give (`error::ClientError`).
const CODES: &[&str] = &[
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "BAD_USER_INPUT",
    "CONFLICT",
    "CURSOR_EXPIRED",
    "RATE_LIMITED",
    "PROVIDER_UNAVAILABLE",
];

/// The code of an error that the GraphQL library made.
///
/// The library hands over text only, so its texts are matched here; syntax, operation selection, required variables and the
/// size of the document are judged before it sees the request (`document`). A resolver's error without a code keeps none.
fn missing_code(error: &ServerError, refused: bool) -> Option<&'static str> {
    let message = error.message.as_str();
    let begins = |texts: &[&str]| texts.iter().any(|text| message.starts_with(text));
    if refused {
        return Some(if begins(TOO_COMPLEX) {
            code::QUERY_TOO_COMPLEX
        } else if begins(WRONG_VALUE) {
            code::BAD_USER_INPUT
        } else {
            code::VALIDATION_FAILED
        });
    }
    // Arguments are read when their field runs. Such an error never has a Rust error as its source; most others do.
    (error.source.is_none() && begins(WRONG_ARGUMENT)).then_some(code::BAD_USER_INPUT)
}

/// Limits on complexity, depth, recursion and directives (`validation/mod.rs` and `schema.rs` of the library).
const TOO_COMPLEX: &[&str] = &[
    "Query is too complex.",
    "Query is nested too deep.",
    "The recursion depth of the query cannot be greater than",
    "The number of directives on the field",
];

/// Literals and variables that validation finds wrong (`validation/rules/*_of_correct_type.rs`).
const WRONG_VALUE: &[&str] = &[
    "Invalid value for argument",
    "Invalid default value for argument",
    // These two come from reading arguments for the complexity of a field.
    "Failed to parse \"",
    "Expected input type \"",
];

/// Arguments that cannot be read when their field runs (`error.rs` and `types/connection/mod.rs`).
const WRONG_ARGUMENT: &[&str] = &[
    "Failed to parse \"",
    "Expected input type \"",
    "The \"first\" and \"last\" parameters",
    "The \"first\" parameter",
    "The \"last\" parameter",
];

fn set(error: &mut ServerError, name: &str, value: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(name, value);
}
