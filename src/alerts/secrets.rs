//! The secrets that webhooks are signed with, as Standard Webhooks writes them.
//!
//! They follow from the server's own secret: the database holds none. While the secret before it is known, both sign, so that
//! receivers can change over.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::entities::alert_subscriptions;

/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// Makes the secrets of all subscriptions.
#[derive(Clone)]
pub struct Secrets {
    /// The newest first.
    keys: Vec<Vec<u8>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

impl Secrets {
    /// Secrets that follow from keys, the newest first.
    #[must_use]
    pub const fn new(keys: Vec<Vec<u8>>) -> Self {
        Self { keys }
    }

    /// The secret of a subscription, to be shown to whoever made it.
    #[must_use]
    pub fn shown(&self, subscription: &alert_subscriptions::Model) -> String {
        let secret = self.of(subscription).next().unwrap_or_default();
        format!("{PREFIX}{}", BASE64_STANDARD.encode(secret))
    }

    /// The signatures of a body that is sent at an instant, as the header holds them.
    pub(super) fn sign(&self, subscription: &alert_subscriptions::Model, id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
        let head = format!("{id}.{}.", at.timestamp());
        let signature = |secret: Vec<u8>| format!("v1,{}", BASE64_STANDARD.encode(mac(&secret, &[head.as_bytes(), body])));
        self.of(subscription).map(signature).collect::<Vec<_>>().join(" ")
    }

    fn of(&self, subscription: &alert_subscriptions::Model) -> impl Iterator<Item = Vec<u8>> {
        let which = format!("webhook secret {} of {}", subscription.secret_number, subscription.id);
        self.keys.iter().map(move |key| mac(key, &[which.as_bytes()]))
    }
}
