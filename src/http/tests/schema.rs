//! A toy schema: a field for every way in which an operation can end.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Enum, Error as FieldError, InputObject, InputValueError, InputValueResult, Object,
    Request, Response, Scalar, ScalarType, Schema, Subscription, Value,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use serde_json::{Map, Value as Json};
use tokio::sync::Notify;

use super::super::{Deliveries, RequestId, Service};
use crate::auth::Viewer;
use crate::events::Delivery;
use crate::resolvers::Demand;

/// What the toy schema's fields leave behind.
#[derive(Default)]
pub(super) struct Probe {
    /// Items that `flood` made.
    pub(super) produced: AtomicUsize,
    /// How often `bump` ran.
    pub(super) bumps: AtomicUsize,
    /// Told when a `never` stream is there.
    pub(super) begun: Notify,
    /// Told when it is dropped.
    pub(super) dropped: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(super) enum Color {
    Red,
    Green,
}

#[derive(InputObject)]
struct Paint {
    color: Color,
    #[graphql(validator(max_length = 3))]
    label: Option<String>,
}

fn explode() -> bool {
    panic!("secret detail")
}

pub(super) struct Query;

#[Object]
impl Query {
    async fn hello(&self, name: Option<String>) -> String {
        format!("hello {}", name.unwrap_or_default())
    }
    async fn number(&self, n: i32) -> i32 {
        n
    }
    async fn paint(&self, color: Option<Color>, paint: Option<Paint>) -> bool {
        color.is_some() || paint.is_some_and(|paint| paint.label.is_some() || paint.color == Color::Green)
    }
    async fn list(&self, of: Option<Vec<Vec<i32>>>) -> usize {
        of.map_or(0, |of| of.len())
    }
    async fn child(&self) -> Query {
        Query
    }
    /// Heavy in the eyes of the complexity limit.
    #[graphql(complexity = 1000)]
    async fn heavy(&self) -> bool {
        true
    }
    async fn me(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(ctx.data::<Viewer>()?.email.clone())
    }
    async fn request_id(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(ctx.data::<RequestId>()?.as_str().to_owned())
    }
    async fn slow(&self) -> bool {
        std::future::pending().await
    }
    async fn panics(&self) -> bool {
        explode()
    }
    async fn fails(&self) -> async_graphql::Result<bool> {
        Err(FieldError::new("without a code"))
    }
    async fn maybe(&self) -> Option<async_graphql::Result<bool>> {
        let mut error = FieldError::new("The row changed.");
        error.extensions.get_or_insert_default().set("code", "CONFLICT");
        Some(Err(error))
    }
    async fn away(&self) -> Option<async_graphql::Result<bool>> {
        let mut error = FieldError::new("The database cannot be reached now.");
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "UNAVAILABLE");
        extensions.set("retryAfterSeconds", 3);
        Some(Err(error))
    }
    async fn internal(&self) -> async_graphql::Result<bool> {
        let mut error = FieldError::new("Internal error.");
        error.extensions.get_or_insert_default().set("code", "INTERNAL");
        Err(error)
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self, ctx: &Context<'_>) -> async_graphql::Result<usize> {
        Ok(ctx.data::<Arc<Probe>>()?.bumps.fetch_add(1, Ordering::SeqCst) + 1)
    }
    async fn add(&self, n: i32) -> i32 {
        n
    }
}

/// A place in `countBehind`.
struct Cursor(i32);

#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Ok(Self(text.parse()?)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

pub(super) struct Subscriptions;

/// Tells when it is dropped.
struct TellsDrop(Arc<Probe>);

impl Drop for TellsDrop {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

#[Subscription]
impl Subscriptions {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> + use<> {
        stream::iter(0..to)
    }
    /// From behind a number, which comes as text as a cursor would.
    async fn count_behind(&self, after: Option<Cursor>, to: i32) -> impl Stream<Item = i32> + use<> {
        stream::iter(after.map_or(0, |after| after.0) + 1..=to)
    }
    async fn never(&self, ctx: &Context<'_>) -> async_graphql::Result<impl Stream<Item = i32> + use<>> {
        let tells = TellsDrop(Arc::clone(ctx.data::<Arc<Probe>>()?));
        tells.0.begun.notify_one();
        Ok(stream::unfold(tells, |tells| async move {
            std::future::pending::<()>().await;
            Some((0, tells))
        }))
    }
    /// Without end, 16 KiB an item, as fast as it is asked.
    async fn flood(&self, ctx: &Context<'_>) -> async_graphql::Result<impl Stream<Item = String> + use<>> {
        let probe = Arc::clone(ctx.data::<Arc<Probe>>()?);
        Ok(stream::repeat_with(move || {
            probe.produced.fetch_add(1, Ordering::SeqCst);
            "x".repeat(16 * 1024)
        }))
    }
    async fn refuses(&self) -> async_graphql::Result<stream::Empty<i32>> {
        let mut error = FieldError::new("The cursor is too old.");
        error.extensions.get_or_insert_default().set("code", "CURSOR_EXPIRED");
        Err(error)
    }
    async fn stumbles(&self) -> impl Stream<Item = async_graphql::Result<i32>> + use<> {
        stream::iter([Ok(1), Err(FieldError::new("once")), Ok(2)])
    }
    async fn panics(&self) -> impl Stream<Item = i32> + use<> {
        stream::once(async { i32::from(explode()) })
    }
    async fn panics_later(&self) -> impl Stream<Item = i32> + use<> {
        stream::iter(1..).map(|number| if number > 1 { i32::from(explode()) } else { number })
    }
}

/// The toy schema as a service: every stream by itself, its answers numbered from 1.
#[derive(Clone)]
pub(super) struct Toy(pub(super) Schema<Query, Mutation, Subscriptions>);

impl Service for Toy {
    /// Costs nothing, unless it says what it is to cost.
    fn demand(&self, _: &ExecutableDocument, _: &OperationDefinition, variables: &Map<String, Json>) -> Demand {
        let said = |name: &str| variables.get(name).and_then(Json::as_u64).unwrap_or(0);
        let count = |name: &str| usize::try_from(said(name)).expect("a number");
        Demand { cost: said("cost"), depth: count("depth"), aliases: count("aliases"), directives: count("directives"), roots: 1 }
    }

    fn execute(&self, request: Request, _: bool) -> BoxFuture<'static, Response> {
        let schema = self.0.clone();
        Box::pin(async move { schema.execute(request).await })
    }

    /// A first answer without data refuses the subscription, as one of ours would.
    fn subscribe(&self, request: Request) -> BoxFuture<'static, Result<Deliveries, Box<Response>>> {
        let mut answers = self.0.execute_stream(request).peekable();
        Box::pin(async move {
            // Only what is there at once is looked at: a stream that waits has begun.
            if let Some(Some(first)) = Pin::new(&mut answers).peek().now_or_never()
                && first.data == Value::Null
            {
                let refusal = answers.next().await;
                return Err(Box::new(refusal.expect("what was peeked at")));
            }
            let answers = answers.enumerate().map(|(index, answer)| {
                let position = i64::try_from(index).expect("a number") + 1;
                let payload = serde_json::to_string(&answer).expect("JSON").into();
                Ok(Arc::new(Delivery { position, cursor: format!("cursor-{position}").into(), payload }))
            });
            Ok(answers.boxed())
        })
    }
}

/// A schema with queries only, and low limits.
pub(super) fn small_schema() -> Schema<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription).limit_depth(5).limit_complexity(100).limit_directives(2).finish()
}
