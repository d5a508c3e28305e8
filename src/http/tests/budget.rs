//! What an operation may cost, and what is left then.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::{HttpLimits, RoleLimits};
use super::support::{Answer, Server, send, serve, serve_with};
use crate::entities::enums::Role;

async fn ask(server: &Server, variables: Value) -> Answer {
    server.run_with("{ hello }", variables).await
}

/// Ten requests and a hundred of cost in a minute.
async fn poor() -> Server {
    poor_with(|_| {}).await
}

async fn poor_with(more: impl FnOnce(&mut HttpLimits)) -> Server {
    let limits = RoleLimits { depth: 3, cost: 60, requests_per_minute: 10, cost_per_minute: 100 };
    serve_with(|own| {
        own.roles = HashMap::from([(Role::Admin, limits)]);
        more(own);
    })
    .await
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

/// The answers are shared with others; what it cost is its caller's own, and said once.
#[tokio::test]
async fn a_subscription_says_with_its_first_answer_what_it_cost() {
    let server = poor_with(|limits| limits.subscription_cost = 50).await;
    let request = json!({ "query": "subscription { count(to: 2) }", "variables": { "cost": 40 } });
    let mut socket = server.signed_in().await;
    socket.say(json!({ "id": "a", "type": "subscribe", "payload": request })).await;
    let cost = json!({ "requested": 40, "operationLimit": 50, "remaining": 60, "limit": 100, "resetSeconds": 24 });
    assert_eq!(socket.hear().await["payload"], json!({ "data": { "count": 0 }, "extensions": { "cost": cost } }));
    assert_eq!(socket.hear().await["payload"], json!({ "data": { "count": 1 } }));
    assert_eq!(socket.hear().await["type"], "complete");

    let answer = send(server.post().header("accept", "text/event-stream").json(&request)).await;
    let events: Vec<Value> =
        answer.text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    assert_eq!(events.len(), 2, "{answer:?}");
    assert_eq!((&events[0]["data"], &events[0]["extensions"]["cost"]["requested"]), (&json!({ "count": 0 }), &json!(40)));
    assert_eq!(events[1], json!({ "data": { "count": 1 } }));
    assert!(answer.header("ratelimit").starts_with("\"requests\";r=8;"), "{}", answer.header("ratelimit"));

    // Nothing to be told: what is wrong is.
    socket
        .say(json!({ "id": "b", "type": "subscribe", "payload": { "query": request["query"], "variables": { "cost": 51 } } }))
        .await;
    assert_eq!(socket.hear().await["payload"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
}
