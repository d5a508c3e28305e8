//! An export that is killed at any moment leaves nothing that the next one does not put right.

use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::Method;

use super::{House, TABLE};
use crate::support::line::Disturbance;

/// Ends the lease of the one that was killed, as fifteen seconds do.
const TIME_PASSES: &str = "UPDATE job_leases SET held_until = now() - interval '1 second'";

/// Runs an export of [`TABLE`], day by day, that is killed at one of its statements: before BigQuery gets it, or when it has run it.
async fn killed(house: &House, statement: usize, is_done: bool) {
    let child: Arc<Mutex<Option<Child>>> = Arc::default();
    let kill = {
        let child = Arc::clone(&child);
        Arc::new(move || child.lock().unwrap().as_mut().unwrap().kill().unwrap())
    };
    let does = if is_done { Disturbance::Afterwards(kill) } else { Disturbance::Meanwhile(kill) };
    house.bigquery.line.disturb_after(statement, Method::POST, "queries", does, 1);
    {
        let mut child = child.lock().unwrap();
        let mut command = house.command("export");
        *child = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }
    let waited = Arc::clone(&child);
    let status = tokio::task::spawn_blocking(move || {
        loop {
            // Not locked for long: the line kills through the same lock.
            if let Some(status) = waited.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
                return status;
            }
            std::thread::yield_now();
        }
    });
    let status = status.await.unwrap();
    house.bigquery.line.calm();
    assert!(status.code().is_none() || status.success(), "{status}");
    assert_eq!(status.code().is_none(), statement < 1, "there is one statement for all days: {status}");
    house.execute(TIME_PASSES).await;
}

#[tokio::test]
async fn whatever_is_cut_off_the_next_run_puts_right() {
    for is_done in [false, true] {
        let house = House::new().await;
        killed(&house, 0, is_done).await;
        assert_eq!(house.held().await.is_empty(), !is_done);
        let report = house.export(&[]);
        assert_eq!(report["days_written"], 5, "nobody knew what had become of them");
        house.is_up_to_date().await;

        // The same over rows that are there: either the old ones or the new ones, never some of both.
        let before = house.held().await;
        house.execute("UPDATE rpm_action_items SET status = 'blocked', completion_date = NULL, updated_at = now()").await;
        killed(&house, 0, is_done).await;
        let after = house.held().await;
        assert_eq!(after == before, !is_done);
        assert_eq!(after.len(), before.len());
        house.export(&[]);
        house.is_up_to_date().await;
    }
}

#[tokio::test]
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
    house.is_up_to_date().await;
}
