//! Changes of actions, as the database makes them: in two statements, by nobody's leave, and never over the head of somebody else.

use rpm_api::demo::fill;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

const COMPLETE: &str = "mutation($code: String!) { completeAction(input: { code: $code, actualHours: \"1.5\" }) { action { code status actualHours } } }";

async fn server() -> (Server, String) {
    let database = TestDatabase::new().await;
    fill(&database.store().await, 7, chrono::Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let server = Server::with(database, &["--max-connections", "10"]);
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

/// Waits until somebody waits for a lock to make a change.
async fn somebody_waits(connection: &mut PgConnection) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%change_action%'";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *connection).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_change_is_two_statements() {
    let (server, token) = server().await;
    let codes = open(&mut server.database.connection().await).await.concat();
    let before = server.statements().await;
    let asked = codes.iter().map(|code| server.ask(&token, COMPLETE, json!({ "code": code })));
    for (code, answer) in codes.iter().zip(futures_util::future::join_all(asked).await) {
        let action = &answer.data()["completeAction"]["action"];
        assert_eq!(*action, json!({ "code": code, "status": "COMPLETED", "actualHours": "1.50" }));
    }
    let (most, more) = (2 * codes.len() as u64, server.statements().await - before);
    // Who follows the log reads what many have left at once, and who asks is looked up every few seconds.
    assert!((most..most + most / 4).contains(&more), "{more} statements for {} changes", codes.len());
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
        somebody_waits(&mut connection).await;
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
    let (server, token) = server().await;
    let code = open(&mut server.database.connection().await).await[0][0].clone();
    let agents = "SELECT COALESCE(sum(total_actions_completed), 0)::bigint FROM agent_status";
    let events = "SELECT count(*) FROM events WHERE payload ->> 'code' = $1 AND event_type = 'ACTION_COMPLETED'";
    let mut connection = server.database.connection().await;
    let owners: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM action_owners JOIN owners ON owners.id = owner_id JOIN agent_status ON agent_name = name
         WHERE action_id = (SELECT id FROM rpm_action_items WHERE action_code = $1)",
    )
    .bind(&code)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let before: i64 = sqlx::query_scalar(agents).fetch_one(&mut connection).await.unwrap();
    let asked = (0..40).map(|_| server.ask(&token, COMPLETE, json!({ "code": code })));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.data()["completeAction"]["action"]["status"], "COMPLETED");
    }
    let after: i64 = sqlx::query_scalar(agents).fetch_one(&mut connection).await.unwrap();
    assert_eq!(after - before, owners);
    assert_eq!(sqlx::query_scalar::<_, i64>(events).bind(&code).fetch_one(&mut connection).await.unwrap(), 1);
}

#[tokio::test]
async fn what_owners_have_to_do_follows_their_actions_whoever_changes_them() {
    const DIFFERENT: &str =
        "SELECT count(*) FROM action_owners AS owned JOIN rpm_action_items AS action ON action.id = owned.action_id
                             WHERE (owned.status, owned.due_date) IS DISTINCT FROM (action.status, action.due_date)";
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

    // First pages of an owner are those of a list that is filtered by hand.
    let listed = async |arguments: &str| -> Vec<Value> {
        let document = format!("{{ actions({arguments}) {{ nodes {{ code status dueDate owners {{ name }} }} }} }}");
        server.ask(&token, &document, json!({})).await.data()["actions"]["nodes"].as_array().unwrap().clone()
    };
    for status in ["", "status: [PENDING]", "status: [IN_PROGRESS, COMPLETED, PENDING]"] {
        let owned = |action: &Value| action["owners"].as_array().unwrap().iter().any(|owner| owner["name"] == "QA");
        let mut wanted: Vec<Value> = Vec::new();
        let mut after = String::new();
        loop {
            let document = format!(
                "{{ actions(first: 100, filter: {{ {status} }} {after}) {{ pageInfo {{ hasNextPage endCursor }}
                   nodes {{ code status dueDate owners {{ name }} }} }} }}"
            );
            let page = server.ask(&token, &document, json!({})).await.data()["actions"].clone();
            wanted.extend(page["nodes"].as_array().unwrap().iter().filter(|action| owned(action)).cloned());
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!("after: {}", page["pageInfo"]["endCursor"]);
        }
        assert!(wanted.len() > 7);
        let filter = format!("filter: {{ owner: [\"qa agent\"] {status} }}");
        assert_eq!(listed(&format!("first: 7, {filter}")).await, wanted[..7], "{status}");
        assert_eq!(listed(&format!("last: 7, {filter}")).await, wanted[wanted.len() - 7..], "{status}");
        assert_eq!(listed(&format!("first: 100, {filter}")).await, wanted[..wanted.len().min(100)], "{status}");
    }
}
