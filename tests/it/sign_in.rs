//! Sign-in with real identity providers, and with one that lies.

use std::net::TcpListener;

use serde_json::json;

use crate::support::node::Program;
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase, http};

const CLIENT_ID: &str = "rpm-api";
const CLIENT_SECRET: &str = "between the two of us";

/// Ports that were free a moment ago: a provider and its client know each other's before they start.
fn ports() -> (String, String) {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [one, other] = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port().to_string());
    (one, other)
}

/// Runs a program with a provider in it against a server of its own.
async fn run(program: &str, more: impl Fn(&str) -> Vec<String>) -> Server {
    let (provider, port) = ports();
    let public_url = format!("http://127.0.0.1:{port}");
    let client = json!({ "id": CLIENT_ID, "secret": CLIENT_SECRET });
    let setup = json!({ "port": provider.parse::<u16>().unwrap(), "server": public_url, "client": client });
    let mut program = Program::start(&[program, &setup.to_string()]);
    assert_eq!(program.hear(), "ready");
    let issuer = format!("http://localhost:{provider}");
    let mut flags = vec!["--port", &port, "--public-url", &public_url, "--oidc-issuer", &issuer, "--failed-sign-ins", "1000"];
    flags.extend(["--oidc-client-id", CLIENT_ID, "--oidc-client-secret", CLIENT_SECRET]);
    let more = more(&issuer);
    flags.extend(more.iter().map(String::as_str));
    let server = Server::with(TestDatabase::new().await, &flags);
    let output = server.command(&["member", "add", "revoked@test.rpm", "vip"]);
    assert!(output.status.success(), "{output:?}");
    assert!(server.command(&["member", "revoke", "revoked@test.rpm"]).status.success());
    assert_eq!(program.ask("begin"), "done");
    program.finish();
    server
}

#[tokio::test]
async fn members_get_in_by_a_certified_provider_and_nobody_else_does() {
    let server = run("sign-in.mjs", |_| Vec::new()).await;
    let mut connection = server.database.connection().await;
    let refused = "SELECT DISTINCT subject FROM audit_log WHERE kind = 'SIGN_IN_REFUSED' ORDER BY subject";
    let refused: Vec<String> = sqlx::query_scalar(refused).fetch_all(&mut connection).await.unwrap();
    assert_eq!(refused, ["revoked@test.rpm", "stranger@test.rpm", "unknown"]);
    let signed_in = "SELECT DISTINCT actor FROM audit_log WHERE kind = 'SIGNED_IN'";
    let signed_in: Vec<String> = sqlx::query_scalar(signed_in).fetch_all(&mut connection).await.unwrap();
    assert_eq!(signed_in, [ADMIN]);
}

#[tokio::test]
async fn an_id_token_that_is_wrong_in_any_way_is_refused() {
    let firebase = |issuer: &str| {
        let keys = format!("{issuer}/jwks");
        ["--firebase-project", "demo", "--firebase-issuer", issuer, "--firebase-keys", &keys].map(str::to_owned).into()
    };
    run("tokens.mjs", firebase).await;
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_as_such_and_nothing_waits_for_it() {
    let (provider, port) = ports();
    let (public_url, issuer) = (format!("http://127.0.0.1:{port}"), format!("http://localhost:{provider}"));
    let flags = ["--port", &port, "--public-url", &public_url, "--oidc-issuer", &issuer, "--oidc-client-id", CLIENT_ID];
    let server = Server::with(TestDatabase::new().await, &flags);
    let answer = http().get(server.url("/auth/login")).send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(answer.text().await.unwrap().contains("does not answer"));
    let token = server.token(ADMIN);
    server.ask(&token, "{ viewer { email } }", json!({})).await.data();
}
