//! The session and the sign-in of the demo.

use reqwest::Method;
use serde_json::json;

use super::support::{Server, send, serve, serve_as};

fn sign_in(server: &Server) -> reqwest::RequestBuilder {
    server.request(Method::POST, "/auth/demo")
}

#[tokio::test]
async fn the_session_is_the_member_or_401() {
    let server = serve().await;
    let nobody = send(server.get("/auth/session")).await;
    assert_eq!((nobody.status, nobody.code().as_str(), nobody.header("cache-control")), (401, "UNAUTHENTICATED", "no-store"));
    let session = send(server.get("/auth/session").bearer_auth("good")).await;
    assert_eq!(session.status, 200);
    let body = session.json();
    assert_eq!(body["member"], json!({ "email": "jesse@example.com", "name": "Jesse", "role": "ADMIN" }));
    assert_eq!(body["plans"], json!({ "timeZone": "America/Chicago", "principal": "Jesse" }));
    let expires = body["expiresAt"].as_str().expect("an instant");
    assert!(chrono::DateTime::parse_from_rfc3339(expires).is_ok_and(|at| at > chrono::Utc::now()), "{expires}");
}

#[tokio::test]
async fn the_demo_signs_in_by_cookie() {
    let server = serve().await;
    let ways = send(server.get("/auth/methods")).await;
    let jesse = json!({ "email": "jesse@example.com", "name": "Jesse", "role": "ADMIN" });
    assert_eq!(ways.json(), json!({ "provider": null, "demo": [jesse] }));

    let signed_in = send(sign_in(&server).json(&json!({ "email": "jesse@example.com" }))).await;
    assert_eq!((signed_in.status, &signed_in.json()["member"]["name"]), (200, &json!("Jesse")));
    let [cookie, refresh] = signed_in.cookies()[..] else { panic!("two cookies: {signed_in:?}") };
    assert_eq!(refresh, "rpm_refresh=good; HttpOnly; SameSite=Strict; Path=/; Max-Age=3600");
    let age: u64 = cookie
        .strip_prefix("rpm_session=good; HttpOnly; SameSite=Strict; Path=/; Max-Age=")
        .expect(cookie)
        .parse()
        .expect("seconds");
    assert!((590..=600).contains(&age), "{cookie}");

    let pair = cookie.split(';').next().expect("a pair");
    assert_eq!(
        send(server.get("/auth/session").header("cookie", pair).header("sec-fetch-site", "same-origin")).await.status,
        200
    );

    let gone = send(server.request(Method::POST, "/auth/logout").json(&json!({}))).await;
    let cleared = ["rpm_session", "rpm_refresh"].map(|name| format!("{name}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"));
    assert_eq!((gone.status, gone.cookies()), (204, cleared.iter().map(String::as_str).collect()));
}

#[tokio::test]
async fn a_session_goes_on_by_its_cookie() {
    let server = serve().await;
    let bare = || server.request(Method::POST, "/auth/refresh");
    let refresh = || bare().json(&json!({}));
    let renewed = send(refresh().header("cookie", "rpm_refresh=good")).await;
    assert_eq!((renewed.status, &renewed.json()["token"]), (200, &json!("renewed")));
    assert!(renewed.json()["expiresAt"].is_string());
    assert!(renewed.cookies()[0].starts_with("rpm_session=renewed; HttpOnly; SameSite=Strict; Path=/; Max-Age="));
    for (request, status) in [
        (refresh(), 401),
        (refresh().header("cookie", "rpm_refresh=bad"), 401),
        // An access token is not what gets the next one.
        (refresh().header("cookie", "rpm_session=good"), 401),
        // A token for a script ends when it was said to end.
        (refresh().bearer_auth("good"), 401),
        (bare().header("cookie", "rpm_refresh=good").header("content-type", "text/plain").body("{}"), 415),
    ] {
        let answer = send(request).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (status, ""));
    }
}

#[tokio::test]
async fn the_demo_refuses_what_it_should() {
    let server = serve().await;
    let jesse = json!({ "email": "jesse@example.com" });
    for (request, status, code) in [
        (sign_in(&server).json(&json!({ "email": "who@example.com" })), 404, "NOT_FOUND"),
        (sign_in(&server).json(&json!({ "mail": 1 })), 400, "BAD_REQUEST"),
        (sign_in(&server).header("content-type", "text/plain").body(jesse.to_string()), 415, "UNSUPPORTED_MEDIA_TYPE"),
        // A name that another site lets resolve to this machine.
        (sign_in(&server).header("host", "rebound.example").json(&jesse), 403, "FORBIDDEN"),
    ] {
        let answer = send(request).await;
        assert_eq!((answer.status, answer.code().as_str(), answer.header("set-cookie")), (status, code, ""));
    }
    let from_elsewhere = send(server.get("/auth/methods").header("host", "rebound.example")).await;
    assert_eq!(from_elsewhere.json()["demo"], json!(null));
    let off = serve_as(false, |_| {}).await;
    assert_eq!(send(off.get("/auth/methods")).await.json()["demo"], json!(null));
    assert_eq!(send(sign_in(&off).json(&jesse)).await.status, 404);
}

#[tokio::test]
async fn failures_are_counted_and_successes_are_not() {
    let server = super::support::serve_with(|limits| limits.failed_sign_ins = 3).await;
    let refresh = |token: &str| {
        let request = server.request(Method::POST, "/auth/refresh").json(&json!({}));
        request.header("cookie", format!("rpm_refresh={token}"))
    };
    for _ in 0..10 {
        assert_eq!(send(refresh("good")).await.status, 200);
    }
    for _ in 0..3 {
        assert_eq!(send(refresh("bad")).await.status, 401);
    }
    let limited = send(refresh("good")).await;
    assert_eq!((limited.status, limited.code().as_str()), (429, "RATE_LIMITED"));
    let seconds: u64 = limited.header("retry-after").parse().expect("seconds");
    assert!((1..=20).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn without_a_provider_there_is_a_page_that_says_so() {
    let server = serve().await;
    let nothing = send(server.get("/auth/login")).await;
    assert_eq!((nothing.status, nothing.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(nothing.text.contains("There is no identity provider here."), "{}", nothing.text);
    let back = send(server.get("/auth/callback?state=a&code=b")).await;
    assert_eq!(back.status, 403);
    assert!(back.text.contains("not begun in this browser"), "{}", back.text);
}
