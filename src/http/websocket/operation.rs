//! The operations of a connection.
//!
//! Work runs in tasks of its own: queries and mutations to their result, subscriptions until they have begun. From then on a
//! subscription is a stream that the connection itself asks.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_graphql::ServerError;
use async_graphql::parser::types::OperationType;
use axum::extract::ws::Message;
use futures_util::FutureExt;
use tokio::task::{AbortHandle, JoinSet};
use tracing::Instrument;

use super::super::delivery::{CostOnce, poll_delivery};
use super::super::document::prepare;
use super::super::errors::{Outcome, Rejection};
use super::super::meter::Verdict;
use super::super::params::Params;
use super::super::quota::Place;
use super::super::request_id::panic_text;
use super::super::service::{Deliveries, Service};
use super::super::{App, RequestId};
use super::message::ServerMessage;
use crate::auth::Viewer;
use crate::telemetry::Work;

/// What runs on a connection, by the id that the client gave. Dropping it ends it all.
#[derive(Default)]
pub(super) struct Operations {
    tasks: JoinSet<(u64, Result<Outcome, End>)>,
    working: Vec<Working>,
    subscriptions: Vec<Subscription>,
    /// Whose turn it is to be asked.
    turn: usize,
    /// Tells a task from an earlier one under the same id.
    serial: u64,
}

struct Working {
    id: String,
    serial: u64,
    task: AbortHandle,
}

struct Subscription {
    id: String,
    /// The message up to the answer, which is all that differs between subscribers.
    head: Box<str>,
    cost: CostOnce,
    deliveries: Deliveries,
    request_id: RequestId,
    _place: Place,
}

/// What an operation needs to run.
pub(super) struct Operation<S> {
    pub(super) state: Arc<App<S>>,
    pub(super) params: Params,
    pub(super) viewer: Viewer,
    pub(super) request_id: RequestId,
}

/// How work that has no result ended.
enum End {
    Refused(Vec<ServerError>),
    Begun(Deliveries, CostOnce, RequestId, Place),
}

impl Operations {
    pub(super) fn contains(&self, id: &str) -> bool {
        self.working.iter().any(|working| working.id == id) || self.subscriptions.iter().any(|own| own.id == id)
    }

    pub(super) fn len(&self) -> usize {
        self.working.len() + self.subscriptions.len()
    }

    /// Runs an operation under an id that is free.
    pub(super) fn start<S: Service>(&mut self, id: String, operation: Operation<S>) {
        self.serial += 1;
        let serial = self.serial;
        let work = Work::request(operation.request_id.shared(), None);
        work.note_member(operation.viewer.member_id.0, operation.viewer.role.as_str());
        let task = self.tasks.spawn(async move { (serial, work.scope(operation.run()).await) });
        self.working.push(Working { id, serial, task });
    }

    /// Ends an operation at its client's wish. An unknown id has just completed.
    pub(super) fn cancel(&mut self, id: &str) {
        if let Some(at) = self.working.iter().position(|working| working.id == id) {
            self.working.swap_remove(at).task.abort();
        }
        self.subscriptions.retain(|subscription| subscription.id != id);
    }

    /// Takes one piece of finished work in; ready when there was one.
    pub(super) fn poll_results(&mut self, cx: &mut Context<'_>, messages: &mut VecDeque<Message>) -> Poll<()> {
        if self.tasks.is_empty() {
            return Poll::Pending;
        }
        match self.tasks.poll_join_next(cx) {
            Poll::Ready(Some(Ok((serial, result)))) => self.finish(serial, result, messages),
            // Cancelled: its client is not interested any more.
            Poll::Ready(Some(Err(_))) => {}
            Poll::Ready(None) | Poll::Pending => return Poll::Pending,
        }
        Poll::Ready(())
    }

    fn finish(&mut self, serial: u64, result: Result<Outcome, End>, messages: &mut VecDeque<Message>) {
        let Some(at) = self.working.iter().position(|working| working.serial == serial) else { return };
        let id = self.working.swap_remove(at).id;
        match result {
            Ok(outcome) if outcome.executed() => {
                messages.push_back((&ServerMessage::Next { id: &id, payload: &outcome }).into());
                messages.push_back((&ServerMessage::Complete { id: &id }).into());
            }
            Ok(outcome) => {
                let errors = outcome.into_errors();
                messages.push_back((&ServerMessage::Error { id: &id, payload: &errors }).into());
            }
            Err(End::Refused(errors)) => {
                messages.push_back((&ServerMessage::Error { id: &id, payload: &errors }).into());
            }
            Err(End::Begun(deliveries, cost, request_id, place)) => {
                let head = ServerMessage::head_of_next(&id).into();
                self.subscriptions.push(Subscription { id, head, cost, deliveries, request_id, _place: place });
            }
        }
    }

    /// The next message of a subscription, each in its turn.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Message> {
        for _ in 0..self.subscriptions.len() {
            let at = self.turn % self.subscriptions.len();
            self.turn = at + 1;
            let Poll::Ready((message, ended)) = self.subscriptions[at].poll(cx) else { continue };
            if ended {
                self.subscriptions.swap_remove(at);
            }
            return Poll::Ready(message);
        }
        Poll::Pending
    }
}

impl Subscription {
    /// The next message, and whether it is the last.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Message, bool)> {
        poll_delivery(&mut self.deliveries, &self.request_id, cx).map(|next| match next {
            Some(Ok(delivery)) => {
                let mut text = String::with_capacity(self.head.len() + delivery.payload.len() + 1);
                text.push_str(&self.head);
                self.cost.push(&mut text, &delivery.payload);
                text.push('}');
                (Message::Text(text.into()), false)
            }
            Some(Err(end)) => {
                let errors = end.into_errors();
                ((&ServerMessage::Error { id: &self.id, payload: &errors }).into(), true)
            }
            None => ((&ServerMessage::Complete { id: &self.id }).into(), true),
        })
    }
}

impl<S: Service> Operation<S> {
    async fn run(self) -> Result<Outcome, End> {
        let request_id = self.request_id.clone();
        AssertUnwindSafe(self.produce()).catch_unwind().await.unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(panic.as_ref()), "an operation panicked");
            Err(refuse(Rejection::internal(&request_id)))
        })
    }

    async fn produce(self) -> Result<Outcome, End> {
        let Self { state, params, viewer, request_id } = self;
        let (prepared, measure) = prepare(&state, params, &viewer).map_err(refuse)?;
        let patience = state.limits.operation_timeout;
        let begun = tokio::time::Instant::now();
        // What was taken in over an open socket waits for its turn: how much that is has its own bounds.
        let _passage = tokio::time::timeout(patience, state.gate.wait()).await.map_err(|_| refuse(Rejection::timeout()))?;
        let patience = patience.saturating_sub(begun.elapsed());
        if prepared.operation != OperationType::Subscription {
            let charge = prepared.charge;
            let work = prepared.execute(&state.service, &viewer, &request_id).instrument(measure.span());
            let Ok(outcome) = tokio::time::timeout(patience, work).await else { return Err(refuse(Rejection::timeout())) };
            measure.end(outcome.verdict());
            return Ok(outcome.charged(charge));
        }
        let place = match state.quota.take(viewer.member_id) {
            Ok(place) => place,
            Err(refused) => {
                measure.end(Verdict::Refused);
                return Err(refuse(refused));
            }
        };
        let cost = CostOnce::new(&prepared.charge);
        let begin = state.service.subscribe(prepared.request(&viewer, &request_id)).instrument(measure.span());
        match tokio::time::timeout(patience, begin).await {
            Ok(Ok(deliveries)) => {
                measure.end(Verdict::Ok);
                Err(End::Begun(deliveries, cost, request_id, place))
            }
            Ok(Err(response)) => {
                let outcome = Outcome::of(*response, &request_id);
                measure.end(outcome.verdict());
                Err(End::Refused(outcome.into_errors()))
            }
            Err(_) => Err(refuse(Rejection::timeout())),
        }
    }
}

fn refuse(rejection: Rejection) -> End {
    End::Refused(vec![rejection.into_error()])
}
