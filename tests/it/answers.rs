//! Answers that are given again: only while they hold, and only to those who may see the same.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use sqlx::{Executor, Row};

use crate::support::postgres::{ADMIN, TEAM, VIP};
use crate::support::{Deaf, Server};

const PLAN: &str = "works/RPM-WORKS-001-Warehouse-Labels-20260301.md";
const BLOCKED: &str = "{ actions(first: 3) { nodes { code blockerDescription } } }";
const BLOCK: &str =
    "mutation($code: String!, $why: String!) { blockAction(input: { code: $code, blockerDescription: $why }) { action { id } } }";

/// What others commit shows within this time.
const PROMISED: Duration = Duration::from_secs(1);

/// How many answers of a server were given again.
async fn given_again(server: &Server) -> u64 {
    let text = server.http().get(server.url("/metrics")).send().await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("rpm_answers_total{from=\"memory\"} "));
    line.map_or(0, |number| number.parse().unwrap())
}

/// Asks until the answer is one that was given before: what the server does when it starts is over, and it hears of changes.
async fn until_known(server: &Server, token: &str, query: &str) -> Value {
    loop {
        let before = given_again(server).await;
        let data = server.ask(token, query, json!({})).await.data();
        if given_again(server).await > before {
            return data;
        }
    }
}

fn first(data: &Value) -> (&str, &Value) {
    let action = &data["actions"]["nodes"][0];
    (action["code"].as_str().unwrap(), &action["blockerDescription"])
}

#[tokio::test]
async fn an_answer_is_given_again_until_something_changes_that_it_is_made_of() {
    let server = Server::with_plan(PLAN).await;
    let token = server.token(ADMIN);
    let data = until_known(&server, &token, BLOCKED).await;
    let before = server.statements().await;
    assert_eq!(server.ask(&token, BLOCKED, json!({})).await.data(), data);
    assert_eq!(server.statements().await, before, "asked of the database");

    // Of agents it says nothing.
    let known = given_again(&server).await;
    let beat = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }";
    server.ask(&token, beat, json!({})).await.data();
    server.ask(&token, BLOCKED, json!({})).await.data();
    assert_eq!(given_again(&server).await, known + 1);

    // Own changes show at once, in what they change and in what follows from it.
    let audit = "{ auditLog(first: 1) { nodes { recordedAt } } }";
    let code = first(&data).0;
    let mut newest = until_known(&server, &token, audit).await;
    for round in ["rain", "snow", "hail"] {
        server.ask(&token, BLOCK, json!({ "code": code, "why": round })).await.data();
        let data = server.ask(&token, BLOCKED, json!({})).await.data();
        let blocked = data["actions"]["nodes"].as_array().unwrap().iter().find(|action| action["code"] == code);
        assert_eq!(blocked.unwrap()["blockerDescription"], round);
        let now = server.ask(&token, audit, json!({})).await.data();
        assert_ne!(std::mem::replace(&mut newest, now.clone()), now);
    }
}

#[tokio::test]
async fn who_wants_a_fresh_one_gets_it_and_who_has_it_is_not_sent_it_again() {
    let server = Server::with_plan(PLAN).await;
    let token = server.token(ADMIN);
    let url = server.url("/graphql?query=%7BcurrentWeek%7Bid%7Dactions(first:1)%7Bnodes%7Bcode%7D%7D%7D");
    let get = async |name: &'static str, value: String| {
        server.http().get(&url).bearer_auth(&token).header(name, value).send().await.unwrap()
    };
    let (tag, known) = loop {
        let before = given_again(&server).await;
        let answer = get("accept", "application/json".to_owned()).await;
        let after = given_again(&server).await;
        if after > before {
            break (answer.headers()["etag"].to_str().unwrap().to_owned(), after);
        }
    };
    let same = get("if-none-match", tag.clone()).await;
    assert_eq!((same.status().as_u16(), same.headers()["etag"].to_str().unwrap()), (304, tag.as_str()));
    assert_eq!(given_again(&server).await, known + 1);
    let fresh = get("cache-control", "max-age=0, no-cache".to_owned()).await;
    assert_eq!(fresh.headers()["etag"].to_str().unwrap(), tag);
    let body: Value = fresh.json().await.unwrap();
    assert!(body["extensions"]["cost"]["requested"].as_u64().unwrap() > 0, "{body}");
    assert_eq!(given_again(&server).await, known + 1, "it was made anew");
}

#[tokio::test]
async fn an_answer_is_for_those_who_may_see_the_same() {
    let server = Server::with_plan(PLAN).await;
    let added = server.command(&["member", "add", "second@test.rpm", "admin", "--name", "Second"]);
    assert!(added.status.success(), "{added:?}");
    let (admin, second) = (server.token(ADMIN), server.token("second@test.rpm"));
    let mine = "{ viewer { email } actions(first: 3) { nodes { code } } }";
    let everybodys = "{ actions(first: 50) { nodes { code } } }";
    let all = until_known(&server, &admin, everybodys).await;
    let known = given_again(&server).await;
    assert_eq!(server.ask(&second, everybodys, json!({})).await.data(), all);
    assert_eq!(given_again(&server).await, known + 1, "two admins see the same");
    for (token, email) in [(&admin, ADMIN), (&second, "second@test.rpm"), (&admin, ADMIN), (&server.token(VIP), VIP)] {
        assert_eq!(server.ask(token, mine, json!({})).await.data()["viewer"]["email"], email);
    }
    assert_ne!(server.ask(&server.token(TEAM), everybodys, json!({})).await.data(), all);
    // An error is no answer to give again.
    let before = given_again(&server).await;
    for _ in 0..2 {
        server.ask(&admin, "{ action(code: \"nowhere\", id: \"x\") { code } }", json!({})).await;
    }
    assert_eq!(given_again(&server).await, before);
}

#[tokio::test]
async fn an_agent_that_falls_silent_is_shown_offline_in_an_answer_that_was_known() {
    let server = Server::with(crate::support::TestDatabase::new().await, &["--agent-stale-after", "2"]);
    let token = server.token(ADMIN);
    server
        .ask(&token, "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { id } } }", json!({}))
        .await
        .data();
    let agents = "{ agent(name: \"QA\") { status } }";
    let begun = Instant::now();
    assert_eq!(until_known(&server, &token, agents).await["agent"]["status"], "ACTIVE");
    while server.ask(&token, agents, json!({})).await.data()["agent"]["status"] == "ACTIVE" {
        assert!(begun.elapsed() < Duration::from_secs(4), "still shown as active");
    }
}

/// Asks until the blocker of an action is this one.
async fn until_blocked_by(server: &Server, token: &str, why: &str) -> Duration {
    let begun = Instant::now();
    while !server.ask(token, BLOCKED, json!({})).await.data().to_string().contains(why) {
        assert!(begun.elapsed() < Duration::from_secs(20), "“{why}” never shows");
    }
    begun.elapsed()
}

#[tokio::test]
async fn what_others_commit_shows_within_a_second_however_they_do_it() {
    let one = Server::with_plan(PLAN).await;
    let link = Deaf::hearing(&one.database.url).await;
    let other = one.another(&["--listen-url", &link.url()]);
    let token = one.token(ADMIN);
    let data = until_known(&other, &token, BLOCKED).await;
    let code = first(&data).0.to_owned();
    let mut connection = one.database.connection().await;
    let by_hand = async |connection: &mut sqlx::PgConnection, why: &str| {
        let update = sqlx::query("UPDATE rpm_action_items SET blocker_description = $1 WHERE action_code = $2");
        assert_eq!(update.bind(why).bind(&code).execute(connection).await.unwrap().rows_affected(), 1);
    };
    for round in 0..5 {
        until_known(&other, &token, BLOCKED).await;
        let why = format!("mutation {round}");
        one.ask(&token, BLOCK, json!({ "code": code, "why": why })).await.data();
        assert!(until_blocked_by(&other, &token, &why).await < PROMISED);
        until_known(&other, &token, BLOCKED).await;
        let why = format!("statement {round}");
        by_hand(&mut connection, &why).await;
        assert!(until_blocked_by(&other, &token, &why).await < PROMISED);
    }
    // A connection that hears nothing any more, and says nothing of it.
    until_known(&other, &token, BLOCKED).await;
    link.turn();
    by_hand(&mut connection, "unheard").await;
    assert!(until_blocked_by(&other, &token, "unheard").await < PROMISED);
    // And one that never heard anything: nothing is given again.
    let deaf = one.another(&["--listen-url", "postgres://rpm@127.0.0.1:1/rpm"]);
    for round in ["one", "two", "three"] {
        deaf.ask(&token, BLOCKED, json!({})).await.data();
        by_hand(&mut connection, round).await;
        assert!(deaf.ask(&token, BLOCKED, json!({})).await.data().to_string().contains(round));
    }
    assert_eq!(given_again(&deaf).await, 0);
}

/// What was written and acknowledged, by action: the number, where, and when.
type Written = Mutex<HashMap<String, Vec<(u64, usize, Instant)>>>;

/// Who wrote it, where no server did.
const BY_HAND: usize = usize::MAX;

#[tokio::test]
async fn readers_find_no_answer_older_than_promised_beside_writers() {
    const ROUNDS: u64 = 40;
    let one = Server::with_plan(PLAN).await;
    let other = one.another(&[]);
    let servers = [&one, &other];
    let token = one.token(ADMIN);
    let data = until_known(&one, &token, BLOCKED).await;
    until_known(&other, &token, BLOCKED).await;
    let codes: Vec<String> =
        data["actions"]["nodes"].as_array().unwrap().iter().map(|action| action["code"].as_str().unwrap().to_owned()).collect();
    let (written, over) = (Written::default(), AtomicBool::new(false));

    let writers = codes.iter().enumerate().map(|(place, code)| {
        let (written, token) = (&written, &token);
        async move {
            let mut connection = servers[0].database.connection().await;
            for number in 1..=ROUNDS {
                let turn = (number as usize + place) % 3;
                let by = if let Some(server) = servers.get(turn) {
                    server.ask(token, BLOCK, json!({ "code": code, "why": number.to_string() })).await.data();
                    turn
                } else {
                    let update = sqlx::query("UPDATE rpm_action_items SET blocker_description = $1 WHERE action_code = $2");
                    update.bind(number.to_string()).bind(code).execute(&mut connection).await.unwrap();
                    BY_HAND
                };
                written.lock().unwrap().entry(code.clone()).or_default().push((number, by, Instant::now()));
            }
        }
    });
    let readers = [0, 1, 0, 1].map(|at| {
        let (written, over, token) = (&written, &over, &token);
        async move {
            let mut answers = 0;
            while !over.load(Ordering::SeqCst) {
                let asked = Instant::now();
                let data = servers[at].ask(token, BLOCKED, json!({})).await.data();
                answers += 1;
                for action in data["actions"]["nodes"].as_array().unwrap() {
                    let shown = action["blockerDescription"].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
                    let written = written.lock().unwrap();
                    let acknowledged = written.get(action["code"].as_str().unwrap()).into_iter().flatten();
                    let due =
                        acknowledged.filter(|(_, by, when)| *when + if *by == at { Duration::ZERO } else { PROMISED } < asked);
                    let newest = due.map(|(number, ..)| *number).max().unwrap_or(0);
                    assert!(shown >= newest, "{action} of server {at} where {newest} was acknowledged");
                }
            }
            answers
        }
    });
    let writing = async {
        join_all(writers).await;
        over.store(true, Ordering::SeqCst);
    };
    let ((), answers) = join(writing, join_all(readers)).await;
    assert!(answers.iter().all(|count| *count > 10), "{answers:?}");
    let again = given_again(&one).await + given_again(&other).await;
    assert!(again > 10, "only {again} answers were given again");
}

#[tokio::test]
async fn those_who_ask_the_same_at_once_are_answered_once() {
    let server = Server::with_plan(PLAN).await;
    let token = server.token(ADMIN);
    until_known(&server, &token, BLOCKED).await;
    let tree = "{ weeks(first: 1) { nodes { results(first: 5) { nodes { code actions(first: 20) { nodes { code owners { name } } } } } } } }";
    let before = server.statements().await;
    server.ask(&token, tree, json!({})).await.data();
    let alone = server.statements().await - before;
    server
        .ask(&token, BLOCK, json!({ "code": first(&until_known(&server, &token, BLOCKED).await).0, "why": "ice" }))
        .await
        .data();
    let before = server.statements().await;
    let answers = join_all((0..40).map(|_| server.ask(&token, tree, json!({})))).await;
    let data: Vec<Value> = answers.into_iter().map(|answer| answer.data()).collect();
    assert!(data.windows(2).all(|pair| pair[0] == pair[1]));
    // The own change is heard of once more, by its hint.
    let together = server.statements().await - before;
    assert!(together <= 3 * alone, "{together} statements for forty, {alone} for one");
}

#[tokio::test]
async fn every_table_is_known_and_so_is_what_its_triggers_write() {
    let server = Server::start().await;
    let mut connection = server.database.connection().await;
    let tables =
        "SELECT relname::text, EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'announce_change')
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1";
    let (announced, silent): (Vec<_>, Vec<_>) = connection
        .fetch_all(tables)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.get(0), row.get(1)))
        .partition(|(_, is): &(String, bool)| *is);
    let names = |tables: Vec<(String, bool)>| tables.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(announced), rpm_api::store::ANNOUNCED_TABLES);
    assert_eq!(names(silent), rpm_api::store::SILENT_TABLES);

    let triggers =
        "SELECT tgrelid::regclass::text, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal";
    for row in connection.fetch_all(triggers).await.unwrap() {
        let (table, source): (String, String) = (row.get(0), row.get(1));
        let changed = rpm_api::store::changed_by(&format!("UPDATE {table} SET"));
        for other in rpm_api::store::changed_by(&source)
            .into_iter()
            .filter(|other| source.contains(&format!("INTO {other}")) || source.contains(&format!("UPDATE {other}")))
        {
            assert!(changed.contains(&other), "a trigger of {table} writes {other}");
        }
    }

    let followers = "SELECT confrelid::regclass::text, conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confdeltype <> 'a'";
    for row in connection.fetch_all(followers).await.unwrap() {
        let (parent, child): (String, String) = (row.get(0), row.get(1));
        let changed = rpm_api::store::changed_by(&format!("DELETE FROM {parent}"));
        let is_silent = rpm_api::store::SILENT_TABLES.contains(&child.as_str());
        assert!(is_silent || changed.contains(&child.as_str()), "a row of {parent} takes rows of {child} along");
    }
}
