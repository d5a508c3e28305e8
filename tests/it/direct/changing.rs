//! The same of changes: what is told of one, and why one is refused.

use serde_json::{Value, json};

use super::{ACTION, said, server, written};
use crate::support::postgres::{self, ADMIN, TEAM};

#[tokio::test]
async fn changes_are_told_as_the_executor_tells_them() {
    let server = server().await;
    let admin = server.token(ADMIN);
    let open = "{ actions(first: 2, filter: { status: [PENDING] }) { nodes { code } } }";
    let codes = server.ask(&admin, open, json!({})).await.data();
    let codes = [0, 1].map(|at| codes["actions"]["nodes"][at]["code"].clone());
    let mut fresh = 0;
    let mut known = Vec::new();
    for (mutation, more) in [
        ("startAction", json!({})),
        ("completeAction", json!({ "actualHours": "1.5", "evidencePath": "a \"b\"\n/c" })),
        ("completeAction", json!({})),
        ("reopenAction", json!({ "expectedUpdatedAt": null })),
        ("blockAction", json!({ "blockerDescription": "no \u{1f3b5}" })),
        ("unblockAction", json!({})),
        ("rescheduleAction", json!({ "dueDate": "2031-02-03T04:05:06.7+02:00" })),
        ("rescheduleAction", json!({ "dueDate": null })),
        ("reassignAction", json!({ "owner": "QA + Jesse" })),
        ("cancelAction", json!({ "reason": "over" })),
    ] {
        let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let document = format!(
            "mutation($input: {input}!) {{ done: {mutation}(input: $input) {{ __typename action {{ __typename at: {ACTION} }} }} }}"
        );
        let asked = |code: &Value| {
            let mut asked = more.clone();
            asked["code"] = code.clone();
            json!({ "input": asked })
        };
        // The executor first, for another action where the document is not known.
        if !known.contains(&mutation) {
            server.ask(&admin, &document, asked(&codes[0])).await.data();
            known.push(mutation);
        }
        let before = written(&server).await;
        let data = server.ask(&admin, &document, asked(&codes[1])).await.data();
        assert_eq!(written(&server).await, before + 1.0, "{mutation}");
        assert_eq!(data["done"]["__typename"], format!("{}Payload", input.trim_end_matches("Input")));
        fresh += 1;
        let stands = format!("query($code: String!) {{ action(code: $code) {{ __typename at: {ACTION} }} }} # {fresh}");
        let stands = server.ask(&admin, &stands, json!({ "code": codes[1] })).await.data();
        assert_eq!(data["done"]["action"].to_string(), stands["action"].to_string(), "{mutation}");
    }
    // An agent, by the id, with what can be said of the same object in more than one place.
    let own = "{ actions(first: 2, filter: { status: [PENDING], owner: [\"Artifacts\"] }) { nodes { id } } }";
    let own = server.ask(&admin, own, json!({})).await.data();
    let document =
        "mutation($id: ID!) { startAction(input: { id: $id }) { action { id ...Told } action { done: status s: status } } }
        fragment Told on Action { ... on Action { code } status }";
    let agent = server.token(postgres::AGENT);
    server.ask(&agent, document, json!({ "id": own["actions"]["nodes"][0]["id"] })).await.data();
    let before = written(&server).await;
    let data = server.ask(&agent, document, json!({ "id": own["actions"]["nodes"][1]["id"] })).await.data();
    assert_eq!(written(&server).await, before + 1.0);
    let told = &data["startAction"]["action"];
    assert!(told["id"] == own["actions"]["nodes"][1]["id"] && told["code"].is_string(), "{told}");
    assert!(["status", "done", "s"].iter().all(|name| told[name] == "IN_PROGRESS"), "{told}");

    let sql = "SELECT count(*) FROM events WHERE action_id = (SELECT id FROM rpm_action_items WHERE action_code = $1)";
    let code = codes[1].as_str().unwrap();
    let events: i64 = sqlx::query_scalar(sql).bind(code).fetch_one(&mut server.database.connection().await).await.unwrap();
    assert_eq!(events, 9, "one of every change");
}

#[tokio::test]
async fn changes_are_refused_as_the_executor_refuses_them() {
    let server = server().await;
    let (admin, team, agent) = (server.token(ADMIN), server.token(TEAM), server.token(postgres::AGENT));
    let done = "{ actions(first: 1, filter: { status: [COMPLETED] }) { nodes { code } } }";
    let code = server.ask(&admin, done, json!({})).await.data()["actions"]["nodes"][0]["code"].clone();
    let document = "mutation Hold($code: String, $id: ID, $why: String = \"rain\", $seen: DateTime) {
        held: blockAction(input: { code: $code, id: $id, blockerDescription: $why, expectedUpdatedAt: $seen }) { action { code } } }";
    let others = "{ actions(first: 1, filter: { status: [PENDING], owner: [\"Andrew\"] }) { nodes { code } } }";
    let of_others = server.ask(&admin, others, json!({})).await.data()["actions"]["nodes"][0]["code"].clone();
    // Its two fields are one in the answer and two changes.
    let twice = "mutation Twice($code: String!) { startAction(input: { code: $code }) { action { code } } ...More }
        fragment More on Mutation { startAction(input: { code: $code }) { action { status } } }";
    let whole = "mutation Hold($input: BlockActionInput!) { blockAction(input: $input) { action { code } } }";
    let id = "00000000-0000-7000-8000-000000000000";
    for (at, (token, document, variables, expected, is_direct)) in [
        (&admin, document, json!({ "code": code }), "CONFLICT", true),
        (&admin, document, json!({ "code": "NONE-1" }), "NOT_FOUND", true),
        (&admin, document, json!({ "id": id }), "NOT_FOUND", true),
        (&admin, document, json!({ "code": code, "id": id }), "BAD_USER_INPUT", true),
        (&admin, document, json!({}), "BAD_USER_INPUT", true),
        (&admin, document, json!({ "code": code, "why": " " }), "BAD_USER_INPUT", true),
        (&admin, document, json!({ "code": code, "why": null }), "BAD_USER_INPUT", false),
        (&admin, document, json!({ "code": code, "seen": "yesterday" }), "BAD_USER_INPUT", false),
        (&admin, document, json!({ "code": 7 }), "BAD_USER_INPUT", false),
        (&team, document, json!({ "code": code }), "FORBIDDEN", true),
        (&admin, whole, json!({ "input": { "code": code, "blockerDescription": "rain" } }), "CONFLICT", true),
        (&agent, document, json!({ "code": of_others }), "NOT_FOUND", true),
        (&admin, twice, json!({ "code": code }), "CONFLICT", false),
        (&admin, whole, json!({ "input": { "code": code, "blockDescription": "rain" } }), "BAD_USER_INPUT", false),
        (&admin, whole, json!({ "input": { "code": code, "blockerDescription": "rain", "more": 1 } }), "BAD_USER_INPUT", false),
    ]
    .into_iter()
    .enumerate()
    {
        let by_executor = said(&server, token, &format!("{document} # {at}"), &variables).await;
        assert!(by_executor.contains(&format!("\"code\":\"{expected}\"")), "{expected} {variables}: {by_executor}");
        said(&server, token, document, &variables).await;
        let before = written(&server).await;
        assert_eq!(said(&server, token, document, &variables).await, by_executor, "{variables}");
        // What cannot be read is the executor's to refuse, and what is wrong with what can be is told without it.
        assert_eq!(written(&server).await > before, is_direct, "{expected} {variables}");
    }
}
