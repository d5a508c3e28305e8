//! Sessions: refreshed by many at once, stolen, idle, ended here and everywhere.

use reqwest::StatusCode;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::{Server, TestDatabase};

const VIP: &str = "vip@demo.rpm";

/// The cookies of a signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookies {
    session: String,
    refresh: String,
}

impl Cookies {
    fn of(answer: &reqwest::Response) -> Self {
        let find = |name: &str| {
            let mut set = answer.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
            let line = set.find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
            line.split(';').next().unwrap().to_owned()
        };
        Self { session: find("rpm_session="), refresh: find("rpm_refresh=") }
    }

    fn both(&self) -> String {
        format!("{}; {}", self.session, self.refresh)
    }
}

/// A server that the demo's members sign in to, on a database that is somebody's own.
async fn server(flags: &[&str]) -> Server {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    let owned = "INSERT INTO rpm_weekly_plans (project_id, week_start_date, week_end_date, title, owner)
        SELECT id, '2026-03-01', '2026-03-07', 'A week', 'Jesse' FROM projects LIMIT 1";
    connection.execute(owned).await.unwrap();
    Server::with(database, &[&["--demo", "--failed-sign-ins", "1000"], flags].concat())
}

async fn post(server: &Server, path: &str, cookies: Option<&Cookies>, body: Value) -> reqwest::Response {
    let request = server.http().post(server.url(path)).json(&body);
    let request = match cookies {
        Some(cookies) => request.header(COOKIE, cookies.both()),
        None => request,
    };
    request.send().await.unwrap()
}

async fn sign_in(server: &Server) -> Cookies {
    let answer = post(server, "/auth/demo", None, json!({ "email": VIP })).await;
    assert_eq!(answer.status(), StatusCode::OK);
    Cookies::of(&answer)
}

async fn refresh(server: &Server, cookies: &Cookies) -> Result<Cookies, StatusCode> {
    let answer = post(server, "/auth/refresh", Some(cookies), json!({})).await;
    if answer.status() == StatusCode::OK { Ok(Cookies::of(&answer)) } else { Err(answer.status()) }
}

async fn is_signed_in(server: &Server, cookies: &Cookies) -> bool {
    let answer = server
        .http()
        .get(server.url("/auth/session"))
        .header(COOKIE, &cookies.session)
        .header("x-requested-with", "a test")
        .send()
        .await
        .unwrap();
    answer.status() == StatusCode::OK
}

async fn ends(server: &Server) -> Vec<String> {
    let mut connection = server.database.connection().await;
    let ends = "SELECT end_reason FROM sessions WHERE ended_at IS NOT NULL ORDER BY ended_at";
    sqlx::query_scalar(ends).fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn twenty_tabs_that_refresh_at_once_log_nobody_out() {
    let one = server(&[]).await;
    let other = one.another(&["--demo"]);
    let mut cookies = sign_in(&one).await;
    for _ in 0..100 {
        let tabs = (0..20).map(|tab| refresh(if tab % 2 == 0 { &one } else { &other }, &cookies));
        let answers: Vec<_> = futures_util::future::join_all(tabs).await.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|answer| answer.refresh == answers[0].refresh), "one successor for all");
        assert_ne!(answers[0].refresh, cookies.refresh);
        cookies = answers[0].clone();
    }
    assert!(is_signed_in(&other, &cookies).await);
    assert_eq!(ends(&one).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_tab_that_is_late_by_some_rounds_gets_the_token_that_is_good_now() {
    let server = server(&[]).await;
    let first = sign_in(&server).await;
    let mut newest = first.clone();
    for _ in 0..30 {
        newest = refresh(&server, &newest).await.unwrap();
    }
    assert_eq!(refresh(&server, &first).await.unwrap().refresh, newest.refresh);
    refresh(&server, &newest).await.unwrap();
}

#[tokio::test]
async fn a_stolen_token_that_is_used_once_ends_the_session_for_both() {
    let server = server(&["--refresh-grace", "0"]).await;
    let (victim, bystander) = (sign_in(&server).await, sign_in(&server).await);
    let mut socket = server.socket(victim.session.strip_prefix("rpm_session=").unwrap()).await;
    let thief = refresh(&server, &victim).await.unwrap();
    assert!(is_signed_in(&server, &thief).await);
    assert_eq!(refresh(&server, &victim).await, Err(StatusCode::UNAUTHORIZED));
    assert_eq!(refresh(&server, &thief).await, Err(StatusCode::UNAUTHORIZED));
    assert_eq!(ends(&server).await, ["reused"]);
    // What the two hold open, and their access tokens, end with it.
    assert_eq!(socket.closed().await.0, 4403);
    assert!(!is_signed_in(&server, &thief).await && !is_signed_in(&server, &victim).await);
    refresh(&server, &bystander).await.unwrap();
}

#[tokio::test]
async fn a_session_that_is_not_used_for_an_hour_is_over() {
    let server = server(&[]).await;
    let (cookies, other) = (sign_in(&server).await, sign_in(&server).await);
    let mut connection = server.database.connection().await;
    connection.execute("UPDATE sessions SET last_used_at = last_used_at - interval '59 minutes'").await.unwrap();
    let cookies = refresh(&server, &cookies).await.unwrap();
    connection.execute("UPDATE sessions SET last_used_at = last_used_at - interval '61 minutes'").await.unwrap();
    for cookies in [&cookies, &other] {
        assert_eq!(refresh(&server, cookies).await, Err(StatusCode::UNAUTHORIZED));
    }
    assert_eq!(ends(&server).await, ["idle", "idle"]);
}

#[tokio::test]
async fn signing_out_ends_this_session_here_and_everywhere_all_of_them() {
    let server = server(&[]).await;
    let token = server.token(VIP);
    let (here, there) = (sign_in(&server).await, sign_in(&server).await);
    let out = post(&server, "/auth/logout", Some(&here), json!({})).await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(refresh(&server, &here).await, Err(StatusCode::UNAUTHORIZED));
    let there = refresh(&server, &there).await.unwrap();
    let mut socket = server.socket(&token).await;
    let out = post(&server, "/auth/logout", Some(&there), json!({ "everywhere": true })).await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(refresh(&server, &there).await, Err(StatusCode::UNAUTHORIZED));
    assert_eq!(socket.closed().await.0, 4403, "a token of the command line ends with it");
    assert_eq!(server.ask(&token, "{ viewer { email } }", json!({})).await.status, 401);
    assert!(!is_signed_in(&server, &here).await && !is_signed_in(&server, &there).await);
    assert_eq!(ends(&server).await, ["signed_out", "everywhere"]);
    let last = sign_in(&server).await;
    assert!(is_signed_in(&server, &last).await);
    // The access token is over, as after a quarter of an hour.
    let stale = Cookies { session: "rpm_session=over".to_owned(), ..last.clone() };
    let out = post(&server, "/auth/logout", Some(&stale), json!({ "everywhere": true })).await;
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert!(!is_signed_in(&server, &last).await);
    assert_eq!(post(&server, "/auth/logout", Some(&last), json!({ "everywhere": 1 })).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_revoked_member_gets_no_further() {
    let server = server(&[]).await;
    let cookies = sign_in(&server).await;
    assert!(server.command(&["member", "revoke", VIP]).status.success());
    assert_eq!(refresh(&server, &cookies).await, Err(StatusCode::UNAUTHORIZED));
    assert!(server.command(&["member", "restore", VIP]).status.success());
    assert_eq!(refresh(&server, &cookies).await, Err(StatusCode::UNAUTHORIZED), "for good: it may be a thief's");
    sign_in(&server).await;
}

#[tokio::test]
async fn a_secret_can_be_replaced_while_sessions_go_on() {
    const NEW: &str = "another secret for tests, longer than thirty-two bytes";
    const OLD: &str = "a secret for tests, longer than thirty-two bytes";
    let before = server(&[]).await;
    let cookies = sign_in(&before).await;
    let after = before.another(&["--demo", "--jwt-secret", NEW, "--jwt-previous-secret", OLD]);
    assert!(is_signed_in(&after, &cookies).await);
    let renewed = refresh(&after, &cookies).await.unwrap();
    assert!(is_signed_in(&after, &renewed).await);
    assert!(!is_signed_in(&before, &renewed).await, "the old server does not know the new secret");
    // One whose tab was at the old server when the new one replaced its token.
    assert_eq!(refresh(&after, &cookies).await.unwrap().refresh, renewed.refresh);
    let forgetful = before.another(&["--demo", "--jwt-secret", NEW]);
    assert!(!is_signed_in(&forgetful, &cookies).await && is_signed_in(&forgetful, &renewed).await);
}

#[tokio::test]
async fn what_the_database_holds_opens_nothing() {
    let server = server(&[]).await;
    let cookies = sign_in(&server).await;
    let mut connection = server.database.connection().await;
    let rows = "SELECT (to_jsonb(s) || to_jsonb(t))::text FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id";
    let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.unwrap();
    let secret = cookies.refresh.strip_prefix("rpm_refresh=").unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains(secret)), "{rows:?}");
}

#[tokio::test]
async fn by_https_the_cookies_are_of_this_host_only() {
    let server = server(&["--public-url", "https://cockpit.example"]).await;
    let answer = post(&server, "/auth/demo", None, json!({ "email": VIP })).await;
    let set: Vec<&str> = answer.headers().get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(set.len(), 2);
    for (cookie, name) in set.iter().zip(["__Host-rpm_session=", "__Host-rpm_refresh="]) {
        assert!(cookie.starts_with(name) && cookie.contains("; HttpOnly; Secure; SameSite=Strict; Path=/; "), "{cookie}");
    }
}
