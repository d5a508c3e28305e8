//! Sends what was decided: claims it, tries it, writes down what came of it.

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::email::Email;
use super::message::Message;
use super::sms::Sms;
use super::webhook::Webhook;
use super::{Refusal, Ways, backoff, quiet};
use crate::entities::enums::{AlertChannel, AlertKind};
use crate::error::{Error, Result};
use crate::ids::AlertSubscriptionId;
use crate::store::{AlertClaim, AlertOutcome, Store};

/// Deliveries that are sent at the same time.
const AT_ONCE: u32 = 64;
/// Those of one subscription among them: a receiver that takes its time has its own alerts wait, and nobody else's.
const OF_EACH: u32 = 2;
/// How much longer than the longest try a claim lasts: for what comes before and after it.
const MARGIN: TimeDelta = TimeDelta::seconds(30);

/// Sends deliveries.
#[derive(Clone, Debug)]
pub struct Sender {
    store: Store,
    zone: Tz,
    attempts: u32,
    lease: TimeDelta,
    webhook: Webhook,
    email: Option<Email>,
    sms: Option<Sms>,
}

/// Deliveries that are being sent.
#[derive(Debug)]
pub struct Outgoing {
    sender: Sender,
    underway: FuturesUnordered<BoxFuture<'static, (AlertSubscriptionId, Result<()>)>>,
    /// How many of each subscription there are.
    busy: HashMap<AlertSubscriptionId, u32>,
}

impl Outgoing {
    /// None yet.
    #[must_use]
    pub fn new(sender: Sender) -> Self {
        Self { sender, underway: FuturesUnordered::new(), busy: HashMap::new() }
    }

    /// Begins with what is due at `now`, as far as there is room; how many that were. Each goes on while [`Outgoing::next`] is
    /// waited for.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin(&mut self, now: DateTime<Utc>) -> Result<usize> {
        let room = AT_ONCE.saturating_sub(u32::try_from(self.underway.len()).unwrap_or(AT_ONCE));
        if room == 0 {
            return Ok(0);
        }
        let lasting = (now, now + self.sender.lease);
        let claims = self.sender.store.claim_alerts(lasting, (room, OF_EACH), &self.busy()).await?;
        let begun = claims.len();
        for claim in claims {
            let (id, sender) = (claim.watcher.subscription.id, self.sender.clone());
            *self.busy.entry(id).or_default() += 1;
            self.underway.push(Box::pin(async move { (id, sender.handle(claim, now).await) }));
        }
        Ok(begun)
    }

    /// Waits until one has been sent, or was not taken; none where there is none.
    ///
    /// # Errors
    /// The database's own: it is tried again when its claim is over.
    pub async fn next(&mut self) -> Option<Result<()>> {
        let (id, sent) = self.underway.next().await?;
        if let Some(count) = self.busy.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(&id);
            }
        }
        Some(sent)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.underway.is_empty()
    }

    /// When there is something to begin with, as far as is known; none while nothing waits, or all of it for those under way.
    ///
    /// # Errors
    /// The database's own.
    pub async fn due(&mut self) -> Result<Option<DateTime<Utc>>> {
        let is_full = self.underway.len() >= AT_ONCE as usize;
        if is_full { Ok(None) } else { self.sender.store.next_alert_at(&self.busy()).await }
    }

    fn busy(&self) -> Vec<AlertSubscriptionId> {
        self.busy.keys().copied().collect()
    }
}

impl Sender {
    /// A sender by some ways. `zone` is that of quiet hours without one of their own.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new(store: Store, ways: &Ways, zone: Tz) -> Result<Self> {
        let timeout = ways.timeout;
        Ok(Self {
            store,
            zone,
            attempts: ways.attempts,
            // E-mail takes several commands.
            lease: TimeDelta::from_std(timeout * 3).map_err(Error::internal)? + MARGIN,
            webhook: Webhook::new(ways.secrets.clone(), ways.private_webhooks, timeout)?,
            email: ways.email.as_ref().map(|settings| Email::new(settings, timeout)).transpose()?,
            sms: ways.sms.as_ref().map(|settings| Sms::new(settings, timeout)).transpose()?,
        })
    }

    async fn handle(&self, claim: AlertClaim, now: DateTime<Utc>) -> Result<()> {
        let begun = Instant::now();
        let outcome = self.outcome(&claim, now, rand::random_range(0.0..=1.0)).await;
        let finished = now + TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
        let delivery = &claim.delivery;
        let (word, why) = match &outcome {
            AlertOutcome::Sent => ("sent", ""),
            AlertOutcome::Again(_, why) => ("again", why.as_str()),
            AlertOutcome::Failed(why) => ("failed", why.as_str()),
            AlertOutcome::Suppressed(why) => ("suppressed", why.as_str()),
            AlertOutcome::Held(_) => ("held", ""),
        };
        let channel = claim.watcher.subscription.channel.as_str();
        metrics::counter!("rpm_alerts_total", "channel" => channel, "outcome" => word).increment(1);
        let (id, kind, attempts) = (delivery.id, delivery.kind.as_str(), delivery.attempts);
        match &outcome {
            AlertOutcome::Failed(_) | AlertOutcome::Again(..) => {
                tracing::warn!(%id, kind, channel, attempts, why, "an alert was not taken: {word}");
            }
            _ => tracing::debug!(%id, kind, channel, attempts, why, "an alert: {word}"),
        }
        if !self.store.finish_alert(delivery, &outcome, finished).await? {
            tracing::warn!(%id, kind, channel, "an alert took longer than its claim; it may be sent twice");
        }
        Ok(())
    }

    /// What comes of a claim. `chance` is random, from 0 to 1.
    async fn outcome(&self, claim: &AlertClaim, now: DateTime<Utc>, chance: f64) -> AlertOutcome {
        let AlertClaim { delivery, watcher } = claim;
        if !watcher.is_on() {
            return AlertOutcome::Suppressed("the subscription is put aside, or its member may not sign in".to_owned());
        }
        if delivery.kind != AlertKind::Test && !watcher.wants(delivery.kind) {
            return AlertOutcome::Suppressed("the subscription is not for this kind any more".to_owned());
        }
        if delivery.kind != AlertKind::Test && delivery.seen_by != watcher.scope().name() {
            return AlertOutcome::Suppressed("what its member may see is not what it was then".to_owned());
        }
        if let Some(until) = quiet::held_until(&watcher.subscription, delivery.kind, now, self.zone) {
            return AlertOutcome::Held(until);
        }
        let tries = delivery.attempts.unsigned_abs();
        if tries > self.attempts {
            return AlertOutcome::Failed(format!("given up: cut off {} times", self.attempts));
        }
        match self.send(claim, now).await {
            Ok(()) => AlertOutcome::Sent,
            Err(Refusal::Final(why)) => AlertOutcome::Failed(why),
            Err(Refusal::Passing(why, _)) if tries >= self.attempts => {
                AlertOutcome::Failed(format!("given up after {tries} tries: {why}"))
            }
            Err(Refusal::Passing(why, asked)) => {
                let wait = TimeDelta::from_std(backoff::delay(tries, asked, chance)).unwrap_or(MARGIN);
                AlertOutcome::Again(now + wait, why)
            }
        }
    }

    async fn send(&self, claim: &AlertClaim, now: DateTime<Utc>) -> Result<(), Refusal> {
        let AlertClaim { delivery, watcher } = claim;
        let subscription = &watcher.subscription;
        let message: Message =
            serde_json::from_value(delivery.payload.clone()).map_err(|error| Refusal::Final(error.to_string()))?;
        match subscription.channel {
            AlertChannel::Webhook => self.webhook.send(delivery, subscription, &message, now).await,
            AlertChannel::Email => match &self.email {
                Some(email) => email.send(delivery, subscription, &message, now).await,
                None => Err(Refusal::passing("this server sends no e-mail: RPM_SMTP_URL is not set")),
            },
            AlertChannel::Sms => match &self.sms {
                Some(sms) => sms.send(subscription, &message, now).await,
                None => Err(Refusal::passing("this server sends no SMS: RPM_TWILIO_ACCOUNT is not set")),
            },
        }
    }
}
