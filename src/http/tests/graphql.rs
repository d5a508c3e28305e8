//! GraphQL over HTTP: negotiation, refusals, limits.

use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{send, serve, serve_with};

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL: &str = "application/graphql-response+json; charset=utf-8";

#[tokio::test]
async fn a_query_is_answered_by_post_and_get() {
    let server = serve().await;
    let posted =
        send(server.post().json(&json!({ "query": "query($n: String) { hello(name: $n) }", "variables": { "n": "you" } }))).await;
    assert_eq!((posted.status, posted.header("content-type")), (200, JSON));
    assert_eq!(posted.json(), json!({ "data": { "hello": "hello you" } }));
    assert_eq!(posted.header("content-length"), posted.text.len().to_string(), "told before it comes");

    let pairs = [
        ("query", "query A($n: String) { hello(name: $n) } query B { me }"),
        ("operationName", "A"),
        ("variables", r#"{"n":"you"}"#),
    ];
    let got = send(server.get("/graphql").query_pairs(&pairs).bearer_auth("good")).await;
    assert_eq!(got.json(), json!({ "data": { "hello": "hello you" } }));
}

#[tokio::test]
async fn the_answer_comes_in_the_type_that_was_asked_for() {
    let server = serve().await;
    for (accept, status, content_type) in [
        (Some("application/json"), 200, JSON),
        (Some("application/graphql-response+json"), 200, GRAPHQL),
        (Some("application/graphql-response+json, application/json;q=0.9"), 200, GRAPHQL),
        (Some("*/*"), 200, JSON),
        (Some("text/html"), 406, JSON),
        (Some("multipart/mixed"), 406, JSON),
        (None, 200, JSON),
    ] {
        let request = server.post().json(&json!({ "query": "{ hello }" }));
        let answer = send(match accept {
            Some(accept) => request.header("accept", accept),
            None => request,
        })
        .await;
        assert_eq!((answer.status, answer.header("content-type")), (status, content_type), "{accept:?}");
        if status == 406 {
            assert_eq!(answer.code(), "NOT_ACCEPTABLE");
        }
    }
}

#[tokio::test]
async fn the_newer_type_tells_by_status_whether_anything_ran() {
    let server = serve().await;
    for (query, newer, older, code) in [
        ("{ hello", 400, 200, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", 400, 200, "BAD_REQUEST"),
        ("query($n: Int!) { number(n: $n) }", 400, 200, "BAD_USER_INPUT"),
        ("{ hello maybe }", 200, 200, "CONFLICT"),
        ("{ fails }", 200, 200, "none"),
    ] {
        for (accept, status) in [("application/graphql-response+json", newer), ("application/json", older)] {
            let answer = send(server.post().header("accept", accept).json(&json!({ "query": query }))).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{query} as {accept}");
            let has_data = answer.json().get("data").is_some();
            assert_eq!(has_data, newer == 200, "`data` only when something ran: {query}");
        }
    }
}

#[tokio::test]
async fn get_runs_queries_only() {
    let server = serve().await;
    let get = async |pairs: &[(&str, &str)]| send(server.get("/graphql").query_pairs(pairs).bearer_auth("good")).await;

    let mutation = get(&[("query", "mutation { bump }")]).await;
    assert_eq!((mutation.status, mutation.header("allow"), mutation.code().as_str()), (405, "POST", "METHOD_NOT_ALLOWED"));
    let chosen = get(&[("query", "query Q { hello } mutation M { bump }"), ("operationName", "M")]).await;
    assert_eq!(chosen.status, 405);
    let misnamed = get(&[("query", "query Q { hello } mutation M { bump }"), ("operation_name", "Q")]).await;
    assert_eq!((misnamed.status, misnamed.code().as_str()), (200, "BAD_REQUEST"));
    assert_eq!(server.probe.bumps.load(Ordering::SeqCst), 0);

    let subscription = get(&[("query", "subscription { count(to: 1) }")]).await;
    assert_eq!((subscription.status, subscription.code().as_str()), (400, "BAD_REQUEST"));
    for pairs in [
        &[][..],
        &[("query", "{ hello }"), ("variables", "{")],
        &[("query", "{ hello }"), ("variables", "[]")],
        &[("query", "{ hello }"), ("query", "{ me }")],
    ] {
        let answer = get(pairs).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_REQUEST"), "{pairs:?}");
    }
    assert_eq!(get(&[("query", "{ hello }"), ("variables", ""), ("extensions", "null")]).await.status, 200);
}

#[tokio::test]
async fn a_subscription_by_post_is_pointed_to_the_websocket() {
    let answer = serve().await.run("subscription { count(to: 1) }").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_REQUEST"));
    assert!(answer.text.contains("graphql-transport-ws"), "{answer:?}");
}

#[tokio::test]
async fn a_request_has_an_id_in_both_directions() {
    let server = serve_with(|limits| limits.trusted_proxies = 1).await;
    let ask = |id: &str| server.post().header("x-request-id", id).json(&json!({ "query": "{ requestId }" }));
    let own = send(ask("trace-1.a:b_c")).await;
    assert_eq!((own.header("x-request-id"), &own.json()["data"]["requestId"]), ("trace-1.a:b_c", &json!("trace-1.a:b_c")));
    for unusable in ["has space", "quote\"", &"x".repeat(65), ""] {
        let answer = send(ask(unusable)).await;
        let given = answer.header("x-request-id").to_owned();
        assert!(uuid::Uuid::parse_str(&given).is_ok(), "{unusable}: {given}");
        assert_eq!(answer.json()["data"]["requestId"], Value::String(given));
    }
    // A stranger's would let it write another's into the log.
    let server = serve().await;
    let strange = send(server.post().header("x-request-id", "another-s").json(&json!({ "query": "{ requestId }" }))).await;
    assert!(uuid::Uuid::parse_str(strange.header("x-request-id")).is_ok(), "{strange:?}");
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_stopped() {
    let server = serve_with(|limits| limits.operation_timeout = Duration::from_millis(50)).await;
    let unknown = server.request(Method::POST, "/graphql").bearer_auth("hanging").json(&json!({ "query": "{ hello }" }));
    for answer in [server.run("{ slow }").await, send(unknown).await] {
        assert_eq!((answer.status, answer.code().as_str()), (503, "TIMEOUT"));
    }
}

#[tokio::test]
async fn what_is_out_of_reach_says_when_to_come_back() {
    let server = serve().await;
    for (query, status) in [("{ away }", 503), ("{ away hello }", 200), ("{ away maybe }", 503)] {
        let answer = server.run(query).await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, "3"), "{query}");
        assert!(answer.json().get("data").is_some(), "{query}: it was executed");
    }
    assert_eq!(server.run("{ maybe }").await.status, 200);
}

#[tokio::test]
async fn a_panic_is_an_internal_error_with_the_requests_id() {
    let server = serve_with(|limits| limits.trusted_proxies = 1).await;
    for request in [
        server.post().json(&json!({ "query": "{ panics }" })),
        server.request(Method::POST, "/graphql").bearer_auth("panic").json(&json!({ "query": "{ hello }" })),
        server.request(Method::POST, "/graphql").bearer_auth("unreachable").json(&json!({ "query": "{ hello }" })),
    ] {
        let answer = send(request.header("x-request-id", "trace-2")).await;
        assert_eq!(answer.status, 500);
        let extensions = json!({ "code": "INTERNAL", "requestId": "trace-2" });
        assert_eq!(answer.json(), json!({ "errors": [{ "message": "Internal error.", "extensions": extensions }] }));
    }
    assert_eq!(server.run("{ hello }").await.status, 200);
}

/// What of reqwest's `query` feature is needed here.
trait QueryPairs {
    fn query_pairs(self, pairs: &[(&str, &str)]) -> Self;
}

impl QueryPairs for reqwest::RequestBuilder {
    fn query_pairs(self, pairs: &[(&str, &str)]) -> Self {
        let (client, request) = self.build_split();
        let mut request = request.expect("a request");
        request.url_mut().query_pairs_mut().extend_pairs(pairs);
        Self::from_parts(client, request)
    }
}
