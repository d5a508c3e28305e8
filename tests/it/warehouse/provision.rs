//! The data set and its tables are made, completed, and never changed otherwise.

use serde_json::{Value, json};

use super::{House, TABLE, said};

async fn table(house: &House, name: &str) -> Value {
    house.bigquery.ask(reqwest::Method::GET, &format!("datasets/rpm_analytics/tables/{name}"), None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seven_tables_are_made_once() {
    let house = House::bare().await;
    insta::assert_snapshot!(house.done(&["provision"]).split("rpm_analytics\n").nth(1).unwrap(), @r"
      action_completion_metrics: made
      revenue_correlation: made
      agent_performance: made
      funnel_velocity: made
      rpm_plan_effectiveness: made
      deliverable_metrics: made
      suno_album_analytics: made
    ");
    let made = table(&house, TABLE).await;
    assert_eq!(made["timePartitioning"], json!({ "type": "DAY", "field": "date" }));
    assert_eq!(made["clustering"], json!({ "fields": ["owner", "funnel_stage"] }));
    assert!(made["description"].as_str().unwrap().starts_with("How many actions get done."));
    let fields = made["schema"]["fields"].as_array().unwrap();
    let names: Vec<_> = fields.iter().map(|field| format!("{} {}", field["name"], field["type"])).collect();
    insta::assert_snapshot!(names.join("\n").replace('"', ""), @r"
    date DATE
    owner STRING
    funnel_stage STRING
    total_actions INTEGER
    completed_actions INTEGER
    completion_rate FLOAT
    avg_hours_to_complete FLOAT
    blocked_actions INTEGER
    avg_estimated_hours FLOAT
    avg_actual_hours FLOAT
    estimation_accuracy FLOAT
    ");
    assert!(fields.iter().all(|field| field["description"].as_str().is_some_and(|text| text.ends_with('.'))));

    house.done(&["export"]);
    let held = house.held().await;
    let again = house.done(&["provision"]);
    assert_eq!(again.matches(": complete\n").count(), 7, "{again}");
    assert_eq!((table(&house, TABLE).await["schema"].clone(), house.held().await), (made["schema"].clone(), held));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_columns_are_added_and_other_types_are_told() {
    let house = House::new().await;
    let old = json!({
        "tableReference": { "projectId": "any", "datasetId": "rpm_analytics", "tableId": TABLE },
        "schema": { "fields": [
            { "name": "date", "type": "DATE" },
            { "name": "owner", "type": "STRING" },
            { "name": "funnel_stage", "type": "STRING" },
            { "name": "total_actions", "type": "STRING" },
            { "name": "note", "type": "STRING" },
        ] },
    });
    house.bigquery.query(&format!("DROP TABLE {}", house.bigquery.table(TABLE))).await;
    house.bigquery.ask(reqwest::Method::POST, "datasets/rpm_analytics/tables", Some(old)).await;
    house
        .bigquery
        .query(&format!("INSERT INTO {} (date, note) VALUES ('2020-01-01', 'kept')", house.bigquery.table(TABLE)))
        .await;
    let told = house.done(&["provision"]);
    insta::assert_snapshot!(told.split("rpm_analytics\n").nth(1).unwrap().split("  revenue").next().unwrap(), @r"
    action_completion_metrics: columns added: completed_actions, completion_rate, avg_hours_to_complete, blocked_actions, avg_estimated_hours, avg_actual_hours, estimation_accuracy
      differs, left as it is: total_actions is String, not Integer
      differs, left as it is: note is a column that is not filled
      differs, left as it is: it is not partitioned by the day of date
      differs, left as it is: it is not clustered by owner, funnel_stage
    ");
    let held = house.held().await;
    assert_eq!((held.len(), &held[0]["note"], &held[0]["completion_rate"]), (1, &json!("kept"), &Value::Null));
    let again = house.done(&["provision"]);
    assert!(again.contains("action_completion_metrics: complete\n    differs, left as it is: total_actions"), "{again}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_not_there_is_named_and_stops_no_other() {
    let house = House::new().await;
    house.bigquery.query(&format!("DROP TABLE {}", house.bigquery.table(TABLE))).await;
    let output = house.run(&["export"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 7, "{printed}");
    let first = printed.lines().next().unwrap();
    assert!(first.contains(TABLE) && first.contains("run `rpm-api provision`"), "{printed}");
    house.done(&["provision"]);
    assert_eq!(house.export(&[])["days_written"], 5, "what was refused comes with the next run");
    house.is_up_to_date().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_none_is_refused() {
    let house = House::bare().await;
    for address in ["bigquery://acme", "postgres://acme/rpm", "bigquery://acme/rpm`; DROP TABLE x", "bigquery:///rpm"] {
        let output = house.command("export").env("RPM_WAREHOUSE", address).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("is not bigquery://PROJECT/DATASET"), "{output:?}");
    }
    let output = house.command("export").env_remove("RPM_WAREHOUSE").output().unwrap();
    assert!(said(&output).contains("set RPM_WAREHOUSE (bigquery://PROJECT/DATASET)"), "{output:?}");
    assert!(house.bigquery.line.seen().is_empty());
}
