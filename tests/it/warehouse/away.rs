//! The database is away, and those who ask for the warehouse's tables are answered all the same.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::House;
use crate::support::postgres::{TEAM, VIP};
use crate::support::{Server, TestDatabase};

const VIEWS: &str = "{ analytics {
    actionCompletionMetrics(from: \"2026-03-01\", through: \"2026-03-31\") {
        date owner funnelStage totalActions completedActions completionRate avgHoursToComplete estimationAccuracy }
    revenueCorrelation(from: \"2026-03-01\", through: \"2026-03-31\") { weekStart resultText actionItemsTotal revenueTarget }
} }";

/// The rows of an answer, in no order: the warehouse knows of no place of a result in its plan.
fn rows(answer: &Value) -> Vec<String> {
    let views = answer["data"]["analytics"].as_object().unwrap().values();
    let mut rows: Vec<_> = views.flat_map(|view| view.as_array().unwrap()).map(Value::to_string).collect();
    rows.sort();
    rows
}

/// Lets nobody in any more, and throws out who is there.
async fn take_away(url: &str) {
    let (server, name) = url.rsplit_once('/').unwrap();
    let (name, options) = name.split_once('?').map_or((name, ""), |(name, options)| (name, options));
    let mut connection = PgConnection::connect(&format!("{server}/postgres?{options}")).await.unwrap();
    let sql = format!(
        "ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_the_warehouse_answers_and_says_how_old_it_is() {
    let house = House::new().await;
    house.export(&[]);
    let (address, endpoint) = (house.bigquery.warehouse(), house.bigquery.endpoint().to_owned());
    let flags = ["--timezone", "UTC", "--warehouse", &address, "--warehouse-endpoint", &endpoint, "--analytics-patience", "2"];
    let server = Server::with(TestDatabase { url: house.database.url.clone() }, &flags);
    let (vip, team) = (server.token(VIP), server.token(TEAM));
    let ask = async |token: &str| server.ask(token, VIEWS, json!({})).await.body;
    let before = ask(&vip).await;
    assert!(before["errors"].is_null() && before["extensions"].get("warehouse").is_none(), "{before:#}");
    assert!(!before["data"]["analytics"]["actionCompletionMetrics"].as_array().unwrap().is_empty());
    ask(&team).await;

    take_away(&house.database.url).await;
    let after = ask(&vip).await;
    assert_eq!(rows(&after), rows(&before), "{after:#}");
    for table in ["action_completion_metrics", "revenue_correlation"] {
        let told = &after["extensions"]["warehouse"][table];
        let age = told["ageSeconds"].as_i64().unwrap_or_else(|| panic!("{after:#}"));
        assert!((0..3600).contains(&age) && told["writtenAt"].is_string(), "{told}");
    }
    assert_eq!(ask(&team).await["errors"][0]["extensions"]["code"], "FORBIDDEN", "who may not ask may not ask now");
    // With both away it is an error, and the server goes on.
    house.bigquery.line.close();
    assert_eq!(ask(&vip).await["errors"][0]["extensions"]["code"], json!("INTERNAL"));
}
