//! The schema put together, and the executor that the transports call.

use std::any::{Any, TypeId};
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensionValues, Request, Response, SDLExportOptions, Schema, ServerError, ValidationMode, Value};
use chrono::Utc;
use futures_util::stream::{BoxStream, StreamExt};

use super::context::{EventPosition, FromWarehouse, Services};
use super::live::{self, Renderer};
use super::mutation::Mutation;
use super::query::Query;
use super::subscription::Subscription;
use super::traced::Traced;
use crate::auth::{Permission, Viewer};
use crate::error::{ClientError, Error};
use crate::events::{Delivery, Fanout, Hub};
use crate::loaders::{Driver, Reuse, loaders};
use crate::schema::types::{Event, Node};
use crate::store::{Scope, Store};
use crate::telemetry;

/// The schema.
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// The schema, to be given its services. What a document may ask for is judged before it comes here (`demand`).
fn build() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .register_output_type::<Node>()
        .register_output_type::<Event>()
}

/// The schema as text, sorted: what `schema.graphql` holds.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    let sdl = without_builtin_directives(&build().finish().sdl_with_options(options));
    // The library knows what the argument means, and does not write it.
    let (bare, told) =
        ("@access(roles: [Role!]!)", "@access(\n\t\"\"\"\n\tThese roles, and no others.\n\t\"\"\"\n\troles: [Role!]!\n)");
    super::access::with_types(sdl.replace(bare, told))
}

/// The specification wants the directives that it defines itself left out.
fn without_builtin_directives(sdl: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in sdl.lines() {
        if !["directive @include(", "directive @skip(", "directive @specifiedBy("].iter().any(|builtin| line.starts_with(builtin))
        {
            lines.push(line);
            continue;
        }
        // Its description stands right before it, between two lines of quotes.
        if lines.pop() == Some("\"\"\"") {
            while lines.pop().is_some_and(|line| line != "\"\"\"") {}
        }
    }
    lines.join("\n") + "\n"
}

/// The field that answers with the position of the log.
const EVENT_CURSOR: &str = "eventCursor";

/// Executes operations for a viewer: the schema, with loaders for every request and codes on every error.
#[derive(Clone)]
pub struct Api {
    schema: ApiSchema,
    /// The same, for what validation has found nothing wrong with: it costs more than the execution of a small document.
    unvalidated: ApiSchema,
    services: Services,
    fanout: Fanout<Renderer>,
}

impl Api {
    /// The API over its services; subscriptions follow the hub.
    #[must_use]
    pub fn new(services: Services, hub: Hub) -> Self {
        let [schema, unvalidated] = [ValidationMode::Strict, ValidationMode::Fast].map(|mode| {
            let schema = build().data(services.clone()).validation_mode(mode);
            // Asked for every field: not where there are no traces.
            if telemetry::traces() { schema.extension(Traced) } else { schema }.finish()
        });
        // What is executed for events was asked before.
        let renderer = Renderer { schema: unvalidated.clone(), store: services.store.clone() };
        Self { schema, unvalidated, services, fanout: Fanout::new(hub, renderer) }
    }

    pub(super) const fn services(&self) -> &Services {
        &self.services
    }

    /// Runs a query or a mutation; without validating it where that has been done.
    pub async fn execute(&self, mut request: Request, is_sound: bool) -> Response {
        let store = &self.services.store;
        if store.has_replica() && may_lag(&mut request) {
            return Box::pin(store.reading_from_replica(self.run(request, is_sound))).await;
        }
        self.run(request, is_sound).await
    }

    async fn run(&self, request: Request, is_sound: bool) -> Response {
        // Read before anything else: what is committed later has a higher position. Asked of the log only by those who want it.
        let position = if request.query.contains(EVENT_CURSOR) { self.services.store.last_event().await } else { Ok(0) };
        let (scope, sees_all) = (scope(&request), sees_all(&request));
        let schema = if is_sound { &self.unvalidated } else { &self.schema };
        let (request, driver) = prepared(&self.services.store, scope, request);
        let from_warehouse = FromWarehouse::default();
        let request = request.data(EventPosition(position.map_err(Arc::new))).data(from_warehouse.clone());
        let mut response = coded(driver.drive(schema.execute(request)).await);
        if let Some(told) = from_warehouse.told(Utc::now()) {
            response.extensions.insert("warehouse".to_owned(), Value::from_json(told).unwrap_or_default());
        }
        if sees_all { response } else { without_suggestions(response) }
    }

    /// Begins a subscription. Its answers come in commit order and end with the first error, else never.
    ///
    /// # Errors
    /// The answer that refuses it.
    pub async fn subscribe(
        &self,
        request: Request,
    ) -> Result<BoxStream<'static, Result<Arc<Delivery>, Box<Response>>>, Box<Response>> {
        let (scope, sees_all) = (scope(&request), sees_all(&request));
        let asked = live::ask(&self.schema, &self.services.store, self.fanout.position(), scope, request).await;
        let live::Subscription { key, wanted, document } = match asked {
            Err(refusal) if !sees_all => return Err(Box::new(without_suggestions(*refusal))),
            asked => asked?,
        };
        let after = match wanted.after {
            Some(after) => after,
            // From now on.
            None => self.fanout.newest().await.map_err(live::refusal)?,
        };
        let deliveries = self.fanout.subscribe(scope, key, wanted.filter, after, || document);
        Ok(deliveries.map(|delivery| delivery.map_err(live::refusal)).boxed())
    }
}

/// The field that reads the log: whoever polls goes on behind a cursor, which must not be ahead of what is read.
const EVENTS: &str = "events";

/// Whether a request may be answered by a database that is a little behind: a query, and not of the log.
fn may_lag(request: &mut Request) -> bool {
    if request.query.contains(EVENTS) {
        return false;
    }
    let named = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return false };
    let mut operations = document.operations.iter();
    // Of one that is not named there is one only; else it is refused.
    let asked = operations.find(|(name, _)| named.as_deref().is_none_or(|named| name.is_some_and(|name| name.as_str() == named)));
    asked.is_some_and(|(_, operation)| operation.node.ty == OperationType::Query)
}

fn viewer(request: &Request) -> Option<&Viewer> {
    request.data.get(&TypeId::of::<Viewer>()).and_then(|viewer| viewer.downcast_ref::<Viewer>())
}

/// What the caller may see.
fn scope(request: &Request) -> Scope {
    viewer(request).map_or(Scope::Nothing, Viewer::scope)
}

/// Whether introspection shows the caller the whole schema.
fn sees_all(request: &Request) -> bool {
    viewer(request).is_some_and(|viewer| Permission::ManageAccess.is_of(viewer.role))
}

/// Takes away what the library suggests in place of a wrong name: it may be one that the caller does not see.
fn without_suggestions(mut response: Response) -> Response {
    for error in &mut response.errors {
        if let Some(at) = error.message.find(" Did you mean") {
            error.message.truncate(at);
        }
    }
    response
}

/// A request with what its resolvers need, and what runs its batches.
pub(super) fn prepared(store: &Store, scope: Scope, request: Request) -> (Request, Driver) {
    let (loaders, driver) = loaders(store.clone(), scope, Reuse::Never);
    (request.data(Arc::new(loaders)).data(scope), driver)
}

/// Gives every error that came out of a resolver its code, and shows nothing of those that are ours.
pub(super) fn coded(mut response: Response) -> Response {
    for error in &mut response.errors {
        let Some(source) = error.source.take() else { continue };
        match ours(&*source).and_then(Error::client).or_else(|| source.downcast_ref()) {
            Some(client) => {
                if client.is_of_the_server() {
                    let cause = ours(&*source).map_or_else(|| client.to_string(), Error::causes);
                    tracing::warn!(path = ?error.path, code = client.code(), cause, "an answer could not be given");
                }
                error.message = client.to_string();
                let extensions = error.extensions.get_or_insert_default();
                describe(client, extensions);
            }
            None => mask(error, &*source),
        }
    }
    response
}

/// The error of ours behind a resolver's error; streams share theirs.
pub(super) fn ours(source: &(dyn Any + Send + Sync)) -> Option<&Error> {
    source.downcast_ref::<Error>().or_else(|| source.downcast_ref::<Arc<Error>>().map(|shared| &**shared))
}

fn describe(error: &ClientError, extensions: &mut ErrorExtensionValues) {
    extensions.set("code", error.code());
    match error {
        ClientError::BadUserInput { field, .. } => extensions.set("field", field.clone()),
        ClientError::Conflict { current, .. } => extensions.set("current", Value::from_json(current.clone()).unwrap_or_default()),
        _ => {}
    }
    if let Some(seconds) = error.retry_after_seconds() {
        extensions.set("retryAfterSeconds", seconds);
    }
}

/// Logs an error of ours, and leaves the client its code and an id to quote: that of the request, or where there is none, because the
/// answer is many people's, one of its own.
fn mask(error: &mut ServerError, source: &(dyn Any + Send + Sync)) {
    let id = telemetry::request_id();
    let own = id.is_none().then(|| uuid::Uuid::new_v4().to_string());
    let cause = ours(source).map_or_else(|| error.message.clone(), ToString::to_string);
    tracing::error!(requestId = own, path = ?error.path, cause, "internal error");
    let id = own.as_deref().or(id.as_deref()).unwrap_or_default();
    error.message = format!("Something went wrong on our side; quote {id}");
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", "INTERNAL");
    extensions.set("requestId", id);
}
