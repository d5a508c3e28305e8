//! The rows of the warehouse's tables, as analysts see them.

use chrono::{Days, NaiveDate, Utc};
use rpm_api::analytics::tables::{ColumnKind, Table};
use rpm_api::analytics::{Basis, Span, rows};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::{GENEROUS, example};
use crate::support::postgres::{ADMIN, INVESTOR, TEAM};
use crate::support::{Server, TestDatabase};

fn basis() -> Basis {
    Basis { zone: chrono_tz::America::Chicago, principal: "Jesse".into(), agent_stale_after: std::time::Duration::from_secs(900) }
}

async fn demo() -> TestDatabase {
    let database = TestDatabase::new().await;
    rpm_api::demo::fill(&database.store().await, 7, Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    database
}

fn of_kind(kind: ColumnKind, value: &Value) -> bool {
    value.is_null()
        || match kind {
            ColumnKind::Date => value.as_str().is_some_and(|text| text.parse::<NaiveDate>().is_ok()),
            ColumnKind::String => value.is_string(),
            ColumnKind::Integer => value.is_i64(),
            ColumnKind::Float => value.is_number(),
            ColumnKind::Numeric => value.as_str().is_some_and(|text| text.parse::<rust_decimal::Decimal>().is_ok()),
        }
}

#[tokio::test]
async fn rows_have_their_columns_and_keys_and_do_not_depend_on_how_days_are_cut() {
    let database = demo().await;
    let store = database.store().await;
    let now = Utc::now();
    let today = basis().day(now);
    let span = Span { from: today - Days::new(60), through: today };
    for table in Table::ALL {
        let rows = rows::rows_up_to(&store, &basis(), table, span, now, 100_000).await.unwrap();
        assert!(rows.len() > 5, "{}: {}", table.name(), rows.len());
        let mut keys = BTreeSet::new();
        for row in &rows {
            for column in table.columns() {
                assert!(of_kind(column.kind, &row[column.name]), "{}.{}: {}", table.name(), column.name, row[column.name]);
                if column.name.ends_with("completion_rate") || column.name == "utilization_rate" {
                    assert!(row[column.name].as_f64().is_none_or(|rate| (0.0..=100.0).contains(&rate)), "{row:?}");
                }
            }
            let key: Vec<String> = [table.day()].iter().chain(table.key()).map(|name| row[*name].to_string()).collect();
            assert!(keys.insert(key.clone()), "{} has two rows {key:?}", table.name());
        }
        let mut days = Vec::new();
        for day in span.from.iter_days().take_while(|day| *day <= span.through) {
            days.extend(rows::rows_up_to(&store, &basis(), table, Span { from: day, through: day }, now, 1000).await.unwrap());
        }
        assert_eq!(days, rows, "{}", table.name());
    }
}

#[tokio::test]
async fn actions_by_day_are_what_appendix_b_counts() {
    let server = example().await;
    let data = server
        .ask(
            &server.token(ADMIN),
            "{ analytics { actionCompletionMetrics(from: \"2025-10-20\", through: \"2025-10-31\") { date owner funnelStage totalActions
               completedActions completionRate avgHoursToComplete blockedActions avgEstimatedHours avgActualHours estimationAccuracy } } }",
            json!({}),
        )
        .await
        .data();
    let rows = data["analytics"]["actionCompletionMetrics"].as_array().unwrap();
    // Appendix B, as PostgreSQL has it: TIMESTAMP_DIFF counts whole hours, SAFE_DIVIDE gives null.
    let appendix = "SELECT (created_at AT TIME ZONE 'America/Chicago')::date::text, owner, funnel_stage, count(*), \
        sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END), \
        (sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END)::float8 / count(*)) * 100, \
        avg(CASE WHEN status = 'completed' THEN trunc(EXTRACT(EPOCH FROM completion_date - created_at) / 3600) END)::float8, \
        sum(CASE WHEN status = 'blocked' THEN 1 ELSE 0 END), avg(estimated_hours)::float8, avg(actual_hours)::float8, \
        (avg(actual_hours) / nullif(avg(estimated_hours), 0))::float8 FROM rpm_action_items GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    type Row = (String, Option<String>, String, i64, i64, f64, Option<f64>, i64, Option<f64>, Option<f64>, Option<f64>);
    let expected: Vec<Row> = sqlx::query_as(appendix).fetch_all(&mut server.database.connection().await).await.unwrap();
    assert_eq!(rows.len(), expected.len());
    for (row, wanted) in rows.iter().zip(&expected) {
        let (date, owner, stage, total, completed, rate, hours, blocked, estimated, actual, accuracy) = wanted;
        assert_eq!(row["date"], json!(date));
        assert_eq!((&row["owner"], &row["funnelStage"]), (&json!(owner), &json!(stage.to_uppercase())));
        let counts = ["totalActions", "completedActions", "blockedActions"].map(|name| row[name].as_i64().unwrap());
        assert_eq!(counts, [*total, *completed, *blocked]);
        for (name, wanted) in [
            ("completionRate", &Some(*rate)),
            ("avgHoursToComplete", hours),
            ("avgEstimatedHours", estimated),
            ("avgActualHours", actual),
            ("estimationAccuracy", accuracy),
        ] {
            match (row[name].as_f64(), wanted) {
                (Some(value), Some(wanted)) => assert!((value - wanted).abs() < 1e-9, "{name}: {row} and {wanted}"),
                (value, wanted) => assert_eq!(value, *wanted, "{name}: {row}"),
            }
        }
    }
}

#[tokio::test]
async fn weekly_tables_say_what_the_week_says() {
    let server = example().await;
    let query = "{ analytics {
        planEffectiveness(from: \"2025-10-21\", through: \"2025-10-21\") { weekStart project totalResults resultsAchieved totalActions
            actionsCompleted onTimeCompletionRate jesseCompletionRate teamCompletionRate avgCycleTimeDays velocityScore }
        funnelVelocity(from: \"2025-10-21\", through: \"2025-10-21\") { funnelStage actionsEntered actionsCompleted avgDaysInStage bottleneckScore }
        revenueCorrelation(from: \"2025-10-21\", through: \"2025-10-21\") { resultText actionItemsCompleted actionItemsTotal revenueTarget
            revenueActual revenueAchievementRate profitMargin } } }";
    let data = server.ask(&server.token(ADMIN), query, json!({})).await.data()["analytics"].clone();
    let plan = &data["planEffectiveness"][0];
    assert_eq!(plan["project"], "MAIN");
    let near = |value: &Value, wanted: f64| assert!((value.as_f64().unwrap() - wanted).abs() < 0.005, "{value} and {wanted}");
    near(&plan["onTimeCompletionRate"], 68.42);
    near(&plan["jesseCompletionRate"], 75.0);
    near(&plan["teamCompletionRate"], 65.0);
    near(&plan["avgCycleTimeDays"], 3.38);
    near(&plan["velocityScore"], 2.71);
    assert_eq!((&plan["totalResults"], &plan["resultsAchieved"]), (&json!(4), &json!(1)));
    let entered: Vec<i64> =
        data["funnelVelocity"].as_array().unwrap().iter().map(|stage| stage["actionsEntered"].as_i64().unwrap()).collect();
    assert_eq!(entered, [12, 15, 7]);
    near(&data["funnelVelocity"][1]["avgDaysInStage"], 3.8);
    near(&data["funnelVelocity"][1]["bottleneckScore"], 1.54);
    let infra = &data["revenueCorrelation"][1];
    assert_eq!((&infra["revenueTarget"], &infra["revenueActual"]), (&json!("80000.00"), &json!("60000.00")));
    near(&infra["revenueAchievementRate"], 75.0);
    assert_eq!(infra["profitMargin"], Value::Null);
}

#[tokio::test]
async fn views_are_for_those_who_see_everything_and_have_limits() {
    let server = Server::with(demo().await, &GENEROUS);
    let ask = async |member: &str, arguments: &str| {
        let query = format!("{{ analytics {{ albumAnalytics{arguments} {{ date albumName }} }} }}");
        server.ask(&server.token(member), &query, json!({})).await
    };
    for member in [TEAM, INVESTOR] {
        assert!(matches!(ask(member, "").await.code(), "FORBIDDEN" | "GRAPHQL_VALIDATION_FAILED"));
    }
    for (arguments, field, why) in [
        ("(from: \"2026-01-02\", through: \"2026-01-01\")", "through", "before"),
        ("(from: \"2020-01-01\", through: \"2026-01-01\")", "from", "366 days at most"),
        ("(from: \"9999-01-01\", through: \"0001-01-01\")", "through", "before"),
    ] {
        let refused = ask(ADMIN, arguments).await;
        assert_eq!((refused.code(), &refused.error()["extensions"]["field"]), ("BAD_USER_INPUT", &json!([field])));
        assert!(refused.error()["message"].as_str().unwrap().contains(why), "{}", refused.error());
        assert_eq!(refused.error()["path"], json!(["analytics", "albumAnalytics"]));
    }
    // 21 albums and songs of none, on each of the 80 days: too many rows.
    let today = basis().day(Utc::now());
    let refused = ask(ADMIN, &format!("(from: \"{}\", through: \"{today}\")", today - Days::new(80))).await;
    assert!(refused.error()["message"].as_str().unwrap().contains("More than 1000 rows"), "{}", refused.error());
    let rows = ask(ADMIN, "").await.data()["analytics"]["albumAnalytics"].as_array().unwrap().len();
    assert!(rows > 100, "{rows}");
}
