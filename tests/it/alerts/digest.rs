//! The weekly digest: once a week, to each what it may see, as text and as HTML.

use rpm_api::alerts::EmailSettings;
use rpm_api::entities::enums::{AlertChannel, AlertKind};
use sqlx::Executor;

use super::{at, decider, deliveries, example, new, night, send_all, sender, subscribe, ways};
use crate::support::Mail;
use crate::support::postgres::{ADMIN, AGENT, TEAM, VIP};

/// The example week ends on Monday 2025-10-27: its digest is due a week later, at eight in Chicago.
const DUE: &str = "2025-11-03T14:00:00Z";

#[tokio::test]
async fn the_digest_of_last_week_is_told_once_with_what_one_may_see() {
    let (database, store) = example().await;
    let sql =
        "UPDATE rpm_action_items SET status = 'blocked', blocker_description = 'No <paper> & no ink' WHERE action_code = 'EX-17'";
    database.connection().await.execute(sql).await.unwrap();
    let mut mail = new(VIP, &[AlertKind::WeeklyDigest], VIP);
    (mail.channel, mail.quiet) = (AlertChannel::Email, Some(night()));
    subscribe(&store, &mail, "2025-10-01T00:00:00Z").await;
    for member in [ADMIN, AGENT, TEAM] {
        subscribe(&store, &new(member, &[AlertKind::WeeklyDigest], "https://127.0.0.1:1"), "2025-10-01T00:00:00Z").await;
    }
    subscribe(&store, &new(ADMIN, &[AlertKind::WeeklyDigest], "https://127.0.0.1:1/late"), "2025-11-03T14:00:01Z").await;
    let decider = decider(&store);
    assert_eq!(decider.decide(at("2025-11-03T13:59:59Z")).await.unwrap().new, 0, "nothing ended in the week before");
    // Nothing of it is Andrew's; who came too late gets the next one.
    assert_eq!(decider.decide(at(DUE)).await.unwrap().new, 3);
    assert_eq!(decider.decide(at("2025-11-05T00:00:00Z")).await.unwrap().new, 0);
    let told = deliveries(&store).await;
    let title = |one: &rpm_api::entities::alert_deliveries::Model| one.payload["title"].as_str().unwrap().to_owned();
    let mut titles: Vec<_> = told.iter().map(title).collect();
    titles.sort();
    assert_eq!(
        titles,
        [
            "Last week: Example week: 0 of 3 done (0%)",
            "Last week: Example week: 19 of 28 done (67.9%)",
            "Last week: Example week: 19 of 28 done (67.9%)"
        ]
    );
    let of_all = told.iter().find(|one| title(one).contains("19 of 28")).unwrap();
    let text = of_all.payload["text"].as_str().unwrap();
    for line in [
        "Tue 21 Oct – Mon 27 Oct 2025, Main plan",
        "Completed: 67.9% (19 of 28)",
        "Jesse: 75% (6 of 8)",
        "Velocity: 2.7 (actions a day)",
        "Revenue: $98,000 (of $125,000–175,000, 65.3%)",
        "- Boot System Fixed – ",
        "Blocked (1)\n- EX-17 Action 17 (Artifacts): No <paper> & no ink",
        "Carried over (8)\n- EX-",
        "- Jumio Integration: $60,000",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let of_agent = told.iter().find(|one| title(one).contains("0 of 3")).unwrap();
    let said = of_agent.payload.to_string();
    assert!(!said.contains("98,000") && !said.contains("EX-16") && said.contains("EX-18"), "{said}");

    let mut server = Mail::start();
    let email = Some(EmailSettings { url: server.url(), from: "rpm@test.rpm".parse().unwrap() });
    let mut ways = ways();
    ways.email = email;
    // The webhooks go nowhere.
    ways.private_webhooks = false;
    send_all(&sender(&store, &ways), DUE).await;
    let mail = server.next();
    let parts = mail["parts"].as_array().unwrap();
    let types: Vec<_> = parts.iter().map(|part| part["headers"]["content-type"].as_str().unwrap()).collect();
    assert!(types[0].starts_with("text/plain") && types[1].starts_with("text/html"), "{types:?}");
    assert!(parts[0]["body"].as_str().unwrap().replace("\r\n", "\n").starts_with(text), "{}", parts[0]["body"]);
    let html = parts[1]["body"].as_str().unwrap();
    assert!(html.contains("No &lt;paper&gt; &amp; no ink") && !html.contains("<paper>"), "{html}");
}
