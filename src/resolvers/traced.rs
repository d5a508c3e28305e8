//! A span for each root field of an operation.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{ServerResult, Value};
use tracing::Instrument;

use crate::telemetry::{Told, part};

/// Traces root fields; those below are as many as there are rows.
pub(super) struct Traced;

impl ExtensionFactory for Traced {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Traced {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.path_node.parent.is_some() {
            return next.run(ctx, info).await;
        }
        let span = part(&format!("{}.{}", info.parent_type, info.name));
        let answer = next.run(ctx, info).instrument(span.clone()).await;
        if answer.is_err() {
            span.failed();
        }
        answer
    }
}
