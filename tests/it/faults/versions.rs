//! Two versions on one schema: a server of this one while a newer one has moved the schema on and writes what this one does not know.

use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase, fixture, rpm_api};

/// What an expanding migration of a newer version may do: a column in every table, a new table whose changes are announced, values that
/// are new in closed sets, and the word that it was applied.
const EXPANSION: &str = "
    DO $$
    DECLARE own TEXT;
    BEGIN
        FOR own IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'seaql_migrations' LOOP
            EXECUTE format('ALTER TABLE %I ADD COLUMN newer TEXT NOT NULL DEFAULT ''x''', own);
        END LOOP;
    END $$;
    CREATE TABLE reminders (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text TEXT NOT NULL);
    CREATE TRIGGER announce_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON reminders
        FOR EACH STATEMENT EXECUTE FUNCTION announce_change();
    ALTER TABLE rpm_action_items DROP CONSTRAINT rpm_action_items_status_check;
    ALTER TABLE events DROP CONSTRAINT IF EXISTS events_event_type_check;
    INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_999999_reminders', 0)";

const PLAN: &str = "works/RPM-WORKS-001-Warehouse-Labels-20260301.md";

fn codes(data: &Value) -> Vec<String> {
    data["actions"]["nodes"].as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_server_goes_on_while_a_newer_one_moves_the_schema_on() {
    let database = TestDatabase::new().await;
    let run = |arguments: &[&str]| rpm_api().env("DATABASE_URL", &database.url).args(arguments).output().unwrap();
    assert!(run(&["ingest", fixture(PLAN).to_str().unwrap()]).status.success());
    let mut connection = database.connection().await;
    let url = database.url.clone();
    let before = Server::with(TestDatabase { url: url.clone() }, &[]);
    let token = before.token(ADMIN);
    let open = "{ eventCursor actions(filter: { status: [PENDING, IN_PROGRESS] }, first: 8) { nodes { code } } }";
    let open = before.ask(&token, open, json!({})).await.data();
    let mut socket = before.socket(&token).await;
    let document = "subscription($after: Cursor) { events(after: $after) { type action { code status } } }";
    let document = document.replace("action { code status }", "... on ActionCompletedEvent { action { code status } }");
    socket.subscribe("1", &document, json!({ "after": open["eventCursor"] })).await;

    connection.execute(EXPANSION).await.unwrap();
    // One that is started now, as the clock or a crash would have it, and told to bring the schema up to date.
    let started = Server::with(TestDatabase { url }, &["--migrate"]);
    assert!(run(&["migrate"]).status.success());
    let listed = String::from_utf8(run(&["migrate", "status"]).stdout).unwrap();
    assert!(listed.contains("applied  m29991231_999999_reminders (by a newer version)\n"), "{listed}");
    let complete = "mutation($code: String!) { completeAction(input: { code: $code }) { action { status } } }";
    for (server, code) in [&before, &started].into_iter().zip(codes(&open)) {
        assert_eq!(server.http().get(server.url("/readyz")).send().await.unwrap().status(), 200);
        let done = server.ask(&token, complete, json!({ "code": code })).await.data();
        assert_eq!(done["completeAction"]["action"]["status"], "COMPLETED");
        assert_eq!(socket.next("1").await["events"]["action"]["code"], json!(code));
    }
    let week = "{ weeks(first: 1) { nodes { title results { nodes { actions { nodes { code owners { name } } } } } } } agents { nodes { name } }
        auditLog: events(first: 5) { nodes { type } } }";
    started.ask(&token, week, json!({})).await.data();
    assert!(run(&["ingest", "--again", fixture(PLAN).to_str().unwrap()]).status.success());
    connection.execute("INSERT INTO reminders (text) VALUES ('x')").await.unwrap();
}

#[tokio::test]
async fn what_a_newer_version_writes_is_an_error_of_its_field_and_of_nothing_else() {
    let server = Server::with_plan(PLAN).await;
    let token = server.token(ADMIN);
    let mut connection = server.database.connection().await;
    let open = "{ eventCursor actions(filter: { status: [PENDING, IN_PROGRESS] }, first: 3) { nodes { id code } } }";
    let open = server.ask(&token, open, json!({})).await.data();
    let codes = codes(&open);
    let [strange, other, last] = &codes[..] else { panic!("{open}") };
    let mut socket = server.socket(&token).await;
    socket
        .subscribe(
            "1",
            "subscription($after: Cursor) { events(after: $after) { type } }",
            json!({ "after": open["eventCursor"] }),
        )
        .await;
    let position = "query($after: Cursor) { events(after: $after) { nodes { type } endCursor } }";

    connection.execute(EXPANSION).await.unwrap();
    sqlx::query("UPDATE rpm_action_items SET status = 'paused' WHERE action_code = $1")
        .bind(strange)
        .execute(&mut connection)
        .await
        .unwrap();
    let event = "INSERT INTO events (event_type, actor, payload) VALUES ('ACTION_PAUSED', 'newer', '{}')";
    connection.execute(event).await.unwrap();
    // An error of the field that would show it, and the rest of the document is there.
    let both = "query($a: String!, $b: String!) { strange: action(code: $a) { status owners { name } } other: action(code: $b) { code } }";
    let answer = server.ask(&token, both, json!({ "a": strange, "b": other })).await;
    assert_eq!((answer.status, answer.code()), (200, "INTERNAL"), "{:#}", answer.body);
    assert_eq!(answer.body["data"], json!({ "strange": null, "other": { "code": other } }));
    let complete = "mutation($code: String!) { completeAction(input: { code: $code }) { action { status } } }";
    assert_eq!(server.ask(&token, complete, json!({ "code": strange })).await.code(), "INTERNAL");
    let kept = "SELECT status::text FROM rpm_action_items WHERE action_code = $1";
    let kept: String = sqlx::query_scalar(kept).bind(strange).fetch_one(&mut connection).await.unwrap();
    assert_eq!(kept, "paused", "what is not understood is not written over");
    // Followers get what they know, in order, and nothing holds them up.
    for code in [other, last] {
        server.ask(&token, complete, json!({ "code": code })).await.data();
        assert_eq!(socket.next("1").await["events"]["type"], "ACTION_COMPLETED");
    }
    let polled = server.ask(&token, position, json!({ "after": open["eventCursor"] })).await.data();
    assert_eq!(polled["events"]["nodes"], json!([{ "type": "ACTION_COMPLETED" }, { "type": "ACTION_COMPLETED" }]));
    assert_eq!(server.http().get(server.url("/healthz")).send().await.unwrap().status(), 200);
}
