//! Which media types go in and out (GraphQL over HTTP, “Accept” and “Content-Type”).

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};

use super::errors::{Rejection, code};

/// The two forms of an answer. The bodies are the same, the meaning of the status is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/json`: 200 for every well-formed request, so that the status says nothing of the document.
    Json,
    /// `application/graphql-response+json`: 400 for a document that was not executed.
    GraphqlResponse,
}

impl MediaType {
    /// The `Content-Type` of the answer.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json",
        }
    }
}

/// What a request is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One answer.
    Single(MediaType),
    /// A stream of events.
    Events,
}

/// The media type of a stream of events.
const EVENTS: &str = "text/event-stream";

/// How closely a media range names a type; a closer one overrides the others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Any,
    Family,
    Exact,
}

/// Chooses the answer's form. Without `Accept` it is JSON, as for clients that know nothing of the newer type.
pub(super) fn accepted(headers: &HeaderMap) -> Result<Form, Rejection> {
    let (mut is_said, mut json, mut graphql, mut events) = (false, None, None, None);
    for value in headers.get_all(ACCEPT) {
        let text = value.to_str().map_err(|_| not_acceptable())?;
        for (name, weight) in text.split(',').filter(|range| !range.trim().is_empty()).map(range) {
            is_said = true;
            for (closest, essence) in [
                (&mut json, MediaType::Json.essence()),
                (&mut graphql, MediaType::GraphqlResponse.essence()),
                (&mut events, EVENTS),
            ] {
                *closest = (*closest).max(closeness(name, essence).map(|closeness| (closeness, weight)));
            }
        }
    }
    if !is_said {
        return Ok(Form::Single(MediaType::Json));
    }
    let (json, graphql) = (wanted(json), wanted(graphql));
    let events = wanted(events).filter(|(_, closeness)| *closeness > Closeness::Any);
    // On a tie JSON that is named as closely wins: clients list streams among what they could read.
    if events > json.max(graphql) {
        return Ok(Form::Events);
    }
    single(json, graphql).map(Form::Single)
}

fn single(json: Option<(u16, Closeness)>, graphql: Option<(u16, Closeness)>) -> Result<MediaType, Rejection> {
    match (json, graphql) {
        (None, None) => Err(not_acceptable()),
        (Some(_), None) => Ok(MediaType::Json),
        (None, Some(_)) => Ok(MediaType::GraphqlResponse),
        (Some((json_q, _)), Some((graphql_q, closeness))) => {
            // On a tie the newer type must have been asked for by name: `*/*` is what every client sends.
            let preferred = graphql_q > json_q || (graphql_q == json_q && closeness == Closeness::Exact);
            Ok(if preferred { MediaType::GraphqlResponse } else { MediaType::Json })
        }
    }
}

/// A media range and its weight in thousandths.
fn range(text: &str) -> (&str, u16) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = quality.and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0).clamp(0.0, 1.0);
    // In 0..=1000 by the clamp.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (name, (weight * 1000.0) as u16)
}

/// How closely a range names a type, where it does.
fn closeness(name: &str, essence: &str) -> Option<Closeness> {
    let family = essence.split_inclusive('/').next().unwrap_or_default();
    if name.eq_ignore_ascii_case(essence) {
        Some(Closeness::Exact)
    } else if name == "*/*" {
        Some(Closeness::Any)
    } else {
        name.strip_suffix('*').is_some_and(|own| own.eq_ignore_ascii_case(family)).then_some(Closeness::Family)
    }
}

/// The weight that the closest range gives to a type; none when nothing matches or the weight is zero.
fn wanted(closest: Option<(Closeness, u16)>) -> Option<(u16, Closeness)> {
    closest.filter(|(_, weight)| *weight > 0).map(|(closeness, weight)| (weight, closeness))
}

fn not_acceptable() -> Rejection {
    Rejection::new(
        StatusCode::NOT_ACCEPTABLE,
        code::NOT_ACCEPTABLE,
        "Answers come as application/graphql-response+json, application/json or text/event-stream.",
    )
}

/// Refuses every body that is not declared as JSON.
///
/// This is the rule against cross-site requests: a form or a script of another site can send `text/plain`, url-encoded and
/// multipart bodies with the visitor's cookies, but `application/json` only after a preflight that is never granted.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut parts = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    });
    if is_json && is_utf8 {
        return Ok(());
    }
    Err(Rejection::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        code::UNSUPPORTED_MEDIA_TYPE,
        "Send the body as application/json in UTF-8.",
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn choose(accept: &str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).expect("a header"));
        accepted(&headers).ok()
    }

    #[test]
    fn the_newer_type_must_be_named() {
        use MediaType::{GraphqlResponse, Json};
        for (accept, expected) in [
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", Some(GraphqlResponse)),
            ("application/json, application/graphql-response+json;q=0.9", Some(Json)),
            ("application/json;q=0.8, application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json, */*", Some(GraphqlResponse)),
            ("application/json;q=0, */*", Some(GraphqlResponse)),
            ("APPLICATION/JSON", Some(Json)),
            ("Application/*", Some(Json)),
            ("text/html, */*;q=0.1", Some(Json)),
            ("text/html", None),
            ("*/*;q=0", None),
        ] {
            assert_eq!(choose(accept), expected.map(Form::Single), "{accept}");
        }
    }

    #[test]
    fn a_stream_must_be_named_and_preferred() {
        let (json, newer) = (Form::Single(MediaType::Json), Form::Single(MediaType::GraphqlResponse));
        for (accept, expected) in [
            ("text/event-stream", Form::Events),
            ("Text/Event-Stream; charset=utf-8", Form::Events),
            ("text/event-stream, */*", Form::Events),
            ("text/event-stream, application/*", Form::Events),
            ("text/event-stream, multipart/mixed", Form::Events),
            ("text/event-stream, application/json;q=0.9", Form::Events),
            ("text/*", Form::Events),
            ("TEXT/*", Form::Events),
            ("*/*", json),
            ("text/event-stream;q=0, */*", json),
            ("text/event-stream;q=0.5, application/json", json),
            ("application/json, text/event-stream", json),
            ("text/event-stream;q=0.9, */*", json),
            ("application/*, text/*", json),
            ("application/*;q=0.5, */*", json),
            ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", newer),
        ] {
            assert_eq!(choose(accept), Some(expected), "{accept}");
        }
    }
}
