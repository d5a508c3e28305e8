//! DNA periods follow what happens, and trends are read off them and off the plans.

use chrono::Utc;
use rpm_api::analytics::{Basis, periods};
use serde_json::{Value, json};

use super::{GENEROUS, run};
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

fn basis() -> Basis {
    Basis { zone: chrono_tz::America::Chicago, principal: "Jesse".into(), agent_stale_after: std::time::Duration::from_secs(900) }
}

async fn wrong(database: &TestDatabase) -> i64 {
    let sql = "SELECT count(*) FROM rpm_dna_periods AS period CROSS JOIN LATERAL (
            SELECT count(*)::int AS total, count(*) FILTER (WHERE status = 'completed')::int AS completed,
                   (SELECT sum(revenue_actual) FROM deliverables JOIN rpm_action_items AS own ON own.id = action_item_id
                    WHERE own.due_date >= period_start AND own.due_date < period_end) AS actual
            FROM rpm_action_items WHERE due_date >= period_start AND due_date < period_end) AS due
        WHERE (total_actions, completed_actions) <> (due.total, due.completed) OR revenue_actual IS DISTINCT FROM due.actual
           OR completion_rate IS DISTINCT FROM round(100.0 * due.completed / nullif(due.total, 0), 2)";
    sqlx::query_scalar(sql).fetch_one(&mut database.connection().await).await.unwrap()
}

const PERIODS: &str = "{ dnaPeriods(filter: { type: [QUARTERLY] }, first: 100, direction: ASC) { nodes {
    start totalActions completedActions completionRate velocityScore revenueTarget revenueActual principalCompletionRate } } }";

#[tokio::test]
async fn a_change_shows_in_its_periods_by_the_clock() {
    let database = TestDatabase::new().await;
    run(&database, include_str!("../../fixtures/example_week.sql")).await;
    let server = Server::with(database, &["--periods-every", "1", GENEROUS[0], GENEROUS[1]]);
    let token = server.token(ADMIN);
    let quarter = async || {
        let data = server.ask(&token, PERIODS, json!({})).await.data();
        data["dnaPeriods"]["nodes"].as_array().unwrap()[0].clone()
    };
    // Summed up before the server says where it is.
    let before = quarter().await;
    assert_eq!(
        before,
        json!({
            "start": "2025-10-01T05:00:00.000000Z", "totalActions": 28, "completedActions": 19, "completionRate": "67.86",
            "velocityScore": "0.21", "revenueTarget": "141000.00", "revenueActual": "98000.00", "principalCompletionRate": "75.00",
        })
    );
    server.ask(&token, "mutation { completeAction(input: { code: \"EX-28\" }) { action { id } } }", json!({})).await.data();
    while quarter().await == before {
        tokio::task::yield_now().await;
    }
    assert_eq!(quarter().await["completedActions"], 20);
    // Into another quarter, and its period is a new one.
    let later = "mutation { rescheduleAction(input: { code: \"EX-28\", dueDate: \"2026-02-01T12:00:00Z\" }) { action { id } } }";
    server.ask(&token, later, json!({})).await.data();
    while quarter().await["totalActions"] == 28 {
        tokio::task::yield_now().await;
    }
    let data = server.ask(&token, PERIODS, json!({})).await.data();
    let starts: Vec<&Value> = data["dnaPeriods"]["nodes"].as_array().unwrap().iter().map(|period| &period["start"]).collect();
    assert!(starts.contains(&&json!("2026-01-01T06:00:00.000000Z")), "{starts:?}");
    assert_eq!(wrong(&server.database).await, 0);
}

#[tokio::test]
async fn whatever_changes_is_summed_up_anew_and_nothing_else() {
    let database = TestDatabase::new().await;
    run(&database, include_str!("../../fixtures/example_week.sql")).await;
    let store = database.store().await;
    let round = async || periods::keep_up(&store, &basis(), Utc::now()).await.unwrap();
    // A day, a week, a month and a quarter, and those that we are in.
    assert_eq!(round().await, 8);
    assert_eq!(round().await, 4);
    let changes = [
        "UPDATE rpm_action_items SET status = 'completed', completion_date = now() WHERE action_code = 'EX-5'",
        "UPDATE rpm_action_items SET due_date = '2024-02-29 12:00Z' WHERE action_code = 'EX-6'",
        "DELETE FROM rpm_action_items WHERE action_code = 'EX-20'",
        "UPDATE deliverables SET revenue_actual = 5 WHERE title = 'Handbook'",
        "DELETE FROM deliverables WHERE title = 'Checkout'",
        "INSERT INTO deliverables (action_item_id, deliverable_type, title, cloud_storage_path, revenue_actual)
         SELECT id, 'code', 'x', 'x', 7 FROM rpm_action_items WHERE action_code = 'EX-6'",
        "DELETE FROM rpm_weekly_plans",
    ];
    for change in changes {
        run(&database, change).await;
        assert!(wrong(&database).await > 0, "{change}");
        assert!(round().await > 4, "{change}");
        assert_eq!(wrong(&database).await, 0, "{change}");
    }
    let principal = "INSERT INTO action_owners SELECT id, (SELECT id FROM owners WHERE name = 'Jesse') FROM rpm_action_items";
    run(&database, include_str!("../../fixtures/example_week.sql").split("INSERT INTO suno_songs").next().unwrap()).await;
    round().await;
    run(&database, &*format!("{principal} ON CONFLICT DO NOTHING").leak()).await;
    assert_eq!(round().await, 8, "who owns an action counts too");
    let rate = "SELECT jesse_completion_rate::text FROM rpm_dna_periods WHERE period_type = 'daily' AND total_actions = 28";
    let rate: String = sqlx::query_scalar(rate).fetch_one(&mut database.connection().await).await.unwrap();
    assert_eq!(rate, "67.86");
}

#[tokio::test]
async fn days_sum_up_to_months_and_months_to_quarters() {
    let database = TestDatabase::new().await;
    rpm_api::demo::fill(&database.store().await, 7, Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let server = Server::with(database, &GENEROUS);
    for (whole, part) in [("monthly", "daily"), ("quarterly", "monthly"), ("weekly", "daily")] {
        let sql = "SELECT count(*) FROM rpm_dna_periods AS whole CROSS JOIN LATERAL (
                SELECT COALESCE(sum(total_actions), 0) AS total, COALESCE(sum(completed_actions), 0) AS completed, sum(revenue_actual) AS actual
                FROM rpm_dna_periods AS part WHERE part.period_type = $2
                  AND part.period_start >= whole.period_start AND part.period_start < whole.period_end) AS parts
            WHERE whole.period_type = $1 AND total_actions > 0
              AND (total_actions = parts.total AND completed_actions = parts.completed AND revenue_actual IS NOT DISTINCT FROM parts.actual)
              IS NOT TRUE";
        let mut connection = server.database.connection().await;
        let differ: i64 = sqlx::query_scalar(sql).bind(whole).bind(part).fetch_one(&mut connection).await.unwrap();
        assert_eq!(differ, 0, "{whole} and {part}");
    }
    let token = server.token(ADMIN);
    let trends = async |period: &str, weeks: i32| {
        let query = format!(
            "{{ completionTrends(period: {period}, weeks: {weeks}) {{ startDate endDate totalActions completedActions completionRate
                velocity principalCompletionRate revenue {{ target actual achievementRate }} }} }}"
        );
        server.ask(&token, &query, json!({})).await.data()["completionTrends"].as_array().unwrap().clone()
    };
    // A plan begins every Monday: the last point is the current week's, and says what the week itself does.
    let weekly = trends("WEEKLY", 8).await;
    assert_eq!(weekly.len(), 8);
    let week =
        "{ currentWeek { startDate endDate metrics { completionRate velocity actions { total completed } principal { rate }
        revenue { target actual achievementRate } } } }";
    let week = server.ask(&token, week, json!({})).await.data()["currentWeek"].clone();
    let metrics = &week["metrics"];
    let expected = json!({
        "startDate": week["startDate"], "endDate": week["endDate"],
        "totalActions": metrics["actions"]["total"], "completedActions": metrics["actions"]["completed"],
        "completionRate": metrics["completionRate"], "velocity": metrics["velocity"],
        "principalCompletionRate": metrics["principal"]["rate"], "revenue": metrics["revenue"],
    });
    assert_eq!(weekly[7], expected);
    assert_eq!(weekly[7]["completionRate"], "67.86");
    assert!(weekly.is_sorted_by_key(|point| point["startDate"].as_str().unwrap().to_owned()));
    for (period, least) in [("DAILY", 20), ("MONTHLY", 2), ("QUARTERLY", 0)] {
        let points = trends(period, 13).await;
        assert!(points.len() >= least, "{period}: {}", points.len());
    }
    for weeks in [0, 105] {
        let refused =
            server.ask(&token, "query($n: Int!) { completionTrends(weeks: $n) { startDate } }", json!({ "n": weeks })).await;
        assert_eq!((refused.code(), &refused.error()["extensions"]["field"]), ("BAD_USER_INPUT", &json!(["weeks"])));
        assert!(refused.error()["message"].as_str().unwrap().contains("from 1 to 104"));
    }
}
