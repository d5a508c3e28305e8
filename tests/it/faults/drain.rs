//! Cloud Run's way to stop a server: SIGTERM, and ten seconds later SIGKILL.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use super::rig::until;
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

/// What Cloud Run gives.
const TEN_SECONDS: Duration = Duration::from_secs(10);

const CHANGE: &str = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ACTIVE }) { agent { name status } } }";

fn terminate(server: &Server) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(server.pid()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
}

/// Sends a change whose table somebody holds; it waits in the database.
async fn begin_a_change(server: &Server, token: &str) -> tokio::task::JoinHandle<Option<(u16, Value)>> {
    let request = server.http().post(server.url("/graphql")).bearer_auth(token).json(&json!({ "query": CHANGE }));
    let change = tokio::spawn(async move {
        // None where the server went without one.
        let answer = request.send().await.ok()?;
        Some((answer.status().as_u16(), answer.json::<Value>().await.ok()?))
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut connection = server.database.connection().await;
    until("the change waits in the database", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut connection).await.unwrap() > 0
    })
    .await;
    change
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_finishes_what_it_has_begun_and_goes() {
    // A job that is always at it, so that it is cut off somewhere.
    let mut server = Server::with(TestDatabase::new().await, &["--periods-every", "1", "--ingest-every", "1"]);
    let token = server.token(ADMIN);
    let mut socket = server.socket(&token).await;
    socket.subscribe("1", "subscription { events { type } }", json!({})).await;
    let mut holder = server.database.connection().await;
    let mut held = holder.begin().await.unwrap();
    held.execute("LOCK TABLE agent_status IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
    let change = begin_a_change(&server, &token).await;

    let begun = Instant::now();
    terminate(&server);
    // Nobody new is let in: a refused connection is what a probe and a client see.
    let probe = async || server.http().get(server.url("/readyz")).send().await.map(|answer| answer.status().as_u16());
    until("it is not ready", async || !matches!(probe().await, Ok(200))).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(socket.closed().await, (1001, "The server is stopping".to_owned()));
    assert!(!change.is_finished(), "it is waited for");
    held.rollback().await.unwrap();
    let (status, body) = change.await.unwrap().expect("an answer");
    assert_eq!((status, &body["data"]["recordHeartbeat"]["agent"]["status"]), (200, &json!("ACTIVE")), "{body}");
    assert_eq!(server.ended(), Some(0));
    assert!(begun.elapsed() < TEN_SECONDS, "{:?}", begun.elapsed());
    let mut connection = server.database.connection().await;
    let leases = "SELECT count(*) FROM job_leases WHERE held_until > clock_timestamp()";
    let leases: i64 = sqlx::query_scalar(leases).fetch_one(&mut connection).await.unwrap();
    assert_eq!(leases, 0, "another instance may go on with the jobs at once");
    let left = "SELECT count(*) FROM agent_heartbeats";
    assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&mut connection).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_come_to_an_end_does_not_keep_a_server_from_going() {
    let mut server = Server::with(TestDatabase::new().await, &[]);
    let token = server.token(ADMIN);
    let mut holder = server.database.connection().await;
    let mut held = holder.begin().await.unwrap();
    held.execute("LOCK TABLE agent_status IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
    let change = begin_a_change(&server, &token).await;
    let begun = Instant::now();
    terminate(&server);
    assert_eq!(server.ended(), Some(0));
    assert!(begun.elapsed() < TEN_SECONDS, "{:?}", begun.elapsed());
    assert_eq!(change.await.unwrap(), None, "nothing was acknowledged");
    held.rollback().await.unwrap();
    // Its transaction went with it: nothing was acknowledged, and nothing is there.
    let mut connection = server.database.connection().await;
    let count = "SELECT count(*) FROM agent_heartbeats";
    until("PostgreSQL has noticed", async || {
        let at_work = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
        sqlx::query_scalar::<_, i64>(at_work).fetch_one(&mut connection).await.unwrap() == 0
    })
    .await;
    assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&mut connection).await.unwrap(), 0);
}
