//! How the database finds the rows of the cockpit's questions: each plan as it was looked at and found right, for any values.

use serde_json::json;
use sqlx::{Executor, PgConnection, Row};

use super::Told;
use crate::support::Answer;
use crate::support::postgres::ADMIN;

/// Rows of many weeks, and the questions: those that are measured.
const DATA: &str = include_str!("../../../bench/src/queries/data.sql");
const QUESTIONS: &str = include_str!("../../../bench/src/queries/documents/rpm-api.graphql");

/// Tables that a server reads as a whole where that is cheaper: they have a row for each owner, agent or project.
const SMALL: [&str; 4] = ["owners", "owner_aliases", "agent_status", "projects"];

/// Indexes that find a row by its id as the primary key does: of few rows, either is taken.
const HASHED: [(&str, &str); 2] = [("idx_results_id", "rpm_results_pkey"), ("idx_weekly_plans_id", "rpm_weekly_plans_pkey")];

/// By which indexes a plan finds rows, and which tables it reads as a whole, as `EXPLAIN` has it.
fn found_by(plan: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for line in plan {
        let line = line.trim().trim_start_matches("->").trim().replace(" Only", "").replace(" Backward", "");
        let first = |rest: &str| {
            let name = rest.split(' ').next().unwrap();
            HASHED.iter().find(|(hashed, _)| *hashed == name).map_or(name, |(_, key)| key).to_owned()
        };
        let index = line.strip_prefix("Index Scan using ").or_else(|| line.strip_prefix("Bitmap Index Scan on ")).map(first);
        let whole = line.strip_prefix("Seq Scan on ").map(first).filter(|table| !SMALL.contains(&table.as_str()));
        found.extend(index.into_iter().chain(whole.map(|table| format!("all of {table}"))));
    }
    // Those of small tables are taken or not.
    found.retain(|name| !SMALL.iter().any(|table| name.strip_prefix("idx_").unwrap_or(name).starts_with(table)));
    found.sort();
    found.dedup();
    found
}

/// The plan of a statement for any values.
async fn plan(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let values = (1..).take_while(|place| sql.contains(&format!("${place}"))).map(|_| "NULL").collect::<Vec<_>>().join(", ");
    let values = if values.is_empty() { values } else { format!("({values})") };
    connection.execute(sqlx::AssertSqlSafe(format!("PREPARE asked AS {sql}"))).await.unwrap();
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE asked{values}"));
    let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
    connection.execute("DEALLOCATE asked").await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_cockpit_s_questions_are_found_by_indexes() {
    let settings = [("RPM_LOG_FORMAT", "json"), ("RPM_LOG", "warn,sql=trace")];
    let mut server = Told::with(&settings, &["--answer-cache", "0"]).await;
    let mut connection = server.database.connection().await;
    connection.execute(sqlx::AssertSqlSafe(DATA.replace("{projects}", "8"))).await.unwrap();
    connection.execute("VACUUM ANALYZE").await.unwrap();
    let text = |sql| sqlx::query_scalar::<_, String>(sql);
    let week = text("SELECT id::text FROM rpm_weekly_plans LIMIT 1").fetch_one(&mut connection).await.unwrap();
    let action = text("SELECT action_code FROM rpm_action_items LIMIT 1").fetch_one(&mut connection).await.unwrap();
    let token = server.token(ADMIN);
    let questions =
        [("Q1", json!({ "id": week })), ("Q2", json!({ "status": "PENDING", "owner": "QA" })), ("Q3", json!({ "code": action }))];
    for (name, variables) in &questions {
        let question = QUESTIONS.split("\n\n").find(|operation| operation.starts_with(&format!("query {name}("))).unwrap();
        // The executor answers the first time, and the database the second.
        for _ in 0..2 {
            Answer::of(server.post(&token, question, variables.clone()).send().await.unwrap()).await.data();
        }
    }
    let lines = server.lines();
    let statements: Vec<&str> = lines.iter().filter_map(|line| line["sql"].as_str()).collect();
    assert_eq!(statements.len(), questions.len(), "{lines:#?}");
    connection.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut found = Vec::new();
    for sql in statements {
        found.push(found_by(&plan(&mut connection, sql).await));
    }
    let expected: [&[&str]; 3] = [
        &["idx_action_items_result", "idx_results_plan", "rpm_action_items_pkey", "rpm_weekly_plans_pkey"],
        &["idx_action_owners_due", "rpm_action_items_pkey", "rpm_results_pkey", "rpm_weekly_plans_pkey"],
        &["rpm_action_items_action_code_key"],
    ];
    assert_eq!(json!(found), json!(expected));
}
