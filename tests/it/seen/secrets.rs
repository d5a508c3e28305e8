//! No line of the log holds a token, a cookie, a body, a variable's value or a query string, whatever is logged.

use serde_json::{Value, json};
use sqlx::Executor;

use super::Told;
use crate::support::postgres::{ADMIN, INVESTOR};
use crate::support::{Socket, rpm_api};

#[tokio::test]
async fn the_whole_log_holds_no_secret() {
    for format in ["json", "text"] {
        let mut secrets = Vec::new();
        let mut server = Told::with(
            &[
                ("RPM_LOG", "trace"),
                ("RPM_LOG_FORMAT", format),
                ("RPM_METRICS_TOKEN", "secret-of-the-metrics"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
                ("RPM_TRACE_RATIO", "1"),
            ],
            &["--demo", "--trusted-proxies", "1"],
        )
        .await;
        let token = server.token(ADMIN);
        secrets.push(token[token.len() - 20..].to_owned());
        let mut secret = |name: &str| {
            let secret = format!("{name}-secret-{}", uuid::Uuid::new_v4().simple());
            secrets.push(secret.clone());
            secret
        };
        let post = |query: &str, variables: Value| server.post(&token, query, variables);
        // Variables and literals: found nowhere, of the wrong type, refused by the database, in a query that fails.
        let (variable, literal, typed, wide) = (secret("variable"), secret("literal"), secret("typed"), secret("wide"));
        post("query($x: String!) { agent(name: $x) { id } }", json!({ "x": variable })).send().await.unwrap();
        post(&format!("{{ agent(name: \"{literal}\") {{ id }} }}"), json!({})).send().await.unwrap();
        post("query($x: [ActionStatus!]) { actions(filter: { status: $x }) { totalCount } }", json!({ "x": [typed] }))
            .send()
            .await
            .unwrap();
        post("query($x: String!) { agent(name: $x) { id } }", json!({ "x": format!("{wide}\0") })).send().await.unwrap();
        let hours =
            json!({ "input": { "code": secret("code"), "actualHours": secret("hours"), "evidencePath": secret("path") } });
        post("mutation($input: CompleteActionInput!) { completeAction(input: $input) { action { id } } }", hours)
            .send()
            .await
            .unwrap();
        // Bodies that are none, and those that are too large.
        let raw = |body: String| {
            server.http.post(server.url("/graphql")).bearer_auth(&token).header("content-type", "application/json").body(body)
        };
        raw(secret("body")).send().await.unwrap();
        raw(format!("{{\"query\": \"{{ {} \"}}", secret("syntax"))).send().await.unwrap();
        raw(format!("{}{}", secret("large"), "x".repeat(1_100_000))).send().await.unwrap();
        // Query strings and paths.
        let get = |path: String| server.http.get(server.url(&path));
        get(format!("/graphql?query=%7Bviewer%7Bid%7D%7D&variables=%7B%22x%22%3A%22{}%22%7D", secret("query")))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        get(format!("/{}?x={}", secret("path"), secret("string"))).send().await.unwrap();
        get(format!("/auth/callback?state={}&error={}", secret("state"), secret("error"))).send().await.unwrap();
        get(format!("/auth/callback?state={}&code={}", secret("state"), secret("code"))).send().await.unwrap();
        get(format!("/auth/login?to={}", secret("to"))).send().await.unwrap();
        get(format!("/files/x?expires=1&signature={}", secret("signature"))).send().await.unwrap();
        // Headers: tokens that hold and tokens that do not, cookies, ids and places in traces that are none.
        get("/auth/session".to_owned()).bearer_auth(secret("bearer")).send().await.unwrap();
        get("/auth/session".to_owned()).header("authorization", secret("authorization")).send().await.unwrap();
        get("/auth/session".to_owned())
            .header("cookie", format!("session={}; refresh={}", secret("session"), secret("refresh")))
            .send()
            .await
            .unwrap();
        get("/healthz".to_owned())
            .header("x-request-id", format!("{} x", secret("id")))
            .header("traceparent", secret("trace"))
            .send()
            .await
            .unwrap();
        get("/healthz".to_owned())
            .header("user-agent", secret("agent"))
            .header("referer", secret("referer"))
            .send()
            .await
            .unwrap();
        get("/metrics".to_owned()).bearer_auth(secret("metrics")).send().await.unwrap();
        assert_eq!(get("/metrics".to_owned()).bearer_auth("secret-of-the-metrics").send().await.unwrap().status(), 200);
        // A session, refreshed by its cookie.
        let signed_in =
            server.http.post(server.url("/auth/demo")).json(&json!({ "email": "vip@demo.rpm" })).send().await.unwrap();
        let cookies: Vec<String> = signed_in
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        let session: Value = signed_in.json().await.unwrap();
        let refreshed = server
            .http
            .post(server.url("/auth/refresh"))
            .header("cookie", cookies.join("; "))
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        assert_eq!(refreshed.status(), 200);
        let refreshed: Value = refreshed.json().await.unwrap();
        server.http.post(server.url("/auth/firebase")).json(&json!({ "idToken": secret("id-token") })).send().await.unwrap();
        // A socket: its token, its ids, its variables, and a token that is presented anew.
        let mut socket = Socket::open(&server.address, &token).await;
        let (id, value, renewal) = (secret("socket-id"), secret("socket-variable"), secret("renewal"));
        socket.subscribe(&id, "query($x: String!) { agent(name: $x) { id } }", json!({ "x": value })).await;
        assert_eq!(socket.receive().await["type"], "next");
        assert_eq!(socket.receive().await["type"], "complete");
        socket.send(json!({ "type": "ping", "payload": { "token": renewal } })).await;
        assert_eq!(socket.receive().await["type"], "pong");
        // A key for a machine.
        let output =
            rpm_api().env("DATABASE_URL", &server.database.url).args(["key", "create", INVESTOR, "board"]).output().unwrap();
        let key = String::from_utf8(output.stdout)
            .unwrap()
            .split_whitespace()
            .find(|word| word.starts_with("rpm_key_"))
            .unwrap()
            .to_owned();
        server.post(&key, "{ investorSummary { weeks } }", json!({})).send().await.unwrap();
        server.post(&format!("{key}x"), "{ investorSummary { weeks } }", json!({})).send().await.unwrap();
        // The database fails under a query that has a value.
        server.database.connection().await.execute("ALTER TABLE owner_aliases RENAME TO away").await.unwrap();
        post("query($x: String!) { agent(name: $x) { id } }", json!({ "x": secret("failing") })).send().await.unwrap();

        let values = cookies.iter().map(|cookie| cookie.split_once('=').unwrap().1.to_owned());
        secrets.extend(values.filter(|value| value.len() > 20));
        secrets.extend([&session, &refreshed].map(|session| session["token"].as_str().unwrap().to_owned()));
        secrets.extend([key, "secret-of-the-metrics".to_owned(), "a secret for tests".to_owned()]);
        drop(socket);
        let log = server.log();
        assert!(log.contains("internal error") && log.contains("/graphql 200"), "there is a log: {log}");
        for secret in secrets {
            assert!(!log.contains(&secret), "{secret} in {:?}", log.lines().find(|line| line.contains(&secret)));
        }
    }
}
