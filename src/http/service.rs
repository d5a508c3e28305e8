//! What the transports ask of the API behind them.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Request, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use serde_json::{Map, Value};

use crate::events::Delivery;
use crate::resolvers::Demand;

/// The answers of a subscription, in order; an error is its end.
pub type Deliveries = BoxStream<'static, Result<Arc<Delivery>, Box<Response>>>;

/// Runs operations. A trait, so that the transports can be tested with a toy schema.
pub trait Service: Clone + Send + Sync + 'static {
    /// Runs a query or a mutation.
    fn execute(&self, request: Request) -> BoxFuture<'static, Response>;

    /// What an operation asks for, told before it runs.
    fn demand(&self, document: &ExecutableDocument, operation: &OperationDefinition, variables: &Map<String, Value>) -> Demand;

    /// Begins a subscription; the error is the answer that refuses it.
    fn subscribe(&self, request: Request) -> BoxFuture<'static, Result<Deliveries, Box<Response>>>;
}

impl Service for crate::resolvers::Api {
    fn demand(&self, document: &ExecutableDocument, operation: &OperationDefinition, variables: &Map<String, Value>) -> Demand {
        crate::resolvers::demand(document, operation, variables)
    }

    fn execute(&self, request: Request) -> BoxFuture<'static, Response> {
        let api = self.clone();
        Box::pin(async move { Self::execute(&api, request).await })
    }

    fn subscribe(&self, request: Request) -> BoxFuture<'static, Result<Deliveries, Box<Response>>> {
        let api = self.clone();
        Box::pin(async move { Self::subscribe(&api, request).await })
    }
}
