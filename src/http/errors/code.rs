//! The codes that this layer gives, and the one that each error of an answer gets.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

use super::super::RequestId;
use super::super::meter::count_error;
use crate::telemetry;

pub(in crate::http) const BAD_REQUEST: &str = "BAD_REQUEST";
pub(in crate::http) const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
pub(in crate::http) const DOCUMENT_NOT_FOUND: &str = "DOCUMENT_NOT_FOUND";
pub(in crate::http) const FORBIDDEN: &str = "FORBIDDEN";
pub(in crate::http) const INTERNAL: &str = "INTERNAL";
pub(in crate::http) const LIMIT_EXCEEDED: &str = "LIMIT_EXCEEDED";
pub(in crate::http) const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
pub(in crate::http) const NOT_ACCEPTABLE: &str = "NOT_ACCEPTABLE";
pub(in crate::http) const NOT_FOUND: &str = "NOT_FOUND";
pub(in crate::http) const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
pub(in crate::http) const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
pub(in crate::http) const PROVIDER_UNAVAILABLE: &str = "PROVIDER_UNAVAILABLE";
pub(in crate::http) const QUERY_TOO_COMPLEX: &str = "QUERY_TOO_COMPLEX";
pub(in crate::http) const TIMEOUT: &str = "TIMEOUT";
pub(in crate::http) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
pub(in crate::http) const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";
pub(in crate::http) const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";

/// Sees to the code of an error, and to the request id of an internal one.
pub(super) fn complete(error: &mut ServerError, refused: bool, id: &RequestId) {
    let code = error.extensions.as_ref().and_then(|values| values.get("code"));
    match code {
        Some(Value::String(code)) if code == INTERNAL => {
            telemetry::note_failure();
            count_error(INTERNAL);
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
            QUERY_TOO_COMPLEX
        } else if begins(WRONG_VALUE) {
            BAD_USER_INPUT
        } else {
            VALIDATION_FAILED
        });
    }
    // Arguments are read when their field runs. Such an error never has a Rust error as its source; most others do.
    (error.source.is_none() && begins(WRONG_ARGUMENT)).then_some(BAD_USER_INPUT)
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

/// Sets an extension of an error.
pub(super) fn set(error: &mut ServerError, name: &str, value: &str) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set(name, value);
}
