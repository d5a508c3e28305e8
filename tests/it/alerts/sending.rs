//! Deliveries on their way: tried again, given up, held back, taken over, and never sent twice at once.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rpm_api::alerts::{Outgoing, test_alert};
use rpm_api::entities::alert_subscriptions::Model as Subscription;
use rpm_api::entities::enums::{AlertKind, DeliveryState, Role};
use rpm_api::store::{AlertChange, MemberChange, NewAlertDelivery, Scope, Store, Whose};

use super::{at, deliveries, example, new, night, send_all, sender, subscribe, ways};
use crate::support::Hook;
use crate::support::postgres::{ADMIN, VIP};

const NOW: &str = "2026-01-12T18:00:00Z";

/// Decides on an alert of a kind, to be sent at once.
async fn decide(store: &Store, subscription: &Subscription, kind: AlertKind, subject: &str) {
    let alert = test_alert(subscription, Scope::All, "tests", at(NOW));
    let alert = NewAlertDelivery { kind, subject: subject.to_owned(), ..alert };
    assert_eq!(store.decide_alerts(&[alert], None).await.unwrap(), 1);
}

/// Seconds from an instant to when the only delivery is tried next.
async fn next_in(store: &Store, now: &str) -> i64 {
    (deliveries(store).await[0].next_attempt_at - at(now)).num_seconds()
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_later_each_time_and_as_asked() {
    let (_database, store) = example().await;
    let mut hook = Hook::start().await;
    let subscription = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &hook.url), NOW).await;
    decide(&store, &subscription, AlertKind::ActionBlocked, "1").await;
    let sender = sender(&store, &ways());
    hook.answer(500, None);
    send_all(&sender, NOW).await;
    assert!((5..=10).contains(&next_in(&store, NOW).await));
    assert!(deliveries(&store).await[0].last_error.as_deref().unwrap().contains("500"));
    send_all(&sender, "2026-01-12T18:00:04Z").await;
    let first = hook.next().await;
    assert!(hook.came().is_none(), "it is not its time");
    hook.answer(429, Some(("retry-after", "300")));
    send_all(&sender, "2026-01-12T18:00:10Z").await;
    assert_eq!(next_in(&store, "2026-01-12T18:00:10Z").await, 300);
    hook.answer(503, Some(("retry-after", "Mon, 12 Jan 2026 18:15:10 GMT")));
    send_all(&sender, "2026-01-12T18:05:10Z").await;
    assert_eq!(next_in(&store, "2026-01-12T18:05:10Z").await, 600);
    send_all(&sender, "2026-01-12T18:15:10Z").await;
    let sent = &deliveries(&store).await[0];
    assert_eq!((sent.state, sent.attempts, sent.last_error.as_deref()), (DeliveryState::Sent, 4, None));
    for _ in 0..3 {
        assert_eq!(hook.next().await.header("webhook-id"), first.header("webhook-id"), "a receiver can tell that it is the same");
    }
    assert!(hook.came().is_none());
}

#[tokio::test]
async fn what_no_other_try_mends_is_given_up_at_once_and_the_rest_in_the_end() {
    let (_database, store) = example().await;
    let hook = Hook::start().await;
    let subscription = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &hook.url), NOW).await;
    let mut ways = ways();
    ways.attempts = 3;
    let sender = sender(&store, &ways);
    decide(&store, &subscription, AlertKind::ActionBlocked, "gone").await;
    hook.answer(410, None);
    send_all(&sender, NOW).await;
    let gone = deliveries(&store).await.remove(0);
    assert_eq!((gone.state, gone.attempts), (DeliveryState::Failed, 1));
    assert!(gone.finished_at.is_some() && gone.last_error.unwrap().contains("410"));

    decide(&store, &subscription, AlertKind::ActionBlocked, "moved").await;
    hook.answer(302, Some(("location", &format!("{}/elsewhere", hook.url))));
    send_all(&sender, NOW).await;
    assert_eq!(deliveries(&store).await[0].state, DeliveryState::Failed, "redirects are not followed");

    decide(&store, &subscription, AlertKind::ActionBlocked, "down").await;
    let mut now = at(NOW);
    for _ in 0..3 {
        hook.answer(502, None);
        send_all(&sender, &now.to_rfc3339()).await;
        now += TimeDelta::hours(2);
    }
    let down = deliveries(&store).await.remove(0);
    assert_eq!((down.state, down.attempts), (DeliveryState::Failed, 3));
    assert!(down.last_error.unwrap().starts_with("given up after 3 tries"));
    let mut hook = hook;
    let paths: Vec<_> = std::iter::from_fn(|| hook.came()).map(|call| call.path).collect();
    assert_eq!(paths, ["/"; 5]);
}

#[tokio::test]
async fn nothing_listens_and_it_waits() {
    let (_database, store) = example().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}/a-secret-path");
    let subscription = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &address), NOW).await;
    decide(&store, &subscription, AlertKind::ActionBlocked, "1").await;
    send_all(&sender(&store, &ways()), NOW).await;
    let waits = deliveries(&store).await.remove(0);
    let error = waits.last_error.unwrap();
    assert_eq!((waits.state, waits.attempts), (DeliveryState::Pending, 1));
    assert!(error.contains("cannot be reached") && !error.contains("a-secret-path"), "{error}");
}

#[tokio::test]
async fn quiet_hours_hold_back_what_is_not_urgent_until_they_end() {
    let (_database, store) = example().await;
    let mut hook = Hook::start().await;
    let mut quiet = new(ADMIN, &[AlertKind::ActionBlocked, AlertKind::AgentSilent], &hook.url);
    (quiet.quiet, quiet.urgent_kinds) = (Some(night()), vec![AlertKind::AgentSilent]);
    let subscription = subscribe(&store, &quiet, NOW).await;
    let sender = sender(&store, &ways());
    decide(&store, &subscription, AlertKind::ActionBlocked, "1").await;
    decide(&store, &subscription, AlertKind::AgentSilent, "2").await;
    // Half past eleven at night in Chicago.
    send_all(&sender, "2026-01-13T05:30:00Z").await;
    assert_eq!(hook.next().await.json()["type"], "AGENT_SILENT");
    assert!(hook.came().is_none());
    let held = deliveries(&store).await.into_iter().find(|one| one.kind == AlertKind::ActionBlocked).unwrap();
    assert_eq!((held.state, held.attempts, held.next_attempt_at), (DeliveryState::Pending, 0, at("2026-01-13T13:00:00Z")));
    send_all(&sender, "2026-01-13T12:59:59Z").await;
    assert!(hook.came().is_none());
    send_all(&sender, "2026-01-13T13:00:00Z").await;
    assert_eq!(hook.next().await.json()["type"], "ACTION_BLOCKED");
    // Another zone has another night; who tries it out is not made to wait.
    let zone = AlertChange { time_zone: Some(Some("Asia/Tokyo".to_owned())), ..AlertChange::default() };
    store.change_alert_subscription("tests", Whose::Everybodys, subscription.id, &zone, at(NOW)).await.unwrap();
    decide(&store, &subscription, AlertKind::ActionBlocked, "3").await;
    decide(&store, &subscription, AlertKind::Test, "4").await;
    send_all(&sender, "2026-01-13T15:00:00Z").await;
    assert_eq!(hook.next().await.json()["type"], "TEST");
    assert!(hook.came().is_none(), "it is midnight in Tokyo");
    send_all(&sender, "2026-01-13T22:00:00Z").await;
    assert_eq!(hook.next().await.json()["type"], "ACTION_BLOCKED");
}

#[tokio::test]
async fn who_is_put_aside_or_revoked_is_sent_nothing_more() {
    let (_database, store) = example().await;
    let mut hook = Hook::start().await;
    let kinds = [AlertKind::ActionBlocked, AlertKind::AgentSilent];
    let aside = subscribe(&store, &new(ADMIN, &kinds, &hook.url), NOW).await;
    let fewer = subscribe(&store, &new(ADMIN, &kinds, &hook.url), NOW).await;
    let gone = subscribe(&store, &new(VIP, &kinds, &hook.url), NOW).await;
    for subscription in [&aside, &fewer, &gone] {
        decide(&store, subscription, AlertKind::ActionBlocked, "1").await;
    }
    let changes = [
        (aside.id, AlertChange { is_active: Some(false), ..AlertChange::default() }),
        (fewer.id, AlertChange { kinds: Some(vec![AlertKind::AgentSilent]), ..AlertChange::default() }),
    ];
    for (id, change) in changes {
        store.change_alert_subscription("tests", Whose::Everybodys, id, &change, at(NOW)).await.unwrap();
    }
    store.change_member("tests", VIP, MemberChange::Revoke).await.unwrap();
    send_all(&sender(&store, &ways()), NOW).await;
    assert!(hook.came().is_none());
    assert!(deliveries(&store).await.iter().all(|one| one.state == DeliveryState::Suppressed && one.last_error.is_some()));
}

#[tokio::test]
async fn who_sees_something_else_meanwhile_is_not_sent_what_it_saw_before() {
    let (_database, store) = example().await;
    let mut hook = Hook::start().await;
    let subscription = subscribe(&store, &new(VIP, &[AlertKind::ActionBlocked], &hook.url), NOW).await;
    decide(&store, &subscription, AlertKind::ActionBlocked, "1").await;
    store.change_member("tests", VIP, MemberChange::Role { role: Role::Team, owner_id: None }).await.unwrap();
    send_all(&sender(&store, &ways()), NOW).await;
    assert!(hook.came().is_none());
    let kept = deliveries(&store).await.remove(0);
    assert_eq!(kept.state, DeliveryState::Suppressed);
    assert!(kept.last_error.unwrap().contains("may see"));
}

#[tokio::test]
async fn a_receiver_that_says_nothing_has_its_own_alerts_wait_and_nobody_elses() {
    let (_database, store) = example().await;
    // It lets one connect, and no more.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let mut hook = Hook::start().await;
    let slow = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &silent_url), NOW).await;
    let quick = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &hook.url), NOW).await;
    for number in 0..80 {
        decide(&store, &slow, AlertKind::ActionBlocked, &number.to_string()).await;
    }
    for number in 0..5 {
        decide(&store, &quick, AlertKind::ActionBlocked, &number.to_string()).await;
    }
    let mut outgoing = Outgoing::new(sender(&store, &ways()));
    for _ in 0..5 {
        outgoing.begin(at(NOW)).await.unwrap();
        outgoing.next().await.unwrap().unwrap();
        hook.next().await;
    }
    let tried = deliveries(&store).await.into_iter().filter(|one| one.subscription_id == slow.id && one.attempts > 0);
    assert_eq!(tried.count(), 2, "of all that wait");
    assert_eq!(outgoing.due().await.unwrap(), None, "the rest waits for these two");
}

#[tokio::test]
async fn of_many_senders_one_sends_each_and_what_a_dead_one_held_is_sent_later() {
    let (database, store) = example().await;
    let mut hook = Hook::start().await;
    let subscription = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &hook.url), NOW).await;
    for number in 0..60 {
        decide(&store, &subscription, AlertKind::ActionBlocked, &number.to_string()).await;
    }
    // One that dies with what it has claimed.
    let dead = store.claim_alerts((at(NOW), at("2026-01-12T18:01:00Z")), (10, 10), &[]).await.unwrap();
    assert_eq!(dead.len(), 10);
    let stores = join_all((0..4).map(|_| database.store())).await;
    let senders: Vec<_> = stores.iter().map(|store| sender(store, &ways())).collect();
    join_all(senders.iter().map(|sender| send_all(sender, NOW))).await;
    let mut ids: Vec<String> = std::iter::from_fn(|| hook.came()).map(|call| call.header("webhook-id").to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
    send_all(&senders[0], "2026-01-12T18:01:00Z").await;
    let late: Vec<_> = std::iter::from_fn(|| hook.came()).collect();
    assert_eq!(late.len(), 10, "no more and no fewer");
    assert!(late.iter().all(|call| !ids.contains(&call.header("webhook-id").to_owned())));
    let all = deliveries(&store).await;
    assert!(all.iter().all(|one| one.state == DeliveryState::Sent), "{all:?}");
    // It was not dead after all: what it says comes too late.
    let late = rpm_api::store::AlertOutcome::Failed("late".to_owned());
    assert!(!store.finish_alerts(&dead[0].deliveries, &late, at(NOW)).await.unwrap());
    assert_eq!(store.forget_alerts(at("2026-02-01T00:00:00Z")).await.unwrap(), 60);
}

#[tokio::test]
async fn webhooks_stay_away_from_private_networks_whatever_was_written_down() {
    let (_database, store) = example().await;
    let mut hook = Hook::start().await;
    let port = hook.url.rsplit(':').next().unwrap().to_owned();
    let mut ways = ways();
    ways.private_webhooks = false;
    for address in [hook.url.clone(), format!("https://127.0.0.1:{port}"), format!("https://localhost:{port}")] {
        let subscription = subscribe(&store, &new(ADMIN, &[AlertKind::ActionBlocked], &address), NOW).await;
        decide(&store, &subscription, AlertKind::ActionBlocked, "1").await;
    }
    send_all(&sender(&store, &ways), NOW).await;
    assert!(hook.came().is_none());
    assert!(deliveries(&store).await.iter().all(|one| one.state == DeliveryState::Failed), "{:?}", deliveries(&store).await);
    assert_eq!(deliveries(&store).await.len(), 3);
}
