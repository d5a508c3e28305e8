//! The messages of the protocol, in and out.

use async_graphql::ServerError;
use axum::extract::ws::{Message, Utf8Bytes};
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::errors::Outcome;
use super::super::params::Params;

/// What a client says.
#[derive(Debug)]
pub(super) enum ClientMessage {
    ConnectionInit(Map<String, Value>),
    Ping(Option<Map<String, Value>>),
    Pong,
    Subscribe { id: String, params: Params },
    Complete { id: String },
}

impl ClientMessage {
    /// Reads a text message.
    ///
    /// # Errors
    /// One sentence for the reason of the 4400 that follows.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Err("A message is a JSON object.".to_owned());
        };
        let kind = match message.remove("type") {
            Some(Value::String(kind)) => kind,
            _ => return Err("A message has a `type`.".to_owned()),
        };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        match kind.as_str() {
            "connection_init" => Ok(Self::ConnectionInit(optional_object(&kind, payload)?.unwrap_or_default())),
            "ping" => Ok(Self::Ping(optional_object(&kind, payload)?)),
            "pong" => optional_object(&kind, payload).map(|_| Self::Pong),
            "subscribe" => {
                let id = id(&kind, &mut message)?;
                let payload = payload.ok_or("`subscribe` has a `payload`.")?;
                Ok(Self::Subscribe { id, params: Params::from_json(payload)? })
            }
            "complete" => Ok(Self::Complete { id: id(&kind, &mut message)? }),
            _ => Err(format!("There is no message of type `{kind}`.")),
        }
    }
}

fn id(kind: &str, message: &mut Map<String, Value>) -> Result<String, String> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id),
        _ => Err(format!("`{kind}` has an `id`, text that is not empty.")),
    }
}

fn optional_object(kind: &str, payload: Option<Value>) -> Result<Option<Map<String, Value>>, String> {
    match payload {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("The `payload` of `{kind}` is an object.")),
    }
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    Next {
        id: &'a str,
        payload: &'a Outcome,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

impl ServerMessage<'_> {
    /// A `next` message up to its payload; what is missing behind that is `}`.
    pub(super) fn head_of_next(id: &str) -> String {
        format!(r#"{{"type":"next","id":{},"payload":"#, Value::from(id))
    }
}

impl From<&ServerMessage<'_>> for Message {
    fn from(message: &ServerMessage<'_>) -> Self {
        // Map keys are text in all of these, so they always serialise; an empty object would end the connection at the client.
        let text = serde_json::to_string(message).unwrap_or_else(|error| {
            tracing::error!(?error, "a message could not be written as JSON");
            "{}".to_owned()
        });
        Self::Text(Utf8Bytes::from(text))
    }
}
