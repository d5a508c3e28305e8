//! The next answer of a subscription, whatever its transport.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::StreamExt;

use super::RequestId;
use super::budget::Charge;
use super::errors::{Outcome, Rejection};
use super::request_id::panic_text;
use super::service::Deliveries;
use crate::events::Delivery;

/// What beginning a subscription has cost, to be said with its first answer. The answers are shared, and this is its caller's own: so it is
/// put into the text of the one, and not into the answer.
pub(super) struct CostOnce(Option<Box<str>>);

impl CostOnce {
    pub(super) fn new(charge: &Charge) -> Self {
        Self(charge.is_worth_a_word().then(|| charge.extension_text().into()))
    }

    /// Appends an answer, an object of JSON without `extensions`, to a message.
    pub(super) fn push(&mut self, message: &mut String, answer: &str) {
        match (self.0.take(), answer.strip_suffix('}')) {
            (Some(cost), Some(members)) => {
                message.reserve(members.len() + cost.len() + 32);
                message.push_str(members);
                message.push_str(",\"extensions\":{\"cost\":");
                message.push_str(&cost);
                message.push_str("}}");
            }
            _ => message.push_str(answer),
        }
    }
}

/// Asks for the next answer; an error is the end. A panic is one too, and stays here: others may share the caller's task.
pub(super) fn poll_delivery(
    deliveries: &mut Deliveries,
    id: &RequestId,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Arc<Delivery>, Box<Outcome>>>> {
    match std::panic::catch_unwind(AssertUnwindSafe(|| deliveries.poll_next_unpin(cx))) {
        Ok(next) => next.map(|next| next.map(|next| next.map_err(|response| Box::new(Outcome::of(*response, id))))),
        Err(panic) => {
            tracing::error!(panic = panic_text(panic.as_ref()), "a subscription panicked");
            Poll::Ready(Some(Err(Box::new(Rejection::internal(id).into_outcome()))))
        }
    }
}
