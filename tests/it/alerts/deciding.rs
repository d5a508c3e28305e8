//! What is told, to whom, and how often: by rows and an instant.

use futures_util::future::join_all;
use rpm_api::entities::enums::{AgentState, AlertKind};
use rpm_api::store::{ActionChange, ActionKey, ChangeRequest, Heartbeat, Scope, Store};
use serde_json::json;
use sqlx::Executor;

use super::{at, decider, deliveries, example, new, subscribe};
use crate::support::postgres::{ADMIN, AGENT, TEAM, VIP};

const ALL: [AlertKind; 5] = [
    AlertKind::ActionBlocked,
    AlertKind::ActionOverdue,
    AlertKind::AgentSilent,
    AlertKind::IngestFailed,
    AlertKind::ExportFailed,
];
const NOWHERE: &str = "https://example.com/hook";

async fn change(store: &Store, code: &str, change: ActionChange) {
    let request =
        ChangeRequest { key: ActionKey::Code(code.to_owned()), change, expected_updated_at: None, now: chrono::Utc::now() };
    store.change_action(Scope::All, "jesse@test.rpm", &request).await.unwrap();
}

async fn block(store: &Store, code: &str, why: &str) {
    change(store, code, ActionChange::Block { blocker_description: why.to_owned() }).await;
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339()
}

#[tokio::test]
async fn each_blocking_is_told_once_however_many_decide() {
    let (database, store) = example().await;
    block(&store, "EX-16", "before anybody subscribed").await;
    let hook = subscribe(&store, &new(ADMIN, &ALL, NOWHERE), &now()).await;
    subscribe(&store, &new(VIP, &[AlertKind::ActionOverdue], NOWHERE), &now()).await;
    block(&store, "EX-17", "No paper").await;
    change(&store, "EX-17", ActionChange::Unblock).await;
    block(&store, "EX-17", "No ink").await;
    block(&store, "EX-18", "").await;
    let stores = join_all((0..4).map(|_| database.store())).await;
    let deciders: Vec<_> = stores.iter().map(decider).collect();
    let rounds =
        join_all(deciders.iter().flat_map(|decider| [decider.decide(chrono::Utc::now()), decider.decide(chrono::Utc::now())]));
    let decided: u64 = rounds.await.into_iter().map(|round| round.unwrap().new).sum();
    assert_eq!(decided, 3, "by eight rounds at once");
    let told = deliveries(&store).await;
    assert!(told.iter().all(|one| one.subscription_id == hook.id && one.kind == AlertKind::ActionBlocked));
    let mut titles: Vec<_> = told.iter().map(|one| one.payload["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(titles, ["Blocked: EX-17 (No ink) Action 17", "Blocked: EX-17 (No paper) Action 17", "Blocked: EX-18 Action 18"]);
    let paper = told.iter().find(|one| one.payload["title"].as_str().unwrap().contains("paper")).unwrap();
    assert_eq!(paper.payload["data"]["blockerDescription"], "No paper");
    assert!(paper.payload["text"].as_str().unwrap().contains("Blocked by jesse@test.rpm on"), "{}", paper.payload);
    assert_eq!(decider(&store).decide(chrono::Utc::now()).await.unwrap().new, 0, "nothing is new");
}

#[tokio::test]
async fn nobody_is_told_of_what_it_may_not_see() {
    let (_database, store) = example().await;
    for member in [ADMIN, AGENT, TEAM] {
        subscribe(&store, &new(member, &ALL, NOWHERE), "2025-10-20T00:00:00Z").await;
    }
    // 17 to 19 are Artifacts', whom the AGENT member acts as; nothing is Andrew's, whose the TEAM member is.
    block(&store, "EX-17", "x").await;
    block(&store, "EX-20", "x").await;
    for (agent, at_) in [("Artifacts", "2025-10-26T00:00:00Z"), ("QA", "2025-10-26T00:00:00Z")] {
        beat(&store, agent, AgentState::Active, at_).await;
    }
    store.note_job("export", Some("no quota"), at("2025-10-26T01:00:00Z")).await.unwrap();
    decider(&store).decide(at("2025-10-26T18:00:00Z")).await.unwrap();
    let told = deliveries(&store).await;
    let of = |member: &str, kind: AlertKind| {
        let (store, told, member) = (store.clone(), told.clone(), member.to_owned());
        async move {
            let member = store.member_by_email(&member).await.unwrap().unwrap();
            let own = store.alert_subscriptions(rpm_api::store::Whose::Of(member.id)).await.unwrap();
            told.iter().filter(|one| one.kind == kind && own.iter().any(|own| own.id == one.subscription_id)).count()
        }
    };
    let mut counts = Vec::new();
    for member in [ADMIN, AGENT, TEAM] {
        let mut row = Vec::new();
        for kind in [AlertKind::ActionBlocked, AlertKind::ActionOverdue, AlertKind::AgentSilent, AlertKind::ExportFailed] {
            row.push(of(member, kind).await);
        }
        counts.push(row);
    }
    assert_eq!(counts, [vec![2, 9, 2, 1], vec![1, 3, 1, 0], vec![0, 0, 0, 0]]);
}

#[tokio::test]
async fn what_is_overdue_is_told_once_for_each_date() {
    let (database, store) = example().await;
    subscribe(&store, &new(ADMIN, &[AlertKind::ActionOverdue], NOWHERE), "2025-10-25T00:00:00Z").await;
    // One who came later is not told of what was overdue then.
    subscribe(&store, &new(VIP, &[AlertKind::ActionOverdue], NOWHERE), "2025-10-27T00:00:00Z").await;
    let decider = decider(&store);
    assert_eq!(decider.decide(at("2025-10-26T17:00:00Z")).await.unwrap().new, 0, "it is not past the due date yet");
    assert_eq!(decider.decide(at("2025-10-26T17:00:01Z")).await.unwrap().new, 9);
    assert_eq!(decider.decide(at("2025-10-27T17:00:01Z")).await.unwrap().new, 0);
    let one = deliveries(&store).await.into_iter().find(|one| one.payload["data"]["code"] == "EX-16").unwrap();
    assert_eq!(one.payload["title"], "Overdue: EX-16 Action 16");
    let text = one.payload["text"].as_str().unwrap();
    assert!(
        text.contains("It was due on Sun 26 Oct 2025, 12:00 CDT and is pending.") && text.ends_with("Owner: Jesse"),
        "{text}"
    );
    // Another date, another word; what is done or will not be done is not overdue.
    let mut connection = database.connection().await;
    for sql in [
        "UPDATE rpm_action_items SET due_date = '2025-10-28T00:00:00Z' WHERE action_code IN ('EX-16', 'EX-17', 'EX-18')",
        "UPDATE rpm_action_items SET status = 'completed', completion_date = now() WHERE action_code = 'EX-17'",
        "UPDATE rpm_action_items SET status = 'cancelled' WHERE action_code = 'EX-18'",
    ] {
        connection.execute(sql).await.unwrap();
    }
    assert_eq!(decider.decide(at("2025-10-28T00:00:01Z")).await.unwrap().new, 2, "EX-16, to both");
    // When it is forgotten that it was told, it is not told again.
    connection.execute("DELETE FROM alert_deliveries").await.unwrap();
    assert_eq!(decider.decide(at("2026-01-28T00:00:00Z")).await.unwrap().new, 0);
}

async fn beat(store: &Store, agent: &str, status: AgentState, when: &str) {
    let heartbeat = Heartbeat {
        agent: agent.to_owned(),
        status,
        health_score: None,
        current_action: None,
        error: None,
        session_start: None,
        reported_at: at(when),
        metadata: json!({}),
    };
    store.record_heartbeat(Scope::All, "tests", &heartbeat).await.unwrap();
}

#[tokio::test]
async fn a_silence_is_told_once_and_a_farewell_is_none() {
    let (_database, store) = example().await;
    subscribe(&store, &new(ADMIN, &[AlertKind::AgentSilent], NOWHERE), "2025-10-20T00:00:00Z").await;
    let decider = decider(&store);
    beat(&store, "QA", AgentState::Active, "2025-10-21T08:00:00Z").await;
    beat(&store, "Research", AgentState::Offline, "2025-10-21T08:00:00Z").await;
    assert_eq!(decider.decide(at("2025-10-21T08:15:00Z")).await.unwrap().new, 0, "a quarter of an hour is not too long");
    assert_eq!(decider.decide(at("2025-10-21T08:15:01Z")).await.unwrap().new, 1);
    assert_eq!(decider.decide(at("2025-10-22T08:15:01Z")).await.unwrap().new, 0, "the same silence");
    beat(&store, "QA", AgentState::Idle, "2025-10-22T09:00:00Z").await;
    assert_eq!(decider.decide(at("2025-10-22T09:10:00Z")).await.unwrap().new, 0);
    assert_eq!(decider.decide(at("2025-10-22T09:16:00Z")).await.unwrap().new, 1, "another silence");
    let told = deliveries(&store).await;
    assert!(told.iter().all(|one| one.payload["title"] == "Silent: QA has not reported for 15 min"), "{told:?}");
}

#[tokio::test]
async fn a_job_that_fails_is_told_once_until_it_has_worked_again() {
    let (_database, store) = example().await;
    subscribe(&store, &new(ADMIN, &ALL, NOWHERE), "2025-11-20T00:00:00Z").await;
    let decider = decider(&store);
    let round = |minute: u32| {
        let decider = &decider;
        async move { decider.decide(at(&format!("2025-11-21T08:{minute:02}:00Z"))).await.unwrap().new }
    };
    let note = |job: &'static str, failure: Option<&'static str>, minute: u32| {
        let store = &store;
        async move { store.note_job(job, failure, at(&format!("2025-11-21T08:{minute:02}:00Z"))).await.unwrap() }
    };
    note("export", None, 0).await;
    assert_eq!(round(1).await, 0);
    note("export", Some("no quota"), 2).await;
    note("sync", Some("files that were refused: 1"), 2).await;
    assert_eq!(round(3).await, 2);
    note("export", Some("still no quota"), 4).await;
    assert_eq!(round(5).await, 0);
    note("export", None, 6).await;
    assert_eq!(round(7).await, 0);
    note("export", Some("no quota again"), 8).await;
    note("periods", Some("nobody asked"), 8).await;
    assert_eq!(round(9).await, 1);
    let told = deliveries(&store).await;
    let kinds = |kind| told.iter().filter(|one| one.kind == kind).count();
    assert_eq!((kinds(AlertKind::ExportFailed), kinds(AlertKind::IngestFailed)), (2, 1));
    assert!(told[0].payload["text"].as_str().unwrap().contains("no quota again"), "{}", told[0].payload);
}

#[tokio::test]
async fn what_retention_has_removed_of_the_log_stops_nobody() {
    let (database, store) = example().await;
    block(&store, "EX-16", "forgotten").await;
    subscribe(&store, &new(ADMIN, &ALL, NOWHERE), "2025-11-20T00:00:00Z").await;
    store.prune_events(chrono::Utc::now() + chrono::TimeDelta::minutes(1)).await.unwrap();
    block(&store, "EX-17", "remembered").await;
    // More than are looked at in one go.
    let many = "INSERT INTO events (event_type, actor, payload) SELECT 'ACTION_BLOCKED', 'x', '{\"code\": \"Y\"}' FROM generate_series(1, 1200)";
    database.connection().await.execute(many).await.unwrap();
    assert_eq!(decider(&store).decide(at("2025-11-21T00:00:00Z")).await.unwrap().new, 1201);
}
