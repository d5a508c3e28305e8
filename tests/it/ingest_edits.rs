//! Plans whose actions carry no codes, edited: what is the same stays the same, and what people did to it stands.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::postgres::ADMIN;

const PLAN: &str = "# RPM Weekly Plan\n\nWeek of: 2026-03-02 to 2026-03-08\n\n## Yard\n\n- [ ] Order the new labels for the yard\n- [ ] Call the lab\n\n\
                    ## Office\n\n- [ ] Sort the invoices of February by customer\n";

fn ingest(server: &Server, path: &Path, text: &str) -> Value {
    std::fs::write(path, text).unwrap();
    let output = server.command(&["ingest", "--json", path.to_str().unwrap()]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// The weeks with their results' and actions' words.
async fn weeks(server: &Server, token: &str) -> Value {
    let query = "{ weeks(first: 5) { nodes { startDate results(first: 5) { nodes { code text actions(first: 9) { nodes { code text status } } } } } } }";
    let mut data = server.ask(token, query, json!({})).await.data();
    data["weeks"]["nodes"].take()
}

/// The codes of a week's actions, in their order.
fn codes(week: &Value) -> Vec<String> {
    let results = week["results"]["nodes"].as_array().unwrap();
    let actions = results.iter().flat_map(|result| result["actions"]["nodes"].as_array().unwrap());
    actions.map(|action| action["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn edits_of_words_days_and_headings_make_no_second_action() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.md");
    ingest(&server, &path, PLAN);
    let before = weeks(&server, &token).await;
    let done = "mutation($code: String!) { completeAction(input: { code: $code }) { action { id } } }";
    server.ask(&token, done, json!({ "code": codes(&before[0])[0] })).await.data();

    let mut text = PLAN.to_owned();
    for (from, to) in [
        ("the new labels for the yard", "new labels for the whole yard"),
        ("2026-03-02 to", "2026-03-01 to"),
        ("## Yard", "## The yard and its gate"),
        ("- [ ] Call the lab\n\n## Office\n\n", "\n## Office\n\n- [ ] Call the lab\n"),
    ] {
        text = text.replace(from, to);
        let report = ingest(&server, &path, &text);
        assert_eq!(report["created"], 0, "{to}: {report:#}");
    }
    let after = weeks(&server, &token).await;
    assert_eq!(after.as_array().unwrap().len(), 1);
    let mut held = [codes(&before[0]), codes(&after[0])];
    held.iter_mut().for_each(|codes| codes.sort());
    assert_eq!(held[0], held[1]);
    let first = &after[0]["results"]["nodes"][0];
    assert_eq!(first["text"], "The yard and its gate");
    let action = &first["actions"]["nodes"][0];
    assert_eq!((&action["text"], &action["status"]), (&json!("Order new labels for the whole yard"), &json!("COMPLETED")));
    assert_eq!(first["actions"]["nodes"].as_array().unwrap().len(), 1, "the call moved to the office");

    // The writer gives the action a code of its own: the row takes it.
    let report = ingest(&server, &path, &text.replace("Order new", "OPS-YARD-001a: Order new"));
    assert_eq!((&report["created"], &report["unread"]), (&json!(0), &json!([])), "{report:#}");
    let query = "{ action(code: \"OPS-YARD-001a\") { status text } actions { totalCount } }";
    let data = server.ask(&token, query, json!({})).await.data();
    assert_eq!(data["action"], json!({ "status": "COMPLETED", "text": "Order new labels for the whole yard" }));
    assert_eq!(data["actions"]["totalCount"], 3);
}

#[tokio::test]
async fn the_next_weeks_plan_in_the_same_file_is_another_week() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("this-week.md");
    ingest(&server, &path, PLAN);
    let next = PLAN
        .replace("2026-03-02 to 2026-03-08", "2026-03-09 to 2026-03-15")
        .replace("Order the new labels for the yard", "Mow the lawn")
        .replace("Sort the invoices of February by customer", "Ask the bank for the statement");
    ingest(&server, &path, &next);
    let weeks = weeks(&server, &token).await;
    let starts: Vec<_> = weeks.as_array().unwrap().iter().map(|week| (&week["startDate"], codes(week).len())).collect();
    assert_eq!(starts, [(&json!("2026-03-09"), 3), (&json!("2026-03-02"), 3)]);
}

#[tokio::test]
async fn two_plans_of_a_week_each_keep_their_results() {
    let server = Server::start().await;
    let token = server.token(ADMIN);
    let folder = tempfile::tempdir().unwrap();
    let plan = |code: &str, result: &str, action: &str| {
        format!("# {code}: Plan\n\nWeek of: 2026-03-02 to 2026-03-08\n\n## R1: {result}\n\n- [ ] {action}\n")
    };
    let (one, two) = (folder.path().join("one.md"), folder.path().join("two.md"));
    ingest(&server, &one, &plan("Yard", "The yard is paved", "Order stones"));
    let report = ingest(&server, &two, &plan("Office", "All bills are paid", "Call the bank"));
    let said = report["unread"].to_string();
    assert!(said.contains("another plan of this week has a result R1"), "{said}");
    let held = weeks(&server, &token).await;
    assert_eq!(held.as_array().unwrap().len(), 1);
    let texts = |weeks: &Value| -> Vec<(String, String, usize)> {
        let results = weeks[0]["results"]["nodes"].as_array().unwrap().iter();
        let mut texts: Vec<_> = results
            .map(|result| {
                let actions = result["actions"]["nodes"].as_array().unwrap().len();
                (result["code"].as_str().unwrap().to_owned(), result["text"].as_str().unwrap().to_owned(), actions)
            })
            .collect();
        texts.sort();
        texts
    };
    let expected = [("OFFICE-PLAN-R1", "All bills are paid", 1), ("R1", "The yard is paved", 1)];
    let expected = expected.map(|(code, text, actions)| (code.to_owned(), text.to_owned(), actions));
    assert_eq!(texts(&held), expected);
    // Both edited, the second with other words for its result: each keeps its own.
    ingest(&server, &one, &plan("Yard", "The yard is paved", "Order more stones"));
    ingest(&server, &two, &plan("Office", "Every bill is paid and filed", "Call the bank"));
    let mut expected = expected;
    "Every bill is paid and filed".clone_into(&mut expected[0].1);
    assert_eq!(texts(&weeks(&server, &token).await), expected);
}
