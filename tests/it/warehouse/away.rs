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

/// What the tables are enough for: two plans that begin on one day, of which one states its own target.
const METRICS: &str = "{ completionTrends(weeks: 104) { startDate endDate totalActions completedActions completionRate velocity
    principalCompletionRate revenue { targetLow targetHigh target actual achievementRate } }
    investorSummary { weeks actions completedActions completionRate publishedDeliverables deliverableRevenue deliverableRevenueTarget
        deliverableAchievementRate songs releasedSongs songRevenue songRevenueTarget releasedAlbums } }";

const MORE: &str = "
    INSERT INTO projects (code, title) VALUES ('SECOND', 'x');
    INSERT INTO rpm_weekly_plans (project_id, title, week_start_date, week_end_date, owner, revenue_target_low, revenue_target_high)
    SELECT project.id, 'x', week_start_date, week_end_date + 3, 'x', 100, 301 FROM rpm_weekly_plans, projects AS project WHERE project.code = 'SECOND';
    INSERT INTO rpm_results (weekly_plan_id, result_code, result_text, purpose)
    SELECT id, 'R1', 'x', 'x' FROM rpm_weekly_plans WHERE revenue_target_low = 100;
    INSERT INTO rpm_action_items (result_id, action_code, action_text, status)
    SELECT id, 'SECOND-' || number, 'x', 'completed' FROM rpm_results, generate_series(1, 3) AS number WHERE result_text = 'x';
    INSERT INTO action_owners (action_id, owner_id) SELECT action.id, owner.id FROM rpm_action_items AS action, owners AS owner
    WHERE owner.name = 'Jesse' AND action_code IN ('SECOND-1', 'SECOND-2') OR owner.name = 'Jesse' AND position = 2 ON CONFLICT DO NOTHING;
    INSERT INTO deliverables (action_item_id, deliverable_type, title, cloud_storage_path, status, revenue_target, revenue_actual, created_at)
    SELECT id, 'code', 'x', 'x', CASE WHEN position < 3 THEN 'published' ELSE 'draft' END, 99.99, nullif(position, 3) * 10.5, created_at
    FROM rpm_action_items WHERE position < 5;
    INSERT INTO suno_songs (song_id, title, album_assignment, status, revenue_actual, created_at)
    VALUES ('s-1', 'x', 'Blue', 'released', 12.34, '2026-03-02'), ('s-2', 'x', 'Red', 'generated', NULL, '2026-03-03'),
           ('s-3', 'x', NULL, 'released', 1, '2026-03-03')";

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
    house.execute(MORE).await;
    house.export(&[]);
    let (address, endpoint) = (house.bigquery.warehouse(), house.bigquery.endpoint().to_owned());
    // An answer that was given a moment ago would be given again.
    let mut flags =
        vec!["--timezone", "UTC", "--warehouse", &address, "--warehouse-endpoint", &endpoint, "--analytics-patience", "2"];
    flags.extend(["--answer-cache", "0"]);
    let server = Server::with(TestDatabase { url: house.database.url.clone() }, &flags);
    let (vip, team) = (server.token(VIP), server.token(TEAM));
    let ask = async |token: &str| server.ask(token, VIEWS, json!({})).await.body;
    let before = ask(&vip).await;
    assert!(before["errors"].is_null() && before["extensions"].get("warehouse").is_none(), "{before:#}");
    assert!(!before["data"]["analytics"]["actionCompletionMetrics"].as_array().unwrap().is_empty());
    ask(&team).await;
    let metrics = async || server.ask(&vip, METRICS, json!({})).await.body;
    let computed = metrics().await;
    let point = &computed["data"]["completionTrends"][0];
    assert_eq!((&point["totalActions"], &point["revenue"]["targetLow"]), (&json!(11), &json!("899.92")), "{computed:#}");
    assert!(computed["extensions"].get("warehouse").is_none(), "{computed:#}");

    take_away(&house.database.url).await;
    let after = ask(&vip).await;
    assert_eq!(rows(&after), rows(&before), "{after:#}");
    for table in ["action_completion_metrics", "revenue_correlation"] {
        let told = &after["extensions"]["warehouse"][table];
        let age = told["ageSeconds"].as_i64().unwrap_or_else(|| panic!("{after:#}"));
        assert!((0..3600).contains(&age) && told["writtenAt"].is_string(), "{told}");
    }
    let held = metrics().await;
    assert_eq!(held["data"], computed["data"], "{held:#}");
    let told = held["extensions"]["warehouse"].as_object().unwrap();
    let tables: Vec<&String> = told.keys().collect();
    assert_eq!(tables.len(), 3, "{tables:?}");
    assert!(tables.contains(&&"rpm_plan_effectiveness".to_owned()), "{tables:?}");
    let months = server.ask(&vip, "{ completionTrends(period: MONTHLY) { startDate } }", json!({})).await;
    assert_eq!((months.status, months.code()), (503, "UNAVAILABLE"), "of these the warehouse knows nothing");
    assert_eq!(ask(&team).await["errors"][0]["extensions"]["code"], "FORBIDDEN", "who may not ask may not ask now");
    // With both away it is told so, and the server goes on.
    house.bigquery.line.close();
    assert_eq!(ask(&vip).await["errors"][0]["extensions"]["code"], json!("UNAVAILABLE"));
}
