//! `/graphql` by the GraphQL-over-HTTP specification; an upgrade request goes to `websocket`, one for events to `sse`.
//!
//! The order of judgement is the order of cost: form of the answer, method, form of the body, caller, and only then the body
//! and what it asks. A stranger's operation is not even parsed.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use futures_util::StreamExt;
use tracing::Instrument;

use super::asked::{Asked, wants_fresh};
use super::conditional::{known_tags, tag, tagged};
use super::document::prepare;
use super::errors::{Outcome, Rejection, code};
use super::kept::Given;
use super::meter::Verdict;
use super::negotiation::Form;
use super::params::Params;
use super::request_id::request_id;
use super::service::Service;
use super::{App, RequestId, identity, negotiation, sse, websocket};
use crate::answers::Question;
use crate::auth::Viewer;

/// Every method of `/graphql`.
pub(super) async fn handle<S: Service>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    if is_websocket(request.headers()) {
        // Both in boxes: their futures are large, and most requests are for one answer.
        return Box::pin(websocket::upgrade(state, request)).await;
    }
    let id = request_id(&request);
    let media = match negotiation::accepted(request.headers()) {
        Ok(Form::Single(media)) => media,
        Ok(Form::Events) => return Box::pin(sse::handle(state, request, id)).await,
        Err(rejection) => return rejection.into_json(),
    };
    let known = (request.method() == Method::GET).then(|| known_tags(request.headers()));
    let outcome = match answer(&state, request, &id).await {
        Ok(Answered::Given(given)) => {
            let tag = known.is_some().then(|| given.tag().to_owned());
            return with_tag(given.into_response(media), tag, known);
        }
        Ok(Answered::Told(outcome)) => outcome,
        Err(rejection) => return rejection.into_response(media),
    };
    let tag = (known.is_some() && outcome.is_whole()).then(|| tag(outcome.data_text()));
    with_tag(outcome.into_response(media), tag, known)
}

fn with_tag(response: Response, tag: Option<String>, known: Option<Vec<HeaderValue>>) -> Response {
    match (tag, known) {
        (Some(tag), Some(known)) => tagged(response, tag, &known),
        _ => response,
    }
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Why a mutation by GET is refused: a link of another site could run it with the visitor's cookies.
pub(super) const GET_RUNS_NO_MUTATIONS: &str = "GET runs no mutations: send them by POST.";

/// Whether an operation comes by GET, once the form of the request is right.
pub(super) fn is_get(request: &Request) -> Result<bool, Rejection> {
    match *request.method() {
        Method::GET => Ok(true),
        Method::POST => negotiation::require_json(request.headers()).map(|()| false),
        _ => Err(Rejection::method_not_allowed("Send operations by POST, queries also by GET.", "GET, POST")),
    }
}

/// An answer.
enum Answered {
    /// Without errors, as text.
    Given(Given),
    Told(Box<Outcome>),
}

async fn answer<S: Service>(state: &App<S>, request: Request, id: &RequestId) -> Result<Answered, Rejection> {
    let is_get = is_get(&request)?;
    let _passage = state.gate.enter()?;
    let fresh = wants_fresh(request.headers());
    let work = pin!(async {
        let viewer = identity::viewer(request.headers(), state, id).await?;
        let asked = Asked::read(request, is_get, state.limits.body_bytes).await?;
        let question = Question { role: viewer.role, scope: viewer.scope(), text: asked.text() };
        let begun = Instant::now();
        if !fresh && let Some(kept) = state.answers.find(question).await {
            let charge = state.budgets.request_and_charge(&viewer, kept.demand)?;
            kept.meter.answered(begun);
            return Ok(Answered::Given(Given { kept, charge }));
        }
        // In a box: its future is large, and most of what is asked is known.
        Box::pin(make(state, asked.params()?, question, &viewer, id, Way { is_get, fresh })).await
    });
    // Dropping the future ends the operation; a transaction in it is rolled back. A statement that the database has begun may be made all the same.
    tokio::time::timeout(state.limits.operation_timeout, work).await.unwrap_or_else(|_| Err(Rejection::timeout()))
}

/// How a question was asked.
struct Way {
    is_get: bool,
    /// Whether the answer is to be made anew.
    fresh: bool,
}

/// Has a question answered.
async fn make<S: Service>(
    state: &App<S>,
    params: Params,
    question: Question<'_>,
    viewer: &Viewer,
    id: &RequestId,
    Way { is_get, fresh }: Way,
) -> Result<Answered, Rejection> {
    let (prepared, measure) = prepare(state, params, viewer)?;
    let charge = prepared.charge;
    match prepared.operation {
        OperationType::Query => {}
        OperationType::Mutation if is_get => {
            measure.end(Verdict::Refused);
            return Err(Rejection::method_not_allowed(GET_RUNS_NO_MUTATIONS, "POST"));
        }
        OperationType::Mutation => {}
        OperationType::Subscription => {
            measure.end(Verdict::Refused);
            let message = "Subscriptions run over WebSocket (graphql-transport-ws) at this address, or with \
                           `Accept: text/event-stream`.";
            return Err(Rejection::bad_request(message));
        }
    }
    let is_once = fresh || prepared.operation == OperationType::Mutation;
    // Pinned here: an async function that takes a future by value stores it once more in its own.
    let made = pin!(prepared.answer(&state.service, viewer, id, measure.meter()).instrument(measure.span()));
    Ok(match if is_once { made.await.map(Arc::new) } else { state.answers.answer(question, made).await } {
        Ok(kept) => {
            measure.end(Verdict::Ok);
            Answered::Given(Given { kept, charge })
        }
        Err(outcome) => {
            measure.end(outcome.verdict());
            Answered::Told(Box::new(outcome.charged(charge)))
        }
    })
}

/// The most that is read of a body that is too large, in bytes.
const DISCARDED_BYTES: usize = 32 * 1024 * 1024;

/// Reads a body up to a limit, and of one that is larger no more than it takes to answer.
pub(super) async fn read_body(request: Request<Body>, limit: usize) -> Result<Vec<u8>, Rejection> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let too_large = || {
        let message = format!("The body is larger than {limit} bytes.");
        Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, code::PAYLOAD_TOO_LARGE, message)
    };
    let mut chunks = request.into_body().into_data_stream();
    if declared.is_some_and(|length| length > limit) {
        discard(chunks).await;
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(declared.unwrap_or(0));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Rejection::bad_request("The body ended early."))?;
        if body.len() + chunk.len() > limit {
            discard(chunks).await;
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads on without keeping anything, up to a bound. Most clients look for an answer only when they have sent everything, and
/// a connection that is closed under them is all they see otherwise.
async fn discard(mut chunks: axum::body::BodyDataStream) {
    let mut left = DISCARDED_BYTES;
    while let Some(Ok(chunk)) = chunks.next().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
