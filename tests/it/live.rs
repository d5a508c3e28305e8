//! Subscriptions over `graphql-transport-ws`, from the event log.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::{ADMIN, INVESTOR, TEAM};
use crate::support::{Server, fixture};

const EVENTS: &str = "subscription($after: Cursor, $types: [EventType!], $owner: [String!], $week: ID) {
  events(after: $after, types: $types, owner: $owner, weekId: $week) { __typename id cursor type actor detail week { completionRate }
    ... on ActionCompletedEvent { action { code status owners { name } } }
    ... on ActionBlockedEvent { action { code blockerDescription } }
    ... on ActionUpdatedEvent { action { code status } } } }";

async fn plan() -> (Server, String) {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    (server, token)
}

async fn cursor(server: &Server, token: &str) -> Value {
    server.ask(token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone()
}

async fn pending(server: &Server, token: &str) -> Vec<Value> {
    let query =
        "{ actions(filter: { status: [PENDING] }, first: 100, orderBy: { field: CODE }) { nodes { code owners { name } } } }";
    server.ask(token, query, json!({})).await.data()["actions"]["nodes"].as_array().unwrap().clone()
}

async fn run(server: &Server, token: &str, mutation: &str) -> Value {
    server.ask(token, &format!("mutation {{ {mutation} }}"), json!({})).await.data()
}

#[tokio::test]
async fn a_completed_action_reaches_a_subscriber_within_a_second() {
    let (server, token) = plan().await;
    let code = pending(&server, &token).await[0]["code"].clone();
    let mut socket = server.socket(&token).await;
    socket.subscribe("1", EVENTS, json!({ "after": cursor(&server, &token).await })).await;
    let before = Instant::now();
    run(&server, &token, &format!("completeAction(input: {{ code: {code}, actualHours: \"1\" }}) {{ action {{ id }} }}")).await;
    let event = socket.next("1").await["events"].clone();
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert_eq!(event["__typename"], "ActionCompletedEvent");
    assert_eq!(event["actor"], ADMIN);
    assert_eq!(event["action"]["code"], code);
    assert_eq!(event["detail"]["previousStatus"], "pending");
    let rate = server.ask(&token, "{ weeks { nodes { completionRate } } }", json!({})).await.data();
    assert_eq!(event["week"]["completionRate"], rate["weeks"]["nodes"][0]["completionRate"]);
}

#[tokio::test]
async fn every_mutation_leaves_its_event_in_order_and_a_cursor_replays_them() {
    let (server, token) = plan().await;
    let start = cursor(&server, &token).await;
    let code = pending(&server, &token).await[0]["code"].clone();
    for mutation in [
        format!("startAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("blockAction(input: {{ code: {code}, blockerDescription: \"rain\" }}) {{ action {{ id }} }}"),
        format!("unblockAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("completeAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("reopenAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("cancelAction(input: {{ code: {code}, reason: \"no rain\" }}) {{ action {{ id }} }}"),
        format!("reopenAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("reassignAction(input: {{ code: {code}, owner: \"Charlie\" }}) {{ action {{ id }} }}"),
        format!("rescheduleAction(input: {{ code: {code}, dueDate: \"2026-03-20T12:00:00Z\" }}) {{ action {{ id }} }}"),
        "recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: \"out of memory\" }) { agent { id } }".to_owned(),
    ] {
        run(&server, &token, &mutation).await;
    }
    let expected = [
        ("ACTION_UPDATED", "STARTED"),
        ("ACTION_BLOCKED", "BLOCKED"),
        ("ACTION_UPDATED", "UNBLOCKED"),
        ("ACTION_COMPLETED", "COMPLETED"),
        ("ACTION_UPDATED", "REOPENED"),
        ("ACTION_UPDATED", "CANCELLED"),
        ("ACTION_UPDATED", "REOPENED"),
        ("ACTION_UPDATED", "REASSIGNED"),
        ("ACTION_UPDATED", "RESCHEDULED"),
        ("AGENT_STATUS_CHANGE", ""),
    ];
    // A subscriber that comes late reads the same from the log, and so does one that polls.
    let mut socket = server.socket(&token).await;
    socket.subscribe("late", EVENTS, json!({ "after": start })).await;
    let mut cursors = Vec::new();
    for (event_type, change) in expected {
        let event = socket.next("late").await["events"].clone();
        assert_eq!(event["type"], event_type);
        assert_eq!(event["detail"]["change"].as_str().unwrap_or_default(), change);
        cursors.push(event["cursor"].clone());
    }
    let query = "query($after: Cursor) { events(after: $after, first: 3) { nodes { cursor } endCursor hasNextPage } }";
    let (mut after, mut polled) = (start, Vec::new());
    loop {
        let page = server.ask(&token, query, json!({ "after": after })).await.data()["events"].clone();
        polled.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["cursor"].clone()));
        after = page["endCursor"].clone();
        if page["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(polled, cursors);
    // In the middle of the log too.
    socket.subscribe("middle", EVENTS, json!({ "after": cursors[4] })).await;
    assert_eq!(socket.next("middle").await["events"]["cursor"], cursors[5]);
}

#[tokio::test]
async fn filters_hold_for_subscribers_as_for_queries() {
    let (server, token) = plan().await;
    let start = cursor(&server, &token).await;
    let actions = pending(&server, &token).await;
    let mine = |node: &&Value| node["owners"].as_array().unwrap().contains(&json!({ "name": "Artifacts" }));
    let (ours, other) = (actions.iter().find(mine).unwrap(), actions.iter().find(|node| !mine(node)).unwrap());
    let mut socket = server.socket(&token).await;
    socket.subscribe("owner", EVENTS, json!({ "after": start, "owner": ["artifacts agent"] })).await;
    run(&server, &token, &format!("startAction(input: {{ code: {} }}) {{ action {{ id }} }}", other["code"])).await;
    run(&server, &token, &format!("startAction(input: {{ code: {} }}) {{ action {{ id }} }}", ours["code"])).await;
    assert_eq!(socket.next("owner").await["events"]["action"]["code"], ours["code"]);
    let short = "subscription($after: Cursor) { actionBlocked(after: $after) { action { code } } }";
    socket.subscribe("blocked", short, json!({ "after": start })).await;
    let block = format!("blockAction(input: {{ code: {}, blockerDescription: \"x\" }}) {{ action {{ id }} }}", other["code"]);
    run(&server, &token, &block).await;
    assert_eq!(socket.next("blocked").await["actionBlocked"]["action"]["code"], other["code"]);
}

#[tokio::test]
async fn what_a_member_may_not_see_is_not_sent() {
    let (server, token) = plan().await;
    let start = cursor(&server, &token).await;
    let code = pending(&server, &token).await[0]["code"].clone();
    let (team, investor) = (server.token(TEAM), server.token(INVESTOR));
    let mut team_socket = server.socket(&team).await;
    team_socket.subscribe("team", EVENTS, json!({ "after": start })).await;
    run(&server, &token, &format!("startAction(input: {{ code: {code} }}) {{ action {{ id }} }}")).await;
    // Assigned to Andrew, whom the team member is: from now on it is theirs to see.
    run(&server, &token, &format!("reassignAction(input: {{ code: {code}, owner: \"Andrew\" }}) {{ action {{ id }} }}")).await;
    assert_eq!(team_socket.next("team").await["events"]["detail"]["change"], "REASSIGNED", "the start was not theirs");
    assert_eq!(server.ask(&investor, "{ events { nodes { id } } }", json!({})).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn an_edited_document_is_an_event_like_any_other() {
    let (server, token) = plan().await;
    let mut socket = server.socket(&token).await;
    socket.subscribe("1", EVENTS, json!({ "after": cursor(&server, &token).await })).await;
    let output = server.command(&["ingest", fixture("plans/RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md").to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    // Another process wrote it: the hint, or the look once a second, brings it here.
    let event = socket.next("1").await["events"].clone();
    assert_eq!((event["__typename"].as_str(), event["actor"].as_str()), (Some("WeekIngestedEvent"), Some("ingest")));
}

#[tokio::test]
async fn a_subscription_that_cannot_be_followed_is_refused() {
    let (server, token) = plan().await;
    let mut socket = server.socket(&token).await;
    // "event:999999999", as another database might have given it out.
    for (query, variables) in [
        ("subscription { a: events { id } b: events { id } }", json!({})),
        ("subscription($after: Cursor) { events(after: $after) { id } }", json!({ "after": "ZXZlbnQ6OTk5OTk5OTk5" })),
    ] {
        socket.subscribe("x", query, variables).await;
        let message = socket.receive().await;
        let text = message.to_string();
        assert!(text.contains("GRAPHQL_VALIDATION_FAILED") || text.contains("ahead of the event log"), "{text}");
        if message["type"] == "next" {
            assert_eq!(socket.receive().await["type"], "complete");
        }
    }
}
