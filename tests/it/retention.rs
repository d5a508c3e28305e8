//! The log's head is removed when it is old enough, and whoever was to read it is told.

use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use rpm_api::entities::enums::EventType;
use rpm_api::store::{EventFilter, Scope, Store};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use crate::support::postgres::ADMIN;
use crate::support::{Server, Socket, TestDatabase, rpm_api};

const PAGE: &str = "query($after: Cursor, $first: Int) { events(after: $after, first: $first) {
  nodes { id actor cursor } endCursor hasNextPage } }";
const FOLLOW: &str = "subscription($after: Cursor) { events(after: $after) { actor cursor } }";

/// Appends events whose actors are their numbers, and says when they were recorded: `-` old, `+` just now.
async fn append(connection: &mut PgConnection, ages: &str) {
    for (number, age) in ages.chars().enumerate() {
        let days = if age == '-' { 2 } else { 0 };
        let sql = format!(
            "INSERT INTO events (event_type, actor, recorded_at, occurred_at)
             VALUES ('ACTION_UPDATED', '{}', now() - interval '{days} days', now() - interval '90 days')",
            number + 1
        );
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

async fn actors(connection: &mut PgConnection) -> String {
    let sql = "SELECT COALESCE(string_agg(actor, '' ORDER BY id), '') FROM events";
    sqlx::query(sql).fetch_one(connection).await.unwrap().get(0)
}

/// A server that keeps events for a day.
fn keep_a_day(url: &str) -> Server {
    Server::with(TestDatabase { url: url.to_owned() }, &["--event-retention-days", "1"])
}

/// What the server's counter of removed events says.
async fn pruned(server: &Server) -> u64 {
    server.metric("rpm_events_pruned_total").await as u64
}

async fn until_pruned(server: &Server, count: u64) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while pruned(server).await != count {
        assert!(Instant::now() < deadline, "{} of {count} were removed", pruned(server).await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn page(server: &Server, token: &str, after: &Value) -> Value {
    server.ask(token, PAGE, json!({ "after": after })).await.data()["events"].clone()
}

fn names(page: &Value) -> String {
    page["nodes"].as_array().unwrap().iter().map(|node| node["actor"].as_str().unwrap()).collect()
}

/// The code that a subscription ends with, be it refused or broken off at its first event.
async fn refusal(socket: &mut Socket, after: &Value) -> Value {
    socket.subscribe("old", FOLLOW, json!({ "after": after })).await;
    let message = socket.receive().await;
    let payload = &message["payload"];
    let errors = if message["type"] == "error" { payload } else { &payload["errors"] };
    if message["type"] == "next" {
        assert_eq!(socket.receive().await["type"], "complete");
    }
    errors[0]["extensions"]["code"].clone()
}

#[tokio::test]
async fn the_old_head_goes_and_nothing_else() {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    let before = Server::with(database, &[]);
    let token = before.token(ADMIN);
    let start = before.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    append(&mut connection, "---+-+").await;
    let all = page(&before, &token, &start).await;
    assert_eq!(names(&all), "123456");
    let cursor = |number: usize| all["nodes"][number - 1]["cursor"].clone();

    let server = keep_a_day(&before.database.url);
    until_pruned(&server, 3).await;
    assert_eq!(actors(&mut connection).await, "456", "the fifth is old, and not of the head");
    let mut socket = server.socket(&token).await;
    for expired in [&start, &cursor(1), &cursor(2)] {
        assert_eq!(server.ask(&token, PAGE, json!({ "after": expired })).await.code(), "CURSOR_EXPIRED");
        assert_eq!(refusal(&mut socket, expired).await, "CURSOR_EXPIRED");
    }
    // Behind the last that was removed there is no gap.
    assert_eq!(names(&page(&server, &token, &cursor(3)).await), "456");
    assert_eq!(names(&page(&server, &token, &cursor(4)).await), "56");
    assert_eq!(names(&page(&server, &token, &Value::Null).await), "456", "the oldest that there is");
    socket.subscribe("3", FOLLOW, json!({ "after": cursor(3) })).await;
    for actor in ["4", "5", "6"] {
        assert_eq!(socket.next("3").await["events"]["actor"], actor);
    }
    append(&mut connection, "+").await;
    assert_eq!(socket.next("3").await["events"]["actor"], "1");
}

#[tokio::test]
async fn a_server_that_retention_has_overtaken_goes_on_at_the_end() {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    append(&mut connection, "-").await;
    // Hears nothing and is followed by nobody: it knows the log as it was when it started.
    let overtaken = Server::with(database, &["--listen-url", "postgres://rpm@127.0.0.1:1/rpm"]);
    let token = overtaken.token(ADMIN);
    let start = overtaken.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    append(&mut connection, "---+").await;
    until_pruned(&keep_a_day(&overtaken.database.url), 4).await;
    let now = overtaken.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    let mut socket = overtaken.socket(&token).await;
    assert_eq!(refusal(&mut socket, &start).await, "CURSOR_EXPIRED");
    socket.subscribe("new", FOLLOW, json!({ "after": now })).await;
    append(&mut connection, "+").await;
    assert_eq!(socket.next("new").await["events"]["actor"], "1");
    append(&mut connection, "+").await;
    assert_eq!(socket.next("new").await["events"]["actor"], "1");
}

#[tokio::test]
async fn a_log_that_is_old_as_a_whole_leaves_its_position() {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    append(&mut connection, "----").await;
    let server = keep_a_day(&database.url);
    until_pruned(&server, 4).await;
    // As good as a log with events: for the server that removed them, and for one that never saw them.
    let servers = [server, keep_a_day(&database.url)];
    let mut sockets = Vec::new();
    for server in &servers {
        let token = server.token(ADMIN);
        let position = server.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
        for after in [&Value::Null, &position] {
            let page = page(server, &token, after).await;
            assert_eq!((names(&page).as_str(), &page["endCursor"]), ("", &position));
        }
        let mut socket = server.socket(&token).await;
        socket.subscribe("1", FOLLOW, json!({ "after": position })).await;
        sockets.push(socket);
    }
    append(&mut connection, "+").await;
    for socket in &mut sockets {
        assert_eq!(socket.next("1").await["events"]["actor"], "1");
    }
}

#[tokio::test]
async fn a_follower_that_was_there_loses_nothing() {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    let server = Server::with(database, &[]);
    let token = server.token(ADMIN);
    let start = server.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    let mut socket = server.socket(&token).await;
    socket.subscribe("1", FOLLOW, json!({ "after": start })).await;
    append(&mut connection, "--").await;
    for actor in ["1", "2"] {
        assert_eq!(socket.next("1").await["events"]["actor"], actor);
    }
    until_pruned(&keep_a_day(&server.database.url), 2).await;
    append(&mut connection, "++").await;
    for actor in ["1", "2"] {
        assert_eq!(socket.next("1").await["events"]["actor"], actor);
    }
}

fn yesterday() -> chrono::DateTime<Utc> {
    Utc::now() - TimeDelta::days(1)
}

#[tokio::test]
async fn a_log_without_old_events_loses_none() {
    let database = TestDatabase::new().await;
    let (mut connection, store) = (database.connection().await, database.store().await);
    assert_eq!(store.prune_events(yesterday()).await.unwrap(), 0, "nor does an empty one");
    append(&mut connection, "+-+").await;
    assert_eq!(store.prune_events(yesterday()).await.unwrap(), 0);
    assert_eq!(actors(&mut connection).await, "123");
    assert!(store.events_after(Scope::All, &EventFilter::default(), Some(0), 10).await.is_ok());
}

/// Many old events and a new one.
async fn long_log(connection: &mut PgConnection, old: u32) {
    let sql = format!(
        "INSERT INTO events (event_type, actor, recorded_at)
         SELECT 'ACTION_UPDATED', 'old', now() - interval '2 days' FROM generate_series(1, {old})"
    );
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.execute("INSERT INTO events (event_type, actor) VALUES ('ACTION_BLOCKED', 'new')").await.unwrap();
}

async fn expires(store: &Store, filter: &EventFilter, after: i64) -> bool {
    match store.events_after(Scope::Nothing, filter, Some(after), 1).await {
        Ok(_) => false,
        Err(error) => error.code() == "CURSOR_EXPIRED" || panic!("{error}"),
    }
}

#[tokio::test]
async fn a_long_head_goes_in_pieces() {
    let database = TestDatabase::new().await;
    let (mut connection, store) = (database.connection().await, database.store().await);
    long_log(&mut connection, 12_345).await;
    assert_eq!(store.prune_events(yesterday()).await.unwrap(), 12_345);
    assert_eq!(actors(&mut connection).await, "new");
    assert_eq!(store.prune_events(yesterday()).await.unwrap(), 0);
    // Whatever one filters by and may see: what there was of it cannot be known any more.
    let blocked = EventFilter { types: Some(vec![EventType::ActionBlocked]), ..EventFilter::default() };
    assert!(expires(&store, &blocked, 12_344).await);
    assert!(!expires(&store, &blocked, 12_345).await);
}

#[tokio::test]
async fn one_at_a_time_prunes() {
    let database = TestDatabase::new().await;
    let (mut connection, store) = (database.connection().await, database.store().await);
    long_log(&mut connection, 10).await;
    let cutoff = yesterday();
    // The first is held up in the middle of its work.
    connection.execute("BEGIN").await.unwrap();
    connection.execute("SELECT 1 FROM event_log FOR UPDATE").await.unwrap();
    let first = tokio::spawn({
        let store = store.clone();
        async move { store.prune_events(cutoff).await.unwrap() }
    });
    let mut watcher = database.connection().await;
    let waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query(waiting).fetch_optional(&mut watcher).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(store.prune_events(cutoff).await.unwrap(), 0);
    connection.execute("COMMIT").await.unwrap();
    assert_eq!(first.await.unwrap(), 10);
}

#[tokio::test]
async fn an_event_is_recorded_when_it_is_appended_not_when_it_happened() {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    connection.execute("BEGIN; INSERT INTO projects (code, title) VALUES ('X', 'x'); SELECT pg_sleep(0.05)").await.unwrap();
    let sql = "INSERT INTO events (event_type, actor, occurred_at) VALUES ('ACTION_UPDATED', 'x', now() - interval '90 days')
        RETURNING recorded_at > now() + interval '40 ms' AND recorded_at <= clock_timestamp()";
    assert!(sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get::<bool, _>(0));
    for wrong in ["INSERT INTO event_log DEFAULT VALUES", "INSERT INTO event_log (is_only_row) VALUES (FALSE)"] {
        connection.execute("SAVEPOINT s").await.unwrap();
        assert!(connection.execute(wrong).await.is_err(), "{wrong}");
        connection.execute("ROLLBACK TO s").await.unwrap();
    }
}

#[tokio::test]
async fn undoing_the_migration_and_doing_it_again_forgets_no_gap() {
    let database = TestDatabase::new().await;
    let (mut connection, store) = (database.connection().await, database.store().await);
    let migrate = |arguments: &[&str]| {
        let output = rpm_api().env("DATABASE_URL", &database.url).arg("migrate").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let steps = migrate(&["status"]).lines().rev().position(|line| line.ends_with("_event_log")).unwrap() + 1;
    let again = || {
        migrate(&["down", "--steps", &steps.to_string()]);
        migrate(&["up"]);
    };
    let all = EventFilter::default();
    again();
    assert!(!expires(&store, &all, 0).await, "nothing was ever there");
    append(&mut connection, "--").await;
    again();
    assert!(!expires(&store, &all, 0).await, "all is still there");
    // As if recorded now: by the migration.
    assert_eq!(store.prune_events(yesterday()).await.unwrap(), 0);
    assert_eq!(store.prune_events(Utc::now() + TimeDelta::hours(1)).await.unwrap(), 2);
    again();
    assert!(expires(&store, &all, 1).await && !expires(&store, &all, 2).await);
    assert_eq!(store.last_event().await.unwrap(), 2);
    append(&mut connection, "+").await;
    again();
    assert!(expires(&store, &all, 1).await && !expires(&store, &all, 2).await);
}
