//! Work that one instance does at a time, held on to for as long as it takes.

use std::future::pending;
use std::time::Duration;

use sqlx::{Executor, Row};

use crate::support::TestDatabase;

const JOB: &str = "test";

#[tokio::test]
async fn silent_work_keeps_its_lease_and_lost_work_is_broken_off() {
    let database = TestDatabase::new().await;
    let store = database.store().await;
    let mut connection = database.connection().await;
    let lease = store.lease(JOB, Duration::from_secs(1)).await.unwrap().expect("nobody has it");
    let read = "SELECT held_until::text FROM job_leases WHERE job = 'test'";
    let first: String = sqlx::query(read).fetch_one(&mut connection).await.unwrap().get(0);
    // Work that says nothing of itself, for longer than the lease was taken for.
    let work = async {
        let is_over =
            "SELECT held_until > $1::timestamptz AND clock_timestamp() > $1::timestamptz FROM job_leases WHERE job = 'test'";
        loop {
            assert!(store.lease(JOB, Duration::from_secs(1)).await.unwrap().is_none(), "nobody else gets it meanwhile");
            if sqlx::query(is_over).bind(&first).fetch_one(&mut connection).await.unwrap().get(0) {
                return;
            }
        }
    };
    assert_eq!(lease.during(work).await, Some(()));
    // Somebody else has it: whatever the work waits for, it ends.
    connection.execute("UPDATE job_leases SET holder = gen_random_uuid(), held_until = now() + interval '1 hour'").await.unwrap();
    assert_eq!(lease.during(pending::<()>()).await, None);
}
