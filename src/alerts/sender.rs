//! Sends what was decided: claims it, tries it, writes down what came of it.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::email::Email;
use super::message::Message;
use super::sms::Sms;
use super::webhook::Webhook;
use super::{Refusal, Ways, backoff, quiet};
use crate::entities::alert_deliveries::Model as Delivery;
use crate::entities::alert_subscriptions::Model as Subscription;
use crate::entities::enums::{AlertChannel, AlertKind};
use crate::error::{Error, Result};
use crate::ids::{AlertMessageId, AlertSubscriptionId};
use crate::store::{AlertClaim, AlertOutcome, Begun, Store, Watcher};

/// How much longer than the longest try a claim lasts: for what comes before and after it.
const MARGIN: TimeDelta = TimeDelta::seconds(30);

/// Sends messages.
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

/// What comes of a claim, and of which of its deliveries.
#[derive(Debug, Default)]
struct Outcomes(Vec<(AlertOutcome, Vec<Delivery>)>);

impl Outcomes {
    fn add(&mut self, outcome: AlertOutcome, delivery: Delivery) {
        match self.0.iter_mut().find(|(same, _)| *same == outcome) {
            Some((_, deliveries)) => deliveries.push(delivery),
            None => self.0.push((outcome, vec![delivery])),
        }
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

    /// Claims messages that are due.
    pub(super) async fn claim(
        &self,
        now: DateTime<Utc>,
        most: (u32, u32),
        busy: &[AlertSubscriptionId],
    ) -> Result<Vec<AlertClaim>> {
        self.store.claim_alerts((now, now + self.lease), most, busy).await
    }

    /// When the next is due.
    pub(super) async fn next_at(&self, busy: &[AlertSubscriptionId]) -> Result<Option<DateTime<Utc>>> {
        self.store.next_alert_at(busy).await
    }

    /// Sends what was claimed at `now`, and writes down what came of it.
    pub(super) async fn handle(&self, claim: AlertClaim, now: DateTime<Utc>) -> Result<()> {
        let begun = Instant::now();
        let channel = claim.watcher.subscription.channel.as_str();
        let mut outcomes = self.outcomes(claim, now, rand::random_range(0.0..=1.0)).await?;
        let finished = now + TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
        // What was sent comes first: should the rest not be written, it is not sent again.
        outcomes.0.sort_by_key(|(outcome, _)| *outcome != AlertOutcome::Sent);
        for (outcome, deliveries) in outcomes.0 {
            tell(&outcome, &deliveries, channel);
            if !self.store.finish_alerts(&deliveries, &outcome, finished).await? {
                tracing::warn!(channel, "a message took longer than its claim; it may be sent twice");
            }
        }
        Ok(())
    }

    /// What comes of a claim. `chance` is random, from 0 to 1.
    async fn outcomes(&self, claim: AlertClaim, now: DateTime<Utc>, chance: f64) -> Result<Outcomes> {
        let AlertClaim { deliveries, watcher } = claim;
        let mut outcomes = Outcomes::default();
        let mut going = Vec::new();
        for delivery in deliveries {
            match self.barred(&delivery, &watcher) {
                Some(outcome) => outcomes.add(outcome, delivery),
                None => going.push(delivery),
            }
        }
        let held = |delivery: &Delivery| quiet::held_until(&watcher.subscription, delivery.kind, now, self.zone);
        // What has been tried together stays so: it goes again with what is urgent in it.
        let stays = going.iter().any(|delivery| delivery.message_id.is_some() && held(delivery).is_none());
        if !stays {
            let (waiting, rest): (Vec<_>, Vec<_>) = going.into_iter().partition(|delivery| held(delivery).is_some());
            for delivery in waiting {
                outcomes.add(AlertOutcome::Held(held(&delivery).unwrap_or(now)), delivery);
            }
            going = rest;
        }
        let Some(most) = going.iter().map(tries).max() else { return Ok(outcomes) };
        let id = match self.begin(&going, &watcher.subscription, now).await? {
            Begun::As(id) => id,
            Begun::NotBefore(at) => {
                going.into_iter().for_each(|delivery| outcomes.add(AlertOutcome::Held(at), delivery));
                return Ok(outcomes);
            }
            Begun::Lost => {
                tracing::warn!("a message took longer than its claim before it began; somebody else sends it");
                return Ok(outcomes);
            }
        };
        let taken = self.send(id, &going, &watcher.subscription, now).await;
        // All at the same time: they go together again.
        let again = |asked| now + TimeDelta::from_std(backoff::delay(most, asked, chance)).unwrap_or(MARGIN);
        for delivery in going {
            let tries = tries(&delivery);
            let outcome = match &taken {
                Ok(()) => AlertOutcome::Sent,
                Err(Refusal::Final(why)) => AlertOutcome::Failed(why.clone()),
                Err(Refusal::Passing(why, _)) if tries >= self.attempts => {
                    AlertOutcome::Failed(format!("given up after {tries} tries: {why}"))
                }
                Err(Refusal::Passing(why, asked)) => AlertOutcome::Again(again(*asked), why.clone()),
            };
            outcomes.add(outcome, delivery);
        }
        Ok(outcomes)
    }

    /// What comes of a delivery that is not sent any more; none of one that is.
    fn barred(&self, delivery: &Delivery, watcher: &Watcher) -> Option<AlertOutcome> {
        let is_test = delivery.kind == AlertKind::Test;
        let why = if !watcher.is_on() {
            "the subscription is put aside, or its member may not sign in"
        } else if !is_test && !watcher.wants(delivery.kind) {
            "the subscription is not for this kind any more"
        } else if !is_test && delivery.seen_by != watcher.scope().name() {
            "what its member may see is not what it was then"
        } else if tries(delivery) > self.attempts {
            return Some(AlertOutcome::Failed(format!("given up: cut off {} times", self.attempts)));
        } else {
            return said(delivery).err().map(|error| AlertOutcome::Failed(error.to_string()));
        };
        Some(AlertOutcome::Suppressed(why.to_owned()))
    }

    /// Whether deliveries may go as one message, and under which id.
    async fn begin(&self, going: &[Delivery], subscription: &Subscription, now: DateTime<Utc>) -> Result<Begun> {
        let Some(first) = going.first() else { return Ok(Begun::Lost) };
        let limit = match (subscription.channel, &self.email, &self.sms) {
            (AlertChannel::Email, Some(_), _) => None,
            (AlertChannel::Sms, _, Some(sms)) => Some(sms.limit(&subscription.address)),
            // By webhook each is its own; what this server cannot send does not begin here.
            _ => return Ok(Begun::As(AlertMessageId(first.id.0))),
        };
        match first.message_id {
            Some(id) => Ok(Begun::As(id)),
            None => self.store.begin_message(going, limit.as_ref(), now).await,
        }
    }

    async fn send(
        &self,
        id: AlertMessageId,
        going: &[Delivery],
        subscription: &Subscription,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let messages: Vec<Message> = going.iter().filter_map(|delivery| said(delivery).ok()).collect();
        match (subscription.channel, &self.email, &self.sms) {
            (AlertChannel::Webhook, ..) => {
                for (delivery, message) in going.iter().zip(&messages) {
                    self.webhook.send(delivery, subscription, message, now).await?;
                }
                Ok(())
            }
            (AlertChannel::Email, Some(email), _) => email.send(id, subscription, &messages, now).await,
            (AlertChannel::Email, None, _) => Err(Refusal::passing("this server sends no e-mail: RPM_SMTP_URL is not set")),
            (AlertChannel::Sms, _, Some(sms)) => sms.send(subscription, &messages, now).await,
            (AlertChannel::Sms, _, None) => Err(Refusal::passing("this server sends no SMS: RPM_TWILIO_ACCOUNT is not set")),
        }
    }
}

/// How often a delivery was tried.
fn tries(delivery: &Delivery) -> u32 {
    delivery.attempts.unsigned_abs()
}

/// What a delivery says.
fn said(delivery: &Delivery) -> serde_json::Result<Message> {
    Message::deserialize(&delivery.payload)
}

/// Tells the log and the metrics what came of deliveries.
fn tell(outcome: &AlertOutcome, deliveries: &[Delivery], channel: &'static str) {
    let (word, why) = match outcome {
        AlertOutcome::Sent => ("sent", ""),
        AlertOutcome::Again(_, why) => ("again", why.as_str()),
        AlertOutcome::Failed(why) => ("failed", why.as_str()),
        AlertOutcome::Suppressed(why) => ("suppressed", why.as_str()),
        AlertOutcome::Held(_) => ("held", ""),
    };
    metrics::counter!("rpm_alerts_total", "channel" => channel, "outcome" => word).increment(deliveries.len() as u64);
    for Delivery { id, kind, attempts, .. } in deliveries {
        let kind = kind.as_str();
        match outcome {
            AlertOutcome::Failed(_) | AlertOutcome::Again(..) => {
                tracing::warn!(%id, kind, channel, attempts, why, "an alert was not taken: {word}");
            }
            _ => tracing::debug!(%id, kind, channel, attempts, why, "an alert: {word}"),
        }
    }
}
