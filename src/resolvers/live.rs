//! Subscriptions: what a document asks for, and its execution for one event at a time.
//!
//! A document is executed in two ways. *Asked*, once, when somebody subscribes: its resolver says which events it wants and
//! where it begins, and nothing else. *For an event*, once for all who subscribe to the same: its resolver yields that event.
//! The second has a scope and no viewer, so that nothing in an answer can depend on who reads it.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection};
use async_graphql::{Name, Request, Response, ServerError, Value, Variables};
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt};

use super::api::{ApiSchema, coded, prepared};
use super::query::not_ahead;
use crate::entities::events;
use crate::error::{ClientError, Error, Result};
use crate::events::{Delivery, Render, Work};
use crate::loaders::{Reuse, loaders};
use crate::schema::scalars::Cursor;
use crate::store::{EventFilter, Scope, Store};

/// Longest time for the execution of one document for one event.
const PATIENCE: Duration = Duration::from_secs(30);

/// Executions of an event before an answer with an internal error in it is sent as it is, and the pause between them: a
/// database that is being restarted is back by then.
const ATTEMPTS: u32 = 5;
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
    pub(super) key: String,
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
    /// Everything that changes the answers. Where a subscription begins does not, so those who come back each with their own
    /// cursor share again; it must be a variable for that.
    fn key(&self) -> String {
        let begin = self.operation().and_then(after_variable);
        let mut variables: Vec<_> = self.variables.iter().filter(|(name, _)| Some(*name) != begin.as_ref()).collect();
        variables.sort_by_key(|(name, _)| *name);
        let variables: Vec<String> = variables.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        [&self.query, self.operation_name.as_deref().unwrap_or_default(), &variables.join("\n")].join("\0")
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
            let mut attempt = 1;
            loop {
                let responses = self.execute(scope, &work).await;
                if attempt == ATTEMPTS || !responses.iter().any(failed) {
                    return work.iter().zip(responses).map(|((_, event), response)| written(event, &response)).collect();
                }
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
        .boxed()
    }
}

impl Renderer {
    /// All at once, with one loader: what several of them read is read once.
    async fn execute(&self, scope: Scope, work: &Work<Document>) -> Vec<Response> {
        let (loaders, driver) = loaders(self.store.clone(), scope, Reuse::Always);
        let loaders = Arc::new(loaders);
        let executions = work.iter().map(|(document, event)| {
            let request = document.request().data(Arc::clone(&loaders)).data(scope).data(Source::Event(Arc::clone(event)));
            let mut answers = self.schema.execute_stream(request);
            let answer = AssertUnwindSafe(async move { answers.next().await }).catch_unwind();
            async {
                match tokio::time::timeout(PATIENCE, answer).await {
                    Ok(Ok(Some(response))) => coded(response),
                    Ok(Ok(None)) => *refusal(Error::internal("a subscription without an answer")),
                    Ok(Err(_)) => *refusal(Error::internal("a resolver panicked")),
                    Err(_) => *refusal(Error::internal("the execution for an event took too long")),
                }
            }
        });
        driver.drive(join_all(executions)).await
    }
}

/// Whether something of ours went wrong.
fn failed(response: &Response) -> bool {
    response
        .errors
        .iter()
        .any(|error| error.extensions.as_ref().and_then(|extensions| extensions.get("code")) == Some(&Value::from("INTERNAL")))
}

fn written(event: &events::Model, response: &Response) -> Arc<Delivery> {
    let payload = serde_json::to_string(response).unwrap_or_else(|error| {
        // Map keys are text in all of these, so they always serialise.
        tracing::error!(?error, "an answer could not be written as JSON");
        r#"{"data":null,"errors":[{"message":"Internal error","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
    });
    Arc::new(Delivery { position: event.id, cursor: Cursor(event.id).text().into(), payload: payload.into() })
}
