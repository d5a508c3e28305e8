//! An export that is killed at any moment leaves nothing that the next one does not put right.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::Value;

use super::{House, TABLE};
use crate::support::line::Disturbance;

/// Ends the lease of the one that was killed, as fifteen seconds do.
const TIME_PASSES: &str = "UPDATE job_leases SET held_until = now() - interval '1 second'";

/// One action a month: five statements, since no statement is of more than thirty-one days.
const MONTHS: &str =
    "UPDATE rpm_action_items SET created_at = '2025-09-10T12:00:00Z'::timestamptz + (position % 5) * interval '31 days'";

/// Runs an export that is killed at one of its statements: before BigQuery gets it, or when it has run it.
async fn killed(house: &House, statement: usize, is_run: bool) {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let kill = {
        let child = Arc::clone(&child);
        Arc::new(move || child.lock().unwrap().as_mut().unwrap().kill().unwrap())
    };
    let does = if is_run { Disturbance::Afterwards(kill) } else { Disturbance::Instead(kill) };
    house.bigquery.line.disturb_after(statement, Method::POST, "queries", does, 1);
    {
        let mut child = child.lock().unwrap();
        let mut command = house.command("export");
        *child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }
    let status = loop {
        // Not locked for long: the line kills through the same lock.
        if let Some(status) = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
            break status;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(status.signal(), Some(9), "{status}");
    // Its statement may still be on its way.
    house.bigquery.line.is_idle().await;
    house.execute(TIME_PASSES).await;
}

fn by_day(rows: Vec<Value>) -> BTreeMap<String, Vec<Value>> {
    let mut days: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows {
        days.entry(row["date"].to_string()).or_default().push(row);
    }
    days
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_cut_off_the_next_run_puts_right() {
    let house = House::new().await;
    house.execute(MONTHS).await;
    for (turn, (statement, is_run)) in
        [(0, false), (0, true), (2, false), (3, true), (4, false), (4, true)].into_iter().enumerate()
    {
        let before = by_day(house.held().await);
        // Every row of every day is another now.
        house.execute(&format!("UPDATE rpm_action_items SET estimated_hours = {turn} + 1, updated_at = now()")).await;
        killed(&house, statement, is_run).await;
        let left = by_day(house.held().await);
        let report = house.export(&[]);
        let after = by_day(house.held().await);
        let new = left.iter().filter(|(day, rows)| after.get(*day) == Some(*rows)).count();
        assert_eq!(new, statement + usize::from(is_run), "a day for each statement that was run");
        let old = left.iter().filter(|(day, rows)| before.get(*day) == Some(*rows)).count();
        assert_eq!(new + old, left.len(), "every day is as it was or as it is to be: {left:?}");
        assert_eq!(report["days_written"], 5 - statement, "what was confirmed is not written again; what was cut off is");
        house.is_up_to_date().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_taken_back_meanwhile_is_taken_back_there_too() {
    let house = House::new().await;
    house.export(&[]);
    house.execute("UPDATE rpm_action_items SET estimated_hours = estimated_hours + 1, updated_at = now()").await;
    killed(&house, 0, true).await;
    house.execute("UPDATE rpm_action_items SET estimated_hours = estimated_hours - 1, updated_at = now()").await;
    assert_eq!(house.export(&[])["days_written"], 5, "the rows are those of the first export, and not what the warehouse holds");
    house.is_up_to_date().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_write_a_day_the_later_is_not_trusted_with_what_it_overtook() {
    let house = House::new().await;
    house.export(&[]);
    house.execute("UPDATE rpm_action_items SET status = 'blocked', updated_at = now()").await;
    // While the first is at it, its time runs out and a second one does the same days.
    let meanwhile = "UPDATE warehouse_exports SET run = gen_random_uuid(), content_hash = repeat('0', 64)";
    let url = house.database.url.clone();
    let act = move || {
        let url = url.clone();
        let other = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                use sqlx::{Connection, Executor};
                sqlx::PgConnection::connect(&url).await.unwrap().execute(meanwhile).await.unwrap();
            });
        });
        other.join().unwrap();
    };
    house.bigquery.line.disturb(Method::POST, "queries", Disturbance::Meanwhile(Arc::new(act)), 1);
    house.export(&["--table", TABLE]);
    let report = house.export(&["--table", TABLE]);
    assert_eq!(report["days_written"], 5, "it is not known which of the two was the last to write");
    house.export(&[]);
    house.is_up_to_date().await;
}
