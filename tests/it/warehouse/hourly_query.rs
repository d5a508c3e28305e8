//! The hourly query of the owner's document (appendix B), run by the emulator over the same actions, gives the rows of our export.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::Row;

use super::{House, TABLE};

/// Appendix B, word for word from `SELECT` on, save for the name of the table and the day: `CURRENT_DATE()`.
const QUERY: &str = "SELECT
  CURRENT_DATE() AS date,
  owner,
  funnel_stage,
  COUNT(*) AS total_actions,
  SUM(CASE WHEN status = 'completed' THEN 1 ELSE 0 END) AS completed_actions,
  SAFE_DIVIDE(
    SUM(CASE WHEN status = 'completed' THEN 1 ELSE 0 END),
    COUNT(*)
  ) * 100 AS completion_rate,
  AVG(
    CASE
      WHEN status = 'completed'
      THEN TIMESTAMP_DIFF(completion_date, created_at, HOUR)
      ELSE NULL
    END
  ) AS avg_hours_to_complete,
  SUM(CASE WHEN status = 'blocked' THEN 1 ELSE 0 END) AS blocked_actions,
  AVG(estimated_hours) AS avg_estimated_hours,
  AVG(actual_hours) AS avg_actual_hours,
  SAFE_DIVIDE(AVG(actual_hours), AVG(estimated_hours)) AS estimation_accuracy
FROM
  {actions}
WHERE
  created_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
GROUP BY
  owner,
  funnel_stage";

/// Copies the actions into the emulator, as the owner's federated table has them.
async fn copy_actions(house: &House) {
    let actions = house.bigquery.table("rpm_action_items");
    house.bigquery.query(&format!("CREATE TABLE {actions} (owner STRING, funnel_stage STRING, status STRING, created_at TIMESTAMP, completion_date TIMESTAMP, estimated_hours NUMERIC, actual_hours NUMERIC)")).await;
    let sql = "SELECT owner, funnel_stage, status, created_at::text AS created_at, completion_date::text AS completion_date, estimated_hours::text AS estimated_hours, actual_hours::text AS actual_hours FROM rpm_action_items";
    let rows = sqlx::query(sql).fetch_all(&mut house.database.connection().await).await.unwrap();
    let literal = |text: Option<String>, kind: &str| text.map_or("NULL".to_owned(), |text| format!("{kind} '{text}'"));
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            let column = |(name, kind): (&str, &str)| literal(row.get(name), kind);
            let columns = [
                ("owner", ""),
                ("funnel_stage", ""),
                ("status", ""),
                ("created_at", "TIMESTAMP"),
                ("completion_date", "TIMESTAMP"),
                ("estimated_hours", "NUMERIC"),
                ("actual_hours", "NUMERIC"),
            ];
            format!("({})", columns.map(column).join(", "))
        })
        .collect();
    house.bigquery.query(&format!("INSERT INTO {actions} VALUES {}", values.join(", "))).await;
}

/// Rows by owner and stage; numbers as numbers, the day apart.
fn by_key(rows: Vec<Value>) -> BTreeMap<String, BTreeMap<String, Option<f64>>> {
    let number = |value: &Value| value.as_str().map(|text| text.parse::<f64>().unwrap());
    let numbers = |row: &Value| {
        let columns =
            row.as_object().unwrap().iter().filter(|(name, _)| !["date", "owner", "funnel_stage"].contains(&name.as_str()));
        columns.map(|(name, value)| (name.clone(), number(value))).collect()
    };
    rows.iter().map(|row| (format!("{} {}", row["owner"], row["funnel_stage"]), numbers(row))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appendix_b_gives_the_same_rows() {
    let house = House::new().await;
    // All on one day of the last twenty-four hours. At whole hours: BigQuery counts whole hours from one instant to the other, the
    // emulator how often the hand passes one; of these both say the same.
    let today = "UPDATE rpm_action_items SET created_at = date_trunc('hour', now()) - interval '1 hour' * (extract(hour FROM now() AT TIME ZONE 'UTC')::int / 2),
        completion_date = date_trunc('hour', now()) + position * interval '53 minutes' WHERE status = 'completed'";
    house.execute(&today.replace(" WHERE status = 'completed'", "")).await;
    house.execute("UPDATE rpm_action_items SET completion_date = NULL WHERE status <> 'completed'").await;
    house.execute("UPDATE rpm_action_items SET owner = NULL WHERE position = 4").await;
    copy_actions(&house).await;
    house.export(&[]);
    let asked = house.bigquery.query(&QUERY.replace("{actions}", &house.bigquery.table("rpm_action_items"))).await;
    let (theirs, ours) = (by_key(asked), by_key(house.held().await));
    assert!(theirs.len() >= 5 && theirs.keys().any(|key| key.starts_with("null")), "{theirs:?}");
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (key, theirs) in theirs {
        assert_eq!(theirs.len(), 8);
        for (column, theirs) in theirs {
            let ours = ours[&key][&column];
            let is_same = match (ours, theirs) {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-8 * theirs.abs(),
                (ours, theirs) => ours == theirs,
            };
            assert!(is_same, "{key} {column}: {ours:?}, appendix B says {theirs:?}");
        }
    }
    let completed = house.held().await.iter().filter(|row| row["avg_hours_to_complete"] != json!(null)).count();
    assert!(completed > 1, "of {TABLE}");
}
