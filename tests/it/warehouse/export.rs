//! Rows go over once, whoever exports and how often.

use std::fs;

use serde_json::{Value, json};

use super::{House, TABLE, json_lines};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exported_is_read_back_and_a_second_run_changes_nothing() {
    let house = House::new().await;
    let report = house.export(&[]);
    assert_eq!((&report["days_written"], &report["rows_written"], &report["failure"]), (&json!(5), &json!(8), &Value::Null));
    let held = house.held().await;
    assert_eq!(held.iter().map(|row| row["total_actions"].as_str().unwrap().parse::<i64>().unwrap()).sum::<i64>(), 8);
    insta::assert_json_snapshot!(&held[..3]);
    house.is_up_to_date().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_each_day_is_in_the_lake_first() {
    let house = House::new().await;
    let copies = house.lake().join("analytics/exports/2026/03");
    house.bigquery.line.disturb(
        reqwest::Method::POST,
        "queries",
        crate::support::line::Disturbance::Meanwhile(std::sync::Arc::new({
            let copies = copies.clone();
            move || assert!(copies.join(format!("{TABLE}-2026-03-02.ndjson")).exists())
        })),
        1,
    );
    house.done(&["export", "--table", TABLE]);
    let mut names: Vec<_> =
        fs::read_dir(&copies).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    assert_eq!(names, ["02", "03", "04", "05", "06"].map(|day| format!("{TABLE}-2026-03-{day}.ndjson")));
    let copied = json_lines(&names.iter().map(|name| fs::read_to_string(copies.join(name)).unwrap()).collect::<String>());
    let held = house.held().await;
    assert_eq!(copied.len(), held.len());
    let sum = |rows: &[Value], text: fn(&Value) -> i64| rows.iter().map(|row| text(&row["total_actions"])).sum::<i64>();
    assert_eq!(sum(&copied, |n| n.as_i64().unwrap()), sum(&held, |n| n.as_str().unwrap().parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_change_writes_the_days_that_it_touches() {
    let house = House::new().await;
    house.export(&[]);
    // As an hour later: what was changed before the export is not looked at again.
    house.execute(LONG_AGO).await;
    house.execute("UPDATE rpm_action_items SET status = 'blocked', updated_at = now() WHERE position = 2").await;
    let report = house.export(&[]);
    // The day of the change, and those that time itself may change.
    assert_eq!((&report["days_looked_at"], &report["days_written"]), (&json!(3), &json!(1)));
    house.is_up_to_date().await;
}

/// What the export finds by when it was changed is long ago.
const LONG_AGO: &str = "UPDATE rpm_action_items SET updated_at = now() - interval '1 day';
    UPDATE rpm_results SET updated_at = now() - interval '1 day';
    UPDATE rpm_weekly_plans SET updated_at = now() - interval '1 day';
    UPDATE deliverables SET updated_at = now() - interval '1 day';
    UPDATE suno_songs SET updated_at = now() - interval '1 day';
    UPDATE agent_heartbeats SET recorded_at = now() - interval '1 day';
    UPDATE events SET recorded_at = now() - interval '1 day';
    UPDATE warehouse_touches SET noted_at = now() - interval '1 day'";

/// Agents, deliverables and songs beside the plan.
const MORE: &str = "INSERT INTO agent_status (agent_name, status) VALUES ('QA', 'idle'), ('Research', 'idle');
    INSERT INTO agent_heartbeats (agent_id, reported_at, status, health_score)
    SELECT id, timestamptz '2026-03-03 10:00Z', 'active', 80 FROM agent_status UNION ALL SELECT id, '2026-03-04 10:00Z', 'error', 40 FROM agent_status;
    INSERT INTO action_owners (action_id, owner_id) SELECT action.id, owner.id FROM rpm_action_items AS action, owners AS owner
    WHERE owner.name = 'QA' AND position % 3 = 0 ON CONFLICT DO NOTHING;
    INSERT INTO action_owners (action_id, owner_id) SELECT action.id, owner.id FROM rpm_action_items AS action, owners AS owner
    WHERE owner.name = 'Jesse' AND position = 3 ON CONFLICT DO NOTHING;
    INSERT INTO deliverables (action_item_id, deliverable_type, title, cloud_storage_path, status, revenue_target, revenue_actual, created_at)
    SELECT id, 'code', 'x', 'x', 'published', 100, position, '2026-03-05 12:00Z' FROM rpm_action_items WHERE position < 4;
    INSERT INTO suno_songs (song_id, title, album_assignment, status, created_at)
    VALUES ('s-1', 'x', 'Blue', 'released', '2026-03-02'), ('s-2', 'x', 'Blue', 'generated', '2026-03-03')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_moved_or_renamed_is_noticed_without_a_word_of_its_rows() {
    let house = House::new().await;
    house.execute(MORE).await;
    house.export(&[]);
    house.is_up_to_date().await;
    for change in [
        "UPDATE rpm_action_items SET created_at = created_at + interval '3 days' WHERE position = 2",
        "UPDATE rpm_action_items SET completion_date = completion_date + interval '2 days' WHERE position = 3",
        "UPDATE agent_status SET agent_name = 'Quality' WHERE agent_name = 'QA'",
        "UPDATE agent_status SET agent_name = 'QA' WHERE agent_name = 'Quality'",
        "DELETE FROM action_owners WHERE owner_id = (SELECT id FROM owners WHERE name = 'QA')",
        "INSERT INTO action_owners (action_id, owner_id) SELECT action.id, owner.id FROM rpm_action_items AS action, owners AS owner
         WHERE owner.name = 'Jesse' AND position = 1 ON CONFLICT DO NOTHING",
        "UPDATE owner_aliases SET owner_id = (SELECT id FROM owners WHERE name = 'Andrew') WHERE alias = 'jesse'",
        "DELETE FROM agent_heartbeats WHERE reported_at < '2026-03-04'",
        "DELETE FROM deliverables WHERE revenue_actual = 2",
        "UPDATE deliverables SET created_at = '2026-03-07 12:00Z' WHERE revenue_actual = 1",
        "DELETE FROM suno_songs WHERE song_id = 's-2'",
        "UPDATE projects SET code = code || '-1' WHERE id IN (SELECT project_id FROM rpm_weekly_plans)",
        "UPDATE rpm_weekly_plans SET week_start_date = week_start_date - 1",
        "DELETE FROM rpm_action_items WHERE position = 1",
        "DELETE FROM rpm_results WHERE id = (SELECT result_id FROM rpm_action_items ORDER BY position LIMIT 1)",
        "DELETE FROM rpm_weekly_plans",
    ] {
        house.execute(LONG_AGO).await;
        house.execute(change).await;
        assert!(house.days_written() > 0, "{change}: it makes a difference");
        let compared = house.run(&["reconcile"]);
        assert!(compared.status.success(), "{change}: {}", String::from_utf8_lossy(&compared.stdout));
    }
    // What is not known any more is looked for everywhere.
    house.execute(LONG_AGO).await;
    house.execute("DELETE FROM suno_songs; DELETE FROM warehouse_touches; UPDATE warehouse_looks SET looked_at = now() - interval '40 days'").await;
    house.export(&[]);
    assert!(house.run(&["reconcile"]).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_is_written_whether_it_has_changed_or_not() {
    let house = House::new().await;
    house.export(&[]);
    let held = house.held().await;
    house.bigquery.query(&format!("DELETE FROM {} WHERE date = '2026-03-03'", house.bigquery.table(TABLE))).await;
    assert_eq!(house.export(&[])["days_written"], 0, "what others do to the warehouse is not seen by an export");
    let report = house.export(&["--table", TABLE, "--from", "2026-03-03", "--through", "2026-03-04"]);
    assert_eq!((&report["days_looked_at"], &report["days_written"]), (&json!(2), &json!(2)));
    assert_eq!(house.held().await, held);
    // Rows that the database has no more, or never had, go.
    house.execute("DELETE FROM rpm_action_items WHERE created_at::date = '2026-03-04'").await;
    house.export(&["--from", "2026-03-01", "--through", "2026-12-31"]);
    assert!(house.held().await.iter().all(|row| row["date"] != "2026-03-04"));
    house.is_up_to_date().await;
    let copies = fs::read_dir(house.lake().join("analytics/exports/2026")).unwrap().count();
    assert_eq!(copies, 1, "days that never had rows leave no copies");
    let wrong = house.run(&["export", "--from", "2026-03-04", "--through", "2026-03-03"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert_eq!(house.run(&["export", "--from", "2026-03-04"]).status.code(), Some(2));
    assert_eq!(house.run(&["export", "--table", "metrics"]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_leave_the_rows_of_one() {
    let house = House::new().await;
    let children: Vec<_> =
        (0..4).map(|_| house.command("export").arg("--json").stdout(std::process::Stdio::piped()).spawn().unwrap()).collect();
    let reports: Vec<Value> = children
        .into_iter()
        .flat_map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            json_lines(&String::from_utf8(output.stdout).unwrap())
        })
        .filter(|report| report["table"] == TABLE)
        .collect();
    assert_eq!(reports.len(), 4);
    assert_eq!(reports.iter().map(|report| report["days_written"].as_i64().unwrap()).sum::<i64>(), 5, "{reports:?}");
    house.is_up_to_date().await;
}
