//! `Last-Event-ID`: where a client that was cut off goes on.
//!
//! A browser's `EventSource` sends it by itself when it reconnects, with the same URL as before and thus with the same
//! variables; the header has to win over them.

use async_graphql::parser::types::OperationDefinition;
use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::errors::Rejection;
use crate::resolvers::after_variable;

/// The cursor in the header, if it is there.
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<String>, Rejection> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    let cursor = value.to_str().map_err(|_| Rejection::bad_request("`Last-Event-ID` is not a cursor."))?;
    Ok(Some(cursor.to_owned()))
}

/// Lets a subscription begin behind a cursor, in place of where its own variables say.
///
/// # Errors
/// When it has no variable for that. To begin somewhere else would be a gap, or the same once more, and nobody would know.
pub(super) fn begin_behind(
    operation: &OperationDefinition,
    variables: &mut Map<String, Value>,
    cursor: String,
) -> Result<(), Rejection> {
    let Some(variable) = after_variable(operation) else {
        let message = "`Last-Event-ID` needs a subscription that takes `after` from a variable: \
                       `subscription($after: Cursor) { events(after: $after) { … } }`.";
        return Err(Rejection::bad_request(message));
    };
    variables.insert(variable.to_string(), Value::String(cursor));
    Ok(())
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn begin(query: &str, variables: Value) -> Option<Value> {
        let document = parse_query(query).expect("a document");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let Value::Object(mut variables) = variables else { panic!("an object") };
        let begun = begin_behind(&operation.node, &mut variables, "here".to_owned());
        begun.ok().map(|()| Value::Object(variables))
    }

    #[test]
    fn the_variable_is_set_whatever_its_name_and_value() {
        let query = "subscription($x: Cursor, $w: ID) { events(weekId: $w, after: $x) { id } }";
        assert_eq!(begin(query, json!({})), Some(json!({ "x": "here" })));
        assert_eq!(begin(query, json!({ "x": "there", "w": "1" })), Some(json!({ "x": "here", "w": "1" })));
        let aliased = "subscription($from: Cursor = \"start\") { e: actionBlocked(after: $from) { id } }";
        assert_eq!(begin(aliased, json!({ "from": null })), Some(json!({ "from": "here" })));
    }

    #[test]
    fn without_a_variable_there_is_no_beginning() {
        for query in [
            "subscription { events { id } }",
            "subscription { events(after: \"there\") { id } }",
            "subscription { events(after: \"$x\") { id } }",
            "subscription($after: ID) { events(weekId: $after) { id } }",
            "subscription($after: Cursor) { events { nodes(after: $after) { id } } }",
        ] {
            assert_eq!(begin(query, json!({ "after": "there" })), None, "{query}");
        }
    }

    #[test]
    fn an_empty_header_is_none() {
        let mut headers = HeaderMap::new();
        for (value, expected) in [("", None), ("abc", Some("abc".to_owned()))] {
            headers.insert("last-event-id", value.parse().expect("a header"));
            assert_eq!(last_event_id(&headers).expect("text"), expected);
        }
        headers.insert("last-event-id", axum::http::HeaderValue::from_bytes(b"\xff").expect("a header"));
        assert!(last_event_id(&headers).is_err());
    }
}
