//! The log's order and its hint are the database's own doing, whoever writes to it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use crate::support::postgres::ADMIN;
use crate::support::{Server, Socket, TestDatabase};

const EVENTS: &str = "subscription($after: Cursor) { events(after: $after) { type actor cursor } }";
const HEARTBEAT: &str = "mutation { recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: \"rain\" }) { agent { id } } }";

/// An INSERT as anybody may write it, with no thought of the log's order.
fn by_hand(actor: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("INSERT INTO events (event_type, actor) VALUES ('ACTION_UPDATED', '{actor}')"))
}

async fn number(connection: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query(sql).fetch_one(connection).await.unwrap().get(0)
}

/// Waits until a transaction of this database stands in line for the log.
async fn until_one_waits(connection: &mut PgConnection) {
    let deadline = Instant::now() + Duration::from_secs(10);
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted";
    while number(connection, waiting).await == 0 {
        assert!(Instant::now() < deadline, "nobody waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Somebody who follows the log from where it stands now.
async fn follower(server: &Server, token: &str) -> Socket {
    let after = server.ask(token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    let mut socket = server.socket(token).await;
    socket.subscribe("1", EVENTS, json!({ "after": after })).await;
    socket
}

async fn actors(socket: &mut Socket, count: usize) -> Vec<Value> {
    let mut actors = Vec::new();
    for _ in 0..count {
        actors.push(socket.next("1").await["events"]["actor"].clone());
    }
    actors
}

#[tokio::test]
async fn no_number_is_drawn_before_the_lock_is_held() {
    let database = TestDatabase::new().await;
    let (mut first, mut second, mut watcher) =
        (database.connection().await, database.connection().await, database.connection().await);
    let drawn = "SELECT last_value FROM events_id_seq";
    for insert in [
        "INSERT INTO events (event_type, actor) VALUES ('ACTION_UPDATED', 'second')",
        "INSERT INTO events (event_type, actor) VALUES ('ACTION_UPDATED', 'second'), ('ACTION_UPDATED', 'second')",
        "INSERT INTO events (event_type, actor) SELECT 'ACTION_UPDATED', 'second' FROM generate_series(1, 3) ORDER BY random()",
        "WITH new AS (INSERT INTO events (event_type, actor) VALUES ('ACTION_UPDATED', 'second') RETURNING id) SELECT * FROM new",
        "PREPARE p AS INSERT INTO events (event_type, actor) VALUES ('ACTION_UPDATED', $1); EXECUTE p('second')",
    ] {
        first.execute("BEGIN").await.unwrap();
        first.execute(by_hand("first")).await.unwrap();
        let before = number(&mut watcher, drawn).await;
        let (inserted, ()) = tokio::join!(second.execute(sqlx::raw_sql(insert)), async {
            until_one_waits(&mut watcher).await;
            assert_eq!(number(&mut watcher, drawn).await, before, "{insert}");
            first.execute(by_hand("first")).await.unwrap();
            first.execute("COMMIT").await.unwrap();
        });
        inserted.unwrap();
        let last = "SELECT max(id) FILTER (WHERE actor = 'first') - min(id) FILTER (WHERE actor = 'second') FROM events";
        assert!(number(&mut watcher, last).await < 0, "{insert}");
        watcher.execute("DELETE FROM events").await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_commits_late_is_not_passed_over() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let mut socket = follower(&server, &token).await;
    let (mut slow, mut watcher) = (server.database.connection().await, server.database.connection().await);
    slow.execute("BEGIN").await.unwrap();
    slow.execute(by_hand("slow, first")).await.unwrap();
    let (answer, ()) = tokio::join!(server.ask(&token, HEARTBEAT, json!({})), async {
        until_one_waits(&mut watcher).await;
        slow.execute(by_hand("slow, second")).await.unwrap();
        // Time for whoever would be wrong to deliver what began later.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        slow.execute("COMMIT").await.unwrap();
    });
    answer.data();
    assert_eq!(actors(&mut socket, 3).await, ["slow, first", "slow, second", ADMIN]);
    // One that rolls back leaves nothing but a number that nobody has.
    slow.execute("BEGIN").await.unwrap();
    slow.execute(by_hand("never")).await.unwrap();
    slow.execute("ROLLBACK").await.unwrap();
    slow.execute(by_hand("last")).await.unwrap();
    assert_eq!(actors(&mut socket, 1).await, ["last"]);
}

#[tokio::test]
async fn delivery_waits_for_no_transaction_that_leaves_no_events() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let mut socket = follower(&server, &token).await;
    let mut elsewhere = server.database.connection().await;
    elsewhere.execute("BEGIN").await.unwrap();
    elsewhere.execute("INSERT INTO projects (code, title) VALUES ('LONG', 'A long transaction')").await.unwrap();
    let before = Instant::now();
    server.ask(&token, HEARTBEAT, json!({})).await.data();
    assert_eq!(actors(&mut socket, 1).await, [ADMIN]);
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    elsewhere.execute("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn an_event_written_by_hand_reaches_a_subscriber_at_once() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let mut socket = follower(&server, &token).await;
    let mut connection = server.database.connection().await;
    connection.execute(by_hand("warm")).await.unwrap();
    assert_eq!(actors(&mut socket, 1).await, ["warm"]);
    let before = Instant::now();
    for number in 0..5 {
        connection.execute(by_hand(&number.to_string())).await.unwrap();
        assert_eq!(actors(&mut socket, 1).await, [json!(number.to_string())]);
    }
    // A look once a second would have taken four at least.
    assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
}

#[tokio::test]
async fn the_hint_comes_with_the_commit_and_only_with_it() {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    let mut listener = PgListener::connect(&database.url).await.unwrap();
    listener.listen("rpm_events").await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    connection.execute(by_hand("never")).await.unwrap();
    connection.execute("ROLLBACK").await.unwrap();
    connection.execute("INSERT INTO events (event_type, actor) SELECT 'ACTION_UPDATED', 'nobody' WHERE FALSE").await.unwrap();
    connection
        .execute("INSERT INTO events (event_type, actor) VALUES ('ACTION_UPDATED', 'a'), ('ACTION_UPDATED', 'b')")
        .await
        .unwrap();
    let newest = number(&mut connection, "SELECT max(id) FROM events").await;
    let hint = tokio::time::timeout(Duration::from_secs(10), listener.recv()).await.expect("a hint").unwrap();
    assert_eq!(hint.payload(), newest.to_string());
}
