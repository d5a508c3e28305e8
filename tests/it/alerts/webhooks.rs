//! From a mutation to a receiver that checks the signature, by servers as they run.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::node::Program;
use crate::support::postgres::{ADMIN, AGENT};
use crate::support::server::rpm_api;
use crate::support::{Hook, Server, TestDatabase, fixture};

const CREATE: &str = "mutation($input: CreateAlertSubscriptionInput!) { createAlertSubscription(input: $input) {
    secret subscription { id kinds channel address isActive member { email } } } }";
const PLAN: &str = "works/RPM-WORKS-001-Warehouse-Labels-20260301.md";

/// A server on a database with a plan, which may send to this machine.
async fn server() -> Server {
    let database = TestDatabase::new().await;
    let ingested = rpm_api().env("DATABASE_URL", &database.url).arg("ingest").arg(fixture(PLAN)).output().unwrap();
    assert!(ingested.status.success(), "{ingested:?}");
    Server::with(database, &["--private-webhooks"])
}

async fn subscribe(server: &Server, token: &str, hook: &Hook) -> Value {
    let input = json!({ "kinds": ["ACTION_BLOCKED"], "channel": "WEBHOOK", "address": hook.url });
    server.ask(token, CREATE, json!({ "input": input })).await.data()["createAlertSubscription"].clone()
}

async fn block(server: &Server, token: &str, code: &str, why: &str) {
    let mutation = "mutation($code: String!, $why: String!) {
        blockAction(input: { code: $code, blockerDescription: $why }) { action { id } } }";
    server.ask(token, mutation, json!({ "code": code, "why": why })).await.data();
}

/// Codes of actions that can be blocked, and whether they are the AGENT member's.
async fn open(server: &Server, token: &str) -> Vec<(String, bool)> {
    let query = "{ actions(filter: { status: [PENDING, IN_PROGRESS] }, first: 100) { nodes { code owners { name } } } }";
    let data = server.ask(token, query, json!({})).await.data();
    let nodes = data["actions"]["nodes"].as_array().unwrap().iter();
    let owned = |node: &Value| node["owners"].as_array().unwrap().iter().any(|owner| owner["name"] == "Artifacts");
    nodes.map(|node| (node["code"].as_str().unwrap().to_owned(), owned(node))).collect()
}

fn checked(receiver: &mut Program, secret: &Value, call: &crate::support::hook::Call, body: &str) -> String {
    let headers: Value =
        call.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    receiver.ask(&json!({ "secret": secret, "headers": headers, "body": body }).to_string())
}

#[tokio::test]
async fn a_blocked_action_reaches_a_receiver_that_checks_the_signature() {
    let server = server().await;
    let admin = server.token(ADMIN);
    let mut hook = Hook::start().await;
    let made = subscribe(&server, &admin, &hook).await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let (code, _) = open(&server, &admin).await.remove(0);
    block(&server, &admin, &code, "No paper").await;
    let call = hook.next().await;
    let body = call.json();
    assert_eq!((&body["type"], &body["data"]["code"]), (&json!("ACTION_BLOCKED"), &json!(code)));
    assert_eq!((&body["data"]["blockerDescription"], &body["data"]["actor"]), (&json!("No paper"), &json!(ADMIN)));
    assert!(body["title"].as_str().unwrap().starts_with(&format!("Blocked: {code} (No paper)")), "{body}");
    let mut receiver = Program::start(&["webhook.mjs"]);
    assert_eq!(checked(&mut receiver, &made["secret"], &call, &call.body), "genuine");
    assert!(checked(&mut receiver, &made["secret"], &call, &call.body.replace("paper", "money")).starts_with("refused"));
    assert!(checked(&mut receiver, &json!("whsec_c29tZXRoaW5nIGVsc2U="), &call, &call.body).starts_with("refused"));

    // What became of it; the delivery is known to the receiver by its id.
    let query = "query($id: ID!) { alertDeliveries(filter: { subscriptionId: $id }) {
        totalCount nodes { id kind state attempts title data lastError finishedAt nextAttemptAt } } }";
    let told = loop {
        let data = server.ask(&admin, query, json!({ "id": made["subscription"]["id"] })).await.data();
        if data["alertDeliveries"]["nodes"][0]["state"] != "PENDING" {
            break data["alertDeliveries"].clone();
        }
    };
    let node = &told["nodes"][0];
    assert_eq!((&told["totalCount"], &node["state"], &node["attempts"]), (&json!(1), &json!("SENT"), &json!(1)));
    assert_eq!((node["id"].as_str().unwrap(), &node["lastError"]), (call.header("webhook-id"), &json!(null)));

    // A new secret takes the place of the old one.
    let renew = "mutation($id: ID!) { updateAlertSubscription(input: { id: $id, newSecret: true }) { secret } }";
    let renewed = server.ask(&admin, renew, json!({ "id": made["subscription"]["id"] })).await.data();
    let test = "mutation($id: ID!) { sendTestAlert(input: { id: $id }) { delivery { kind state } } }";
    let sent = server.ask(&admin, test, json!({ "id": made["subscription"]["id"] })).await.data();
    assert_eq!(sent["sendTestAlert"]["delivery"], json!({ "kind": "TEST", "state": "PENDING" }));
    let call = hook.next().await;
    assert_eq!(call.json()["type"], "TEST");
    assert_eq!(checked(&mut receiver, &renewed["updateAlertSubscription"]["secret"], &call, &call.body), "genuine");
    assert!(checked(&mut receiver, &made["secret"], &call, &call.body).starts_with("refused"));
    receiver.finish();
}

#[tokio::test]
async fn two_servers_tell_each_subscriber_of_each_blocking_once_and_of_nothing_that_is_not_theirs() {
    let one = server().await;
    let other = one.another(&["--private-webhooks"]);
    let (admin, agent) = (one.token(ADMIN), one.token(AGENT));
    let (mut all, mut own) = (Hook::start().await, Hook::start().await);
    subscribe(&one, &admin, &all).await;
    subscribe(&other, &agent, &own).await;
    let open = open(&one, &admin).await;
    let agents: BTreeSet<&str> = open.iter().filter(|(_, own)| *own).map(|(code, _)| code.as_str()).collect();
    assert!(!agents.is_empty() && agents.len() < open.len(), "{open:?}");
    for ((code, _), number) in open.iter().zip(0..) {
        block(if number % 2 == 0 { &one } else { &other }, &admin, code, "x").await;
    }
    let mut told = BTreeSet::new();
    for _ in &open {
        assert!(told.insert(all.next().await.json()["data"]["code"].as_str().unwrap().to_owned()), "each once");
    }
    assert_eq!(told.len(), open.len());
    let mut told = BTreeSet::new();
    for _ in &agents {
        told.insert(own.next().await.json()["data"]["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(told.iter().map(String::as_str).collect::<BTreeSet<_>>(), agents);
    // All that was decided is sent, and nothing came beside it.
    let query = "{ alertDeliveries(filter: { state: [PENDING, FAILED, SUPPRESSED] }) { totalCount } }";
    while one.ask(&admin, query, json!({})).await.data()["alertDeliveries"]["totalCount"] != 0 {}
    assert!(all.came().is_none() && own.came().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_waits_for_what_is_on_its_way_and_nothing_is_sent_twice() {
    let mut server = server().await;
    let admin = server.token(ADMIN);
    let mut hook = Hook::start().await;
    let made = subscribe(&server, &admin, &hook).await;
    let (held, (code, _)) = (hook.hold(), open(&server, &admin).await.remove(0));
    block(&server, &admin, &code, "x").await;
    let id = hook.next().await.header("webhook-id").to_owned();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(server.pid()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    // It has heard: nobody new is let in.
    while server.http().get(server.url("/readyz")).send().await.is_ok_and(|answer| answer.status() == 200) {}
    held.notify_one();
    assert_eq!(server.ended(), Some(0));
    let next = Server::with(TestDatabase { url: server.database.url.clone() }, &["--private-webhooks"]);
    let query = "{ alertDeliveries { nodes { id state attempts } } }";
    let told = next.ask(&admin, query, json!({})).await.data()["alertDeliveries"]["nodes"].clone();
    assert_eq!(told, json!([{ "id": id, "state": "SENT", "attempts": 1 }]), "{made}");
    assert!(hook.came().is_none());
}

#[tokio::test]
async fn a_failed_ingest_and_a_failed_export_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("RPM-X-001-Plan-20260301.md"), "Nothing is planned.").unwrap();
    // With a plan: where there is nothing to export, nothing fails.
    let server = server().await;
    let admin = server.token(ADMIN);
    let mut hook = Hook::start().await;
    let database = TestDatabase { url: server.database.url.clone() };
    let flags = [
        "--private-webhooks",
        "--ingest",
        folder.path().to_str().unwrap(),
        "--ingest-every",
        "1",
        "--warehouse",
        "bigquery://acme/nothing",
        // Nothing answers there.
        "--warehouse-endpoint",
        "http://127.0.0.1:9",
        "--warehouse-timeout",
        "1",
        "--warehouse-patience",
        "1",
        "--alerts-every",
        "1",
    ];
    let input = json!({ "kinds": ["INGEST_FAILED", "EXPORT_FAILED"], "channel": "WEBHOOK", "address": hook.url });
    let failing = Server::with(database, &flags);
    failing.ask(&admin, CREATE, json!({ "input": input })).await.data();
    let mut kinds = BTreeSet::new();
    for _ in 0..2 {
        let call = hook.next().await.json();
        kinds.insert(call["type"].as_str().unwrap().to_owned());
        assert!(call["data"]["failure"].is_string(), "{call}");
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["EXPORT_FAILED", "INGEST_FAILED"]);
    // The file is no better by being left as it is: nothing new is told by the looks that follow.
    let looks =
        async || failing.ask(&admin, "{ ingestRuns { totalCount } }", json!({})).await.data()["ingestRuns"]["totalCount"].clone();
    let before = looks().await.as_i64().unwrap();
    while looks().await.as_i64().unwrap() < before + 3 {
        tokio::task::yield_now().await;
    }
    let told = failing.ask(&admin, "{ alertDeliveries { totalCount } }", json!({})).await.data();
    assert_eq!(told["alertDeliveries"]["totalCount"], 2);
}
