//! The answer to an operation.

use std::sync::Arc;

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::super::RequestId;
use super::super::budget::Charge;
use super::super::kept::Kept;
use super::super::meter::{Meter, Verdict};
use super::super::negotiation::MediaType;
use super::code::{self, complete};
use super::{json, json_response};
use crate::resolvers::Demand;

/// Most errors that one refused document is answered with: each wrong field has its own, and the answer must not outgrow the
/// question twentyfold.
const MAX_REQUEST_ERRORS: usize = 50;

/// The answer to an operation, ready to be sent: every error has a code.
pub(in crate::http) struct Outcome {
    response: GraphqlResponse,
    executed: bool,
    charge: Option<Charge>,
}

impl Outcome {
    /// What the executor answered.
    pub(in crate::http) fn of(mut response: GraphqlResponse, id: &RequestId) -> Self {
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

    pub(super) fn refused(errors: Vec<ServerError>) -> Self {
        Self { response: GraphqlResponse::from_errors(errors), executed: false, charge: None }
    }

    /// The same, saying what it has cost.
    pub(in crate::http) fn charged(mut self, charge: Charge) -> Self {
        if self.executed && charge.is_worth_a_word() {
            self.response.extensions.insert("cost".to_owned(), charge.extension());
        }
        self.charge = Some(charge);
        self
    }

    /// The same in a form in which it can be given again; as it is where it cannot.
    pub(in crate::http) fn kept(self, demand: Demand, meter: Arc<Meter>) -> Result<Kept, Box<Self>> {
        if self.is_whole() && self.response.extensions.is_empty() && self.response.http_headers.is_empty() {
            Ok(Kept::new(self.data_text(), demand, meter))
        } else {
            Err(Box::new(self))
        }
    }

    /// The data as text, without what differs from one asking to the next.
    pub(in crate::http) fn data_text(&self) -> String {
        json(&self.response.data).unwrap_or_else(|instead| instead)
    }

    /// How it went.
    pub(in crate::http) fn verdict(&self) -> Verdict {
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
    pub(in crate::http) fn executed(&self) -> bool {
        self.executed
    }

    pub(in crate::http) fn into_errors(self) -> Vec<ServerError> {
        self.response.errors
    }

    /// Whether the same question has the same answer until something changes.
    pub(in crate::http) fn is_whole(&self) -> bool {
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

    pub(in crate::http) fn into_response(mut self, media: MediaType) -> Response {
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
