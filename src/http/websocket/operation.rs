//! The operations that run on a connection, each in a task of its own.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, ServerError};
use futures_util::{FutureExt, StreamExt};
use tokio::task::{AbortHandle, JoinSet};
use tracing::Instrument;

use super::super::document::prepare;
use super::super::errors::{Outcome, Rejection};
use super::super::params::Params;
use super::super::request_id::panic_text;
use super::super::{HttpState, RequestId};
use super::message::ServerMessage;
use super::outbox::{Outbox, Outgoing, Wanted};
use crate::auth::Viewer;

/// The operations in flight, by the id that the client gave. Dropping it ends them.
#[derive(Default)]
pub(super) struct Operations {
    tasks: JoinSet<()>,
    running: Arc<Mutex<HashMap<String, Running>>>,
}

struct Running {
    wanted: Wanted,
    task: AbortHandle,
}

impl Operations {
    pub(super) fn contains(&self, id: &str) -> bool {
        lock(&self.running).contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        lock(&self.running).len()
    }

    /// Runs an operation under an id that is free.
    pub(super) fn start<E: Executor>(&mut self, id: String, operation: Operation<E>) {
        let wanted = Wanted::yes();
        let ticket = Ticket {
            id: id.clone(),
            wanted: wanted.clone(),
            running: Arc::clone(&self.running),
            outbox: operation.outbox.clone(),
        };
        // Held over the start, so that a quick operation cannot strike itself off before it is entered.
        let mut running = lock(&self.running);
        let span = tracing::info_span!("operation", connection = operation.request_id.as_str(), id);
        let task = self.tasks.spawn(operation.run(ticket).instrument(span));
        running.insert(id, Running { wanted, task });
    }

    /// Ends an operation at its client's wish, and what of it still waits to be sent. An unknown id has just completed.
    pub(super) fn cancel(&mut self, id: &str) {
        if let Some(running) = lock(&self.running).remove(id) {
            running.wanted.revoke();
            running.task.abort();
        }
    }

    /// Gives back the memory of finished tasks.
    pub(super) fn reap(&mut self) {
        while self.tasks.try_join_next().is_some() {}
    }
}

/// The map is consistent between any two statements, so a panic elsewhere does not spoil it.
fn lock(running: &Mutex<HashMap<String, Running>>) -> MutexGuard<'_, HashMap<String, Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an operation needs to run.
pub(super) struct Operation<E> {
    pub(super) state: Arc<HttpState<E>>,
    pub(super) params: Params,
    pub(super) viewer: Viewer,
    pub(super) request_id: RequestId,
    pub(super) outbox: Outbox,
}

/// How an operation ended.
enum End {
    Complete,
    Error(Vec<ServerError>),
    /// Nobody is there to be told.
    Gone,
}

impl<E: Executor> Operation<E> {
    async fn run(self, ticket: Ticket) {
        let request_id = self.request_id.clone();
        let end = AssertUnwindSafe(self.produce(&ticket)).catch_unwind().await.unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(panic.as_ref()), "an operation panicked");
            refuse(Rejection::internal(&request_id))
        });
        ticket.finish(end).await;
    }

    async fn produce(self, ticket: &Ticket) -> End {
        let prepared = match prepare(self.params, &self.state.limits, &self.viewer, &self.request_id) {
            Ok(prepared) => prepared,
            Err(rejection) => return refuse(rejection),
        };
        if prepared.operation != OperationType::Subscription {
            let work = self.state.executor.execute(prepared.request);
            return match tokio::time::timeout(self.state.limits.operation_timeout, work).await {
                Ok(response) => ticket.next(Outcome::of(response, &self.request_id)).await.unwrap_or(End::Complete),
                Err(_) => refuse(Rejection::timeout()),
            };
        }
        let open = OpenSubscription::count();
        let mut results = self.state.executor.execute_stream(prepared.request, None);
        while let Some(response) = results.next().await {
            if let Some(end) = ticket.next(Outcome::of(response, &self.request_id)).await {
                return end;
            }
        }
        drop(open);
        End::Complete
    }
}

fn refuse(rejection: Rejection) -> End {
    End::Error(vec![rejection.into_error()])
}

/// An operation's right to speak under its id.
struct Ticket {
    id: String,
    wanted: Wanted,
    running: Arc<Mutex<HashMap<String, Running>>>,
    outbox: Outbox,
}

impl Ticket {
    /// Hands a result over and returns once the queue has taken it; some end when there will be no other.
    async fn next(&self, outcome: Outcome) -> Option<End> {
        if !outcome.executed() {
            return Some(End::Error(outcome.into_errors()));
        }
        let message = Outgoing::of(&self.wanted, &ServerMessage::Next { id: &self.id, payload: &outcome });
        // The message is written; the result need not be kept while it waits.
        drop(outcome);
        self.outbox.send(message).await.err().map(|_| End::Gone)
    }

    /// Frees the id, then says so: the client may use it again as soon as it has read the last message.
    async fn finish(self, end: End) {
        let message = match &end {
            End::Complete => ServerMessage::Complete { id: &self.id },
            End::Error(errors) => ServerMessage::Error { id: &self.id, payload: errors },
            End::Gone => return,
        };
        let message = Outgoing::of(&self.wanted, &message);
        if let Ok(place) = self.outbox.reserve().await {
            self.strike_off();
            place.send(message);
        }
    }

    /// The id may be another operation's by now.
    fn strike_off(&self) {
        let mut running = lock(&self.running);
        if running.get(&self.id).is_some_and(|entry| entry.wanted.is_same(&self.wanted)) {
            running.remove(&self.id);
        }
    }
}

/// Counts a subscription for as long as it lives, however it ends.
struct OpenSubscription;

impl OpenSubscription {
    fn count() -> Self {
        metrics::gauge!("rpm_subscriptions").increment(1);
        Self
    }
}

impl Drop for OpenSubscription {
    fn drop(&mut self) {
        metrics::gauge!("rpm_subscriptions").decrement(1);
    }
}
