//! Answers without the executor are those that the executor gives. It answers the first time a document is asked, and not any more then: the two
//! must be the same to the letter.

mod changing;

use std::sync::atomic::{AtomicUsize, Ordering};

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rpm_api::demo::fill;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use crate::support::own_postgres::{OwnPostgres, PASSWORD};
use crate::support::postgres::{ADMIN, INVESTOR, TEAM, VIP};
use crate::support::server::spawn;
use crate::support::{Server, TestDatabase, http, rpm_api};

/// Documents that are made up.
const DOCUMENTS: usize = 150;

/// Texts, numbers and instants that are written in more than one way, or not at all.
const AWKWARD: &str = r#"
    UPDATE rpm_action_items SET action_text = E'"quoted" \\back\\ \t\x01\x1f\x7f </script> ü 🎵 \u2028', description = E'two\nlines'
        WHERE position = 0;
    UPDATE rpm_action_items SET due_date = '2026-01-01 00:00:00.000001+00', estimated_hours = 0.10, actual_hours = 120,
        blocker_description = 'rain', evidence_path = 'a/b', verification_criteria = 'seen' WHERE position = 1;
    UPDATE rpm_action_items SET due_date = NULL, owner = NULL, description = '' WHERE position = 2;
    UPDATE rpm_results SET priority = 0, outcome = NULL, owner = '%_''' WHERE position = 1;
    UPDATE rpm_weekly_plans SET code = NULL, classification = E'a\r\n"b"' WHERE week_start_date < now() - interval '30 days';
    UPDATE agent_status SET last_heartbeat = now() - interval '1 day' WHERE agent_name = 'QA';
    UPDATE agent_status SET current_action_id = (SELECT id FROM rpm_action_items ORDER BY id LIMIT 1), error_log = 'tired',
        session_start = now() WHERE agent_name = 'Research';
    UPDATE members SET owner_id = (SELECT id FROM owners WHERE name = 'QA') WHERE email = 'team@test.rpm';
"#;

/// The demo's data, some of it awkward, behind a server whose budgets are not what is tried here.
async fn server() -> Server {
    let database = TestDatabase::new().await;
    fill(&database.store().await, 7, chrono::Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    database.connection().await.execute(AWKWARD).await.unwrap();
    Server::with(
        database,
        &["--answer-cache", "0", "--budgets", "admin=1000000/2000000000/2000000,team=1000000/2000000000/2000000"],
    )
}

async fn written(server: &Server) -> f64 {
    server.metric("rpm_direct_answers_total").await
}

/// What an answer says, to the letter: its data and its errors, without what it cost.
async fn said(server: &Server, token: &str, document: &str, variables: &Value) -> String {
    let question = json!({ "query": document, "variables": variables });
    let request = server.http().post(server.url("/graphql")).bearer_auth(token).json(&question);
    let text = request.send().await.unwrap().text().await.unwrap();
    text.split(",\"extensions\":{\"cost\"").next().unwrap().trim_end_matches('}').to_owned()
}

/// Asks the executor, of a document that is known by one that is to the letter another, and asks again when the document is known. Gives the
/// answer if it was made without the executor then.
async fn both(server: &Server, token: &str, document: &str, variables: &Value) -> Option<Value> {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let before = written(server).await;
    let mut by_executor = said(server, token, document, variables).await;
    if written(server).await > before {
        let other = format!("{document} # {}", ASKED.fetch_add(1, Ordering::Relaxed));
        by_executor = said(server, token, &other, variables).await;
    }
    let before = written(server).await;
    let known = said(server, token, document, variables).await;
    assert_eq!(by_executor, known, "{document} {variables}");
    if written(server).await == before {
        return None;
    }
    // Once more, by a statement whose text was made before.
    assert_eq!(by_executor, said(server, token, document, variables).await, "again: {document} {variables}");
    Some(server.ask(token, document, variables.clone()).await.data())
}

const WEEK: &str =
    "id code title startDate endDate status owner classification version revenueTargetLow revenueTargetHigh createdAt updatedAt";
const RESULT: &str = "id code text purpose outcome verificationCriteria owner priority category status position completionDate createdAt updatedAt";
const ACTION: &str = "id code text description ownerText status funnelStage position dueDate startedAt completionDate estimatedHours \
                      actualHours blockerDescription verificationCriteria evidencePath createdAt updatedAt";
const AGENT: &str =
    "id name status healthScore lastHeartbeat sessionStart totalActionsCompleted totalHoursWorked errorLog updatedAt";
const PROJECT: &str = "id code title isDefault";

/// The columns of a type, and the fields that lead on, with the type they lead to and whether it is a page.
fn fields(ty: &str) -> (Vec<&'static str>, &'static [(&'static str, &'static str, bool)]) {
    let (columns, rows): (&str, &[(&str, &str, bool)]) = match ty {
        "Week" => (WEEK, &[("project", "Project", false), ("results", "Result", true), ("actions", "Action", true)]),
        "Result" => (RESULT, &[("week", "Week", false), ("actions", "Action", true)]),
        "Action" => (ACTION, &[("result", "Result", false)]),
        "Agent" => (AGENT, &[("currentAction", "Action", false)]),
        _ => (PROJECT, &[]),
    };
    (columns.split_whitespace().collect(), rows)
}

/// A selection of a type.
fn selection(random: &mut SmallRng, ty: &str, depth: u32) -> String {
    let (columns, rows) = fields(ty);
    let mut parts = Vec::new();
    for column in &columns {
        match random.random_range(0..8) {
            0..3 => parts.push((*column).to_owned()),
            3 => parts.push(format!("{column}_: {column}")),
            4 => parts.push(format!("... on {ty} {{ {column} }}")),
            _ => {}
        }
    }
    parts.push("__typename".to_owned());
    for (name, of, is_page) in rows.iter().filter(|_| depth > 0) {
        if random.random_bool(0.5) {
            let below = selection(random, of, depth - 1);
            parts.push(if *is_page {
                format!("{name}{} {{ nodes {{ {below} }} }}", arguments(random, of))
            } else {
                format!("{name} {{ {below} }}")
            });
        }
    }
    parts.join(" ")
}

/// Arguments of a page.
fn arguments(random: &mut SmallRng, of: &str) -> String {
    let mut all = vec![format!("first: {}", random.random_range(1..5))];
    let direction = *["ASC", "DESC"].choose(random).unwrap();
    let (filters, orders): (&[&str], &[&str]) = match of {
        "Action" => (
            &[
                "status: [COMPLETED, BLOCKED]",
                "owner: [\"Jesse\", \"qa agent\"]",
                "owner: []",
                "funnelStage: [TOP]",
                "search: \"the 'a\"",
                "dueFrom: \"2025-01-01T00:00:00+02:00\"",
                "status: null",
            ],
            &["POSITION", "DUE_DATE", "COMPLETION_DATE", "CODE", "UPDATED_AT"],
        ),
        "Result" => (&["status: [IN_PROGRESS, NOT_STARTED]", "category: [\"DEV\"]"], &["POSITION", "PRIORITY", "CODE"]),
        "Week" => (&["status: [ACTIVE]", "project: [\"main\"]", "startsFrom: \"2025-01-01\""], &["START_DATE", "UPDATED_AT"]),
        _ => (&["status: [OFFLINE]", "maxHealthScore: 90"], &["NAME", "HEALTH_SCORE", "LAST_HEARTBEAT"]),
    };
    if random.random_bool(0.4) {
        all.push(format!("filter: {{ {} }}", filters.choose(random).unwrap()));
    }
    if random.random_bool(0.4) {
        all.push(format!("orderBy: {{ field: {}, direction: {direction} }}", orders.choose(random).unwrap()));
    }
    format!("({})", all.join(", "))
}

#[tokio::test]
async fn what_the_database_writes_is_what_the_executor_says() {
    let server = server().await;
    let (admin, team) = (server.token(ADMIN), server.token(TEAM));
    let data = server
        .ask(&admin, "{ currentWeek { id } actions(first: 1, filter: { owner: [\"QA\"] }) { nodes { id code } } }", json!({}))
        .await
        .data();
    let (week, action) = (data["currentWeek"]["id"].as_str().unwrap(), data["actions"]["nodes"][0]["code"].as_str().unwrap());
    let mut random = SmallRng::seed_from_u64(8);
    let mut by_executor = Vec::new();
    for _ in 0..DOCUMENTS {
        let roots: Vec<String> = (0..random.random_range(1..3))
            .map(|at| {
                let (name, ty, is_page) = *[
                    ("weeks", "Week", true),
                    ("currentWeek", "Week", false),
                    ("week", "Week", false),
                    ("results", "Result", true),
                    ("actions", "Action", true),
                    ("action", "Action", false),
                    ("agents", "Agent", true),
                ]
                .choose(&mut random)
                .unwrap();
                let below = selection(&mut random, ty, 2);
                match name {
                    _ if is_page => format!("r{at}: {name}{} {{ nodes {{ {below} }} }}", arguments(&mut random, ty)),
                    "week" => format!("r{at}: week(id: \"{week}\") {{ {below} }}"),
                    "action" => format!("r{at}: action(code: \"{action}\") {{ {below} }}"),
                    _ => format!("r{at}: {name} {{ {below} }}"),
                }
            })
            .collect();
        let document = format!("{{ {} }}", roots.join(" "));
        // Each role has a document of its own, so that the executor answers each first.
        for (role, token) in [("admin", &admin), ("team", &team)] {
            let document = format!("{document} # {role}");
            if both(&server, token, &document, &json!({})).await.is_none() {
                by_executor.push(document);
            }
        }
    }
    assert!(by_executor.is_empty(), "{by_executor:#?}");
}

#[tokio::test]
async fn every_column_is_written_as_the_executor_writes_it() {
    let server = server().await;
    let admin = server.token(ADMIN);
    for (root, ty) in [("weeks", "Week"), ("results", "Result"), ("actions", "Action"), ("agents", "Agent")] {
        let (columns, _) = fields(ty);
        let document = format!("{{ {root}(first: 100) {{ nodes {{ {} }} }} }}", columns.join(" "));
        let data = both(&server, &admin, &document, &json!({})).await.expect("written by the database");
        for column in columns {
            let is_said = data[root]["nodes"].as_array().unwrap().iter().any(|node| !node[column].is_null());
            assert!(is_said, "{ty}.{column} is null everywhere");
        }
    }
    let rate = "{ weeks { nodes { completionRate project { id code title isDefault } } } }";
    let data = both(&server, &admin, rate, &json!({})).await.expect("written by the database");
    assert!(data["weeks"]["nodes"][0]["completionRate"].is_string());
    // Of all actions, which is not what TEAM sees.
    assert_eq!(both(&server, &server.token(TEAM), rate, &json!({})).await, None);
}

#[tokio::test]
async fn a_page_of_everything_is_one_statement() {
    const TIMES: u64 = 40;
    let server = server().await;
    let admin = server.token(ADMIN);
    let document = "{ currentWeek { title project { code } results { nodes { code week { id } actions { nodes { code result { code } } } } } }
        agents { nodes { name status currentAction { code } } } }";
    both(&server, &admin, document, &json!({})).await.expect("written by the database");
    let before = server.statements().await;
    for _ in 0..TIMES {
        server.ask(&admin, document, json!({})).await.data();
    }
    // Who asks is looked up every few seconds, and the server has work of its own.
    let more = server.statements().await - before;
    assert!((TIMES..TIMES + 20).contains(&more), "{more} statements");
}

/// How many connections of the server have run a statement with such a text in it (% is any), as their last one.
async fn that_say(server: &Server, text: &str) -> i64 {
    let sql =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE $1";
    let question = sqlx::query_scalar(sql).bind(format!("%{text}%"));
    question.fetch_one(&mut server.database.connection().await).await.unwrap()
}

/// How many have run one that the database writes an answer in.
async fn that_write(server: &Server) -> i64 {
    that_say(server, "string_agg").await
}

#[tokio::test]
async fn what_is_asked_of_the_current_week_shares_them() {
    const DOCUMENT: &str = "{ currentWeek { code } }";
    let server = server().await;
    let admin = server.token(ADMIN);
    let first = both(&server, &admin, DOCUMENT, &json!({})).await.expect("written by the database");
    let many = (0..200).map(|_| server.ask(&admin, DOCUMENT, json!({})));
    for answer in futures_util::future::join_all(many).await {
        assert_eq!(answer.data(), first);
    }
    // Of twenty, seven are for reads to share, and twelve are the pool's, which has them all used where it is asked.
    let those = that_say(&server, "to_json(%week_end_date").await;
    assert!((1..=7).contains(&those), "{those} connections");
}

#[tokio::test]
async fn such_statements_share_connections_which_may_break() {
    const DOCUMENT: &str =
        "query($status: [ActionStatus!]) { actions(filter: { status: $status }, first: 20) { nodes { code status } } }";
    let server = server().await;
    let admin = server.token(ADMIN);
    let variables = json!({ "status": ["PENDING", "COMPLETED"] });
    let first = both(&server, &admin, DOCUMENT, &variables).await.expect("written by the database");
    assert_eq!(that_write(&server).await, 1, "one connection is enough for one caller");
    // Many at once: more connections are opened, and all are told the same.
    let before = written(&server).await;
    let many = (0..200).map(|_| server.ask(&admin, DOCUMENT, variables.clone()));
    for answer in futures_util::future::join_all(many).await {
        assert_eq!(answer.data(), first);
    }
    assert!(that_write(&server).await > 1);
    // All of them are cut: the next is made again on another.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%string_agg%' \
               AND pid <> pg_backend_pid()";
    server.database.connection().await.execute(cut).await.unwrap();
    assert_eq!(server.ask(&admin, DOCUMENT, variables.clone()).await.data(), first);
    assert!(written(&server).await >= before + 201.0);
}

/// Asks a server on an empty database twice, with what it takes to get in there, and has a look at the database then. The database has to
/// write the second answer, and the server must be able to use all its connections.
async fn ask_twice(url: &str, settings: &[(&str, &str)], look: impl AsyncFnOnce()) {
    let rpm_api = || {
        let mut command = rpm_api();
        command.env("DATABASE_URL", url).envs(settings.iter().copied());
        command
    };
    let run = |arguments: &[&str]| {
        let output = rpm_api().args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["migrate"]);
    run(&["member", "add", ADMIN, "admin"]);
    let token = run(&["token", ADMIN]);
    let (mut child, address) = spawn(rpm_api(), &["--answer-cache", "0", "--max-connections", "10"]);
    let body = json!({ "query": "{ weeks(first: 5) { nodes { code } } agents { nodes { name } } }" });
    for _ in 0..2 {
        let request = http().post(format!("http://{address}/graphql")).bearer_auth(&token).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"], json!({ "weeks": { "nodes": [] }, "agents": { "nodes": [] } }), "{answer}");
    }
    let metrics = http().get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
    look().await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(metrics.contains("\nrpm_direct_answers_total 1\n") && metrics.contains("\nrpm_db_connections_max 10\n"), "{metrics}");
}

#[tokio::test]
async fn connections_that_are_shared_are_encrypted_where_that_is_asked_for() {
    let postgres = OwnPostgres::encrypted();
    let url = postgres.url(PASSWORD, "postgres?sslmode=require");
    ask_twice(&url, &[], async || {
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let sql = "SELECT count(*) FILTER (WHERE ssl), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE query LIKE '%string_agg%' AND pid <> pg_backend_pid()";
        let encrypted: (i64, i64) = sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap();
        assert_eq!(encrypted, (1, 1));
    })
    .await;
}

#[tokio::test]
async fn where_connections_cannot_be_shared_the_pool_has_them_all() {
    let postgres = OwnPostgres::encrypted();
    // A certificate that is to be checked.
    let checked = format!("postgres?sslmode=verify-ca&sslrootcert={}", postgres.certificate().display());
    ask_twice(&postgres.url(PASSWORD, &checked), &[], async || {}).await;
}

#[tokio::test]
async fn a_password_that_only_the_pool_knows_will_do() {
    let postgres = OwnPostgres::encrypted();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("*:*:*:app:{PASSWORD}\n")).unwrap();
    let url = postgres.url("", "postgres?sslmode=require").replace(":@", "@");
    ask_twice(&url, &[("PGPASSFILE", file.path().to_str().unwrap())], async || {}).await;
}

#[tokio::test]
async fn with_few_connections_the_pool_serves_them() {
    let database = TestDatabase::new().await;
    fill(&database.store().await, 7, chrono::Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let server = Server::with(database, &["--answer-cache", "0", "--max-connections", "4"]);
    let document = "query($code: String!) { action(code: $code) { code text dueDate result { code } } }";
    let admin = server.token(ADMIN);
    let codes = server.ask(&admin, "{ actions(first: 5) { nodes { code } } }", json!({})).await.data();
    for action in codes["actions"]["nodes"].as_array().unwrap() {
        both(&server, &admin, document, &json!({ "code": action["code"] })).await.expect("written by the database");
    }
}

#[tokio::test]
async fn variables_mean_what_they_mean_to_the_executor() {
    let server = server().await;
    let admin = server.token(ADMIN);
    let document = "query Q($status: ActionStatus!, $owner: String = \"qa\", $first: Int, $after: String) {
        actions(filter: { status: [$status], owner: [$owner] }, first: $first, after: $after) { nodes { code status } } }";
    for (variables, is_written) in [
        (json!({ "status": "PENDING" }), true),
        (json!({ "status": "COMPLETED", "owner": "Jesse" }), true),
        (json!({ "status": "COMPLETED", "owner": "Jesse'; --", "first": 3 }), true),
        (json!({ "status": "COMPLETED", "first": null }), true),
        (json!({ "status": "COMPLETED", "owner": null }), false),
        (json!({ "status": "GONE" }), false),
        (json!({ "status": "COMPLETED", "first": 101 }), false),
        (json!({ "status": "COMPLETED", "first": 1.5 }), false),
        (json!({ "status": "COMPLETED", "after": "nowhere" }), false),
        (json!({}), false),
    ] {
        assert_eq!(both(&server, &admin, document, &variables).await.is_some(), is_written, "{variables}");
    }
    let filtered = "query Q($filter: ActionFilter) { actions(filter: $filter, first: 2) { nodes { code } } }";
    for (filter, is_written) in [
        (json!(null), true),
        (json!({ "status": ["PENDING"], "owner": null }), true),
        (json!({ "status": "PENDING" }), true),
        (json!({ "state": "PENDING" }), false),
        (json!({ "status": ["PENDING"], "search": { "text": "a" } }), false),
    ] {
        assert_eq!(both(&server, &admin, filtered, &json!({ "filter": filter })).await.is_some(), is_written, "{filter}");
    }
    let whole = "query Q($weeks: WeekFilter, $results: ResultFilter, $agents: AgentFilter, $order: ActionOrder) {
        weeks(filter: $weeks) { nodes { code actions(orderBy: $order) { nodes { code } } results(filter: $results) { nodes { code } } } }
        agents(filter: $agents) { nodes { name } } }";
    let all = json!({ "weeks": { "project": ["main"] }, "results": { "status": ["COMPLETED"] }, "agents": { "maxHealthScore": 90 },
        "order": { "field": "CODE", "direction": "DESC" } });
    assert!(both(&server, &admin, whole, &all).await.is_some());
    assert!(both(&server, &admin, whole, &json!({})).await.is_some());
    for member in ["weeks", "results", "agents", "order"] {
        let mut wrong = all.clone();
        wrong[member]["more"] = json!(1);
        assert!(both(&server, &admin, whole, &wrong).await.is_none(), "{member}");
    }
    let one = "query Q($id: ID, $code: String) { action(id: $id, code: $code) { code } }";
    for variables in [json!({ "code": "NONE-1" }), json!({}), json!({ "id": "x" }), json!({ "id": null, "code": "NONE-1" })] {
        both(&server, &admin, one, &variables).await;
    }
}

#[tokio::test]
async fn what_is_not_plain_is_for_the_executor() {
    let server = server().await;
    let (admin, vip) = (server.token(ADMIN), server.token(VIP));
    for document in [
        "{ actions(first: 2) { totalCount nodes { code } } }",
        "{ actions(first: 2) { edges { cursor } } }",
        "{ actions(last: 2) { nodes { code } } }",
        "{ actions(first: 2) { nodes { code owners { name } } } }",
        "{ actions(first: 2) { nodes { code @skip(if: true) text } } }",
        "{ viewer { email } actions(first: 1) { nodes { id } } }",
        "{ __schema { queryType { name } } }",
        "query A { actions(first: 1) { nodes { id } } }",
    ] {
        let is_plain = document.starts_with("query A");
        assert_eq!(both(&server, &admin, document, &json!({})).await.is_some(), is_plain, "{document}");
        both(&server, &vip, document, &json!({})).await;
    }
    // What a role may not ask, it may not ask the database either.
    let plain = "{ actions(first: 3) { nodes { code } } }";
    both(&server, &admin, plain, &json!({})).await.expect("written by the database");
    assert_eq!(server.ask(&server.token(INVESTOR), plain, json!({})).await.code(), "FORBIDDEN");
}
