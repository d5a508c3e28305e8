//! Changes of actions: in two statements where nobody is in the way, many in one commit where they come together, in line where somebody is in the
//! way, and never over anybody's head.

use rpm_api::demo::fill;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::support::postgres::{ADMIN, TEAM, VIP};
use crate::support::{Server, TestDatabase};

const COMPLETE: &str = "mutation($code: String!) { completeAction(input: { code: $code, actualHours: \"1.5\" }) { action { code status actualHours } } }";

async fn server() -> (Server, String) {
    server_with(&[]).await
}

async fn server_with(options: &[&str]) -> (Server, String) {
    let database = TestDatabase::new().await;
    fill(&database.store().await, 7, chrono::Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let server = Server::with(database, &[&["--max-connections", "10"], options].concat());
    let token = server.token(ADMIN);
    (server, token)
}

/// Codes of actions that can be completed, in so many weeks, each list of one week.
async fn open(connection: &mut PgConnection) -> Vec<Vec<String>> {
    let sql = "SELECT array_agg(action_code::text ORDER BY action_code) FROM rpm_action_items AS action
               JOIN rpm_results AS result ON result.id = action.result_id
               WHERE action.status IN ('pending', 'in_progress') GROUP BY weekly_plan_id HAVING count(*) > 4 ORDER BY min(action_code)";
    sqlx::query_scalar(sql).fetch_all(connection).await.unwrap()
}

/// Waits until so many wait for a lock. The deadline only ends a test that would fail anyway.
async fn are_waiting(connection: &mut PgConnection, wanted: i64) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = async {
        while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *connection).await.unwrap() < wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("they wait");
}

#[tokio::test]
async fn a_change_is_two_statements() {
    // It hears no hints: one may be here long before the answer that brings the events along, and then the log is read.
    let (server, token) = server_with(&["--listen-url", "postgres://rpm@127.0.0.1:1/rpm"]).await;
    let codes = open(&mut server.database.connection().await).await.concat();
    let before = server.statements().await;
    for code in &codes {
        let data = server.ask(&token, COMPLETE, json!({ "code": code })).await.data();
        assert_eq!(data["completeAction"]["action"], json!({ "code": code, "status": "COMPLETED", "actualHours": "1.50" }));
    }
    let (changes, more) = (codes.len() as u64, server.statements().await - before);
    // Who asks is looked up every few seconds, and the server has work of its own. The log is not read: it holds nothing new.
    assert!((2 * changes..2 * changes + 40).contains(&more), "{more} statements for {changes} changes");
}

/// What changes of actions leave, without what depends on when they were made and on ids.
const LEFT: &str = "SELECT jsonb_build_object(
    'agents', (SELECT jsonb_agg(jsonb_build_array(agent_name, total_actions_completed, total_hours_worked) ORDER BY agent_name) FROM agent_status),
    'weeks', (SELECT jsonb_agg(jsonb_build_array(code, completion_rate) ORDER BY code) FROM rpm_weekly_plans),
    'results', (SELECT jsonb_agg(jsonb_build_array(week.code, result.result_code, result.status) ORDER BY week.code, result.result_code)
        FROM rpm_results AS result JOIN rpm_weekly_plans AS week ON week.id = result.weekly_plan_id),
    'actions', (SELECT jsonb_agg(jsonb_build_array(action_code, status, owner, due_date, actual_hours, blocker_description,
        completion_date IS NULL) ORDER BY action_code) FROM rpm_action_items),
    'stages', (SELECT jsonb_agg(jsonb_build_array(action_code, stage) ORDER BY action_code, stage) FROM action_stages
        JOIN rpm_action_items AS action ON action.id = action_id),
    'events', (SELECT jsonb_agg(jsonb_build_array(action_code, event_type, actor, week.code, result.result_code, payload,
            (SELECT jsonb_agg(name ORDER BY name) FROM owners WHERE owners.id = ANY (owner_ids))) ORDER BY action_code, event_type, payload)
        FROM events LEFT JOIN rpm_action_items AS action ON action.id = action_id LEFT JOIN rpm_results AS result ON result.id = events.result_id
        LEFT JOIN rpm_weekly_plans AS week ON week.id = week_id WHERE recorded_at > $1),
    'audit', (SELECT jsonb_agg(jsonb_build_array(kind, actor, details ->> 'change') ORDER BY kind, actor, details ->> 'change')
        FROM audit_log WHERE recorded_at > $1 AND action_id IS NOT NULL))";

#[tokio::test]
async fn changes_that_come_together_leave_what_they_leave_one_by_one() {
    const DOCUMENTS: [&str; 4] = [
        COMPLETE,
        "mutation($code: String!) { blockAction(input: { code: $code, blockerDescription: \"rain\" }) { action { code } } }",
        "mutation($code: String!) { startAction(input: { code: $code }) { action { code } } }",
        "mutation($code: String!) { rescheduleAction(input: { code: $code, dueDate: \"2030-01-01T00:00:00Z\" }) { action { code } } }",
    ];
    let now = chrono::Utc::now();
    let filled = async || {
        let database = TestDatabase::new().await;
        fill(&database.store().await, 7, now, chrono_tz::America::Chicago).await.unwrap();
        Server::with(database, &["--max-connections", "10"])
    };
    let mut left = Vec::new();
    // One by one; many at once through one server; and through two, neither of which knows what the other is at.
    for servers in 0..3 {
        let server = &filled().await;
        let other = (servers == 2).then(|| server.another(&["--max-connections", "10"]));
        let mut connection = server.database.connection().await;
        let begun: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&mut connection).await.unwrap();
        connection.execute("UPDATE members SET role = 'admin' WHERE email = 'vip@test.rpm'").await.unwrap();
        let codes = open(&mut connection).await.concat();
        let tokens = [server.token(ADMIN), server.token(VIP)];
        let asked = codes.iter().enumerate().map(|(at, code)| {
            let server = other.as_ref().filter(|_| at % 3 == 0).unwrap_or(server);
            server.ask(&tokens[at % 2], DOCUMENTS[at % DOCUMENTS.len()], json!({ "code": code }))
        });
        let answers = if servers > 0 {
            futures_util::future::join_all(asked).await
        } else {
            let mut answers = Vec::new();
            for answer in asked {
                answers.push(answer.await);
            }
            answers
        };
        for answer in answers {
            answer.data();
        }
        let sql = "SELECT count(*), count(DISTINCT xmin::text) FROM rpm_action_items WHERE updated_at > $1";
        let (changed, commits): (i64, i64) = sqlx::query_as(sql).bind(begun).fetch_one(&mut connection).await.unwrap();
        assert!(changed > 40);
        assert_eq!(commits < changed, servers > 0, "{changed} changes by {commits} commits");
        left.push(sqlx::query_scalar::<_, Value>(LEFT).bind(begun).fetch_one(&mut connection).await.unwrap());
    }
    for part in ["agents", "weeks", "results", "actions", "stages", "events", "audit"] {
        assert!(left[0][part].as_array().is_some_and(|rows| !rows.is_empty()), "{part}");
        assert_eq!(left[0][part], left[1][part], "{part}");
        assert_eq!(left[0][part], left[2][part], "{part}, through two servers");
    }
}

#[tokio::test]
async fn what_the_database_refuses_of_one_it_makes_of_the_others() {
    let (server, token) = server().await;
    let mut connection = server.database.connection().await;
    let codes = open(&mut connection).await.concat();
    connection.execute("ALTER TABLE rpm_action_items ADD CHECK (actual_hours IS DISTINCT FROM 13)").await.unwrap();
    let document = COMPLETE.replace("$code: String!", "$code: String!, $hours: Decimal").replace("\"1.5\"", "$hours");
    let asked = codes.iter().enumerate().map(|(at, code)| {
        let hours = if at % 10 == 3 { "13" } else { "2.5" };
        server.ask(&token, &document, json!({ "code": code, "hours": hours }))
    });
    for (at, answer) in futures_util::future::join_all(asked).await.into_iter().enumerate() {
        if at % 10 == 3 {
            assert_eq!(answer.code(), "INTERNAL");
        } else {
            assert_eq!(answer.data()["completeAction"]["action"]["actualHours"], "2.50");
        }
    }
    let sql = "SELECT count(*) FROM events WHERE event_type = 'ACTION_COMPLETED' AND payload ->> 'code' = ANY ($1)";
    let told: i64 = sqlx::query_scalar(sql).bind(&codes).fetch_one(&mut connection).await.unwrap();
    assert!(codes.len() > 40);
    assert_eq!(told as usize, (0..codes.len()).filter(|at| at % 10 != 3).count());
}

#[tokio::test]
async fn who_waits_for_a_week_sees_what_became_of_it_and_holds_up_nobody() {
    let (server, token) = server().await;
    let mut connection = server.database.connection().await;
    let weeks = open(&mut connection).await;
    let (held, others) = (&weeks[0], weeks[1..].concat());
    let by_hand = |code: &str| {
        format!("UPDATE rpm_action_items SET status = 'blocked', blocker_description = 'rain' WHERE action_code = '{code}'")
    };

    let mut holder = server.database.connection().await;
    let mut by_others = holder.begin().await.unwrap();
    let lock = "SELECT FROM rpm_weekly_plans WHERE id = (SELECT weekly_plan_id FROM rpm_results WHERE id =
                (SELECT result_id FROM rpm_action_items WHERE action_code = $1)) FOR UPDATE";
    sqlx::query(lock).bind(&held[0]).execute(&mut *by_others).await.unwrap();
    // Nothing of the row says that it was changed.
    by_others.execute(sqlx::AssertSqlSafe(by_hand(&held[0]))).await.unwrap();
    let first = server.ask(&token, COMPLETE, json!({ "code": held[0] }));
    let second = server.ask(&token, COMPLETE, json!({ "code": held[1] }));
    let meanwhile = async {
        are_waiting(&mut connection, 2).await;
        for code in &others {
            assert_eq!(
                server.ask(&token, COMPLETE, json!({ "code": code })).await.data()["completeAction"]["action"]["code"],
                **code
            );
        }
        by_others.commit().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(first, second, meanwhile);
    assert_eq!(first.code(), "CONFLICT");
    assert_eq!(first.error()["extensions"]["current"]["blockerDescription"], "rain");
    assert_eq!(second.data()["completeAction"]["action"]["status"], "COMPLETED");
    // What is counted of the week counts both.
    let sql = "SELECT week.completion_rate = round(100.0 * count(*) FILTER (WHERE action.status = 'completed') / count(*), 2)
               FROM rpm_weekly_plans AS week JOIN rpm_results AS result ON result.weekly_plan_id = week.id
               JOIN rpm_action_items AS action ON action.result_id = result.id AND action.status <> 'cancelled' GROUP BY week.id";
    let right: Vec<bool> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    assert!(right.len() > 5 && right.iter().all(|is_right| *is_right), "{right:?}");
}

#[tokio::test]
async fn of_many_who_complete_one_action_one_does() {
    const OF_AGENTS: &str =
        "SELECT action_code::text, count(*) FROM rpm_action_items AS action JOIN action_owners ON action_id = action.id
                             JOIN owners ON owners.id = owner_id JOIN agent_status ON agent_name = name
                             WHERE action.status IN ('pending', 'in_progress') GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1";
    let (server, token) = server().await;
    let other = server.another(&[]);
    let mut connection = server.database.connection().await;
    let (code, owners): (String, i64) = sqlx::query_as(OF_AGENTS).fetch_one(&mut connection).await.unwrap();
    let agents = "SELECT COALESCE(sum(total_actions_completed), 0)::bigint FROM agent_status";
    let events = "SELECT count(*) FROM events WHERE payload ->> 'code' = $1 AND event_type = 'ACTION_COMPLETED'";
    let before: i64 = sqlx::query_scalar(agents).fetch_one(&mut connection).await.unwrap();
    // Two servers: neither knows what the other is at.
    let variables = json!({ "code": code });
    let asked = (0..40).map(|at| if at % 2 == 0 { &server } else { &other }.ask(&token, COMPLETE, variables.clone()));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.data()["completeAction"]["action"]["status"], "COMPLETED");
    }
    let after: i64 = sqlx::query_scalar(agents).fetch_one(&mut connection).await.unwrap();
    assert_eq!(after - before, owners);
    assert_eq!(sqlx::query_scalar::<_, i64>(events).bind(&code).fetch_one(&mut connection).await.unwrap(), 1);
}

#[tokio::test]
async fn different_changes_of_one_action_at_once_are_all_made() {
    let (server, token) = server().await;
    let other = server.another(&[]);
    let code = open(&mut server.database.connection().await).await[0][0].clone();
    let document = "mutation($code: String!, $due: DateTime!) { rescheduleAction(input: { code: $code, dueDate: $due }) { action { dueDate } } }";
    let dues: Vec<String> = (10..50).map(|minute| format!("2030-01-01T00:{minute}:00.000000Z")).collect();
    let asked = dues
        .iter()
        .enumerate()
        .map(|(at, due)| if at % 2 == 0 { &server } else { &other }.ask(&token, document, json!({ "code": code, "due": due })));
    for (answer, due) in futures_util::future::join_all(asked).await.into_iter().zip(&dues) {
        assert_eq!(answer.data()["rescheduleAction"]["action"]["dueDate"], **due);
    }
    let events = "SELECT count(*) FROM events WHERE payload ->> 'code' = $1 AND payload ->> 'change' = 'RESCHEDULED'";
    let mut connection = server.database.connection().await;
    assert_eq!(sqlx::query_scalar::<_, i64>(events).bind(&code).fetch_one(&mut connection).await.unwrap(), 40);
}

#[tokio::test]
async fn who_waits_for_an_agent_holds_up_nobody() {
    let (server, token) = server().await;
    let mut connection = server.database.connection().await;
    let owned = async |connection: &mut PgConnection, is_owned: bool| -> String {
        let sql = "SELECT action_code::text FROM rpm_action_items AS action WHERE status IN ('pending', 'in_progress') AND $1 =
                   EXISTS (SELECT FROM action_owners JOIN owners ON owners.id = owner_id WHERE action_id = action.id AND name = 'QA') LIMIT 1";
        sqlx::query_scalar(sql).bind(is_owned).fetch_one(connection).await.unwrap()
    };
    let (of_qa, of_others) = (owned(&mut connection, true).await, owned(&mut connection, false).await);
    let mut holder = server.database.connection().await;
    let mut held = holder.begin().await.unwrap();
    held.execute("SELECT FROM agent_status WHERE agent_name = 'QA' FOR UPDATE").await.unwrap();
    let first = server.ask(&token, COMPLETE, json!({ "code": of_qa }));
    let meanwhile = async {
        are_waiting(&mut connection, 1).await;
        let other = server.ask(&token, COMPLETE, json!({ "code": of_others })).await.data();
        assert_eq!(other["completeAction"]["action"]["status"], "COMPLETED");
        held.commit().await.unwrap();
    };
    let (first, ()) = tokio::join!(first, meanwhile);
    assert_eq!(first.data()["completeAction"]["action"]["status"], "COMPLETED");
}

#[tokio::test]
async fn a_connection_that_is_cut_under_changes_loses_and_doubles_none() {
    let (server, token) = server().await;
    let codes = open(&mut server.database.connection().await).await.concat();
    let mut connection = server.database.connection().await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%change_actions%'
               AND pid <> pg_backend_pid()";
    let asked = codes.iter().map(|code| server.ask(&token, COMPLETE, json!({ "code": code })));
    let cutting = async {
        for _ in 0..10 {
            connection.execute(cut).await.unwrap();
        }
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(asked), cutting);
    for answer in answers {
        assert_eq!(answer.data()["completeAction"]["action"]["status"], "COMPLETED");
    }
    let twice = "SELECT count(*), count(DISTINCT payload ->> 'code') FROM events
                 WHERE event_type = 'ACTION_COMPLETED' AND payload ->> 'code' = ANY ($1)";
    let told: (i64, i64) = sqlx::query_as(twice).bind(&codes).fetch_one(&mut connection).await.unwrap();
    assert_eq!(told, (codes.len() as i64, codes.len() as i64));
}

#[tokio::test]
async fn an_action_that_is_due_never_can_be_worked_on() {
    let (server, token) = server().await;
    let mut connection = server.database.connection().await;
    let codes = open(&mut connection).await.concat();
    for (code, due) in codes.iter().zip(["10000-01-01 05:59:59+00", "0044-03-15 12:00:00+00 BC"]) {
        let never = format!("UPDATE rpm_action_items SET due_date = '{due}' WHERE action_code = '{code}'");
        connection.execute(sqlx::AssertSqlSafe(never)).await.unwrap();
        server.ask(&token, COMPLETE, json!({ "code": code })).await.data();
        let sql =
            format!("SELECT due_date = '{due}' AND status = 'completed' FROM rpm_action_items WHERE action_code = '{code}'");
        assert!(sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap());
    }
    // But it is not to be said.
    let document = "mutation($code: String!, $due: DateTime!) { rescheduleAction(input: { code: $code, dueDate: $due }) { action { dueDate } } }";
    let variables = json!({ "code": codes[2], "due": "9999-12-31T23:59:59-06:00" });
    assert_eq!(server.ask(&token, document, variables).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn what_owners_have_to_do_follows_their_actions_whoever_changes_them() {
    const DIFFERENT: &str =
        "SELECT count(*) FROM action_owners AS owned JOIN rpm_action_items AS action ON action.id = owned.action_id
                             WHERE (owned.action_status, owned.action_due_date) IS DISTINCT FROM (action.status, action.due_date)";
    let (server, token) = server().await;
    let mut connection = server.database.connection().await;
    let codes = open(&mut connection).await.concat();
    for code in &codes[..2] {
        server.ask(&token, COMPLETE, json!({ "code": code })).await.data();
    }
    let reassign =
        "mutation($code: String!) { reassignAction(input: { code: $code, owner: \"QA + Somebody New\" }) { action { id } } }";
    server.ask(&token, reassign, json!({ "code": codes[2] })).await.data();
    connection
        .execute("UPDATE rpm_action_items SET due_date = due_date + interval '1 day' WHERE status = 'pending'")
        .await
        .unwrap();
    connection.execute("UPDATE rpm_action_items SET due_date = NULL WHERE position = 0").await.unwrap();
    assert_eq!(sqlx::query_scalar::<_, i64>(DIFFERENT).fetch_one(&mut connection).await.unwrap(), 0);

    // First pages of an owner are those of a list that is filtered by hand, and lead on to the rest of it.
    const NODES: &str = "pageInfo { hasNextPage hasPreviousPage endCursor } nodes { code status dueDate owners { name } }";
    let listed = async |token: &str, arguments: &str| -> Value {
        server.ask(token, &format!("{{ actions({arguments}) {{ {NODES} }} }}"), json!({})).await.data()["actions"].clone()
    };
    let walked = async |token: &str, filter: &str, first: usize| -> Vec<Value> {
        let (mut nodes, mut after) = (Vec::new(), String::new());
        loop {
            let page = listed(token, &format!("first: {first}, filter: {{ {filter} }} {after}")).await;
            nodes.extend(page["nodes"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == false {
                return nodes;
            }
            after = format!("after: {}", page["pageInfo"]["endCursor"]);
        }
    };
    connection
        .execute("UPDATE members SET owner_id = (SELECT id FROM owners WHERE name = 'QA') WHERE email = 'team@test.rpm'")
        .await
        .unwrap();
    let team = server.token(TEAM);
    for status in ["", "status: [PENDING]", "status: [IN_PROGRESS, COMPLETED, PENDING, PENDING]"] {
        let owned = |action: &Value| action["owners"].as_array().unwrap().iter().any(|owner| owner["name"] == "QA");
        let mut wanted = walked(&token, status, 100).await;
        wanted.retain(owned);
        assert!(wanted.len() > 7);
        let filter = format!("owner: [\"qa agent\"] {status}");
        assert_eq!(walked(&token, &filter, 3).await, wanted, "{status}");
        for (token, filter) in [(&token, filter.as_str()), (&team, status)] {
            let first = listed(token, &format!("first: 7, filter: {{ {filter} }}")).await;
            assert_eq!((&first["nodes"], &first["pageInfo"]["hasNextPage"]), (&json!(wanted[..7]), &json!(true)), "{filter}");
            let all = listed(token, &format!("first: {}, filter: {{ {filter} }}", wanted.len().min(100))).await;
            assert_eq!(all["pageInfo"]["hasNextPage"], wanted.len() > 100, "{filter}");
            let last = listed(token, &format!("last: 7, filter: {{ {filter} }}")).await;
            assert_eq!(
                (&last["nodes"], &last["pageInfo"]["hasPreviousPage"]),
                (&json!(wanted[wanted.len() - 7..]), &json!(true)),
                "{filter}"
            );
        }
    }
    for nothing in ["owner: [\"nobody of that name\"]", "owner: [\"qa\"], status: []"] {
        assert_eq!(listed(&token, &format!("first: 7, filter: {{ {nothing} }}")).await["nodes"], json!([]), "{nothing}");
    }
}
