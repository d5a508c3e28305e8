//! Metrics through the front door: the specification's own numbers, what must always hold, and what it costs.

mod cost;
mod history;
mod invariants;
mod periods;
mod tables;

use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::postgres::{ADMIN, INVESTOR, TEAM};
use crate::support::{Server, TestDatabase};

/// Asked for whole tables here.
const GENEROUS: [&str; 2] = ["--budgets", "admin=100000/10000000000/100000000,team=100000/10000000000/100000000"];

const WEEK: &str = "{ week(startDate: \"2025-10-21\") { completionRate metrics {
    daysElapsed actions { total pending inProgress blocked completed } completionRate velocity onTimeRate cycleTimeDays
    averageEstimatedHours averageActualHours estimationAccuracy results { total achieved }
    principal { total completed rate } team { total completed rate }
    revenue { targetLow targetHigh target actual achievementRate }
    funnel { completionRate bottleneck recommendation busiest { owner open }
      stages { stage entered completed open averageDays bottleneckScore completionRate } } } } }";

async fn run(database: &TestDatabase, sql: &'static str) {
    database.connection().await.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

async fn example() -> Server {
    let database = TestDatabase::new().await;
    run(&database, include_str!("../../fixtures/example_week.sql")).await;
    Server::with(database, &GENEROUS)
}

#[tokio::test]
async fn the_example_week_has_the_numbers_of_the_specification() {
    let server = example().await;
    let token = server.token(ADMIN);
    let data = server.ask(&token, WEEK, json!({})).await.data();
    assert_eq!(
        data["week"]["metrics"],
        json!({
            "daysElapsed": 7,
            "actions": { "total": 28, "pending": 9, "inProgress": 0, "blocked": 0, "completed": 19 },
            "completionRate": "67.86",
            "velocity": "2.71",
            // Due on the 26th at noon: the six of 5.9 days are late.
            "onTimeRate": "68.42",
            // (4 × 2.1 + 6 × 5.9 + 3 × 3.8 + 6 × 1.5) ÷ 19
            "cycleTimeDays": "3.38",
            "averageEstimatedHours": "2.00",
            "averageActualHours": "3.00",
            "estimationAccuracy": "1.50",
            "results": { "total": 4, "achieved": 1 },
            "principal": { "total": 8, "completed": 6, "rate": "75.00" },
            "team": { "total": 20, "completed": 13, "rate": "65.00" },
            "revenue": { "targetLow": "125000.00", "targetHigh": "175000.00", "target": "150000.00", "actual": "98000.00",
                         "achievementRate": "65.33" },
            "funnel": {
                "completionRate": "67.86",
                "bottleneck": "MIDDLE",
                "recommendation": "Parallelize Artifacts + Research tasks",
                "busiest": [{ "owner": "Artifacts", "open": 3 }, { "owner": "Research", "open": 2 }, { "owner": "Jesse", "open": 1 }],
                "stages": [
                    { "stage": "TOP", "entered": 12, "completed": 4, "open": 2, "averageDays": "2.10",
                      "bottleneckScore": "0.85", "completionRate": "33.33" },
                    { "stage": "MIDDLE", "entered": 15, "completed": 9, "open": 6, "averageDays": "3.80",
                      "bottleneckScore": "1.54", "completionRate": "60.00" },
                    { "stage": "BOTTOM", "entered": 7, "completed": 6, "open": 1, "averageDays": "1.50",
                      "bottleneckScore": "0.61", "completionRate": "85.71" },
                ],
            },
        })
    );
}

#[tokio::test]
async fn revenue_is_summed_up_by_result_and_by_what_brought_the_most() {
    let server = example().await;
    let token = server.token(ADMIN);
    let query = "query($top: Int! = 2) { revenueSummary(weekStart: \"2025-10-21\", top: $top) { startDate endDate
        revenue { target actual achievementRate } results { result { code } revenue { target actual achievementRate } }
        topDeliverables { title revenueActual revenueAchievementRate } } }";
    let summary = server.ask(&token, query, json!({})).await.data()["revenueSummary"].clone();
    assert_eq!(summary["revenue"], json!({ "target": "150000.00", "actual": "98000.00", "achievementRate": "65.33" }));
    let result = |code: &str, target: Value, actual: Value, rate: Value| json!({ "result": { "code": code }, "revenue": { "target": target, "actual": actual, "achievementRate": rate } });
    assert_eq!(
        summary["results"],
        json!([
            result("R1", json!("1000.00"), Value::Null, Value::Null),
            result("R2", json!("80000.00"), json!("60000.00"), json!("75.00")),
            result("R3", json!("40000.00"), json!("30000.00"), json!("75.00")),
            result("R4", json!("20000.00"), json!("8000.00"), json!("40.00")),
        ])
    );
    let top = |title: &str, actual: &str| json!({ "title": title, "revenueActual": actual, "revenueAchievementRate": "75.00" });
    assert_eq!(summary["topDeliverables"], json!([top("Jumio Integration", "60000.00"), top("Checkout", "30000.00")]));
    let none =
        "{ revenueSummary(weekStart: \"2024-01-01\") { startDate } funnelVelocity(weekStart: \"2024-01-01\") { bottleneck } }";
    let none = server.ask(&token, none, json!({})).await.data();
    assert_eq!(none, json!({ "revenueSummary": null, "funnelVelocity": null }));
    for top in [0, 21] {
        let refused = server.ask(&token, query, json!({ "top": top })).await;
        assert_eq!((refused.code(), &refused.error()["extensions"]["field"]), ("BAD_USER_INPUT", &json!(["top"])));
        assert!(refused.error()["message"].as_str().unwrap().contains("from 1 to 20"), "{:?}", refused.error());
    }
}

#[tokio::test]
async fn songs_and_albums_have_their_rates() {
    let server = example().await;
    let token = server.token(ADMIN);
    let query = "{ song(songId: \"suno-19\") { revenueAchievementRate } albums { goal started released progress albums {
        name songsGenerated songsMastered songsReleased progress isReleased totalDurationMinutes averageBpm genreDistribution
        revenue { target actual achievementRate } } } investorSummary { releasedAlbums albumGoal songAchievementRate
        deliverableAchievementRate deliverableRevenueTarget songRevenueTarget } }";
    let data = server.ask(&token, query, json!({})).await.data();
    assert_eq!(data["song"]["revenueAchievementRate"], "60.00");
    let albums = &data["albums"];
    assert_eq!((&albums["goal"], &albums["started"], &albums["released"]), (&json!(21), &json!(2), &json!(1)));
    assert_eq!(albums["progress"], "4.76");
    let names: Vec<&Value> = albums["albums"].as_array().unwrap().iter().map(|album| &album["name"]).collect();
    assert_eq!(names, [&json!("Blue"), &json!("Courthouse"), &Value::Null]);
    assert_eq!(
        albums["albums"][1],
        json!({
            "name": "Courthouse", "songsGenerated": 2, "songsMastered": 2, "songsReleased": 1, "progress": "50.00",
            "isReleased": false, "totalDurationMinutes": "5.37", "averageBpm": "79.00", "genreDistribution": { "Country": 2 },
            "revenue": { "target": "2000.00", "actual": "1200.00", "achievementRate": "60.00" },
        })
    );
    assert_eq!(
        data["investorSummary"],
        json!({ "releasedAlbums": 1, "albumGoal": 21, "songAchievementRate": "57.14", "deliverableAchievementRate": "69.50",
                "deliverableRevenueTarget": "141000.00", "songRevenueTarget": "2100.00" })
    );
}

#[tokio::test]
async fn a_part_of_the_actions_has_the_numbers_of_that_part() {
    let server = example().await;
    run(&server.database, "UPDATE members SET owner_id = (SELECT id FROM owners WHERE name = 'Research') WHERE role = 'team'")
        .await;
    let data = server.ask(&server.token(TEAM), WEEK, json!({})).await.data();
    let metrics = &data["week"]["metrics"];
    assert_eq!(metrics["actions"]["total"], 2);
    assert_eq!(metrics["results"], json!({ "total": 2, "achieved": 1 }));
    assert_eq!(metrics["principal"], json!({ "total": 0, "completed": 0, "rate": null }));
    // The plan's target is everybody's.
    assert_eq!(metrics["revenue"]["target"], Value::Null);
    let funnel = &metrics["funnel"];
    assert_eq!((&funnel["stages"][1]["open"], &funnel["stages"][1]["averageDays"]), (&json!(2), &Value::Null), "no stay is over");
    assert_eq!((&funnel["bottleneck"], &funnel["busiest"]), (&Value::Null, &json!([])));
    let everything = "{ completionTrends { startDate } albums { goal } }";
    let refused = server.ask(&server.token(TEAM), everything, json!({})).await;
    assert_eq!(refused.code(), "FORBIDDEN");
    let investor = server.token(INVESTOR);
    let trend = server.ask(&investor, "{ completionTrends(weeks: 104) { totalActions completionRate } }", json!({})).await.data();
    assert!(trend["completionTrends"].is_array(), "{trend}");
    for hidden in ["revenueSummary { startDate }", "funnelVelocity { bottleneck }"] {
        let refused = server.ask(&investor, &format!("{{ {hidden} }}"), json!({})).await;
        assert!(matches!(refused.code(), "FORBIDDEN" | "GRAPHQL_VALIDATION_FAILED"), "{:?}", refused.body);
    }
}
