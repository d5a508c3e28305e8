//! What people read goes together: one e-mail or SMS for all that waits, the same one when it is tried again, and not too many SMS.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use futures_util::future::join_all;
use rpm_api::alerts::{EmailSettings, Message, Outgoing, SmsSettings, Ways};
use rpm_api::entities::alert_subscriptions::Model as Subscription;
use rpm_api::entities::enums::{AlertChannel, AlertKind, DeliveryState};
use rpm_api::store::{AlertChange, AlertOutcome, Begun, NewAlertDelivery, Scope, Store, Whose};
use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use super::{at, decider, deliveries, example, new, night, send_all, sender, subscribe, ways};
use crate::support::hook::Call;
use crate::support::postgres::{ADMIN, VIP};
use crate::support::{Hook, Mail};

const NOW: &str = "2026-01-12T18:00:00Z";
/// Half past eleven at night in Chicago, and seven in the morning.
const NIGHT: &str = "2026-01-13T05:30:00Z";
const MORNING: &str = "2026-01-13T13:00:00Z";

/// Ways to a mail server, and to one that plays Twilio and sends so many to a number in an hour.
fn both(mail: &Mail, twilio: &Hook, per_hour: u32) -> Ways {
    let (account, token, from) = ("AC0".to_owned(), "a token".to_owned(), "+15125550199".to_owned());
    Ways {
        email: Some(EmailSettings { url: mail.url(), from: "RPM <rpm@test.rpm>".parse().unwrap() }),
        sms: Some(SmsSettings { url: twilio.url.clone(), account, token, from, per_hour }),
        ..ways()
    }
}

/// A subscription to what is blocked and who is silent, of which the latter is urgent in the night.
async fn subscribed(store: &Store, channel: AlertChannel, address: &str) -> Subscription {
    let mut wanted = new(VIP, &[AlertKind::ActionBlocked, AlertKind::AgentSilent], address);
    (wanted.channel, wanted.quiet, wanted.urgent_kinds) = (channel, Some(night()), vec![AlertKind::AgentSilent]);
    subscribe(store, &wanted, NOW).await
}

/// Decides on an alert of a kind, to be sent at once; its title is its subject.
async fn decide(store: &Store, subscription: &Subscription, kind: AlertKind, subject: &str) {
    let payload = json!(Message::new(subject, &format!("All of {subject}"), at(NOW), json!({})));
    let (subscription_id, scope, subject) = (subscription.id, Scope::All, subject.to_owned());
    let alert = NewAlertDelivery { subscription_id, scope, kind, subject, payload, send_at: at(NOW) };
    assert_eq!(store.decide_alerts(&[alert], None).await.unwrap(), 1);
}

async fn blocked(store: &Store, subscription: &Subscription, subjects: &[&str]) {
    for subject in subjects {
        decide(store, subscription, AlertKind::ActionBlocked, subject).await;
    }
}

/// The subjects that each message took or takes, in the order of the subjects.
async fn messages(store: &Store) -> Vec<Vec<String>> {
    let mut messages: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for delivery in deliveries(store).await {
        messages.entry(delivery.message_id.expect("begun")).or_default().insert(delivery.subject);
    }
    let mut messages: Vec<Vec<String>> = messages.into_values().map(|subjects| subjects.into_iter().collect()).collect();
    messages.sort();
    messages
}

async fn state(store: &Store, subject: &str) -> DeliveryState {
    deliveries(store).await.into_iter().find(|one| one.subject == subject).unwrap().state
}

fn subject(mail: &Value) -> &str {
    mail["headers"]["subject"].as_str().unwrap()
}

/// What an SMS says.
fn said(call: &Call) -> String {
    let url = reqwest::Url::parse(&format!("http://x/?{}", call.body)).unwrap();
    url.query_pairs().find(|(key, _)| key == "Body").unwrap().1.into_owned()
}

#[tokio::test]
async fn nine_actions_that_fall_due_are_one_mail_and_one_sms_and_nine_webhooks() {
    let (_database, store) = example().await;
    let (mut mail, mut twilio, mut hook) = (Mail::start(), Hook::start().await, Hook::start().await);
    for (channel, address) in
        [(AlertChannel::Email, VIP), (AlertChannel::Sms, "+15125550100"), (AlertChannel::Webhook, hook.url.as_str())]
    {
        let mut wanted = new(VIP, &[AlertKind::ActionOverdue], address);
        wanted.channel = channel;
        subscribe(&store, &wanted, "2025-10-26T00:00:00Z").await;
    }
    let mut decider = decider(&store);
    decider.link = Some("https://cockpit.example".to_owned());
    let due = "2025-10-26T17:00:01Z";
    assert_eq!(decider.decide(at(due)).await.unwrap().new, 27);
    send_all(&sender(&store, &both(&mail, &twilio, 10)), due).await;

    let mail = mail.next();
    assert!(subject(&mail).starts_with("Overdue: EX-") && subject(&mail).ends_with(" … and 8 more"), "{mail}");
    let body = mail["body"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(body.matches("Overdue: EX-").count(), 9, "{body}");
    assert_eq!(body.matches("It was due on Sun 26 Oct 2025, 12:00 CDT and is").count(), 9, "{body}");
    assert!(body.trim_end().ends_with("\n\nhttps://cockpit.example") && body.matches("https://").count() == 1, "{body}");
    let sms = said(&twilio.next().await);
    assert!(sms.starts_with("Overdue: EX-") && sms.ends_with(" … and 8 more"), "{sms}");
    assert!(twilio.came().is_none());
    let ids: BTreeSet<String> = std::iter::from_fn(|| hook.came()).map(|call| call.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 9);
    let all = deliveries(&store).await;
    assert!(all.iter().all(|one| one.state == DeliveryState::Sent && one.attempts == 1));
    let shared: BTreeSet<_> = all.iter().filter_map(|one| one.message_id).collect();
    assert_eq!(shared.len(), 2);
    let id = mail["headers"]["message-id"].as_str().unwrap();
    assert!(shared.iter().any(|shared| id == format!("<{shared}@test.rpm>")), "{id}");
}

#[tokio::test]
async fn a_message_that_comes_again_is_the_same_and_what_came_meanwhile_is_the_next() {
    let (_database, store) = example().await;
    let (mut mail, twilio) = (Mail::start(), Hook::start().await);
    let sender = sender(&store, &both(&mail, &twilio, 10));
    let subscription = subscribed(&store, AlertChannel::Email, VIP).await;
    blocked(&store, &subscription, &["a", "b"]).await;
    mail.refuse(451);
    send_all(&sender, NOW).await;
    let first = mail.next();
    blocked(&store, &subscription, &["c", "d"]).await;
    send_all(&sender, "2026-01-12T18:00:04Z").await;
    let again = store.next_alert_at(&[]).await.unwrap().unwrap();
    assert!(again > at("2026-01-12T18:00:04Z"), "what waits for another is no reason to look");
    // What is urgent does not wait for it, nor who tries it out.
    decide(&store, &subscription, AlertKind::AgentSilent, "u").await;
    decide(&store, &subscription, AlertKind::Test, "t").await;
    send_all(&sender, "2026-01-12T18:00:04Z").await;
    let mut alone = [mail.next(), mail.next()].map(|mail| subject(&mail).to_owned());
    alone.sort();
    assert_eq!(alone, ["t", "u"]);
    send_all(&sender, "2026-01-12T18:00:10Z").await;
    let (second, third) = (mail.next(), mail.next());
    assert_eq!([subject(&first), subject(&second), subject(&third)], ["a … and 1 more", "a … and 1 more", "c … and 1 more"]);
    assert_eq!((&first["body"], &first["headers"]["message-id"]), (&second["body"], &second["headers"]["message-id"]));
    assert_ne!(second["headers"]["message-id"], third["headers"]["message-id"]);
    assert_eq!(messages(&store).await, [vec!["a", "b"], vec!["c", "d"], vec!["t"], vec!["u"]]);
}

#[tokio::test]
async fn nothing_waits_for_a_test_or_a_digest_that_is_refused() {
    let (_database, store) = example().await;
    let (mut mail, twilio) = (Mail::start(), Hook::start().await);
    let sender = sender(&store, &both(&mail, &twilio, 10));
    for (kind, alone, next) in [(AlertKind::WeeklyDigest, "w", "a"), (AlertKind::Test, "t", "b")] {
        let mut wanted = new(VIP, &[AlertKind::ActionBlocked, AlertKind::WeeklyDigest], VIP);
        wanted.channel = AlertChannel::Email;
        let subscription = subscribe(&store, &wanted, NOW).await;
        decide(&store, &subscription, kind, alone).await;
        mail.refuse(451);
        send_all(&sender, NOW).await;
        assert_eq!(subject(&mail.next()), alone);
        blocked(&store, &subscription, &[next]).await;
        send_all(&sender, "2026-01-12T18:00:04Z").await;
        assert_eq!((state(&store, alone).await, state(&store, next).await), (DeliveryState::Pending, DeliveryState::Sent));
        assert_eq!(subject(&mail.next()), next);
        send_all(&sender, "2026-01-12T18:00:10Z").await;
        assert_eq!(subject(&mail.next()), alone);
    }
}

#[tokio::test]
async fn of_many_subscriptions_those_are_claimed_that_have_waited_longest_and_can_be() {
    let (database, store) = example().await;
    let (mail, twilio) = (Mail::start(), Hook::start().await);
    let behind = subscribed(&store, AlertChannel::Email, VIP).await;
    blocked(&store, &behind, &["a"]).await;
    let begun = store.claim_alerts((at(NOW), at("2026-01-12T19:00:00Z")), (64, 2), &[]).await.unwrap().remove(0);
    assert!(matches!(store.begin_message(&begun.deliveries, None, at(NOW)).await.unwrap(), Begun::As(_)));
    blocked(&store, &behind, &["b"]).await;
    let mut others = Vec::new();
    for (minutes, subject) in [(1, "c"), (2, "d"), (3, "e")] {
        let other = subscribed(&store, AlertChannel::Email, VIP).await;
        blocked(&store, &other, &[subject]).await;
        // Each is due after the one before, and all of them after what is behind.
        let claim = store.claim_alerts((at(NOW), at("2026-01-12T18:30:00Z")), (64, 2), &[]).await.unwrap().remove(0);
        let outcome = AlertOutcome::Held(at(NOW) + TimeDelta::minutes(minutes));
        assert!(store.finish_alerts(&claim.deliveries, &outcome, at(NOW)).await.unwrap());
        others.push(other);
    }
    let mut connection = database.connection().await;
    let mut locked = connection.begin().await.unwrap();
    let lock = sqlx::query("SELECT FROM alert_subscriptions WHERE id = $1 FOR UPDATE").bind(others[0].id.0);
    lock.execute(&mut *locked).await.unwrap();
    let now = "2026-01-12T18:10:00Z";
    let claims = store.claim_alerts((at(now), at("2026-01-12T18:30:00Z")), (1, 2), &[]).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.deliveries[0].subject.as_str()).collect::<Vec<_>>(), ["d"]);
    locked.rollback().await.unwrap();
    send_all(&sender(&store, &both(&mail, &twilio, 10)), now).await;
    assert_eq!((state(&store, "b").await, state(&store, "c").await), (DeliveryState::Pending, DeliveryState::Sent));
    assert_eq!(state(&store, "e").await, DeliveryState::Sent);
}

#[tokio::test]
async fn a_claim_that_is_over_begins_and_finishes_nothing_and_a_message_begins_whole() {
    let (_database, store) = example().await;
    let subscription = subscribed(&store, AlertChannel::Email, VIP).await;
    blocked(&store, &subscription, &["a", "b"]).await;
    let [first_ends, second_ends, held] = ["2026-01-12T18:01:00Z", "2026-01-12T18:02:00Z", "2026-01-12T18:30:00Z"].map(at);
    let first = store.claim_alerts((at(NOW), first_ends), (64, 2), &[]).await.unwrap().remove(0).deliveries;
    let second = store.claim_alerts((first_ends, second_ends), (64, 2), &[]).await.unwrap().remove(0).deliveries;
    // A half of it waits: the rest begins no message.
    assert!(store.finish_alerts(&second[..1], &AlertOutcome::Held(held), first_ends).await.unwrap());
    assert_eq!(store.begin_message(&second, None, first_ends).await.unwrap(), Begun::Lost);
    assert!(deliveries(&store).await.iter().all(|one| one.message_id.is_none()));
    // The second try was none, so the number of tries is that of the first again.
    assert!(store.finish_alerts(&second[1..], &AlertOutcome::Held(held), first_ends).await.unwrap());
    assert_eq!(store.begin_message(&first, None, first_ends).await.unwrap(), Begun::Lost);
    for late in [AlertOutcome::Sent, AlertOutcome::Held(first_ends)] {
        assert!(!store.finish_alerts(&first, &late, first_ends).await.unwrap());
    }
    for one in deliveries(&store).await {
        assert_eq!((one.state, one.attempts, one.next_attempt_at), (DeliveryState::Pending, 1, held));
    }
}

#[tokio::test]
async fn what_was_sent_is_written_down_though_the_rest_cannot_be() {
    let (database, store) = example().await;
    let (mail, twilio) = (Mail::start(), Hook::start().await);
    let subscription = subscribed(&store, AlertChannel::Email, VIP).await;
    decide(&store, &subscription, AlertKind::AgentSilent, "u").await;
    blocked(&store, &subscription, &["a"]).await;
    let fewer = AlertChange { kinds: Some(vec![AlertKind::ActionBlocked]), ..AlertChange::default() };
    store.change_alert_subscription("tests", Whose::Everybodys, subscription.id, &fewer, at(NOW)).await.unwrap();
    let refused = "ALTER TABLE alert_deliveries ADD CHECK (state <> 'suppressed')";
    database.connection().await.execute(refused).await.unwrap();
    let mut outgoing = Outgoing::new(sender(&store, &both(&mail, &twilio, 10)));
    assert_eq!(outgoing.begin(at(NOW)).await.unwrap(), 1);
    assert!(outgoing.next().await.unwrap().is_err());
    assert_eq!((state(&store, "a").await, state(&store, "u").await), (DeliveryState::Sent, DeliveryState::Pending));
}

#[tokio::test]
async fn each_alert_of_a_message_has_its_own_end() {
    let (_database, store) = example().await;
    let (mut mail, twilio) = (Mail::start(), Hook::start().await);
    let sender = sender(&store, &both(&mail, &twilio, 10));
    let subscription = subscribed(&store, AlertChannel::Email, VIP).await;
    blocked(&store, &subscription, &["a", "b"]).await;
    decide(&store, &subscription, AlertKind::AgentSilent, "u").await;
    mail.refuse(451);
    send_all(&sender, NOW).await;
    let whole = mail.next();
    let fewer = AlertChange { kinds: Some(vec![AlertKind::ActionBlocked]), ..AlertChange::default() };
    store.change_alert_subscription("tests", Whose::Everybodys, subscription.id, &fewer, at(NOW)).await.unwrap();
    mail.refuse(550);
    send_all(&sender, "2026-01-12T18:00:10Z").await;
    let rest = mail.next();
    assert_eq!([subject(&whole), subject(&rest)], ["a … and 2 more", "a … and 1 more"]);
    assert_eq!(whole["headers"]["message-id"], rest["headers"]["message-id"]);
    assert_eq!(state(&store, "u").await, DeliveryState::Suppressed);
    assert_eq!((state(&store, "a").await, state(&store, "b").await), (DeliveryState::Failed, DeliveryState::Failed));
}

#[tokio::test]
async fn what_waited_through_the_night_is_one_mail_in_the_morning() {
    let (_database, store) = example().await;
    let (mut mail, twilio) = (Mail::start(), Hook::start().await);
    let sender = sender(&store, &both(&mail, &twilio, 10));
    let subscription = subscribed(&store, AlertChannel::Email, VIP).await;
    blocked(&store, &subscription, &["a"]).await;
    send_all(&sender, NIGHT).await;
    blocked(&store, &subscription, &["b"]).await;
    decide(&store, &subscription, AlertKind::AgentSilent, "u").await;
    send_all(&sender, "2026-01-13T06:30:00Z").await;
    assert_eq!(subject(&mail.next()), "u");
    send_all(&sender, MORNING).await;
    assert_eq!(subject(&mail.next()), "a … and 1 more");
    assert_eq!(messages(&store).await, [vec!["a", "b"], vec!["u"]]);
    // What went together before the night goes again with what is urgent in it; without, it waits.
    blocked(&store, &subscription, &["c"]).await;
    decide(&store, &subscription, AlertKind::AgentSilent, "v").await;
    mail.refuse(451);
    send_all(&sender, MORNING).await;
    let whole = mail.next();
    send_all(&sender, "2026-01-14T05:30:00Z").await;
    assert_eq!(subject(&whole), subject(&mail.next()));
    blocked(&store, &subscription, &["d"]).await;
    mail.refuse(451);
    send_all(&sender, MORNING).await;
    let refused = mail.next();
    send_all(&sender, "2026-01-14T05:30:00Z").await;
    assert_eq!(state(&store, "d").await, DeliveryState::Pending);
    decide(&store, &subscription, AlertKind::AgentSilent, "w").await;
    send_all(&sender, "2026-01-14T05:30:00Z").await;
    assert_eq!(subject(&mail.next()), "w", "it does not wait until the morning for another");
    send_all(&sender, "2026-01-14T13:00:00Z").await;
    assert_eq!(refused["headers"]["message-id"], mail.next()["headers"]["message-id"]);
}

#[tokio::test]
async fn a_message_has_fifty_alerts_at_most_and_tests_and_digests_are_their_own() {
    let (_database, store) = example().await;
    let (mut mail, twilio) = (Mail::start(), Hook::start().await);
    let mut wanted = new(VIP, &[AlertKind::ActionBlocked, AlertKind::WeeklyDigest], VIP);
    wanted.channel = AlertChannel::Email;
    let subscription = subscribe(&store, &wanted, NOW).await;
    for number in 0..60 {
        blocked(&store, &subscription, &[&format!("{number:02}")]).await;
    }
    for (kind, subject) in [(AlertKind::Test, "t"), (AlertKind::Test, "u"), (AlertKind::WeeklyDigest, "w")] {
        decide(&store, &subscription, kind, subject).await;
    }
    send_all(&sender(&store, &both(&mail, &twilio, 10)), NOW).await;
    let mut subjects: Vec<String> = (0..5).map(|_| subject(&mail.next()).to_owned()).collect();
    subjects.sort();
    assert_eq!(subjects, ["00 … and 49 more", "50 … and 9 more", "t", "u", "w"]);
    assert_eq!(messages(&store).await.len(), 5);
}

#[tokio::test]
async fn of_many_senders_one_sends_all_of_it_and_a_dead_ones_message_comes_as_it_was() {
    let (database, store) = example().await;
    let (mut mail, twilio) = (Mail::start(), Hook::start().await);
    let ways = both(&mail, &twilio, 10);
    let subscription = subscribed(&store, AlertChannel::Email, VIP).await;
    blocked(&store, &subscription, &["a", "b", "c", "d", "e", "f", "g", "h", "i"]).await;
    let stores = join_all((0..4).map(|_| database.store())).await;
    let senders: Vec<_> = stores.iter().map(|store| sender(store, &ways)).collect();
    join_all(senders.iter().map(|sender| send_all(sender, NOW))).await;
    assert_eq!(subject(&mail.next()), "a … and 8 more");
    assert_eq!(messages(&store).await.len(), 1);

    // One that dies with a message that it has begun.
    blocked(&store, &subscription, &["k", "l"]).await;
    let until = at("2026-01-12T18:01:00Z");
    let dead = store.claim_alerts((at(NOW), until), (64, 2), &[]).await.unwrap().remove(0);
    let Begun::As(id) = store.begin_message(&dead.deliveries, None, at(NOW)).await.unwrap() else { panic!() };
    blocked(&store, &subscription, &["m"]).await;
    join_all(senders.iter().map(|sender| send_all(sender, NOW))).await;
    assert_eq!(state(&store, "m").await, DeliveryState::Pending);
    send_all(&senders[0], "2026-01-12T18:01:00Z").await;
    let (came, next) = (mail.next(), mail.next());
    assert_eq!([subject(&came), subject(&next)], ["k … and 1 more", "m"]);
    assert_eq!(came["headers"]["message-id"], json!(format!("<{id}@test.rpm>")));
    // It was not dead after all: it begins nothing that is not its own.
    assert_eq!(store.begin_message(&dead.deliveries, None, at(NOW)).await.unwrap(), Begun::Lost);
}

#[tokio::test]
async fn a_number_gets_so_many_sms_in_an_hour_and_the_rest_together_when_it_is_over() {
    let (_database, store) = example().await;
    let (mail, mut twilio) = (Mail::start(), Hook::start().await);
    let sender = sender(&store, &both(&mail, &twilio, 2));
    let number = "+15125550100";
    let (one, other) = (subscribed(&store, AlertChannel::Sms, number).await, subscribed(&store, AlertChannel::Sms, number).await);
    blocked(&store, &one, &["a"]).await;
    send_all(&sender, NOW).await;
    // One that was not taken is none.
    blocked(&store, &one, &["refused"]).await;
    twilio.answer(400, None);
    send_all(&sender, "2026-01-12T18:10:00Z").await;
    blocked(&store, &other, &["b"]).await;
    send_all(&sender, "2026-01-12T18:20:00Z").await;
    assert_eq!([said(&twilio.next().await), said(&twilio.next().await), said(&twilio.next().await)], ["a", "refused", "b"]);
    for (now, subject) in [("2026-01-12T18:30:00Z", "c"), ("2026-01-12T18:40:00Z", "d"), ("2026-01-12T18:50:00Z", "e")] {
        blocked(&store, &one, &[subject]).await;
        send_all(&sender, now).await;
    }
    blocked(&store, &other, &["f"]).await;
    send_all(&sender, "2026-01-12T18:59:00Z").await;
    assert!(twilio.came().is_none());
    let all = deliveries(&store).await;
    let of = |subject: &str| all.iter().find(|one| one.subject == subject).unwrap();
    let sent = of("a").finished_at.unwrap();
    for subject in ["c", "d", "e", "f"] {
        let held = of(subject);
        assert_eq!((held.state, held.attempts, held.message_id), (DeliveryState::Pending, 0, None));
        assert_eq!(held.next_attempt_at, sent + TimeDelta::hours(1));
    }
    // Another number has its own.
    let elsewhere = subscribed(&store, AlertChannel::Sms, "+15125550101").await;
    blocked(&store, &elsewhere, &["x"]).await;
    send_all(&sender, "2026-01-12T18:59:00Z").await;
    assert_eq!(said(&twilio.next().await), "x");
    send_all(&sender, &(sent + TimeDelta::hours(1)).to_rfc3339()).await;
    let next = said(&twilio.next().await);
    assert!(["c … and 2 more", "f"].contains(&next.as_str()), "{next}");
    assert!(twilio.came().is_none(), "there was room for one");
    send_all(&sender, "2026-01-12T20:00:00Z").await;
    let last = said(&twilio.next().await);
    assert!(["c … and 2 more", "f"].contains(&last.as_str()) && last != next, "{last}");
}

#[tokio::test]
async fn the_hour_has_no_more_sms_when_many_send_at_once() {
    let (database, store) = example().await;
    let (mail, mut twilio) = (Mail::start(), Hook::start().await);
    let ways = both(&mail, &twilio, 3);
    for number in 0..8 {
        let mut wanted = new(ADMIN, &[AlertKind::ActionBlocked], "+15125550100");
        wanted.channel = AlertChannel::Sms;
        let subscription = subscribe(&store, &wanted, NOW).await;
        blocked(&store, &subscription, &[&number.to_string()]).await;
    }
    let stores = join_all((0..4).map(|_| database.store())).await;
    let senders: Vec<_> = stores.iter().map(|store| sender(store, &ways)).collect();
    join_all(senders.iter().map(|sender| send_all(sender, NOW))).await;
    assert_eq!(std::iter::from_fn(|| twilio.came()).count(), 3);
    assert_eq!(deliveries(&store).await.iter().filter(|one| one.state == DeliveryState::Pending).count(), 5);
}
