//! What is due, in one's calendar: by a link that can be revoked, as RFC 5545 says.

use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::node::Program;
use crate::support::postgres::{ADMIN, AGENT, TEAM, VIP};
use crate::support::{Server, TestDatabase};

const CREATE: &str = "mutation($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) {
    url feed { id name lastUsedAt revokedAt member { email } } } }";

/// A server on the example week: nine of its actions are open, three of them Artifacts', due on 2025-10-26 at noon in Chicago.
async fn example() -> Server {
    let database = TestDatabase::new().await;
    let mut connection = database.connection().await;
    connection.execute(include_str!("../fixtures/example_week.sql")).await.unwrap();
    // What is due is due soon: a calendar does not go back for ever.
    for sql in [
        "UPDATE rpm_action_items SET due_date = date_trunc('day', now(), 'America/Chicago') + interval '23 hours 59 minutes'",
        "UPDATE rpm_action_items SET action_text = 'Ship 10,000 labels; \\ all of them: naïve œuvre 東京 ' || repeat('ß', 90) || E'\\nBEGIN:VEVENT',
            status = 'blocked', blocker_description = E'No paper,\\r\\nno ink' WHERE action_code = 'EX-17'",
        "UPDATE rpm_action_items SET status = 'in_progress' WHERE action_code = 'EX-18'",
    ] {
        connection.execute(sql).await.unwrap();
    }
    Server::with(database, &["--public-url", "https://cockpit.example"])
}

async fn link(server: &Server, token: &str, input: Value) -> (String, Value) {
    let made = server.ask(token, CREATE, json!({ "input": input })).await.data()["createCalendarFeed"].clone();
    let url = made["url"].as_str().unwrap().strip_prefix("https://cockpit.example").unwrap();
    assert!(url.starts_with("/calendar/rpm_cal_") && url.ends_with(".ics"), "{url}");
    (server.url(url), made["feed"].clone())
}

async fn read(server: &Server, url: &str) -> String {
    let response = server.http().get(url).send().await.unwrap();
    assert_eq!(
        (response.status(), response.headers()["content-type"].to_str().unwrap()),
        (reqwest::StatusCode::OK, "text/calendar; charset=utf-8")
    );
    response.text().await.unwrap()
}

/// How many entries a calendar has. The words that open one stand in a text as well.
fn entries(calendar: &str) -> usize {
    calendar.matches("\r\nBEGIN:VEVENT\r\n").count()
}

fn parsed(reader: &mut Program, calendar: &str) -> Value {
    serde_json::from_str(&reader.ask(&json!(calendar).to_string())).unwrap()
}

#[tokio::test]
async fn another_program_reads_what_is_due_as_whole_days_and_as_tasks() {
    let server = example().await;
    let (url, feed) = link(&server, &server.token(VIP), json!({ "name": "my, telephone;" })).await;
    assert_eq!((&feed["member"]["email"], &feed["lastUsedAt"]), (&json!(VIP), &json!(null)));
    let calendar = read(&server, &url).await;
    // Lines end as they must, and none has more than 75 bytes.
    assert!(calendar.ends_with("END:VCALENDAR\r\n") && !calendar.replace("\r\n", "").contains(['\r', '\n']));
    assert!(calendar.split("\r\n").all(|line| line.len() <= 75), "{calendar}");
    assert_eq!(entries(&calendar), 9, "a text opens no entry");
    let mut reader = Program::start(&["calendar.mjs"]);
    let read_ = parsed(&mut reader, &calendar);
    // Nobody has said what type this property is of: it is shown as it was written.
    assert_eq!((&read_["version"], &read_["x-wr-calname"]), (&json!("2.0"), &json!("RPM: my\\, telephone\\;")));
    let shown = read_["entries"].as_array().unwrap();
    assert_eq!(shown.len(), 9);
    let one = shown.iter().find(|one| one["summary"].as_str().unwrap().contains("EX-17")).unwrap();
    let text = format!("Blocked: EX-17 Ship 10,000 labels; \\ all of them: naïve œuvre 東京 {} BEGIN:VEVENT", "ß".repeat(90));
    assert_eq!((&one["summary"], &one["url"], &one["kind"]), (&json!(text), &json!("https://cockpit.example"), &json!("vevent")));
    assert!(one["description"].as_str().unwrap().contains("\nBlocked by: No paper, no ink\nOwner: Artifacts"), "{one}");
    // A minute before midnight in Chicago is that day there, and the next one in London.
    let today = chrono::Utc::now().with_timezone(&chrono_tz::America::Chicago).date_naive();
    assert_eq!((&one["isDay"], &one["dtstart"]), (&json!(true), &json!(today.to_string())));
    assert_eq!(one["dtend"], json!((today + chrono::Days::new(1)).to_string()));
    let id: String = sqlx::query_scalar("SELECT id::text FROM rpm_action_items WHERE action_code = 'EX-17'")
        .fetch_one(&mut server.database.connection().await)
        .await
        .unwrap();
    assert_eq!(one["uid"], json!(format!("{id}@rpm-api")));

    let tasks = parsed(&mut reader, &read(&server, &format!("{url}?as=tasks")).await);
    let tasks = tasks["entries"].as_array().unwrap();
    assert!(tasks.len() == 9 && tasks.iter().all(|task| task["kind"] == "vtodo" && task["due"] == json!(today.to_string())));
    let status =
        |code: &str| tasks.iter().find(|task| task["summary"].as_str().unwrap().contains(code)).unwrap()["status"].clone();
    assert_eq!((status("EX-17"), status("EX-18")), (json!("NEEDS-ACTION"), json!("IN-PROCESS")));
}

#[tokio::test]
async fn a_link_shows_what_its_member_sees_until_it_is_revoked() {
    let server = example().await;
    let (admin, agent, team) = (server.token(ADMIN), server.token(AGENT), server.token(TEAM));
    let count = |url: String| {
        let server = &server;
        async move { entries(&read(server, &url).await) }
    };
    let (of_agent, feed) = link(&server, &agent, json!({ "name": "x" })).await;
    assert_eq!(count(of_agent.clone()).await, 3);
    assert_eq!(count(link(&server, &team, json!({ "name": "x" })).await.0).await, 0);
    assert_eq!(count(link(&server, &admin, json!({ "name": "x", "owner": "jesse" })).await.0).await, 2);
    let hidden = server.ask(&agent, CREATE, json!({ "input": { "name": "x", "owner": "Jesse" } })).await;
    assert_eq!(hidden.code(), "NOT_FOUND", "an owner whom it does not see");
    assert_eq!(server.ask(&agent, CREATE, json!({ "input": { "name": " " } })).await.code(), "BAD_USER_INPUT");

    // Asked again and again it costs little.
    let first = server.http().get(&of_agent).send().await.unwrap();
    let tag = first.headers()["etag"].clone();
    let again = server.http().get(&of_agent).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.text().await.unwrap()), (304, String::new()));
    let mut connection = server.database.connection().await;
    connection
        .execute("UPDATE rpm_action_items SET status = 'completed', updated_at = now() WHERE action_code = 'EX-18'")
        .await
        .unwrap();
    let changed = server.http().get(&of_agent).header("if-none-match", &tag).send().await.unwrap();
    assert_eq!((changed.status().as_u16(), entries(&changed.text().await.unwrap())), (200, 2));

    // The database knows no link.
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT to_jsonb(f)::text FROM calendar_feeds f").fetch_all(&mut connection).await.unwrap();
    let secret = of_agent.rsplit('/').next().unwrap().trim_end_matches(".ics");
    assert!(rows.len() == 3 && rows.iter().all(|row| !row.contains(secret)));
    let list = "{ calendarFeeds { id lastUsedAt revokedAt } }";
    let own = server.ask(&agent, list, json!({})).await.data()["calendarFeeds"].clone();
    assert!(own.as_array().unwrap().len() == 1 && own[0]["lastUsedAt"].is_string(), "{own}");
    assert_eq!(server.ask(&admin, list, json!({})).await.data()["calendarFeeds"].as_array().unwrap().len(), 3);

    let revoke = "mutation($id: ID!) { revokeCalendarFeed(input: { id: $id }) { feed { revokedAt } } }";
    assert_eq!(server.ask(&team, revoke, json!({ "id": feed["id"] })).await.code(), "NOT_FOUND");
    for _ in 0..2 {
        assert!(
            server.ask(&agent, revoke, json!({ "id": feed["id"] })).await.data()["revokeCalendarFeed"]["feed"]["revokedAt"]
                .is_string()
        );
    }
    for url in
        [of_agent.clone(), of_agent.replace("rpm_cal_", "rpm_cal_x"), of_agent.replace(".ics", ""), server.url("/calendar/.ics")]
    {
        assert_eq!(server.http().get(&url).send().await.unwrap().status(), 404, "{url}");
    }
    // In the end nothing is left of it; the others stand.
    let later = chrono::Utc::now() + chrono::TimeDelta::seconds(1);
    assert_eq!(server.database.store().await.forget_calendar_feeds(later).await.unwrap(), 1);
    assert_eq!(server.ask(&admin, list, json!({})).await.data()["calendarFeeds"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_link_ends_with_its_members_access_and_is_no_key() {
    let server = example().await;
    let (url, _) = link(&server, &server.token(VIP), json!({ "name": "x" })).await;
    assert_eq!(entries(&read(&server, &url).await), 9);
    let secret = url.rsplit('/').next().unwrap().trim_end_matches(".ics");
    assert_eq!(server.ask(secret, "{ viewer { id } }", json!({})).await.status, 401);
    assert!(server.command(&["member", "set-role", VIP, "investor"]).status.success());
    assert_eq!(entries(&read(&server, &url).await), 0);
    assert!(server.command(&["member", "revoke", VIP]).status.success());
    assert_eq!(server.http().get(&url).send().await.unwrap().status(), 404);
}
