//! What pages of other origins can and cannot do with the cookies of their visitors.

use reqwest::Method;
use serde_json::json;

use super::support::{send, serve};

const COOKIE: &str = "rpm_session=good";
const ALLOWED: &str = "https://cockpit.example";

#[tokio::test]
async fn a_cookie_counts_only_where_the_page_is_known_to_be_ours() {
    let server = serve().await;
    let own = format!("http://{}", server.address);
    let query = "/graphql?query={hello}";
    let cases: &[(&[(&str, &str)], u16)] = &[
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("x-requested-with", "XMLHttpRequest")], 200),
        (&[("origin", ALLOWED)], 200),
        (&[("origin", &own), ("sec-fetch-site", "same-origin")], 200),
        (&[], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "cross-site"), ("x-requested-with", "XMLHttpRequest")], 403),
        (&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], 403),
        (&[("origin", "null")], 403),
    ];
    for (headers, status) in cases {
        for accept in ["application/json", "text/event-stream"] {
            let mut request = server.get(query).header("cookie", COOKIE).header("accept", accept);
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let answer = send(request).await;
            assert_eq!(answer.status, *status, "{headers:?} {accept}");
        }
    }
    // A token is nothing that a browser adds by itself.
    assert_eq!(send(server.get(query).bearer_auth("good").header("sec-fetch-site", "cross-site")).await.status, 200);
    let post = || server.request(Method::POST, "/graphql").header("cookie", COOKIE).json(&json!({ "query": "{ hello }" }));
    assert_eq!(send(post()).await.status, 200);
    assert_eq!(send(post().header("origin", "https://evil.example")).await.status, 403);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let request = server.request(Method::POST, "/graphql").header("cookie", COOKIE).header("content-type", kind);
        assert_eq!(send(request.body("{\"query\":\"mutation { bump }\"}")).await.status, 415, "{kind}");
    }
    assert_eq!(server.probe.bumps.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn answers_are_shown_to_allowed_origins_only() {
    let server = serve().await;
    let preflight = |origin: &str| {
        let request = server.request(Method::OPTIONS, "/graphql").header("origin", origin);
        send(request.header("access-control-request-method", "POST").header("access-control-request-headers", "content-type"))
    };
    let granted = preflight(ALLOWED).await;
    assert_eq!(granted.header("access-control-allow-origin"), ALLOWED);
    assert_eq!(granted.header("access-control-allow-credentials"), "true");
    for origin in ["https://evil.example", "https://cockpit.example.evil", "http://cockpit.example", "null"] {
        assert_eq!(preflight(origin).await.header("access-control-allow-origin"), "", "{origin}");
        let shown = send(server.post().header("origin", origin).json(&json!({ "query": "{ hello }" }))).await;
        assert_eq!((shown.status, shown.header("access-control-allow-origin")), (200, ""), "{origin}");
    }
    let shown = send(server.post().header("origin", ALLOWED).json(&json!({ "query": "{ hello }" }))).await;
    assert_eq!((shown.status, shown.header("access-control-allow-origin")), (200, ALLOWED));
    assert!(shown.header("access-control-expose-headers").contains("ratelimit"));
}

#[tokio::test]
async fn every_answer_keeps_browsers_from_guessing_framing_and_telling() {
    let server = serve().await;
    for path in ["/graphql", "/graphiql", "/auth/session", "/auth/login", "/healthz", "/nowhere", "/assets/none.js"] {
        let answer = send(server.get(path)).await;
        let said = ["x-content-type-options", "x-frame-options", "referrer-policy", "strict-transport-security"];
        assert_eq!(said.map(|name| answer.header(name)), ["nosniff", "DENY", "no-referrer", ""], "{path}");
    }
}
