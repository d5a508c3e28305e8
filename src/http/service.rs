//! What the transports ask of the API behind them.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Request, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value};

use crate::auth::Viewer;
use crate::events::Delivery;
use crate::resolvers::{Demand, Direct, Said};

/// The answers of a subscription, in order; an error is its end.
pub type Deliveries = BoxStream<'static, Result<Arc<Delivery>, Box<Response>>>;

/// Runs operations. A trait, so that the transports can be tested with a toy schema.
pub trait Service: Clone + Send + Sync + 'static {
    /// Runs a query or a mutation. Of one that is sound it is known that validation would find nothing wrong with it.
    fn execute(&self, request: Request, is_sound: bool) -> BoxFuture<'static, Response>;

    /// What an operation asks for, told before it runs.
    fn demand(&self, document: &ExecutableDocument, operation: &OperationDefinition, variables: &Map<String, Value>) -> Demand;

    /// Whether an operation asks for more or less with other variables.
    fn demand_varies(&self, _operation: &OperationDefinition) -> bool {
        true
    }

    /// Whether validation would find nothing wrong with the variables of an operation in a document that it has found nothing wrong with.
    fn are_plain(&self, _operation: &OperationDefinition, _variables: &Map<String, Value>) -> bool {
        false
    }

    /// What a query or a mutation is answered without the executor; none where that has to answer.
    fn direct<'a>(
        &'a self,
        _direct: &'a Direct,
        _variables: &'a Map<String, Value>,
        _viewer: &'a Viewer,
    ) -> BoxFuture<'a, Option<Said>> {
        Box::pin(std::future::ready(None))
    }

    /// Begins a subscription; the error is the answer that refuses it.
    fn subscribe(&self, request: Request) -> BoxFuture<'static, Result<Deliveries, Box<Response>>>;
}

impl Service for crate::resolvers::Api {
    fn demand(&self, document: &ExecutableDocument, operation: &OperationDefinition, variables: &Map<String, Value>) -> Demand {
        crate::resolvers::demand(document, operation, variables)
    }

    fn demand_varies(&self, operation: &OperationDefinition) -> bool {
        crate::resolvers::demand_varies(operation)
    }

    fn are_plain(&self, operation: &OperationDefinition, variables: &Map<String, Value>) -> bool {
        crate::resolvers::are_plain(operation, variables)
    }

    fn direct<'a>(
        &'a self,
        direct: &'a Direct,
        variables: &'a Map<String, Value>,
        viewer: &'a Viewer,
    ) -> BoxFuture<'a, Option<Said>> {
        Box::pin(Self::direct(self, direct, variables, viewer))
    }

    fn execute(&self, request: Request, is_sound: bool) -> BoxFuture<'static, Response> {
        let api = self.clone();
        Box::pin(async move { Self::execute(&api, request, is_sound).await })
    }

    fn subscribe(&self, request: Request) -> BoxFuture<'static, Result<Deliveries, Box<Response>>> {
        let api = self.clone();
        Box::pin(async move { Self::subscribe(&api, request).await })
    }
}
