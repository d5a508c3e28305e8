//! GraphQL over HTTP: what is refused before anything runs.

use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::json;

use super::support::{Server, send, serve, serve_with};

#[tokio::test]
async fn only_json_bodies_are_read() {
    let server = serve().await;
    let body = json!({ "query": "mutation { bump }" }).to_string();
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=\"UTF-8\"", 200),
        ("application/json; charset=iso-8859-1", 415),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/graphql", 415),
    ] {
        let answer = send(server.post().header("content-type", content_type).body(body.clone())).await;
        assert_eq!(answer.status, status, "{content_type}");
        if status == 415 {
            assert_eq!(answer.code(), "UNSUPPORTED_MEDIA_TYPE");
        }
    }
    let without = send(server.post().body(body)).await;
    assert_eq!(without.status, 415);
    assert_eq!(server.probe.bumps.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn ill_formed_requests_are_400_in_either_type() {
    let server = serve().await;
    for (body, says) in [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("\"{ hello }\"", "a JSON object, not text"),
        ("[{\"query\":\"{ hello }\"}]", "Batches are not supported"),
        ("[]", "Batches are not supported"),
        ("{}", "`query` is missing"),
        (r#"{"query":null}"#, "`query` is missing"),
        (r#"{"query":7}"#, "`query` is text, not a number"),
        (r#"{"query":"{ hello }","variables":[]}"#, "`variables` is an object, not a list"),
        (r#"{"query":"{ hello }","variables":"{}"}"#, "`variables` is an object, not text"),
        (r#"{"query":"{ hello }","operationName":{}}"#, "`operationName` is text, not an object"),
        (r#"{"query":"{ hello }","extensions":true}"#, "`extensions` is an object, not a boolean"),
    ] {
        for accept in ["application/json", "application/graphql-response+json"] {
            let request = server.post().header("content-type", "application/json").header("accept", accept);
            let answer = send(request.body(body)).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_REQUEST"), "{body}");
            let message = answer.json()["errors"][0]["message"].as_str().expect("a message").to_owned();
            assert!(message.contains(says), "{body}: {message}");
            assert!(answer.header("content-type").starts_with(accept));
        }
    }
    let nulls = r#"{"query":"{ hello }","variables":null,"operationName":null,"extensions":null,"other":1}"#;
    let answer = send(server.post().header("content-type", "application/json").body(nulls)).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = serve().await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = send(server.request(method.clone(), "/graphql")).await;
        assert_eq!(
            (answer.status, answer.header("allow"), answer.code().as_str()),
            (405, "GET, POST", "METHOD_NOT_ALLOWED"),
            "{method}"
        );
    }
    let answer = send(server.request(Method::DELETE, "/auth/session")).await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
    let answer = send(server.get("/nowhere")).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn the_body_is_bounded_with_and_without_a_declared_length() {
    let server = serve_with(|limits| limits.body_bytes = 1000).await;
    let query = format!("{{ hello }} #{}", "x".repeat(990));
    let body = json!({ "query": query }).to_string();
    let declared = send(server.post().header("content-type", "application/json").body(body.clone())).await;
    assert_eq!((declared.status, declared.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));

    let whole = json!({ "query": "{ hello }" }).to_string();
    let padded = format!("{whole}{}", " ".repeat(1000 - whole.len()));
    assert_eq!(send(server.post().header("content-type", "application/json").body(padded)).await.status, 200);

    let answer = raw_chunked(&server, &body).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");
}

/// Sends a body in chunks, so that its length is not known beforehand.
async fn raw_chunked(server: &Server, body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(server.address).await.expect("a connection");
    let head = "POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer good\r\ncontent-type: application/json\r\n\
                connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let request = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    super::support::within(stream.read_to_end(&mut answer)).await.expect("an answer");
    String::from_utf8(answer).expect("text")
}

#[tokio::test]
async fn strangers_are_refused_before_anything_is_parsed() {
    let server = serve().await;
    let stranger = || server.request(Method::POST, "/graphql").json(&json!({ "query": "{ this is not even" }));
    for request in [
        stranger(),
        stranger().bearer_auth("bad"),
        stranger().header("authorization", "Basic Z29vZA=="),
        stranger().header("cookie", "rpm_session=bad"),
        // The header decides; the cookie does not stand in for it.
        stranger().bearer_auth("bad").header("cookie", "rpm_session=good"),
        stranger().header("authorization", "good").header("cookie", "rpm_session=good"),
    ] {
        let answer = send(request).await;
        assert_eq!(
            (answer.status, answer.code().as_str(), answer.header("www-authenticate")),
            (401, "UNAUTHENTICATED", "Bearer")
        );
    }
    let me = || server.request(Method::POST, "/graphql").json(&json!({ "query": "{ me }" }));
    for request in [
        me().bearer_auth("good"),
        me().header("authorization", "bearer  good"),
        me().header("cookie", "other=1; rpm_session=good; last=2"),
    ] {
        assert_eq!(send(request).await.json(), json!({ "data": { "me": "jesse@example.com" } }));
    }
}
