//! What metrics cost: the same number of statements for many weeks as for few, and no look at rows of other weeks.

use std::path::{Path, PathBuf};

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

/// Three thousand weeks with 60,000 actions. What has changed since has been taken into the sums.
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
INSERT INTO rpm_dna_periods (period_type, period_start, period_end)
SELECT 'daily', day, day + interval '1 day' FROM generate_series(timestamptz '1970-01-01 06:00Z', '2026-11-20 06:00Z', '1 day') AS day;
ANALYZE;
";

/// Tables that grow with the years; the event log does not, its head is removed.
const BIG: [&str; 8] = [
    "rpm_weekly_plans",
    "rpm_action_items",
    "rpm_results",
    "rpm_dna_periods",
    "action_stages",
    "action_owners",
    "deliverables",
    "agent_heartbeats",
];

/// The statements that metrics, forecasts, views and exports are made of, save for those that are about no week: a file, the types of its
/// parameters, and these, with `WEEKS`, `QA` and `MONTH` in them.
const STATEMENTS: [(&str, &str, &str); 19] = [
    ("week_sums", "uuid[], uuid, uuid", "WEEKS, NULL, QA"),
    ("week_sums", "uuid[], uuid, uuid", "WEEKS, QA, QA"),
    ("result_sums", "uuid[], uuid", "WEEKS, NULL"),
    ("funnel_sums", "uuid[], uuid", "WEEKS, NULL"),
    ("funnel_owners", "uuid[], uuid", "WEEKS, NULL"),
    ("forecast_plan", "uuid[], uuid, text, boolean", "WEEKS, QA, 'America/Chicago', true"),
    (
        "forecast_history",
        "uuid, timestamptz, timestamptz, bigint, text",
        "NULL, '2026-05-25Z', '2026-11-21Z', 5000, 'America/Chicago'",
    ),
    ("top_deliverables", "uuid, uuid, bigint", "WEEK, NULL, 5"),
    ("top_deliverables", "uuid, uuid, bigint", "WEEK, QA, 5"),
    ("plan_weeks", "date, date", "'2025-11-20', '2026-11-20'"),
    ("action_days", "date, date, text, bigint", "MONTH, 1001"),
    ("deliverable_days", "date, date, text, bigint", "MONTH, 1001"),
    ("album_days", "date, date, text, bigint", "MONTH, 1001"),
    ("agent_days", "date, date, text, uuid[], uuid, float8, timestamptz, bigint", "MONTH, NULL, NULL, 900, '2026-11-21Z', 1001"),
    ("period_sums", "date[], date[], text, uuid", "'{2026-10-01,2026-11-01}', '{2027-01-01,2026-12-01}', 'America/Chicago', QA"),
    ("periods_between", "text, date, date, text", "'daily', MONTH"),
    ("investor_summary", "", ""),
    ("changed_days", "timestamptz, text", "'2100-01-01Z', 'America/Chicago'"),
    ("days_with_data", "text", "'America/Chicago'"),
];

fn store() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store")
}

fn statement(name: &str) -> String {
    std::fs::read_to_string(store().join("sql").join(format!("{name}.sql"))).unwrap()
}

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

/// The plan of a statement for these values, or for any.
async fn plan(connection: &mut PgConnection, sql: &str, types: &str, values: &str, is_generic: bool) -> Value {
    let mode = if is_generic { "force_generic_plan" } else { "force_custom_plan" };
    let [types, values] = [types, values].map(|list| if list.is_empty() { String::new() } else { format!("({list})") });
    let prepare = format!("DEALLOCATE ALL; SET plan_cache_mode = {mode}; PREPARE metric {types} AS {sql}");
    connection.execute(sqlx::AssertSqlSafe(prepare)).await.unwrap();
    let explain = format!("EXPLAIN (FORMAT JSON, ANALYZE, TIMING OFF, BUFFERS) EXECUTE metric {values}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(explain))
        .fetch_one(&mut *connection)
        .await
        .map(|row| sqlx::Row::get::<Value, _>(&row, 0))
        .unwrap()
}

/// Those that the store's modules of metrics name: none is forgotten here.
#[test]
fn every_statement_of_the_metrics_is_looked_at() {
    for module in ["metrics.rs", "forecast.rs", "periods.rs", "summary.rs", "warehouse.rs"] {
        let text = std::fs::read_to_string(store().join(module)).unwrap();
        for named in text.split("include_str!(\"sql/").skip(1) {
            let name = named.split(".sql").next().unwrap();
            // These write, by key; and what they take is what has changed.
            let writes = ["take_company_changes", "begin_warehouse_days", "finish_warehouse_days"].contains(&name);
            assert!(writes || STATEMENTS.iter().any(|statement| statement.0 == name), "{module}: {name}");
        }
    }
}

#[tokio::test]
async fn old_weeks_are_not_looked_at() {
    let database = TestDatabase::new().await;
    run(&database, YEARS).await;
    run(&database, include_str!("../../../src/store/sql/take_company_changes.sql")).await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let weeks = "(SELECT array_agg(id) FROM rpm_weekly_plans WHERE week_start_date >= '2025-11-20')";
    let one = "(SELECT id FROM rpm_weekly_plans WHERE week_start_date >= '2026-11-16')";
    let qa = "(SELECT id FROM owners WHERE name = 'QA')";
    // The ids as text: a subquery is no parameter's value.
    let mut text = async |sql: &str| -> String {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT ({sql})::text"))).fetch_one(&mut connection).await.unwrap()
    };
    let (weeks, one, qa) = (text(weeks).await, text(one).await, text(qa).await);
    for (name, types, values) in STATEMENTS {
        for weeks in [&weeks, &format!("{{{one}}}")] {
            let values = values.replace("WEEKS", &format!("'{weeks}'")).replace("WEEK", &format!("'{one}'"));
            let values =
                values.replace("QA", &format!("'{qa}'")).replace("MONTH", "'2026-10-25', '2026-11-21', 'America/Chicago'");
            for is_generic in [false, true] {
                let plan = plan(&mut connection, &statement(name), types, &values, is_generic).await;
                let mut read_whole = Vec::new();
                whole(&plan, &mut read_whole);
                read_whole.retain(|table| BIG.contains(&table.as_str()));
                assert!(read_whole.is_empty(), "{name} (generic: {is_generic}) reads {read_whole:?} whole:\n{plan:#}");
            }
        }
    }
}
