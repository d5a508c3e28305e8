//! The next answer of a subscription, whatever its transport.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::StreamExt;

use super::RequestId;
use super::errors::{Outcome, Rejection};
use super::request_id::panic_text;
use super::service::Deliveries;
use crate::events::Delivery;

/// Asks for the next answer; an error is the end. A panic is one too, and stays here: others may share the caller's task.
pub(super) fn poll_delivery(
    deliveries: &mut Deliveries,
    id: &RequestId,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Arc<Delivery>, Box<Outcome>>>> {
    match std::panic::catch_unwind(AssertUnwindSafe(|| deliveries.poll_next_unpin(cx))) {
        Ok(next) => next.map(|next| next.map(|next| next.map_err(|response| Box::new(Outcome::of(*response, id))))),
        Err(panic) => {
            tracing::error!(id = id.as_str(), panic = panic_text(panic.as_ref()), "a subscription panicked");
            Poll::Ready(Some(Err(Box::new(Rejection::internal(id).into_outcome()))))
        }
    }
}
