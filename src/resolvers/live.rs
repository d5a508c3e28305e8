//! Subscriptions: what a document asks for, and its execution for one event at a time.
//!
//! A document is executed in two ways. *Asked*, once, when somebody subscribes: its resolver says which events it wants and
//! where it begins, and nothing else. *For an event*, once for all who subscribe to the same: its resolver yields that event.
//! The second has a scope and no viewer, so that nothing in an answer can depend on who reads it.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection};
use async_graphql::{Name, Request, Response, ServerError, Variables};
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::api::{ApiSchema, coded, ours, prepared};
use super::arguments::not_ahead;
use crate::entities::events;
use crate::error::{ClientError, Error, Result};
use crate::events::{Delivery, Render, Work};
use crate::loaders::{Reuse, loaders};
use crate::schema::scalars::Cursor;
use crate::store::{EventFilter, Scope, Store};
use crate::telemetry;

/// Longest time for one execution of a document for an event: a connection may be dead without a word, and the next one good.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an event is executed again before an answer that lacks something because the database is away is sent as it is, and the
/// pause between two executions: a database that is being restarted is back by then.
const AWAY: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// What the resolver of a subscription yields from.
#[derive(Clone)]
pub(super) enum Source {
    /// Nothing: it says what it wants.
    Asked(Arc<Mutex<Option<Wanted>>>),
    /// This event.
    Event(Arc<events::Model>),
}

/// What a document wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) filter: EventFilter,
    pub(super) after: Option<i64>,
}

/// A subscribed document, ready to be executed for events.
pub(super) struct Document {
    query: String,
    parsed: ExecutableDocument,
    operation_name: Option<String>,
    variables: Variables,
}

impl Document {
    fn request(&self) -> Request {
        let mut request = Request::new(self.query.clone()).variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation_name);
        request.set_parsed_query(self.parsed.clone());
        request
    }
}

/// A subscription that can begin.
pub(super) struct Subscription {
    pub(super) key: [u8; 32],
    pub(super) wanted: Wanted,
    pub(super) document: Document,
}

/// Asks a document what it wants. `known` is a position that is certainly of this log.
///
/// # Errors
/// The answer that refuses it.
pub(super) async fn ask(
    schema: &ApiSchema,
    store: &Store,
    known: i64,
    scope: Scope,
    mut request: Request,
) -> Result<Subscription, Box<Response>> {
    let parsed = request.parsed_query().map_err(|error| Box::new(Response::from_errors(vec![error])))?.clone();
    let document = Document {
        query: request.query.clone(),
        operation_name: request.operation_name.clone(),
        variables: request.variables.clone(),
        parsed,
    };
    let answer = Arc::new(Mutex::new(None));
    let (request, driver) = prepared(store, scope, request);
    let request = request.data(Source::Asked(Arc::clone(&answer)));
    let refusals: Vec<Response> = driver.drive_stream(schema.execute_stream(request)).collect().await;
    if let Some(refusal) = refusals.into_iter().find(|response| !response.errors.is_empty()) {
        return Err(Box::new(coded(refusal)));
    }
    let wanted = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    let wanted = wanted.ok_or_else(|| {
        let message = "A subscription selects its field directly, not in a fragment, and does not skip it.";
        refusal(ClientError::input("query", message).into())
    })?;
    if let Some(after) = wanted.after
        && after > known
    {
        let newest = store.last_event().await.map_err(refusal)?;
        not_ahead(after, newest).map_err(|error| refusal(error.into()))?;
    }
    Ok(Subscription { key: document.key(), wanted, document })
}

/// An answer that is nothing but an error.
pub(super) fn refusal(error: Error) -> Box<Response> {
    let message = error.to_string();
    let error = ServerError { source: Some(Arc::new(error)), ..ServerError::new(message, None) };
    Box::new(coded(Response::from_errors(vec![error])))
}

impl Document {
    /// A hash of everything that changes the answers. Where a subscription begins does not, so those who come back each with their
    /// own cursor share again; it must be a variable for that. Variables that the operation does not declare change nothing.
    fn key(&self) -> [u8; 32] {
        let operation = self.operation();
        let begin = operation.and_then(after_variable);
        let declared = operation.iter().flat_map(|operation| &operation.variable_definitions);
        let declared = declared.map(|definition| &definition.node.name.node).filter(|name| Some(*name) != begin.as_ref());
        let variables: Vec<_> = declared.map(|name| (name, self.variables.get(name))).collect();
        // What is written here is only ever compared.
        let text = serde_json::to_vec(&(&self.query, &self.operation_name, variables)).unwrap_or_default();
        Sha256::digest(text).into()
    }

    fn operation(&self) -> Option<&OperationDefinition> {
        match &self.parsed.operations {
            DocumentOperations::Single(operation) => Some(&operation.node),
            DocumentOperations::Multiple(operations) => {
                operations.get(self.operation_name.as_deref()?).map(|operation| &operation.node)
            }
        }
    }
}

/// The variable that says where a subscription begins. Of its type it can be used for nothing else.
pub(crate) fn after_variable(operation: &OperationDefinition) -> Option<Name> {
    operation.selection_set.node.items.iter().find_map(|selection| {
        let Selection::Field(field) = &selection.node else { return None };
        // The library does not export the type to match on; only a variable is written with a dollar in front.
        field.node.get_argument("after")?.node.to_string().strip_prefix('$').map(Name::new)
    })
}

/// Executes documents for events.
pub(super) struct Renderer {
    pub(super) schema: ApiSchema,
    pub(super) store: Store,
}

impl Render for Renderer {
    type Document = Document;

    fn render(&self, scope: Scope, work: Work<Document>) -> BoxFuture<'_, Vec<Arc<Delivery>>> {
        async move {
            let mut answers: Vec<Option<Response>> = work.iter().map(|_| None).collect();
            let begun = tokio::time::Instant::now();
            loop {
                let open: Vec<usize> = (0..work.len()).filter(|&at| answers[at].is_none()).collect();
                if open.is_empty() {
                    break;
                }
                let is_last = begun.elapsed() >= AWAY;
                let chosen = open.iter().map(|&at| &work[at]);
                // A panic outside a resolver, in a batch: whoever follows in this scope goes on.
                let executed = AssertUnwindSafe(self.execute(scope, chosen)).catch_unwind().await;
                let Ok(responses) = executed else { break };
                for (at, (response, is_transient)) in open.into_iter().zip(responses) {
                    answers[at] = (!is_transient || is_last).then_some(response);
                }
                if answers.iter().any(Option::is_none) {
                    tokio::time::sleep(PAUSE).await;
                }
            }
            let panicked = || *refusal(Error::internal("an execution panicked"));
            let answers = answers.into_iter().map(|answer| answer.unwrap_or_else(panicked));
            work.iter().zip(answers).map(|((_, event), response)| written(event, &response)).collect()
        }
        .boxed()
    }
}

impl Renderer {
    /// All at once, with one loader: what several of them read is read once. Each with whether another try may mend it.
    async fn execute(
        &self,
        scope: Scope,
        work: impl Iterator<Item = &(Arc<Document>, Arc<events::Model>)>,
    ) -> Vec<(Response, bool)> {
        let (loaders, driver) = loaders(self.store.clone(), scope, Reuse::Always);
        let loaders = Arc::new(loaders);
        let executions: Vec<_> = work
            .map(|(document, event)| {
                let request = document.request().data(Arc::clone(&loaders)).data(scope).data(Source::Event(Arc::clone(event)));
                let mut answers = self.schema.execute_stream(request);
                let answer = AssertUnwindSafe(async move { answers.next().await }).catch_unwind();
                async {
                    match tokio::time::timeout(PATIENCE, answer).await {
                        Ok(Ok(Some(response))) => {
                            let is_transient = is_transient(&response);
                            (coded(response), is_transient)
                        }
                        Ok(Ok(None)) => (*refusal(Error::internal("a subscription without an answer")), false),
                        Ok(Err(_)) => (*refusal(Error::internal("a resolver panicked")), false),
                        Err(_) => (*refusal(Error::internal("the execution for an event took too long")), true),
                    }
                }
            })
            .collect();
        metrics::counter!("rpm_event_executions_total").increment(executions.len() as u64);
        driver.drive(join_all(executions)).instrument(telemetry::part("execute for events")).await
    }
}

/// Whether something is missing because the database is away.
fn is_transient(response: &Response) -> bool {
    let sources = response.errors.iter().filter_map(|error| error.source.as_deref());
    sources.filter_map(|source| ours(source)).any(Error::is_passing)
}

fn written(event: &events::Model, response: &Response) -> Arc<Delivery> {
    let payload = serde_json::to_string(response).unwrap_or_else(|error| {
        // Map keys are text in all of these, so they always serialise.
        tracing::error!(?error, "an answer could not be written as JSON");
        r#"{"data":null,"errors":[{"message":"Internal error","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    });
    Arc::new(Delivery { position: event.id, cursor: Cursor(event.id).text().into(), payload: payload.into() })
}
