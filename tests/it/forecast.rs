//! Forecasts through the front door: on a week whose dates can be told by hand, and on the demo.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::postgres::{ADMIN, INVESTOR, TEAM, VIP};
use crate::support::{Server, TestDatabase};

const GENEROUS: [&str; 2] = ["--budgets", "admin=100000/10000000000/100000000,team=100000/10000000000/100000000"];

const ACTIONS: &str = "query($at: DateTime!) { currentWeek { actions(orderBy: { field: CODE }) { nodes { code forecast(at: $at) {
    earliest expected latest missing inTimeProbability flags blockedBy { code } draws asOf
    basis { level clock owner stage estimate ageDays completed completedLater open shortestDays medianDays longestDays } } } } } }";

const WEEK: &str = "query($at: DateTime!) { currentWeek {
    forecast(at: $at) { ...Dates lastAction { code } lastActionProbability openActionsInTime blockedBy { code } }
    carryOverCandidates(at: $at) { action { code } forecast { inTimeProbability } }
    atRiskResults(at: $at) { result { code } forecast { ...Dates } reasons { risk text actions { code } } }
    results { nodes { code forecast(at: $at) { ...Dates flags } } } } }
    fragment Dates on PlanForecast { earliest expected latest missing inTimeProbability openActions }";

/// A server on the fixture, and the hour that it was made in.
async fn made() -> (Server, DateTime<Utc>) {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    connection.execute(sqlx::AssertSqlSafe(include_str!("../fixtures/forecast.sql"))).await.unwrap();
    let base = "SELECT created_at + interval '24 hours' FROM rpm_action_items WHERE action_code = 'FC-1'";
    let base = sqlx::query_scalar(base).fetch_one(&mut connection).await.unwrap();
    (Server::with(database, &GENEROUS), base)
}

fn time(base: DateTime<Utc>, hours: i64) -> Value {
    json!((base + TimeDelta::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
}

#[tokio::test]
async fn dates_come_from_how_long_actions_took_and_say_from_which() {
    let (server, base) = made().await;
    let data = server.ask(&server.token(ADMIN), ACTIONS, json!({ "at": base })).await.data();
    let forecasts: Vec<&Value> =
        data["currentWeek"]["actions"]["nodes"].as_array().unwrap().iter().map(|node| &node["forecast"]).collect();
    let always = |hours| (time(base, hours), time(base, hours), time(base, hours));
    let dates = |forecast: &Value| (forecast["earliest"].clone(), forecast["expected"].clone(), forecast["latest"].clone());
    // All of QA's took 48 hours; this one is 24 hours old.
    assert_eq!(dates(forecasts[0]), always(24));
    assert_eq!(
        forecasts[0]["basis"],
        json!({
            "level": "OWNER_STAGE_ESTIMATE", "clock": "CREATED", "owner": "QA", "stage": "MIDDLE", "estimate": "UP_TO_2",
            // Of the week, one was completed after 28 hours; four are open.
            "ageDays": "1.00", "completed": 97, "completedLater": 97, "open": 4,
            "shortestDays": "1.17", "medianDays": "2.00", "longestDays": "2.00",
        })
    );
    assert_eq!(
        (&forecasts[0]["flags"], &forecasts[0]["asOf"], &forecasts[0]["draws"]),
        (&json!([]), &time(base, 0), &json!(1000))
    );
    assert_eq!((dates(forecasts[1]), &forecasts[1]["flags"]), (always(24), &json!(["BLOCKED"])));
    // It waits for the second; then it is worked on for 6 hours.
    assert_eq!((dates(forecasts[2]), &forecasts[2]["flags"]), (always(30), &json!(["WAITS_FOR_BLOCKED"])));
    assert_eq!(forecasts[2]["blockedBy"], json!([{ "code": "FC-2" }]));
    // 60 hours old; six took longer: 70, 80 … 120 hours. One in seven, itself, may take longer than these.
    let (earliest, expected, latest) = dates(forecasts[3]);
    assert_eq!((earliest, expected), (time(base, 10), time(base, 40)));
    assert!(latest.as_str() > time(base, 60).as_str(), "{latest}");
    assert_eq!(forecasts[3]["flags"], json!(["OVERDUE", "LATEST_BEYOND_HISTORY"]));
    assert_eq!(forecasts[3]["basis"]["level"], "ALL");
    assert_eq!((&forecasts[3]["basis"]["completed"], &forecasts[3]["basis"]["completedLater"]), (&json!(109), &json!(6)));
    assert_eq!((&forecasts[4]["missing"], &forecasts[4]["inTimeProbability"]), (&json!("COMPLETED"), &json!("100.00")));
    assert_eq!((&forecasts[4]["basis"], &forecasts[4]["expected"]), (&Value::Null, &Value::Null));
    // Work began 2 hours ago, and takes 6; that it was to wait is past.
    assert_eq!((dates(forecasts[5]), &forecasts[5]["basis"]["clock"]), (always(4), &json!("STARTED")));
}

#[tokio::test]
async fn a_result_and_a_week_are_done_when_their_last_action_is() {
    let (server, base) = made().await;
    let token = server.token(VIP);
    let week = server.ask(&token, WEEK, json!({ "at": base })).await.data()["currentWeek"].clone();
    let result = |code: &str| {
        let nodes = week["results"]["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["code"] == code).unwrap()["forecast"].clone()
    };
    let first = result("R1");
    assert_eq!((&first["earliest"], &first["expected"], &first["latest"]), (&time(base, 30), &time(base, 30), &time(base, 30)));
    assert_eq!(first["flags"], json!(["BLOCKED", "WAITS_FOR_BLOCKED"]));
    assert_eq!((&first["openActions"], &first["missing"]), (&json!(3), &Value::Null));
    assert_eq!((&result("R3")["missing"], &result("R4")["missing"]), (&json!("COMPLETED"), &json!("NO_ACTIONS")));
    let all = &week["forecast"];
    assert_eq!(
        (&all["openActions"], &all["lastAction"]["code"], &all["blockedBy"]),
        (&json!(5), &json!("FC-4"), &json!([{ "code": "FC-2" }]))
    );
    assert!(all["expected"].as_str() >= result("R2")["expected"].as_str(), "{all}");
    assert_eq!(week["carryOverCandidates"], json!([]));
    let risks = |week: &Value| -> Vec<(String, Vec<String>)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = |own: &Value| own["reasons"].as_array().unwrap().iter().map(|reason| text(&reason["risk"])).collect();
        week["atRiskResults"].as_array().unwrap().iter().map(|own| (text(&own["result"]["code"]), of(own))).collect()
    };
    let named = |code: &str, risks: &[&str]| (code.to_owned(), risks.iter().map(|risk| (*risk).to_owned()).collect::<Vec<_>>());
    assert_eq!(risks(&week), [named("R1", &["BLOCKED", "WAITS_FOR_BLOCKED"]), named("R2", &["OVERDUE"])]);
    assert_eq!(
        week["atRiskResults"][0]["reasons"],
        json!([
            { "risk": "BLOCKED", "text": "1 of 3 open actions are blocked: FC-2", "actions": [{ "code": "FC-2" }] },
            { "risk": "WAITS_FOR_BLOCKED", "text": "1 of 3 open actions are waiting for blocked actions: FC-3",
              "actions": [{ "code": "FC-3" }] },
        ])
    );
    // What if all of it is still open four days from now, when the week's last day has begun, and in nine days, when it is over?
    let then = server.ask(&token, WEEK, json!({ "at": base + TimeDelta::days(4) })).await.data()["currentWeek"].clone();
    let late = named("R1", &["BLOCKED", "WAITS_FOR_BLOCKED", "OVERDUE", "FORECAST_AFTER_END", "NOT_STARTED_LATE"]);
    assert_eq!(risks(&then)[0], late, "{then:#}");
    let over = server.ask(&token, WEEK, json!({ "at": base + TimeDelta::days(9) })).await.data()["currentWeek"].clone();
    let codes: Vec<&Value> = over["carryOverCandidates"].as_array().unwrap().iter().map(|own| &own["action"]["code"]).collect();
    assert_eq!(codes, ["FC-1", "FC-2", "FC-3", "FC-4", "FC-6"]);
    assert_eq!(over["forecast"]["inTimeProbability"], "0.00");
    for far in [-367, 367] {
        let refused = server.ask(&token, WEEK, json!({ "at": base + TimeDelta::days(far) })).await;
        assert_eq!((refused.code(), &refused.error()["extensions"]["field"]), ("BAD_USER_INPUT", &json!(["at"])));
    }
}

#[tokio::test]
async fn who_sees_a_part_is_told_of_that_part_out_of_that_part() {
    let (server, base) = made().await;
    let team = server.token(TEAM);
    let data = server.ask(&team, ACTIONS, json!({ "at": base })).await.data();
    let nodes = data["currentWeek"]["actions"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 1);
    let basis = &nodes[0]["forecast"]["basis"];
    assert_eq!((&basis["level"], &basis["completed"], &basis["open"]), (&json!("ALL"), &json!(12), &json!(1)));
    let week = server.ask(&team, WEEK, json!({ "at": base })).await.data()["currentWeek"].clone();
    assert_eq!((&week["forecast"]["openActions"], &week["forecast"]["blockedBy"]), (&json!(1), &json!([])));
    assert_eq!(week["atRiskResults"].as_array().unwrap().len(), 1);
    let refused = server.ask(&server.token(INVESTOR), "{ currentWeek { forecast { expected } } }", json!({})).await;
    assert!(matches!(refused.code(), "FORBIDDEN" | "GRAPHQL_VALIDATION_FAILED"), "{:?}", refused.body);
}

#[tokio::test]
async fn without_a_history_it_says_so() {
    let (server, base) = made().await;
    let mut connection = server.database.connection().await;
    connection.execute("DELETE FROM rpm_action_items WHERE status = 'completed'").await.unwrap();
    let data = server.ask(&server.token(ADMIN), ACTIONS, json!({ "at": base })).await.data();
    for node in data["currentWeek"]["actions"]["nodes"].as_array().unwrap() {
        let forecast = &node["forecast"];
        assert_eq!((&forecast["missing"], &forecast["expected"]), (&json!("NO_HISTORY"), &Value::Null), "{node}");
        assert_eq!((&forecast["inTimeProbability"], &forecast["basis"]), (&Value::Null, &Value::Null), "{node}");
    }
}

async fn demo() -> Server {
    let database = TestDatabase::new().await;
    rpm_api::demo::fill(&database.store().await, 7, Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    Server::with(database, &GENEROUS)
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_weeks() {
    let server = demo().await;
    let token = server.token(ADMIN);
    let measure = async |below: &str, n: i32| {
        let weeks = format!("query($n: Int!) {{ weeks(first: $n) {{ nodes {{ {below} }} }} }}");
        server.ask(&token, "{ viewer { email } }", json!({})).await.data();
        let before = server.statements().await;
        server.ask(&token, &weeks, json!({ "n": n })).await.data();
        server.statements().await - before
    };
    // One by one: what is asked beside each other shares batches as it happens to come.
    for below in [
        "forecast { expected lastAction { code } }",
        "carryOverCandidates { action { code } }",
        "atRiskResults { result { code } reasons { text } }",
        "atRiskResults { reasons { actions { code } } }",
        "results { nodes { forecast { expected flags } } }",
        "actions { nodes { forecast { expected basis { level } } } }",
    ] {
        let (few, many) = (measure(below, 2).await, measure(below, 13).await);
        assert_eq!(few, many, "{below}");
        assert!(many <= 6, "{many} statements for {below}");
    }
    let same = "{ currentWeek { actions { nodes { forecast(at: \"AT\") { expected latest } } } } }";
    let same = same.replace("AT", &Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let first = server.ask(&token, &same, json!({})).await.data();
    assert_eq!(server.ask(&token, &same, json!({})).await.data(), first);
}

#[tokio::test]
async fn what_is_left_behind_does_not_put_off_the_week() {
    let server = demo().await;
    let query = "{ currentWeek { forecast { asOf expected openActions openActionsInTime openActionsLeftBehind }
        actions { nodes { status forecast { leftBehindProbability inTimeProbability } } } } }";
    let week = server.ask(&server.token(ADMIN), query, json!({})).await.data()["currentWeek"].clone();
    let forecast = &week["forecast"];
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let instant = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    // In each of its past weeks, several actions were left behind for good.
    assert!(number(&forecast["openActionsLeftBehind"]) > 0.5, "{forecast:#}");
    assert!(instant(&forecast["expected"]) - instant(&forecast["asOf"]) < TimeDelta::days(14), "{forecast:#}");
    let open = week["actions"]["nodes"].as_array().unwrap().iter().filter(|node| node["status"] != "COMPLETED");
    let left: f64 = open.map(|node| number(&node["forecast"]["leftBehindProbability"]) / 100.0).sum();
    assert!((left - number(&forecast["openActionsLeftBehind"])).abs() < 0.01, "{week:#}");
}

#[tokio::test]
async fn a_look_back_says_how_often_intervals_held() {
    let server = demo().await;
    let output = server.command(&["backtest", "--weeks", "13"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |start: &str| {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start} in\n{text}"));
        line[start.len()..].split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    eprintln!("{text}");
    let weeks = text.lines().filter(|line| line.starts_with("the week of")).count();
    assert!((12..=13).contains(&weeks), "{text}");
    let all = line("all actions");
    let number = |at: usize| all[at].parse::<f64>().unwrap();
    assert_eq!(number(0), number(1) + number(2) + number(3) + number(4) + number(9), "{text}");
    assert!(number(0) > 100.0, "{text}");
    let coverage = number(5);
    assert!((55.0..=95.0).contains(&coverage), "{text}");
    assert!((number(6) - number(7)).abs() < 0.2 * number(0), "{text}");
    assert!((number(8) - number(9)).abs() < 0.15 * number(0), "{text}");
    let nothing = Server::start().await.command(&["backtest"]);
    assert!(nothing.status.success() && String::from_utf8(nothing.stdout).unwrap().contains("all actions"));
}
