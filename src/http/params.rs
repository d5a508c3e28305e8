//! The four parameters of a GraphQL request, from JSON (a POST body, a `subscribe` message) or from a query string.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What a caller asks for, of the right types but not yet understood.
#[derive(Debug, Default)]
pub(super) struct Params {
    /// Empty where only `document_id` is given.
    pub(super) query: String,
    /// The hash of a registered document.
    pub(super) document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
    pub(super) extensions: Map<String, Value>,
    /// Where a subscription goes on, whatever its variables say. Not of the request itself, but of a header beside it.
    pub(super) last_event_id: Option<String>,
}

/// The parameters of whatever types they are; others are ignored, as the specification asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Members {
    query: Value,
    document_id: Value,
    operation_name: Value,
    variables: Value,
    extensions: Value,
}

impl Params {
    /// Reads a POST body.
    ///
    /// # Errors
    /// One sentence for the caller: not JSON, a batch, not an object, or a parameter of the wrong type.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, String> {
        // Most are read as they should be. What is not is read once more, to say what it is.
        if body.first() == Some(&b'{')
            && let Ok(members) = serde_json::from_slice(body)
        {
            return Self::understood(members);
        }
        let value = serde_json::from_slice(body).map_err(|error| format!("The body is not JSON: {error}."))?;
        Self::from_json(value)
    }

    /// Reads an object with the parameters in it.
    ///
    /// # Errors
    /// One sentence for the caller.
    pub(super) fn from_json(value: Value) -> Result<Self, String> {
        match value {
            Value::Object(mut object) => {
                let mut take = |name| object.remove(name).unwrap_or_default();
                Self::understood(Members {
                    query: take("query"),
                    document_id: take("documentId"),
                    operation_name: take("operationName"),
                    variables: take("variables"),
                    extensions: take("extensions"),
                })
            }
            Value::Array(_) => Err("Batches are not supported: send one operation per request.".to_owned()),
            other => Err(format!("A request is a JSON object, not {}.", kind(&other))),
        }
    }

    fn understood(members: Members) -> Result<Self, String> {
        let extensions = map("extensions", members.extensions)?;
        let persisted = extensions.get("persistedQuery").and_then(|query| query.get("sha256Hash")).cloned();
        let document_id = match (members.document_id, persisted) {
            (Value::Null, None | Some(Value::Null)) => None,
            (Value::String(id), _) | (Value::Null, Some(Value::String(id))) => Some(id),
            (Value::Null, Some(other)) | (other, _) => return Err(format!("`documentId` is text, not {}.", kind(&other))),
        };
        let query = match members.query {
            Value::String(query) => query,
            Value::Null if document_id.is_some() => String::new(),
            Value::Null => return Err("`query` is missing.".to_owned()),
            other => return Err(format!("`query` is text, not {}.", kind(&other))),
        };
        let operation_name = match members.operation_name {
            Value::Null => None,
            Value::String(name) => Some(name).filter(|name| !name.is_empty()),
            other => return Err(format!("`operationName` is text, not {}.", kind(&other))),
        };
        let variables = map("variables", members.variables)?;
        Ok(Self { query, document_id, operation_name, variables, extensions, last_event_id: None })
    }

    /// Reads a query string, already decoded into its pairs. `variables` and `extensions` are JSON text there.
    ///
    /// # Errors
    /// One sentence for the caller.
    pub(super) fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, String> {
        let mut object = Map::new();
        for (name, text) in pairs {
            let value = match name.as_str() {
                "query" | "operationName" | "documentId" => Value::String(text),
                "variables" | "extensions" if text.is_empty() => Value::Null,
                "variables" | "extensions" => {
                    serde_json::from_str(&text).map_err(|error| format!("`{name}` is not JSON: {error}."))?
                }
                _ => continue,
            };
            if object.insert(name.clone(), value).is_some() {
                return Err(format!("`{name}` is given twice."));
            }
        }
        Self::from_json(Value::Object(object))
    }
}

fn map(name: &str, value: Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        other => Err(format!("`{name}` is an object, not {}.", kind(&other))),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
