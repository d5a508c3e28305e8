//! Subscriptions as Server-Sent Events.

use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::support::{Server, send, serve, serve_with, within};

/// A block of the stream: its fields in order, or a comment as the field "".
type Block = Vec<(String, String)>;

/// An answer that is read block by block.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// The next block; none at the end.
    async fn next(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.lines().map(|line| {
                    let (name, value) = line.split_once(':').expect("a field");
                    (name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned())
                });
                let block = block.collect();
                self.text = rest.to_owned();
                return Some(block);
            }
            match within(self.response.chunk()).await.expect("a whole chunk") {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk).expect("text")),
                None => {
                    assert_eq!(self.text, "", "the stream ends between blocks");
                    return None;
                }
            }
        }
    }

    /// Everything up to the end, without comments.
    async fn rest(mut self) -> Vec<Block> {
        let mut blocks = Vec::new();
        while let Some(block) = self.next().await {
            if block != comment() {
                blocks.push(block);
            }
        }
        blocks
    }
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn next(cursor: u32, payload: Value) -> Block {
    vec![field("event", "next"), field("id", &format!("cursor-{cursor}")), field("data", &payload.to_string())]
}

fn single(payload: Value) -> Block {
    vec![field("event", "next"), field("data", &payload.to_string())]
}

fn complete() -> Block {
    vec![field("event", "complete"), field("data", "")]
}

fn comment() -> Block {
    vec![field("", "")]
}

/// The code of the only error in a block.
fn code(block: &Block) -> String {
    let (name, data) = block.last().expect("a field");
    assert_eq!(name, "data");
    let payload: Value = serde_json::from_str(data).expect("JSON");
    payload["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
}

impl Server {
    fn event_request(&self, body: &Value) -> RequestBuilder {
        self.post().header("accept", "text/event-stream").json(body)
    }

    async fn events(&self, query: &str) -> Events {
        open(self.event_request(&json!({ "query": query }))).await
    }

    fn by_get(&self, query: &str) -> RequestBuilder {
        let request = self.request(Method::GET, "/graphql").header("accept", "text/event-stream").bearer_auth("good");
        let (client, request) = request.build_split();
        let mut request = request.expect("a request");
        request.url_mut().query_pairs_mut().append_pair("query", query);
        RequestBuilder::from_parts(client, request)
    }

    /// A stream that has begun and waits.
    async fn waiting(&self) -> Events {
        let mut events = self.events("subscription { never }").await;
        within(self.probe.begun.notified()).await;
        // Some browsers wait for the first byte before they call a stream open.
        assert_eq!(events.next().await, Some(comment()));
        events
    }
}

async fn open(request: RequestBuilder) -> Events {
    let response = within(request.send()).await.expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    Events { response, text: String::new() }
}

#[tokio::test]
async fn every_event_has_its_cursor_and_the_end_is_told() {
    let server = serve().await;
    let expected = [next(1, json!({ "data": { "count": 0 } })), next(2, json!({ "data": { "count": 1 } })), complete()];
    assert_eq!(server.events("subscription { count(to: 2) }").await.rest().await, expected);
    assert_eq!(open(server.by_get("subscription { count(to: 2) }")).await.rest().await, expected);
}

#[tokio::test]
async fn queries_and_mutations_are_streams_of_one() {
    let server = serve().await;
    let hello = [single(json!({ "data": { "hello": "hello " } })), complete()];
    assert_eq!(server.events("{ hello }").await.rest().await, hello);
    assert_eq!(open(server.by_get("{ hello }")).await.rest().await, hello);
    let added = [single(json!({ "data": { "bump": 1 } })), complete()];
    assert_eq!(server.events("mutation { bump }").await.rest().await, added);
}

#[tokio::test]
async fn a_document_that_is_refused_is_told_in_an_event() {
    let server = serve_with(|limits| limits.member_subscriptions = 1).await;
    for (query, expected) in [
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("subscription { refuses }", "CURSOR_EXPIRED"),
        ("{ internal }", "INTERNAL"),
    ] {
        let blocks = server.events(query).await.rest().await;
        assert_eq!(blocks.len(), 2, "{query}: {blocks:?}");
        assert_eq!((code(&blocks[0]).as_str(), &blocks[1]), (expected, &complete()), "{query}");
        assert!(!blocks[0].iter().any(|(_, value)| value.contains("secret")), "{query}: {blocks:?}");
    }
    // None of those has kept the one place there is.
    let taken = server.waiting().await;
    let refused = server.events("subscription { count(to: 1) }").await.rest().await;
    assert_eq!(code(&refused[0]), "LIMIT_EXCEEDED");
    drop(taken);
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn a_panic_on_the_way_is_the_end_of_its_stream() {
    let server = serve().await;
    let blocks = server.events("subscription { panicsLater }").await.rest().await;
    assert_eq!(blocks.len(), 3, "{blocks:?}");
    assert_eq!(blocks[0], next(1, json!({ "data": { "panicsLater": 1 } })));
    assert_eq!((code(&blocks[1]).as_str(), &blocks[2]), ("INTERNAL", &complete()));
    assert!(!format!("{blocks:?}").contains("secret"), "{blocks:?}");
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_a_status() {
    let server = serve_with(|limits| limits.operation_timeout = Duration::from_millis(50)).await;
    let subscription = json!({ "query": "subscription { count(to: 1) }" });
    let anonymous = || server.request(Method::POST, "/graphql").header("accept", "text/event-stream");
    for (request, status, code) in [
        (anonymous().json(&subscription), 401, "UNAUTHENTICATED"),
        (anonymous().bearer_auth("bad").json(&subscription), 401, "UNAUTHENTICATED"),
        (anonymous().bearer_auth("unreachable").json(&subscription), 500, "INTERNAL"),
        (anonymous().bearer_auth("panic").json(&subscription), 500, "INTERNAL"),
        (anonymous().bearer_auth("hanging").json(&subscription), 503, "TIMEOUT"),
        (anonymous().bearer_auth("good").header("content-type", "text/plain").body("{}"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (anonymous().bearer_auth("good").header("content-type", "application/json").body("{"), 400, "BAD_REQUEST"),
        (server.by_get("mutation { bump }"), 405, "METHOD_NOT_ALLOWED"),
        (server.request(Method::PUT, "/graphql").header("accept", "text/event-stream"), 405, "METHOD_NOT_ALLOWED"),
        (server.event_request(&json!({ "query": "{ slow }" })), 503, "TIMEOUT"),
        (server.event_request(&json!({ "query": "{ panics }" })), 500, "INTERNAL"),
        (server.event_request(&json!({ "query": "subscription { panics }" })), 500, "INTERNAL"),
        (server.event_request(&subscription).header("last-event-id", "cursor-1"), 400, "BAD_REQUEST"),
    ] {
        let answer = send(request).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
        assert!(answer.header("content-type").starts_with("application/json"), "{answer:?}");
    }
    assert_eq!(server.probe.bumps.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn last_event_id_is_where_a_stream_goes_on() {
    let server = serve().await;
    let query = "subscription($from: Cursor) { countBehind(after: $from, to: 4) }";
    let request = |variables: Value| server.event_request(&json!({ "query": query, "variables": variables }));
    let counted = |from: u32| -> Vec<Block> {
        let rest = (from + 1..=4).zip(1..).map(|(count, number)| next(number, json!({ "data": { "countBehind": count } })));
        rest.chain([complete()]).collect()
    };
    assert_eq!(open(request(json!({ "from": "2" }))).await.rest().await, counted(2));
    // A browser comes back with the variables that it first came with.
    let back = request(json!({ "from": "1" })).header("last-event-id", "3");
    assert_eq!(open(back).await.rest().await, counted(3));
    let back = request(json!({ "from": "1" })).header("last-event-id", "");
    assert_eq!(open(back).await.rest().await, counted(1));
}

#[tokio::test]
async fn a_waiting_stream_is_kept_alive() {
    let server = serve_with(|limits| limits.keep_alive = Duration::from_millis(50)).await;
    let mut events = server.waiting().await;
    for _ in 0..3 {
        assert_eq!(events.next().await, Some(comment()));
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_subscription() {
    let server = serve().await;
    drop(server.waiting().await);
    within(server.probe.dropped.notified()).await;
}

/// Without `complete`, so that its client comes back: to another server, or with another token.
#[tokio::test]
async fn a_stream_that_is_cut_short_does_not_say_complete() {
    let server = serve().await;
    let short = server.request(Method::POST, "/graphql").header("accept", "text/event-stream").bearer_auth("short");
    let short = open(short.json(&json!({ "query": "subscription { never }" }))).await;
    assert_eq!(short.rest().await, Vec::<Block>::new());
    within(server.probe.begun.notified()).await;
    within(server.probe.dropped.notified()).await;

    let withdrawn = server.waiting().await;
    server.revoked.send_replace(true);
    assert_eq!(withdrawn.rest().await, Vec::<Block>::new());
    within(server.probe.dropped.notified()).await;
    server.revoked.send_replace(false);

    let drained = server.waiting().await;
    server.drain.send_replace(true);
    assert_eq!(drained.rest().await, Vec::<Block>::new());
    within(server.probe.dropped.notified()).await;
}

#[tokio::test]
async fn a_reader_that_stops_stops_the_producer() {
    let server = serve().await;
    let mut events = server.events("subscription { flood }").await;
    assert!(events.next().await.is_some());
    let stalled = server.produced_at_rest().await;
    for _ in 0..stalled + 100 {
        assert!(events.next().await.is_some());
    }
    assert!(server.probe.produced.load(Ordering::SeqCst) >= stalled + 100);
}
