//! Subscriptions as Server-Sent Events, one operation for a request:
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, “Distinct connections mode”.
//!
//! What another try cannot mend, a document that is refused, is told in an event, as the protocol asks: its client tries again
//! after every other status than 200, and a browser shows its page neither status nor body. What is wrong with the request
//! itself, or with the server, is a status.
//!
//! An open stream is the body of its answer: no task, no queue. Hyper asks it for more when there is room, and not before.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_graphql::parser::types::OperationType;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream};
use tokio::sync::watch;
use tracing::Instrument;

use super::asked::Asked;
use super::clock::{Clock, Ring};
use super::delivery::{CostOnce, poll_delivery};
use super::document::prepare;
use super::errors::{Outcome, Rejection, json};
use super::graphql::{GET_RUNS_NO_MUTATIONS, is_get};
use super::meter::Verdict;
use super::quota::Place;
use super::resume::last_event_id;
use super::service::{Deliveries, Service};
use super::{App, Connected, RequestId, identity};
use crate::auth::Admission;

/// Bytes after which a chunk is sent although more is ready; what is ready together is written in one go.
const CHUNK_BYTES: usize = 16 * 1024;

/// A comment: clients skip it, and what lies between sees that the connection is in use.
const COMMENT: &str = ":\n\n";

/// The end. The empty `data` is needed: a browser drops an event without.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// Answers a request that wants events.
pub(super) async fn handle<S: Service>(state: Arc<App<S>>, request: Request, id: RequestId) -> Response {
    match answer(&state, request, &id).await {
        Ok(response) => response,
        Err(rejection) if rejection.is_well_formed() => whole(&rejection.into_outcome()),
        Err(rejection) => rejection.into_json(),
    }
}

async fn answer<S: Service>(state: &Arc<App<S>>, request: Request, id: &RequestId) -> Result<Response, Rejection> {
    let is_get = is_get(&request)?;
    let resume = last_event_id(request.headers())?;
    let work = async {
        let Admission { viewer, withdrawn } = identity::admission(request.headers(), state, id).await?;
        let _passage = state.gate.wait().await;
        let mut params = Asked::read(request, is_get, state.limits.body_bytes).await?.params()?;
        params.last_event_id = resume;
        let (prepared, measure) = prepare(state, params, &viewer)?;
        match prepared.operation {
            OperationType::Mutation if is_get => {
                measure.end(Verdict::Refused);
                Err(Rejection::method_not_allowed(GET_RUNS_NO_MUTATIONS, "POST"))
            }
            OperationType::Query | OperationType::Mutation => {
                let charge = prepared.charge;
                let outcome = prepared.execute(&state.service, &viewer, id).instrument(measure.span()).await;
                measure.end(outcome.verdict());
                Ok(whole(&outcome.charged(charge)))
            }
            OperationType::Subscription => {
                let charge = prepared.charge;
                let place = match state.quota.take(viewer.member_id) {
                    Ok(place) => place,
                    Err(refused) => {
                        measure.end(Verdict::Refused);
                        return Err(refused);
                    }
                };
                let begin = state.service.subscribe(prepared.request(&viewer, id)).instrument(measure.span());
                let deliveries = match begin.await {
                    Ok(deliveries) => deliveries,
                    Err(refusal) => {
                        let outcome = Outcome::of(*refusal, id);
                        measure.end(outcome.verdict());
                        return Ok(whole(&outcome));
                    }
                };
                measure.end(Verdict::Ok);
                let mut clock = Clock::new(state.limits.keep_alive, state.limits.keep_alive);
                clock.set_deadline(viewer.expires_at);
                let leave = futures_util::future::select(state.draining().boxed(), withdrawn).map(drop).boxed();
                let events = Events {
                    deliveries: Some(deliveries),
                    cost: CostOnce::new(&charge),
                    begun: false,
                    request_id: id.clone(),
                    leave,
                    clock,
                    _place: place,
                    _connected: state.connected(),
                    _open: state.drain.clone(),
                };
                let mut response = response(Body::from_stream(events));
                charge.headers(response.headers_mut());
                Ok(response)
            }
        }
    };
    tokio::time::timeout(state.limits.operation_timeout, work).await.unwrap_or_else(|_| Err(Rejection::timeout()))
}

fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    // nginx gathers answers before it passes them on, unless it is told.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// One answer, and the end.
fn whole(outcome: &Outcome) -> Response {
    let mut text = String::new();
    push_next(&mut text, None, |text| text.push_str(&written(outcome)));
    text.push_str(COMPLETE);
    response(Body::from(text))
}

fn written(outcome: &Outcome) -> String {
    json(outcome).unwrap_or_else(|instead| instead)
}

/// Adds an event. The payload that `push` adds is JSON without line breaks.
fn push_next(text: &mut String, cursor: Option<&str>, push: impl FnOnce(&mut String)) {
    text.push_str("event: next\n");
    if let Some(cursor) = cursor {
        text.push_str("id: ");
        text.push_str(cursor);
        text.push('\n');
    }
    text.push_str("data: ");
    push(text);
    text.push_str("\n\n");
}

/// A subscription at work.
struct Events<S> {
    /// None once it has ended.
    deliveries: Option<Deliveries>,
    cost: CostOnce,
    /// Whether anything has been sent.
    begun: bool,
    request_id: RequestId,
    /// Resolves when the stream has to go, whatever it does. Its client is not told `complete`, and so comes back.
    leave: BoxFuture<'static, ()>,
    /// Rings when the token expires, and when nothing was sent for a round.
    clock: Clock,
    _place: Place,
    _connected: Connected<S>,
    /// Held to the end: the server waits for those who hold one.
    _open: watch::Receiver<bool>,
}

impl<S> Events<S> {
    /// What is ready, up to the size of a chunk.
    fn gather(&mut self, cx: &mut Context<'_>) -> String {
        let mut chunk = String::new();
        while chunk.len() < CHUNK_BYTES
            && let Some(deliveries) = &mut self.deliveries
            && let Poll::Ready(next) = poll_delivery(deliveries, &self.request_id, cx)
        {
            match next {
                Some(Ok(delivery)) => {
                    chunk.reserve(delivery.payload.len() + 64);
                    push_next(&mut chunk, Some(&delivery.cursor), |text| self.cost.push(text, &delivery.payload));
                }
                Some(Err(end)) => {
                    push_next(&mut chunk, None, |text| text.push_str(&written(&end)));
                    chunk.push_str(COMPLETE);
                    self.deliveries = None;
                }
                None => {
                    chunk.push_str(COMPLETE);
                    self.deliveries = None;
                }
            }
        }
        chunk
    }
}

impl<S> Stream for Events<S> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.deliveries.is_none() {
            return Poll::Ready(None);
        }
        let ring = this.clock.poll(cx);
        if this.leave.poll_unpin(cx).is_ready() || ring == Poll::Ready(Ring::Deadline) {
            this.deliveries = None;
            return Poll::Ready(None);
        }
        let mut chunk = this.gather(cx);
        // At the beginning too: some browsers wait for the first byte before they call a stream open.
        if chunk.is_empty() && (ring.is_ready() || !this.begun) {
            chunk.push_str(COMMENT);
        }
        if chunk.is_empty() {
            return Poll::Pending;
        }
        this.begun = true;
        this.clock.restart_round();
        Poll::Ready(Some(Ok(chunk.into())))
    }
}
