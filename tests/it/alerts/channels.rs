//! By e-mail to a mail server, and by SMS to a server that plays Twilio: both on loopback.

use rpm_api::alerts::{EmailSettings, Message, SmsSettings, Ways};
use rpm_api::entities::enums::{AlertChannel, AlertKind, DeliveryState};
use rpm_api::store::{NewAlertDelivery, Scope, Store};
use serde_json::json;

use super::{at, deliveries, example, new, send_all, sender, subscribe, ways};
use crate::support::postgres::VIP;
use crate::support::{Hook, Mail};

const NOW: &str = "2026-01-12T18:00:00Z";

/// Decides on an alert by a channel, to be sent at once.
async fn decide(store: &Store, channel: AlertChannel, address: &str, message: Message) {
    let mut wanted = new(VIP, &[AlertKind::ActionBlocked], address);
    wanted.channel = channel;
    let subscription_id = subscribe(store, &wanted, NOW).await.id;
    let (kind, subject) = (AlertKind::ActionBlocked, "1".to_owned());
    let (scope, payload) = (Scope::All, json!(message));
    let alert = NewAlertDelivery { subscription_id, scope, kind, subject, payload, send_at: at(NOW) };
    assert_eq!(store.decide_alerts(&[alert], None).await.unwrap(), 1);
}

fn message(title: &str) -> Message {
    Message::new(title, "Łukasz — “naïve” 東京\nSecond line", at(NOW), json!({}))
}

fn by_mail(mail: &Mail) -> Ways {
    Ways { email: Some(EmailSettings { url: mail.url(), from: "RPM <rpm@test.rpm>".parse().unwrap() }), ..ways() }
}

#[tokio::test]
async fn a_mail_server_takes_what_is_sent_and_sees_that_it_is_the_same_when_it_comes_again() {
    let (_database, store) = example().await;
    let mut mail = Mail::start();
    let sender = sender(&store, &by_mail(&mail));
    let mut long = message("Blocked: EX-17 (Łukasz is away until the papers for Zürich are signed, all of them) Action 17");
    long.link = Some("https://cockpit.example".to_owned());
    decide(&store, AlertChannel::Email, VIP, long).await;
    // Greylisting, as many mail servers do it.
    mail.refuse(451);
    send_all(&sender, NOW).await;
    let refused = mail.next();
    assert_eq!(deliveries(&store).await[0].state, DeliveryState::Pending);
    send_all(&sender, "2026-01-12T18:00:10Z").await;
    let taken = mail.next();
    assert_eq!(deliveries(&store).await[0].state, DeliveryState::Sent);
    assert_eq!((&refused["refused"], &taken["refused"]), (&json!(451), &json!(0)));
    assert_eq!((&taken["user"], &taken["from"], &taken["to"]), (&json!("rpm"), &json!("rpm@test.rpm"), &json!([VIP])));
    let headers = &taken["headers"];
    assert_eq!(
        headers["subject"],
        "Blocked: EX-17 (Łukasz is away until the papers for Zürich are signed, all of them) Action 17"
    );
    assert_eq!(headers["message-id"], json!(format!("<{}@test.rpm>", deliveries(&store).await[0].message_id.unwrap())));
    assert_eq!(
        (&headers["message-id"], &headers["auto-submitted"]),
        (&refused["headers"]["message-id"], &json!("auto-generated"))
    );
    let body = taken["body"].as_str().unwrap().replace("\r\n", "\n");
    assert_eq!(body.trim_end(), "Łukasz — “naïve” 東京\nSecond line\n\nhttps://cockpit.example");
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_given_up_and_a_wrong_password_is_seen() {
    let (_database, store) = example().await;
    let mut mail = Mail::start();
    decide(&store, AlertChannel::Email, VIP, message("x")).await;
    mail.refuse(550);
    send_all(&sender(&store, &by_mail(&mail)), NOW).await;
    let failed = deliveries(&store).await.remove(0);
    assert_eq!((failed.state, failed.attempts), (DeliveryState::Failed, 1));
    assert!(failed.last_error.unwrap().contains("550"));
    decide(&store, AlertChannel::Email, VIP, message("x")).await;
    let mut wrong = by_mail(&mail);
    wrong.email.as_mut().unwrap().url = mail.url().replace("p%40ss", "guess");
    send_all(&sender(&store, &wrong), NOW).await;
    let refused = deliveries(&store).await.remove(0);
    let error = refused.last_error.unwrap();
    assert!(error.contains("535") && !error.contains("guess"), "{error}");
    assert!(!format!("{wrong:?}").contains("guess"), "settings do not show their secrets");
}

#[tokio::test]
async fn an_sms_is_asked_for_as_twilio_wants_it() {
    let (_database, store) = example().await;
    let mut hook = Hook::start().await;
    let url = hook.url.clone();
    let settings = |from: &str| SmsSettings {
        url: url.clone(),
        account: "AC0".to_owned(),
        token: "a token".to_owned(),
        from: from.to_owned(),
        per_hour: 10,
    };
    let ways = Ways { sms: Some(settings("+15125550199")), ..ways() };
    let sender = sender(&store, &ways);
    decide(&store, AlertChannel::Sms, "+15125550100", message(&format!("Blocked: {} & more", "ß".repeat(200)))).await;
    hook.answer(429, Some(("retry-after", "60")));
    send_all(&sender, NOW).await;
    assert_eq!((deliveries(&store).await[0].next_attempt_at - at(NOW)).num_seconds(), 60);
    hook.answer(201, None);
    send_all(&sender, "2026-01-12T18:01:00Z").await;
    assert_eq!(deliveries(&store).await[0].state, DeliveryState::Sent);
    let (first, call) = (hook.next().await, hook.next().await);
    assert_eq!((call.path.as_str(), &first.body), ("/2010-04-01/Accounts/AC0/Messages.json", &call.body));
    // `AC0:a token`
    assert_eq!(call.header("authorization"), "Basic QUMwOmEgdG9rZW4=");
    assert_eq!(call.header("content-type"), "application/x-www-form-urlencoded");
    let form: std::collections::BTreeMap<String, String> =
        reqwest::Url::parse(&format!("http://x/?{}", call.body)).unwrap().query_pairs().into_owned().collect();
    assert_eq!((form["To"].as_str(), form["From"].as_str()), ("+15125550100", "+15125550199"));
    assert!(form["Body"].starts_with("Blocked: ßßß") && form["Body"].ends_with('…') && form["Body"].chars().count() == 134);

    // A number that cannot get any: Twilio says 400.
    decide(&store, AlertChannel::Sms, "+15125550101", message("x")).await;
    hook.answer(400, None);
    send_all(&sender, NOW).await;
    assert_eq!(deliveries(&store).await[0].state, DeliveryState::Failed);
    let service = Ways { sms: Some(settings("MG123")), ..ways.clone() };
    decide(&store, AlertChannel::Sms, "+15125550102", message("x")).await;
    send_all(&super::sender(&store, &service), NOW).await;
    hook.next().await;
    assert!(hook.next().await.body.contains("MessagingServiceSid=MG123"));
}

#[tokio::test]
async fn what_this_server_cannot_send_waits_for_one_that_can() {
    let (_database, store) = example().await;
    decide(&store, AlertChannel::Sms, "+15125550100", message("x")).await;
    decide(&store, AlertChannel::Email, VIP, message("x")).await;
    send_all(&sender(&store, &ways()), NOW).await;
    for waits in deliveries(&store).await {
        assert_eq!(waits.state, DeliveryState::Pending);
        assert!(waits.last_error.unwrap().contains("is not set"));
    }
}
