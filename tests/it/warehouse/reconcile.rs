//! What differs between database and warehouse is said, by table, day and column.

use serde_json::Value;

use super::{House, TABLE, json_lines};

async fn differences(house: &House) -> Vec<Value> {
    let output = house.run(&["reconcile", "--json"]);
    let differences = json_lines(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(output.status.code(), Some(i32::from(!differences.is_empty())));
    differences
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_tampered_with_is_found() {
    let house = House::new().await;
    house.export(&[]);
    assert!(differences(&house).await.is_empty());
    let table = house.bigquery.table(TABLE);
    house
        .bigquery
        .query(&format!(
            "UPDATE {table} SET completed_actions = completed_actions + 1 WHERE date = '2026-03-02' AND owner = 'Research Agent'"
        ))
        .await;
    house.bigquery.query(&format!("DELETE FROM {table} WHERE date = '2026-03-04'")).await;
    house.bigquery.query(&format!("INSERT INTO {table} (date, owner, total_actions) VALUES ('2031-01-01', 'Nobody', 7)")).await;
    let output = house.run(&["reconcile", "--table", TABLE]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
    assert_eq!(differences(&house).await.len(), 9);
    let some = house.run(&["reconcile", "--from", "2026-03-05", "--through", "2026-03-06"]);
    assert!(some.status.success(), "{some:?}");
    house.export(&["--from", "2026-03-01", "--through", "2026-03-06"]);
    house.export(&["--from", "2031-01-01", "--through", "2031-01-01"]);
    house.is_up_to_date().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_the_next_export_differs_too() {
    let house = House::new().await;
    let differing = differences(&house).await;
    assert!(differing.iter().any(|difference| difference["table"] == TABLE && difference["column"].is_null()), "{differing:?}");
    house.export(&[]);
    assert!(differences(&house).await.is_empty());
}
