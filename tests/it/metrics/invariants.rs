//! What holds of every week, whatever is in it: parts sum up to wholes, rates are from 0 to 100.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{GENEROUS, run};
use crate::support::postgres::{ADMIN, TEAM};
use crate::support::{Server, TestDatabase};

/// Five hundred actions in five weeks, of any kind: a fixed sequence of numbers, so that a failure can be seen again.
const ANYTHING: &str = "
SELECT setseed(0.42);
INSERT INTO rpm_weekly_plans (project_id, title, week_start_date, week_end_date, owner, revenue_target_low, revenue_target_high)
SELECT id, 'Week', today - 7 * number, today - 7 * number + 3 + number, 'x', nullif(number % 2, 0) * 100, 200
FROM projects, generate_series(0, 4) AS number, (SELECT (now() AT TIME ZONE 'America/Chicago')::date AS today) AS day
WHERE is_default;
INSERT INTO rpm_results (weekly_plan_id, position, result_code, result_text, purpose, status)
SELECT id, number, 'R' || number, 'x', 'x', (ARRAY['completed', 'blocked', 'in_progress'])[number]
FROM rpm_weekly_plans, generate_series(1, 3) AS number;
INSERT INTO rpm_action_items (result_id, position, action_code, action_text, funnel_stage, status, due_date, completion_date,
                              estimated_hours, actual_hours, created_at, updated_at)
SELECT result.id, number, result.id || '-' || number, 'x', (ARRAY['top', 'middle', 'bottom'])[1 + trunc(random() * 3)::int],
       standing.status, CASE WHEN random() < 0.7 THEN now() + (random() * 40 - 30) * interval '1 day' END,
       CASE WHEN standing.status = 'completed' THEN now() - random() * interval '20 days' END,
       CASE WHEN random() < 0.6 THEN trunc(random() * 9) END, CASE WHEN random() < 0.6 THEN trunc(random() * 9) END,
       now() - random() * interval '20 days', now()
FROM rpm_results AS result, generate_series(1, 34) AS number
CROSS JOIN LATERAL (
    SELECT (ARRAY['pending', 'in_progress', 'blocked', 'completed', 'completed'])[1 + (number + trunc(random() * 5)::int) % 5] AS status
) AS standing;
INSERT INTO action_owners (action_id, owner_id)
SELECT action.id, owner.id FROM rpm_action_items AS action, owners AS owner WHERE random() < 0.25;
INSERT INTO deliverables (action_item_id, deliverable_type, title, cloud_storage_path, revenue_target, revenue_actual)
SELECT id, 'code', 'x', 'x', nullif(trunc(random() * 5), 0) * 100, nullif(trunc(random() * 5), 0) * 100
FROM rpm_action_items WHERE random() < 0.3;
UPDATE rpm_action_items SET funnel_stage = 'bottom', updated_at = now() + interval '1 hour' WHERE random() < 0.3;
UPDATE rpm_action_items SET status = 'pending', completion_date = NULL, updated_at = now() + interval '2 hours'
WHERE status = 'completed' AND random() < 0.2;
";

const WEEKS: &str = "{ weeks { nodes { id completionRate actionCounts { total completed } results { totalCount }
  metrics { daysElapsed actions { total pending inProgress blocked completed } completionRate velocity onTimeRate
    principal { total completed rate } team { total completed rate } results { total achieved }
    revenue { actual target achievementRate }
    funnel { stages { entered completed open completionRate averageDays } } } } } }";

fn decimal(value: &Value) -> Option<Decimal> {
    value.as_str().map(|text| text.parse().unwrap())
}

fn is_rate(value: &Value) -> bool {
    decimal(value).is_none_or(|rate| rate >= Decimal::ZERO && rate <= Decimal::ONE_HUNDRED)
}

fn check(week: &Value) {
    let metrics = &week["metrics"];
    let int = |value: &Value| value.as_i64().unwrap();
    let actions = &metrics["actions"];
    let total = int(&actions["total"]);
    let parts = ["pending", "inProgress", "blocked", "completed"];
    assert_eq!(parts.iter().map(|part| int(&actions[part])).sum::<i64>(), total, "{week:#}");
    for count in ["total", "completed"] {
        assert_eq!(int(&metrics["principal"][count]) + int(&metrics["team"][count]), int(&actions[count]), "{week:#}");
        assert_eq!(actions[count], week["actionCounts"][count], "{week:#}");
    }
    let stages = metrics["funnel"]["stages"].as_array().unwrap();
    let sum = |field: &str| stages.iter().map(|stage| int(&stage[field])).sum::<i64>();
    assert_eq!(sum("completed") + sum("open"), total, "every action is in one stage: {week:#}");
    assert_eq!(sum("completed"), int(&actions["completed"]), "{week:#}");
    assert!(sum("entered") >= total, "{week:#}");
    for stage in stages {
        assert!(int(&stage["completed"]) + int(&stage["open"]) <= int(&stage["entered"]), "{week:#}");
        assert!(is_rate(&stage["completionRate"]), "{week:#}");
        assert!(decimal(&stage["averageDays"]).is_none_or(|days| days >= Decimal::ZERO), "{week:#}");
    }
    for rate in [&metrics["completionRate"], &metrics["onTimeRate"], &metrics["principal"]["rate"], &metrics["team"]["rate"]] {
        assert!(is_rate(rate), "{week:#}");
    }
    assert_eq!(metrics["results"]["total"], week["results"]["totalCount"], "{week:#}");
    let velocity = decimal(&metrics["velocity"]).unwrap() * Decimal::from(int(&metrics["daysElapsed"]));
    assert!((velocity - Decimal::from(int(&actions["completed"]))).abs() < Decimal::ONE, "{week:#}");
}

#[tokio::test]
async fn parts_sum_up_to_wholes_for_who_sees_all_and_for_who_sees_a_part() {
    let database = TestDatabase::new().await;
    run(&database, ANYTHING).await;
    let server = Server::with(database, &GENEROUS);
    let seen = async |member: &str| {
        let data = server.ask(&server.token(member), WEEKS, json!({})).await.data();
        let weeks = data["weeks"]["nodes"].as_array().unwrap().clone();
        assert_eq!(weeks.len(), 5);
        weeks.iter().for_each(check);
        weeks.iter().map(|week| week["metrics"]["actions"]["total"].as_i64().unwrap()).sum::<i64>()
    };
    let (all, part) = (seen(ADMIN).await, seen(TEAM).await);
    assert_eq!(all, 510);
    assert!(part > 50 && part < all / 2, "{part} of {all}");
}

#[tokio::test]
async fn a_stay_in_a_stage_begins_and_ends_with_what_people_do() {
    let database = TestDatabase::new().await;
    run(&database, include_str!("../../fixtures/example_week.sql")).await;
    let server = Server::with(database, &[]);
    let token = server.token(ADMIN);
    let stays = async || {
        let sql = "SELECT stage || CASE WHEN left_at IS NULL THEN ' open' ELSE ' over' END FROM action_stages
                   JOIN rpm_action_items AS action ON action.id = action_id WHERE action_code = 'EX-28' ORDER BY entered_at, action_stages.id";
        let mut connection = server.database.connection().await;
        sqlx::query_scalar::<_, String>(sql).fetch_all(&mut connection).await.unwrap()
    };
    assert_eq!(stays().await, ["bottom open"]);
    let change = async |mutation: &str| {
        let document = format!("mutation {{ {mutation}(input: {{ code: \"EX-28\" }}) {{ action {{ id }} }} }}");
        server.ask(&token, &document, json!({})).await.data();
    };
    change("startAction").await;
    assert_eq!(stays().await, ["bottom open"], "what is started stays where it is");
    change("completeAction").await;
    assert_eq!(stays().await, ["bottom over"]);
    change("reopenAction").await;
    assert_eq!(stays().await, ["bottom over", "bottom open"]);
    let moved = "UPDATE rpm_action_items SET funnel_stage = 'top', updated_at = updated_at + interval '1 second' WHERE action_code = 'EX-28'";
    run(&server.database, moved).await;
    assert_eq!(stays().await, ["bottom over", "bottom over", "top open"]);
    run(
        &server.database,
        "UPDATE rpm_action_items SET funnel_stage = 'middle', status = 'completed', \
                           completion_date = updated_at + interval '1 hour' WHERE action_code = 'EX-28'",
    )
    .await;
    assert_eq!(stays().await, ["bottom over", "bottom over", "top over", "middle over"]);
    let mut connection = server.database.connection().await;
    assert_eq!(sqlx::query_scalar::<_, i64>(WRONG).fetch_one(&mut connection).await.unwrap(), 0);
}

/// Actions that are open and in no stage, or in another than theirs, or over and in one.
const WRONG: &str = "SELECT count(*) FROM rpm_action_items AS action WHERE (status IN ('completed', 'cancelled')) =
    EXISTS (SELECT FROM action_stages WHERE action_id = action.id AND left_at IS NULL AND stage = funnel_stage)";

#[tokio::test]
async fn a_stay_ends_when_its_action_is_cancelled_and_another_begins_when_it_is_reopened() {
    let database = TestDatabase::new().await;
    run(&database, include_str!("../../fixtures/example_week.sql")).await;
    let server = Server::with(database, &GENEROUS);
    let token = server.token(ADMIN);
    let mut connection = server.database.connection().await;
    let change = async |mutation: &str, more: &str| {
        let document = format!("mutation {{ {mutation}(input: {{ code: \"EX-6\"{more} }}) {{ action {{ id }} }} }}");
        server.ask(&token, &document, json!({})).await.data();
    };
    let why = ", reason: \"the lab is closed\"";
    let mut stays = async || {
        let sql = "SELECT stage || CASE WHEN left_at IS NULL THEN ' open' ELSE ' over' END FROM action_stages AS stay
                   JOIN rpm_action_items AS action ON action.id = action_id WHERE action_code = 'EX-6' ORDER BY entered_at, stay.id";
        assert_eq!(sqlx::query_scalar::<_, i64>(WRONG).fetch_one(&mut connection).await.unwrap(), 0);
        sqlx::query_scalar::<_, String>(sql).fetch_all(&mut connection).await.unwrap()
    };
    let top = async || {
        let data = server.ask(&token, WEEKS, json!({})).await.data();
        data["weeks"]["nodes"].as_array().unwrap().iter().for_each(check);
        data["weeks"]["nodes"][0]["metrics"]["funnel"]["stages"][0].clone()
    };
    assert_eq!(stays().await, ["top open"]);
    let before = top().await;
    change("cancelAction", why).await;
    assert_eq!(stays().await, ["top over"]);
    let without = top().await;
    let count = |stage: &Value, name: &str| stage[name].as_i64().unwrap();
    assert_eq!(count(&without, "entered"), count(&before, "entered") - 1, "{without}");
    assert_eq!((&without["averageDays"], &without["completed"]), (&before["averageDays"], &before["completed"]));
    // Who is in no stage moves to none, and begins where it then is.
    let moved = "UPDATE rpm_action_items SET funnel_stage = 'middle', updated_at = now() WHERE action_code = 'EX-6'";
    run(&server.database, moved).await;
    assert_eq!(stays().await, ["top over"]);
    change("reopenAction", "").await;
    assert_eq!(stays().await, ["top over", "middle open"]);
    let again = top().await;
    assert_eq!(count(&again, "entered"), count(&before, "entered"), "{again}");
    // Its plan says that it was done after all, and where.
    change("cancelAction", why).await;
    let done = "UPDATE rpm_action_items SET status = 'completed', completion_date = now(), funnel_stage = 'bottom', updated_at = now() \
                WHERE action_code = 'EX-6'";
    run(&server.database, done).await;
    assert_eq!(stays().await, ["top over", "bottom over"]);
    top().await;
    // What comes cancelled was in no stage for any time.
    let new = "INSERT INTO rpm_action_items (result_id, position, action_code, action_text, status) \
               SELECT result_id, 99, 'EX-99', 'x', 'cancelled' FROM rpm_action_items WHERE action_code = 'EX-6'";
    run(&server.database, new).await;
    assert_eq!(stays().await.len(), 2);
    let spent = "SELECT count(*) FROM action_stages WHERE left_at = entered_at AND action_id = (SELECT id FROM rpm_action_items WHERE action_code = 'EX-99')";
    let mut connection = server.database.connection().await;
    assert_eq!(sqlx::query_scalar::<_, i64>(spent).fetch_one(&mut connection).await.unwrap(), 1);
}
