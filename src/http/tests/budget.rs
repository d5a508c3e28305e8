//! What an operation may cost, and what is left then.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::RoleLimits;
use super::support::{Answer, Server, send, serve, serve_with};
use crate::entities::enums::Role;

async fn ask(server: &Server, variables: Value) -> Answer {
    server.run_with("{ hello }", variables).await
}

/// Ten requests and a hundred of cost in a minute.
async fn poor() -> Server {
    let limits = RoleLimits { depth: 3, cost: 60, requests_per_minute: 10, cost_per_minute: 100 };
    serve_with(|own| own.roles = HashMap::from([(Role::Admin, limits)])).await
}

#[tokio::test]
async fn the_cost_and_what_is_left_are_told() {
    let server = poor().await;
    let answer = ask(&server, json!({ "cost": 40 })).await;
    assert_eq!(
        answer.json()["extensions"]["cost"],
        json!({ "requested": 40, "operationLimit": 60, "remaining": 60, "limit": 100, "resetSeconds": 24 })
    );
    assert_eq!(answer.header("ratelimit-policy"), "\"requests\";q=10;w=60, \"cost\";q=100;w=60");
    assert!(answer.header("ratelimit").starts_with("\"requests\";r=9;t=6, \"cost\";r=60;t="), "{}", answer.header("ratelimit"));
}

#[tokio::test]
async fn what_may_never_be_asked_is_too_complex_and_costs_nothing() {
    let server = poor().await;
    for demand in [json!({ "cost": 61 }), json!({ "depth": 4 }), json!({ "aliases": 101 }), json!({ "directives": 51 })] {
        let answer = ask(&server, demand.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "QUERY_TOO_COMPLEX"), "{demand}");
    }
    assert_eq!(ask(&server, json!({ "cost": 1 })).await.json()["extensions"]["cost"]["remaining"], 99);
}

#[tokio::test]
async fn who_has_spent_a_budget_waits() {
    let server = poor().await;
    assert_eq!(ask(&server, json!({ "cost": 60 })).await.status, 200);
    let answer = ask(&server, json!({ "cost": 60 })).await;
    assert_eq!((answer.status, answer.code().as_str(), answer.header("retry-after")), (429, "RATE_LIMITED", "12"));
    // Requests count too, those that were refused included.
    for _ in 0..8 {
        assert_eq!(ask(&server, json!({})).await.status, 200);
    }
    let answer = ask(&server, json!({})).await;
    assert_eq!((answer.status, answer.json()["errors"][0]["extensions"]["retryAfterSeconds"].as_u64()), (429, Some(6)));
    // The same over a socket, where a budget is no reason to go.
    let mut socket = server.signed_in().await;
    socket.subscribe("1", "{ hello }").await;
    let refused = socket.hear().await;
    assert_eq!((&refused["type"], &refused["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("RATE_LIMITED")));
}

#[tokio::test]
async fn an_answer_is_the_same_whatever_is_left() {
    let server = serve().await;
    let get = |tag: &str| {
        let url = "/graphql?query={hello}&variables={\"cost\":5}";
        send(server.get(url).bearer_auth("good").header("if-none-match", tag))
    };
    let first = get("\"none\"").await;
    assert_eq!(first.json()["extensions"]["cost"]["requested"], 5);
    let second = get(first.header("etag")).await;
    assert_eq!((second.status, second.text.as_str()), (304, ""));
}
