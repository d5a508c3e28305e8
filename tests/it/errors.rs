//! Bad input gets a clear, typed error; nothing is lost; the server goes on.

use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::Server;
use crate::support::postgres::ADMIN;

#[tokio::test]
async fn every_bad_input_has_its_code_and_the_server_goes_on() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    let code = "{ actions(filter: { status: [PENDING] }, first: 1) { nodes { code } } }";
    let code = server.ask(&token, code, json!({})).await.data()["actions"]["nodes"][0]["code"].clone();
    let complete = "mutation($input: CompleteActionInput!) { completeAction(input: $input) { action { code } } }";
    let cases: Vec<(&str, &str, Value, &str)> = vec![
        ("a negative number of hours", complete, json!({ "input": { "code": code, "actualHours": "-1" } }), "BAD_USER_INPUT"),
        (
            "more hours than the column holds",
            complete,
            json!({ "input": { "code": code, "actualHours": "1000" } }),
            "BAD_USER_INPUT",
        ),
        ("hours as a fraction", complete, json!({ "input": { "code": code, "actualHours": 1.5 } }), "BAD_USER_INPUT"),
        ("hours that are no number", complete, json!({ "input": { "code": code, "actualHours": "many" } }), "BAD_USER_INPUT"),
        ("neither id nor code", complete, json!({ "input": {} }), "BAD_USER_INPUT"),
        (
            "both id and code",
            complete,
            json!({ "input": { "code": code, "id": "00000000-0000-4000-8000-000000000000" } }),
            "BAD_USER_INPUT",
        ),
        ("an id that is none", complete, json!({ "input": { "id": "42" } }), "BAD_USER_INPUT"),
        ("an id of nothing", complete, json!({ "input": { "id": "00000000-0000-4000-8000-000000000000" } }), "NOT_FOUND"),
        ("a code of nothing", complete, json!({ "input": { "code": "NO-SUCH-001" } }), "NOT_FOUND"),
        ("an unknown enum value", "{ actions(filter: { status: [DONE] }) { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        (
            "an unknown enum value in a variable",
            "query($s: [ActionStatus!]) { actions(filter: { status: $s }) { nodes { id } } }",
            json!({ "s": ["DONE"] }),
            "BAD_USER_INPUT",
        ),
        ("an unknown field", "{ actions { nodes { nonsense } } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("no GraphQL at all", "SELECT 1", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("a page too large", "{ actions(first: 101) { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        ("a page of nothing", "{ actions(first: 0) { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        ("two page sizes", "{ actions(first: 1, last: 1) { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        ("a cursor that is none", "{ actions(after: \"x\") { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        ("a node id that is none", "{ node(id: \"x\") { id } }", json!({}), "BAD_USER_INPUT"),
        ("an event cursor that is none", "{ events(after: \"x\") { nodes { id } } }", json!({}), "BAD_USER_INPUT"),
        ("a day that is none", "{ week(startDate: \"2026-02-30\") { id } }", json!({}), "BAD_USER_INPUT"),
        (
            "a query that asks for too much",
            "{ weeks(first: 100) { nodes { results(first: 100) { nodes { actions(first: 100) { nodes { id } } } } } } }",
            json!({}),
            "QUERY_TOO_COMPLEX",
        ),
    ];
    for (what, query, variables, code) in cases {
        let answer = server.ask(&token, query, variables).await;
        assert_eq!(answer.code(), code, "{what}: {:#}", answer.body);
        assert!(!answer.error()["message"].as_str().unwrap().is_empty(), "{what}");
    }
    let field = server.ask(&token, complete, json!({ "input": { "code": code, "actualHours": "-1" } })).await;
    assert_eq!(field.error()["extensions"]["field"], json!(["input", "actualHours"]));
    let unchanged =
        server.ask(&token, "query($code: String!) { action(code: $code) { status } }", json!({ "code": code })).await.data();
    assert_eq!(unchanged["action"]["status"], "PENDING");
}

#[tokio::test]
async fn text_that_the_database_cannot_hold_is_the_callers_mistake() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    for query in [
        "query($x: String!) { actions(filter: { search: $x }) { nodes { id } } }",
        "query($x: String!) { actions(filter: { owner: [$x] }) { nodes { id } } }",
        "query($x: String!) { songs(filter: { album: [$x] }) { nodes { id } } }",
        "query($x: String!) { action(code: $x) { id } }",
        "query($x: String!) { agent(name: $x) { id } }",
        "query($x: String!) { song(songId: $x) { id } }",
        "query($x: String!) { currentWeek(project: $x) { id } }",
        "mutation($x: String!) { startAction(input: { code: $x }) { action { id } } }",
        "mutation($x: JSON!) { recordHeartbeat(input: { agent: \"QA\", status: IDLE, metadata: { key: $x } }) { agent { id } } }",
    ] {
        let answer = server.ask(&token, query, json!({ "x": "a\u{0}b" })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{query}: {:#}", answer.body);
    }
    let many: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    for query in [
        "query($x: [String!]) { actions(filter: { owner: $x }) { nodes { id } } }",
        "query($x: [String!]) { weeks(filter: { project: $x }) { nodes { id } } }",
        "query($x: [String!]) { events(owner: $x) { nodes { id } } }",
    ] {
        assert_eq!(server.ask(&token, query, json!({ "x": many })).await.code(), "BAD_USER_INPUT", "{query}");
    }
}

#[tokio::test]
async fn a_field_that_fails_leaves_the_others_their_answers() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    let query = "mutation { a: startAction(input: { code: \"OPS-WORKS-001b\" }) { action { status } }
        b: startAction(input: { code: \"NO-SUCH-001\" }) { action { status } }
        c: startAction(input: { code: \"OPS-WORKS-001d\" }) { action { status } } }";
    let answer = server.ask(&token, query, json!({})).await;
    assert_eq!(answer.code(), "NOT_FOUND");
    let started = json!({ "action": { "status": "IN_PROGRESS" } });
    assert_eq!(answer.body["data"], json!({ "a": started, "b": null, "c": started }));
    let answer = server.ask(&token, "{ week { id } viewer { email } }", json!({})).await;
    assert_eq!(answer.body["data"], json!({ "week": null, "viewer": { "email": ADMIN } }));
    // What is left out is not taken for null where null means something.
    let query = "mutation { rescheduleAction(input: { code: \"OPS-WORKS-001b\" }) { action { dueDate } } }";
    assert_eq!(server.ask(&token, query, json!({})).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_query_fifty_levels_deep_is_refused() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let mut query = String::from("id");
    for level in 0..50 {
        query =
            if level % 2 == 0 { format!("actions(first: 1) {{ nodes {{ {query} }} }}") } else { format!("result {{ {query} }}") };
    }
    let answer = server.ask(&token, &format!("{{ {query} }}"), json!({})).await;
    assert_eq!(answer.code(), "QUERY_TOO_COMPLEX", "{:#}", answer.body);
    server.ask(&token, "{ viewer { email } }", json!({})).await.data();
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let answer = server.ask(&token, "{ viewer { email } }", json!({ "padding": "x".repeat(10_000_000) })).await;
    assert_eq!((answer.status, answer.code()), (413, "PAYLOAD_TOO_LARGE"));
    server.ask(&token, "{ viewer { email } }", json!({})).await.data();
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let server = Server::start().await;
    for token in ["", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."] {
        for query in ["{ viewer { email } }", "{ __schema { types { name } } }", "not even GraphQL"] {
            let answer = server.ask(token, query, json!({})).await;
            assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"), "{token:?} {query}");
        }
    }
}

#[tokio::test]
async fn errors_of_ours_are_masked_with_an_id_and_null_goes_to_the_nearest_nullable_parent() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    let mut connection = server.database.connection().await;
    connection.execute("ALTER TABLE owner_aliases RENAME TO owner_aliases_away").await.unwrap();
    let answer =
        server.ask(&token, "{ viewer { email } action(code: \"OPS-WORKS-001a\") { owners { aliases } } }", json!({})).await;
    assert_eq!(
        answer.body["data"]["action"],
        Value::Null,
        "the nearest nullable parent is null, not left out: {:#}",
        answer.body
    );
    assert_eq!(answer.body["data"]["viewer"]["email"], ADMIN, "and nothing more");
    assert_eq!(answer.code(), "INTERNAL");
    assert!(answer.error()["extensions"]["requestId"].is_string());
    let body = answer.body.to_string().to_lowercase();
    assert!(!body.contains("owner_aliases") && !body.contains("relation"), "{body}");
}
