//! The four parameters of a GraphQL request, from JSON (a POST body, a `subscribe` message) or from a query string.

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

impl Params {
    /// Reads a POST body.
    ///
    /// # Errors
    /// One sentence for the caller: not JSON, a batch, not an object, or a parameter of the wrong type.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, String> {
        let value = serde_json::from_slice(body).map_err(|error| format!("The body is not JSON: {error}."))?;
        Self::from_json(value)
    }

    /// Reads an object with the parameters in it; others are ignored, as the specification asks.
    ///
    /// # Errors
    /// One sentence for the caller.
    pub(super) fn from_json(value: Value) -> Result<Self, String> {
        let mut object = match value {
            Value::Object(object) => object,
            Value::Array(_) => {
                return Err("Batches are not supported: send one operation per request.".to_owned());
            }
            other => return Err(format!("A request is a JSON object, not {}.", kind(&other))),
        };
        let extensions = map("extensions", object.remove("extensions"))?;
        let persisted = extensions.get("persistedQuery").and_then(|query| query.get("sha256Hash")).cloned();
        let document_id = match object.remove("documentId").or(persisted) {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id),
            Some(other) => return Err(format!("`documentId` is text, not {}.", kind(&other))),
        };
        let query = match object.remove("query") {
            Some(Value::String(query)) => query,
            None | Some(Value::Null) if document_id.is_some() => String::new(),
            None | Some(Value::Null) => return Err("`query` is missing.".to_owned()),
            Some(other) => return Err(format!("`query` is text, not {}.", kind(&other))),
        };
        let operation_name = match object.remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
            Some(other) => return Err(format!("`operationName` is text, not {}.", kind(&other))),
        };
        let variables = map("variables", object.remove("variables"))?;
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

fn map(name: &str, value: Option<Value>) -> Result<Map<String, Value>, String> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(other) => Err(format!("`{name}` is an object, not {}.", kind(&other))),
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
