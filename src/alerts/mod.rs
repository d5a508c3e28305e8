//! Alerts: what happens is told to those who asked for it, by webhook, e-mail or SMS. `docs/alerts.md` says it for who subscribes.
//!
//! ```text
//! event log, actions, agents, jobs ─▶ decide ─▶ deliveries (the store's outbox) ─▶ sender ─▶ webhook, email, sms
//!                                     (once)                                     (at least once)
//! ```
//!
//! Deciding is a matter of the rows and of an instant; it writes each delivery once, whoever decides. Sending is anybody's who claims
//! it; what people read and waits together is claimed and sent as one message.

pub mod address;
mod backoff;
mod decide;
mod digest;
mod email;
mod message;
mod outgoing;
mod public;
pub mod quiet;
mod secrets;
mod sender;
mod sms;
mod webhook;

use std::time::Duration;

pub use decide::{Decided, Decider, test_alert};
pub use digest::DigestAt;
pub use email::EmailSettings;
pub use message::Message;
pub use outgoing::Outgoing;
pub use secrets::Secrets;
pub use sender::Sender;
pub use sms::SmsSettings;

use crate::entities::enums::AlertChannel;

/// The ways by which this server sends.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Makes the secrets of webhooks.
    pub secrets: Secrets,
    /// Whether webhooks may go to addresses of private networks and of this machine.
    pub private_webhooks: bool,
    /// The mail server; none: no e-mail.
    pub email: Option<EmailSettings>,
    /// Who sends SMS; none: no SMS.
    pub sms: Option<SmsSettings>,
    /// How long the other side may take.
    pub timeout: Duration,
    /// How often a delivery is tried before it is given up.
    pub attempts: u32,
}

impl Ways {
    /// Whether it sends by a channel.
    #[must_use]
    pub const fn has(&self, channel: AlertChannel) -> bool {
        match channel {
            AlertChannel::Webhook => true,
            AlertChannel::Email => self.email.is_some(),
            AlertChannel::Sms => self.sms.is_some(),
        }
    }
}

/// Why a delivery was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another try may help, not before so long where the other side says so.
    Passing(String, Option<Duration>),
    /// No other try will.
    Final(String),
}

impl Refusal {
    fn passing(why: impl Into<String>) -> Self {
        Self::Passing(why.into(), None)
    }
}
