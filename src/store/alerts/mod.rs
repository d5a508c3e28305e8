//! Alerts: who is told of what, what was decided, and what became of it.
//!
//! The deliveries are an outbox. What is decided is written in one transaction with how far was looked (`watch`), once for each
//! subscription, kind and subject; whoever sends claims some for a while (`messages`), so that a crash sends again and two never
//! send the same at once, and writes down what became of each (`deliveries`).

mod deliveries;
mod messages;
mod subscriptions;
mod watch;

use std::sync::Arc;

use tokio::sync::Notify;

pub use deliveries::{AlertFilter, AlertOutcome};
pub use messages::{AlertClaim, Begun, SmsLimit};
pub use subscriptions::{AlertChange, NewAlertSubscription, QuietHours, Whose};
pub use watch::{NewAlertDelivery, Watcher};

use super::Store;

/// They ring when this process has changed something, so that nobody has to look again and again.
#[derive(Debug, Default)]
pub struct AlertBells {
    /// Deliveries were decided on.
    pub decided: Notify,
    /// Somebody has subscribed, or to something else.
    pub subscribed: Notify,
}

impl Store {
    /// The bells of this process.
    #[must_use]
    pub fn alert_bells(&self) -> Arc<AlertBells> {
        Arc::clone(&self.alert_bells)
    }
}
