//! Pages, health and metrics.

use std::borrow::Cow;

use axum::http::Uri;
use rust_embed::{EmbeddedFile, Metadata};
use serde_json::json;
use tokio::net::TcpListener;

use super::super::assets;
use super::support::{Answer, send, serve, within};

/// A build of three files.
fn built(path: &str) -> Option<EmbeddedFile> {
    let (text, mime) = match path {
        "graphiql.html" => ("<!doctype html><title>GraphiQL</title>", "text/html"),
        "assets/index-B3nXk2aQ.js" => ("export {}", "text/javascript"),
        "assets/logo.svg" => ("<svg/>", "image/svg+xml"),
        _ => return None,
    };
    let metadata = Metadata::__rust_embed_new([7; 32], None, None, mime);
    Some(EmbeddedFile { data: Cow::Borrowed(text.as_bytes()), metadata })
}

fn built_with_cockpit(path: &str) -> Option<EmbeddedFile> {
    built(if path == "index.html" { "graphiql.html" } else { path })
}

/// Serves files on their own and gets one path.
async fn get(source: fn(&str) -> Option<EmbeddedFile>, path: &str, headers: &[(&str, &str)]) -> Answer {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}{path}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move { axum::serve(listener, assets::routes(source)).await });
    let client = crate::tls::http_client().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let request = headers.iter().fold(client.get(url), |request, (name, value)| request.header(*name, *value));
    let answer = send(request).await;
    server.abort();
    answer
}

#[tokio::test]
async fn pages_come_with_a_policy() {
    let page = get(built, "/graphiql", &[]).await;
    assert_eq!(
        (page.status, page.header("content-type"), page.header("cache-control")),
        (200, "text/html; charset=utf-8", "no-cache")
    );
    let policy = page.header("content-security-policy");
    for rule in [
        "script-src 'self';",
        "worker-src 'self' blob:",
        "connect-src 'self' ws: wss:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
}

#[tokio::test]
async fn the_front_page_is_the_cockpit_or_leads_to_the_explorer() {
    let without = get(built, "/", &[]).await;
    assert_eq!((without.status, without.header("location")), (302, "/graphiql"));
    for path in ["/", "/investors"] {
        let page = get(built_with_cockpit, path, &[]).await;
        let policy = page.header("content-security-policy");
        assert_eq!(page.status, 200);
        assert!(policy.contains("connect-src 'self';") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn assets_are_cached_by_their_names_and_tags() {
    let script = get(built, "/assets/index-B3nXk2aQ.js", &[]).await;
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    let logo = get(built, "/assets/logo.svg", &[]).await;
    assert_eq!((logo.header("content-type"), logo.header("cache-control")), ("image/svg+xml", "no-cache"));
    let tag = logo.header("etag");
    assert!(tag.starts_with('"'), "{tag}");
    let again = get(built, "/assets/logo.svg", &[("if-none-match", tag)]).await;
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag));
    for missing in
        ["/assets/none.js", "/assets/../graphiql.html", "/assets/%2e%2e/graphiql.html", "/assets/%2e%2e%2fgraphiql.html"]
    {
        assert_eq!(get(built, missing, &[]).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn a_missing_build_says_what_to_do() {
    let page = get(|_| None, "/graphiql", &[]).await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("The pages are not built: run <code>make</code>"), "{}", page.text);
}

#[tokio::test]
async fn health_readiness_and_metrics() {
    let server = serve().await;
    let live = send(server.get("/healthz")).await;
    assert_eq!((live.status, live.text.as_str()), (200, "ok"));
    let ready = send(server.get("/readyz")).await;
    assert_eq!((ready.status, ready.json()), (200, json!({ "ready": true, "reasons": [] })));
    let metrics = send(server.get("/metrics")).await;
    assert_eq!((metrics.status, metrics.text.as_str()), (200, "rpm_up 1\n"));
    assert!(metrics.header("content-type").starts_with("text/plain"));

    server.drain.send_replace(true);
    let draining = send(server.get("/readyz")).await;
    assert_eq!((draining.status, draining.json()), (503, json!({ "ready": false, "reasons": ["The server is stopping."] })));
    assert_eq!(within(async { send(server.get("/healthz")).await }).await.status, 200);
    assert!(server.url("/").parse::<Uri>().is_ok());
}
