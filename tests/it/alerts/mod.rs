//! Alerts: decided once, sent at least once, by webhook, e-mail and SMS, to receivers on loopback.

mod channels;
mod deciding;
mod digest;
mod sending;
mod subscriptions;
mod together;
mod webhooks;

use std::time::Duration;

use chrono::{DateTime, Utc, Weekday};
use rpm_api::alerts::{Decider, DigestAt, Outgoing, Secrets, Sender, Ways};
use rpm_api::analytics::Basis;
use rpm_api::entities::alert_deliveries;
use rpm_api::entities::alert_subscriptions::Model as Subscription;
use rpm_api::entities::enums::{AlertChannel, AlertKind};
use rpm_api::store::{AlertFilter, NewAlertSubscription, Page, QuietHours, Store, Whose};
use sqlx::Executor;

use crate::support::TestDatabase;

/// The zone of the plans.
const ZONE: chrono_tz::Tz = chrono_tz::America::Chicago;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A database with the example week: nine of its actions are open, due on 2025-10-26 at 17:00 UTC.
async fn example() -> (TestDatabase, Store) {
    let database = TestDatabase::new().await;
    database.connection().await.execute(include_str!("../../fixtures/example_week.sql")).await.unwrap();
    let store = database.store().await;
    (database, store)
}

fn decider(store: &Store) -> Decider {
    let basis = Basis { zone: ZONE, principal: "Jesse".into(), agent_stale_after: Duration::from_secs(900) };
    Decider { store: store.clone(), basis, link: None, digest: DigestAt { day: Weekday::Mon, hour: 8 } }
}

/// Ways to receivers on this machine.
fn ways() -> Ways {
    Ways {
        secrets: Secrets::new(vec![b"a key".to_vec()]),
        private_webhooks: true,
        email: None,
        sms: None,
        timeout: Duration::from_secs(10),
        attempts: 10,
    }
}

fn sender(store: &Store, ways: &Ways) -> Sender {
    Sender::new(store.clone(), ways, ZONE).unwrap()
}

/// A subscription to be made: of some kinds, by webhook to an address.
fn new(member: &str, kinds: &[AlertKind], address: &str) -> NewAlertSubscription {
    NewAlertSubscription {
        member: member.to_owned(),
        kinds: kinds.to_vec(),
        channel: AlertChannel::Webhook,
        address: address.to_owned(),
        quiet: None,
        time_zone: None,
        urgent_kinds: Vec::new(),
    }
}

async fn subscribe(store: &Store, new: &NewAlertSubscription, now: &str) -> Subscription {
    store.create_alert_subscription("tests", new, at(now)).await.unwrap()
}

/// From ten at night until seven in the morning.
fn night() -> QuietHours {
    let time = |text| rpm_api::alerts::quiet::time_of_day(text).unwrap();
    QuietHours { from: time("22:00"), until: time("07:00") }
}

/// All deliveries, the latest first.
async fn deliveries(store: &Store) -> Vec<alert_deliveries::Model> {
    let all = store.alert_deliveries(Whose::Everybodys, &AlertFilter::default(), &Page::first(100)).await.unwrap();
    all.rows.into_iter().map(|(_, row)| row).collect()
}

/// Sends everything that is due at an instant.
async fn send_all(sender: &Sender, now: &str) {
    let mut outgoing = Outgoing::new(sender.clone());
    while outgoing.begin(at(now)).await.unwrap() > 0 || !outgoing.is_empty() {
        outgoing.next().await.unwrap().unwrap();
    }
}
