//! What metrics cost: the same number of statements for many weeks as for few, and no look at rows of other weeks.

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use super::{GENEROUS, run};
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_weeks_or_agents() {
    let database = TestDatabase::new().await;
    rpm_api::demo::fill(&database.store().await, 7, chrono::Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let server = Server::with(database, &GENEROUS);
    let token = server.token(ADMIN);
    let measure = async |query: &str, variables: Value| {
        server.ask(&token, "{ viewer { email } }", json!({})).await.data();
        let before = server.statements().await;
        server.ask(&token, query, variables).await.data();
        server.statements().await - before
    };
    let weeks = "query($n: Int!) { weeks(first: $n) { nodes { metrics { velocity results { total } revenue { actual }
        funnel { recommendation } } } } agents(first: $n) { nodes { history { total { errorCount } } } } }";
    let (few, many) = (measure(weeks, json!({ "n": 1 })).await, measure(weeks, json!({ "n": 13 })).await);
    assert_eq!(few, many);
    assert!(many <= 9, "{many} statements");
    for period in ["DAILY", "WEEKLY", "MONTHLY"] {
        let trends = "query($n: Int!, $period: PeriodType!) { completionTrends(weeks: $n, period: $period) { velocity } }";
        let few = measure(trends, json!({ "n": 1, "period": period })).await;
        let many = measure(trends, json!({ "n": 104, "period": period })).await;
        assert_eq!(few, many, "{period}");
        assert!(many <= 4, "{many} statements for {period}");
    }
}

/// Three thousand weeks with 60,000 actions.
const YEARS: &str = "
INSERT INTO rpm_weekly_plans (project_id, title, week_start_date, week_end_date, owner)
SELECT id, 'x', date '2026-11-16' - 7 * number, date '2026-11-16' - 7 * number + 6, 'x'
FROM projects, generate_series(0, 2999) AS number WHERE is_default;
INSERT INTO rpm_results (weekly_plan_id, position, result_code, result_text, purpose)
SELECT id, number, 'R' || number, 'x', 'x' FROM rpm_weekly_plans, generate_series(1, 10) AS number;
INSERT INTO rpm_action_items (result_id, position, action_code, action_text, status, completion_date, due_date, created_at, updated_at)
SELECT result.id, number, result.id || '-' || number, 'x', 'completed', week_start_date + 3, week_start_date + 4, week_start_date, week_start_date
FROM rpm_results AS result JOIN rpm_weekly_plans AS week ON week.id = weekly_plan_id, generate_series(1, 2) AS number;
INSERT INTO action_owners (action_id, owner_id)
SELECT action.id, owner.id FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = result_id
JOIN owners AS owner ON owner.name = (ARRAY['Jesse', 'Artifacts', 'QA', 'Research'])[1 + result.position % 4];
INSERT INTO deliverables (action_item_id, deliverable_type, title, cloud_storage_path, revenue_actual, created_at)
SELECT id, 'code', 'x', 'x', 1, created_at FROM rpm_action_items WHERE position = 1;
INSERT INTO agent_status (agent_name, status) VALUES ('Artifacts', 'idle'), ('QA', 'idle');
INSERT INTO agent_heartbeats (agent_id, reported_at, status, health_score)
SELECT id, timestamptz '2026-11-20 00:00Z' - number * interval '15 minutes', 'active', 90 FROM agent_status, generate_series(1, 20000) AS number;
ANALYZE;
";

/// Tables that grow with the years.
const BIG: [&str; 6] = ["rpm_action_items", "rpm_results", "action_stages", "action_owners", "deliverables", "agent_heartbeats"];

/// The tables that a plan reads whole.
fn whole(plan: &Value, found: &mut Vec<String>) {
    match plan {
        Value::Array(parts) => parts.iter().for_each(|part| whole(part, found)),
        Value::Object(node) => {
            if node.get("Node Type").and_then(Value::as_str) == Some("Seq Scan") {
                found.push(node["Relation Name"].as_str().unwrap().to_owned());
            }
            node.values().for_each(|value| whole(value, found));
        }
        _ => {}
    }
}

async fn plan(connection: &mut PgConnection, sql: &str, types: &str, values: &str) -> Value {
    let prepare = format!("DEALLOCATE ALL; PREPARE metric ({types}) AS {sql}");
    connection.execute(sqlx::AssertSqlSafe(prepare)).await.unwrap();
    let explain = format!("EXPLAIN (FORMAT JSON, ANALYZE, TIMING OFF, BUFFERS) EXECUTE metric ({values})");
    sqlx::raw_sql(sqlx::AssertSqlSafe(explain))
        .fetch_one(&mut *connection)
        .await
        .map(|row| sqlx::Row::get::<Value, _>(&row, 0))
        .unwrap()
}

#[tokio::test]
async fn old_weeks_are_not_looked_at() {
    let database = TestDatabase::new().await;
    run(&database, YEARS).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let weeks = "(SELECT array_agg(id) FROM rpm_weekly_plans WHERE week_start_date >= '2025-11-20')";
    let one = "(SELECT array_agg(id) FROM rpm_weekly_plans WHERE week_start_date >= '2026-11-16')";
    let qa = "(SELECT id FROM owners WHERE name = 'QA')";
    // The ids as text: a subquery is no parameter's value.
    let mut text = async |sql: &str| -> String {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT ({sql})::text"))).fetch_one(&mut connection).await.unwrap()
    };
    let (weeks, one, qa) = (text(weeks).await, text(one).await, text(qa).await);
    let month = "'2026-10-25', '2026-11-21', 'America/Chicago'";
    let cases: Vec<(&str, &str, &str, String)> = [&weeks, &one]
        .into_iter()
        .flat_map(|weeks| {
            [
                (
                    "week_sums",
                    include_str!("../../../src/store/sql/week_sums.sql"),
                    "uuid[], uuid, uuid",
                    format!("'{weeks}', NULL, '{qa}'"),
                ),
                (
                    "week_sums of QA",
                    include_str!("../../../src/store/sql/week_sums.sql"),
                    "uuid[], uuid, uuid",
                    format!("'{weeks}', '{qa}', '{qa}'"),
                ),
                (
                    "result_sums",
                    include_str!("../../../src/store/sql/result_sums.sql"),
                    "uuid[], uuid",
                    format!("'{weeks}', NULL"),
                ),
                (
                    "funnel_sums",
                    include_str!("../../../src/store/sql/funnel_sums.sql"),
                    "uuid[], uuid",
                    format!("'{weeks}', NULL"),
                ),
                (
                    "funnel_owners",
                    include_str!("../../../src/store/sql/funnel_owners.sql"),
                    "uuid[], uuid",
                    format!("'{weeks}', NULL"),
                ),
                (
                    "forecast_plan",
                    include_str!("../../../src/store/sql/forecast_plan.sql"),
                    "uuid[], uuid, text, boolean",
                    format!("'{weeks}', '{qa}', 'America/Chicago', true"),
                ),
            ]
        })
        .chain([
            (
                "action_days",
                include_str!("../../../src/store/sql/action_days.sql"),
                "date, date, text, bigint",
                format!("{month}, 1001"),
            ),
            (
                "forecast_history",
                include_str!("../../../src/store/sql/forecast_history.sql"),
                "uuid, timestamptz, timestamptz, bigint",
                "NULL, '2026-05-25Z', '2026-11-21Z', 5000".to_owned(),
            ),
            (
                "deliverable_days",
                include_str!("../../../src/store/sql/deliverable_days.sql"),
                "date, date, text, bigint",
                format!("{month}, 1001"),
            ),
            (
                "agent_days",
                include_str!("../../../src/store/sql/agent_days.sql"),
                "date, date, text, uuid[], uuid, float8, timestamptz, bigint",
                format!("{month}, NULL, NULL, 900, '2026-11-21Z', 1001"),
            ),
            (
                "period_sums",
                include_str!("../../../src/store/sql/period_sums.sql"),
                "date[], date[], text, uuid",
                format!("'{{2026-10-01,2026-11-01}}', '{{2027-01-01,2026-12-01}}', 'America/Chicago', '{qa}'"),
            ),
        ])
        .collect();
    for (name, sql, types, values) in &cases {
        let plan = plan(&mut connection, sql, types, values).await;
        let mut read_whole = Vec::new();
        whole(&plan, &mut read_whole);
        read_whole.retain(|table| BIG.contains(&table.as_str()));
        assert!(read_whole.is_empty(), "{name} reads {read_whole:?} whole:\n{plan:#}");
    }
}
