//! Mutations: what they change, what hangs on it, and what they refuse.

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::postgres::{ADMIN, AGENT};

async fn plan() -> (Server, String) {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    (server, token)
}

/// Runs a mutation on an action and gives the action, or the error as a whole.
async fn act(server: &Server, token: &str, mutation: &str, input: Value) -> Result<Value, Value> {
    let mut type_name = mutation[..1].to_uppercase();
    type_name.push_str(&mutation[1..]);
    let query = format!(
        "mutation($input: {type_name}Input!) {{ {mutation}(input: $input) {{ action {{ id code status startedAt completionDate actualHours
           evidencePath blockerDescription dueDate updatedAt ownerText owners {{ name }}
           result {{ status completionRate completionDate week {{ completionRate }} }} }} }} }}"
    );
    let answer = server.ask(token, &query, json!({ "input": input })).await;
    if answer.body.get("errors").is_some() {
        return Err(answer.error().clone());
    }
    Ok(answer.data()[mutation]["action"].clone())
}

/// Codes of the pending actions without dependencies, the least first.
async fn pending(server: &Server, token: &str) -> Vec<String> {
    let query = "{ actions(filter: { status: [PENDING] }, orderBy: { field: CODE }, first: 100) { nodes { code } } }";
    let data = server.ask(token, query, json!({})).await.data();
    data["actions"]["nodes"].as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect()
}

async fn event_count(server: &Server, token: &str) -> usize {
    let data = server.ask(token, "{ events(first: 100) { nodes { id } } }", json!({})).await.data();
    data["events"]["nodes"].as_array().unwrap().len()
}

#[tokio::test]
async fn completing_moves_the_result_the_week_and_the_agents() {
    let (server, token) = plan().await;
    let heartbeat = "mutation { recordHeartbeat(input: { agent: \"Artifacts Agent\", status: ACTIVE }) { agent { totalActionsCompleted totalHoursWorked } } }";
    let before = server.ask(&token, heartbeat, json!({})).await.data()["recordHeartbeat"]["agent"].clone();
    let query = "{ weeks { nodes { actionCounts { total completed } } }
        actions(filter: { status: [PENDING], owner: [\"Artifacts\"] }, first: 1) { nodes { code } } }";
    let data = server.ask(&token, query, json!({})).await.data();
    let code = &data["actions"]["nodes"][0]["code"];
    let counts = &data["weeks"]["nodes"][0]["actionCounts"];
    let (total, completed) = (counts["total"].as_f64().unwrap(), counts["completed"].as_f64().unwrap());

    let action =
        act(&server, &token, "completeAction", json!({ "code": code, "actualHours": "1.5", "evidencePath": "docs/done.md" }))
            .await
            .unwrap();
    assert_eq!(action["status"], "COMPLETED");
    assert_eq!(action["actualHours"], "1.50");
    assert_eq!(action["evidencePath"], "docs/done.md");
    let rate: f64 = action["result"]["week"]["completionRate"].as_str().unwrap().parse().unwrap();
    assert!((rate - 100.0 * (completed + 1.0) / total).abs() < 0.006, "{rate}");
    let agent =
        server.ask(&token, "{ agent(name: \"artifact\") { totalActionsCompleted totalHoursWorked } }", json!({})).await.data();
    assert_eq!(agent["agent"]["totalActionsCompleted"], before["totalActionsCompleted"].as_i64().unwrap() + 1);
    let hours = |agent: &Value| agent["totalHoursWorked"].as_str().unwrap().parse::<f64>().unwrap();
    assert!((hours(&agent["agent"]) - hours(&before) - 1.5).abs() < 1e-9);

    // And back again.
    let action = act(&server, &token, "reopenAction", json!({ "code": code })).await.unwrap();
    assert_eq!((&action["status"], &action["completionDate"]), (&json!("PENDING"), &Value::Null));
    let rate: f64 = action["result"]["week"]["completionRate"].as_str().unwrap().parse().unwrap();
    assert!((rate - 100.0 * completed / total).abs() < 0.006, "{rate}");
    let agent =
        server.ask(&token, "{ agent(name: \"Artifacts\") { totalActionsCompleted totalHoursWorked } }", json!({})).await.data();
    assert_eq!(agent["agent"], before);
}

#[tokio::test]
async fn a_result_is_completed_with_its_last_action_and_open_again_with_the_first_reopened() {
    let (server, token) = plan().await;
    let data = server
        .ask(&token, "{ results(first: 100) { nodes { code actions { nodes { code status } } } } }", json!({}))
        .await
        .data();
    let result = data["results"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .min_by_key(|result| result["actions"]["nodes"].as_array().unwrap().len())
        .unwrap();
    let mut last = Value::Null;
    for action in result["actions"]["nodes"].as_array().unwrap() {
        act(&server, &token, "unblockAction", json!({ "code": action["code"] })).await.ok();
        last = act(&server, &token, "completeAction", json!({ "code": action["code"] })).await.unwrap();
    }
    assert_eq!(last["result"]["status"], "COMPLETED");
    assert_eq!(last["result"]["completionRate"], "100.00");
    assert_ne!(last["result"]["completionDate"], Value::Null);
    let reopened = act(&server, &token, "reopenAction", json!({ "code": last["code"] })).await.unwrap();
    assert_eq!(reopened["result"]["status"], "IN_PROGRESS");
    assert_eq!(reopened["result"]["completionDate"], Value::Null);
}

#[tokio::test]
async fn the_state_machine_allows_what_it_says_and_nothing_else() {
    let (server, token) = plan().await;
    let code = pending(&server, &token).await.remove(0);
    let step = async |mutation: &str, more: Value| {
        let mut input = json!({ "code": code });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        match act(&server, &token, mutation, input).await {
            Ok(action) => action["status"].as_str().unwrap().to_owned(),
            Err(error) => {
                assert_eq!(error["extensions"]["current"]["code"], code, "a conflict shows the row: {error:#}");
                error["extensions"]["code"].as_str().unwrap().to_owned()
            }
        }
    };
    let block = json!({ "blockerDescription": "waiting for a key" });
    let nothing = json!({});
    assert_eq!(step("blockAction", block.clone()).await, "BLOCKED");
    assert_eq!(step("startAction", nothing.clone()).await, "CONFLICT");
    assert_eq!(step("completeAction", nothing.clone()).await, "CONFLICT");
    assert_eq!(step("reopenAction", nothing.clone()).await, "BLOCKED", "it is open already");
    assert_eq!(step("unblockAction", nothing.clone()).await, "PENDING", "it had not begun");
    assert_eq!(step("startAction", nothing.clone()).await, "IN_PROGRESS");
    assert_eq!(step("blockAction", block.clone()).await, "BLOCKED");
    assert_eq!(step("unblockAction", nothing.clone()).await, "IN_PROGRESS", "it had begun");
    assert_eq!(step("completeAction", json!({ "actualHours": "2" })).await, "COMPLETED");
    assert_eq!(step("completeAction", json!({ "actualHours": "2.00" })).await, "COMPLETED", "the same again");
    assert_eq!(step("completeAction", json!({ "actualHours": "3" })).await, "CONFLICT");
    assert_eq!(step("startAction", nothing.clone()).await, "CONFLICT");
    assert_eq!(step("blockAction", block).await, "CONFLICT");
    assert_eq!(step("unblockAction", nothing.clone()).await, "CONFLICT");
    let cancel = json!({ "reason": "the lab is closed" });
    assert_eq!(step("cancelAction", cancel.clone()).await, "CONFLICT", "what is done is done");
    assert_eq!(step("reopenAction", nothing.clone()).await, "IN_PROGRESS");
    assert_eq!(step("blockAction", json!({ "blockerDescription": "rain" })).await, "BLOCKED");
    assert_eq!(step("cancelAction", cancel.clone()).await, "CANCELLED");
    assert_eq!(step("cancelAction", json!({ "reason": "the lab burned down" })).await, "CANCELLED", "it is so already");
    for mutation in ["startAction", "completeAction", "unblockAction"] {
        assert_eq!(step(mutation, nothing.clone()).await, "CONFLICT", "{mutation}");
    }
    assert_eq!(step("blockAction", json!({ "blockerDescription": "rain" })).await, "CONFLICT");
    assert_eq!(step("reopenAction", nothing).await, "IN_PROGRESS", "it had begun, and what blocked it is over");
}

/// The reason is where the event and the audit log are; what is cancelled counts nowhere, and does again when it is reopened.
#[tokio::test]
async fn what_is_cancelled_counts_nowhere_and_says_why() {
    let (server, token) = plan().await;
    let code = pending(&server, &token).await.remove(0);
    let query = "query($code: String!) { weeks { nodes { completionRate actionCounts { total completed pending } } } action(code: $code) { id }
        events(first: 100) { nodes { type detail } } auditLog(first: 1) { nodes { kind details } } }";
    let seen = async || server.ask(&token, query, json!({ "code": code })).await.data();
    let before = seen().await["weeks"]["nodes"][0].clone();
    for reason in ["", "  "] {
        let error = act(&server, &token, "cancelAction", json!({ "code": code, "reason": reason })).await.unwrap_err();
        assert_eq!(
            (&error["extensions"]["code"], &error["extensions"]["field"]),
            (&json!("BAD_USER_INPUT"), &json!(["input", "reason"]))
        );
    }
    let action = act(&server, &token, "cancelAction", json!({ "code": code, "reason": " The client left " })).await.unwrap();
    assert_eq!((&action["status"], &action["completionDate"]), (&json!("CANCELLED"), &Value::Null));
    let data = seen().await;
    let counts = |week: &Value, name: &str| week["actionCounts"][name].as_i64().unwrap();
    let after = &data["weeks"]["nodes"][0];
    assert_eq!(counts(after, "total"), counts(&before, "total") - 1);
    assert_eq!(counts(after, "pending"), counts(&before, "pending") - 1);
    let rate: f64 = after["completionRate"].as_str().unwrap().parse().unwrap();
    assert!((rate - 100.0 * counts(after, "completed") as f64 / counts(after, "total") as f64).abs() < 0.006, "{rate}");
    let event = data["events"]["nodes"].as_array().unwrap().last().unwrap();
    let entry = &data["auditLog"]["nodes"][0];
    for (kind, detail) in [(&event["type"], &event["detail"]), (&entry["kind"], &entry["details"])] {
        assert_eq!(kind, "ACTION_UPDATED");
        assert_eq!((&detail["change"], &detail["reason"]), (&json!("CANCELLED"), &json!("The client left")), "{detail}");
        assert_eq!(detail["previousStatus"], "pending");
    }
    act(&server, &token, "reopenAction", json!({ "code": code })).await.unwrap();
    assert_eq!(seen().await["weeks"]["nodes"][0], before);
}

#[tokio::test]
async fn a_repeated_call_changes_nothing_and_leaves_no_event() {
    let (server, token) = plan().await;
    let code = pending(&server, &token).await.remove(0);
    for (mutation, input) in [
        ("startAction", json!({ "code": code })),
        ("rescheduleAction", json!({ "code": code, "dueDate": "2026-03-09T12:00:00-06:00" })),
        ("reassignAction", json!({ "code": code, "owner": "QA + Somebody New" })),
        ("blockAction", json!({ "code": code, "blockerDescription": "rain" })),
        ("unblockAction", json!({ "code": code })),
        ("cancelAction", json!({ "code": code, "reason": "no more rain" })),
        ("reopenAction", json!({ "code": code })),
        ("completeAction", json!({ "code": code, "actualHours": "1", "evidencePath": "e" })),
    ] {
        let events = event_count(&server, &token).await;
        let first = act(&server, &token, mutation, input.clone()).await.unwrap();
        let again = act(&server, &token, mutation, input.clone()).await.unwrap();
        assert_eq!(first, again, "{mutation}");
        assert_eq!(event_count(&server, &token).await, events + 1, "{mutation} leaves one event");
        // Also when the caller still holds the state of before.
        let mut stale = input;
        stale["expectedUpdatedAt"] = json!("2020-01-01T00:00:00Z");
        assert_eq!(act(&server, &token, mutation, stale).await.unwrap(), again, "{mutation}");
    }
}

#[tokio::test]
async fn a_lost_race_is_a_conflict_with_the_current_row() {
    let (server, token) = plan().await;
    let code = pending(&server, &token).await.remove(0);
    let seen = act(&server, &token, "startAction", json!({ "code": code })).await.unwrap()["updatedAt"].clone();
    act(&server, &token, "blockAction", json!({ "code": code, "blockerDescription": "rain", "expectedUpdatedAt": seen }))
        .await
        .unwrap();
    let error =
        act(&server, &token, "rescheduleAction", json!({ "code": code, "dueDate": null, "expectedUpdatedAt": seen })).await;
    // A due date that is null already would be no change: give it one first.
    let error = match error {
        Err(error) => error,
        Ok(_) => {
            let input = json!({ "code": code, "dueDate": "2026-03-09T12:00:00Z", "expectedUpdatedAt": seen });
            act(&server, &token, "rescheduleAction", input).await.unwrap_err()
        }
    };
    assert_eq!(error["extensions"]["code"], "CONFLICT");
    assert_eq!(error["extensions"]["current"]["status"], "BLOCKED");
    assert_eq!(error["extensions"]["current"]["blockerDescription"], "rain");
}

#[tokio::test]
async fn twenty_completions_at_once_all_count() {
    let (server, token) = plan().await;
    let codes = pending(&server, &token).await;
    let acts = codes.iter().map(|code| act(&server, &token, "completeAction", json!({ "code": code })));
    for outcome in futures_util::future::join_all(acts).await {
        outcome.unwrap();
    }
    let data =
        server.ask(&token, "{ weeks { nodes { completionRate actionCounts { total completed } } } }", json!({})).await.data();
    let week = &data["weeks"]["nodes"][0];
    let rate: f64 = week["completionRate"].as_str().unwrap().parse().unwrap();
    let exact = 100.0 * week["actionCounts"]["completed"].as_f64().unwrap() / week["actionCounts"]["total"].as_f64().unwrap();
    assert!((rate - exact).abs() < 0.006, "{rate} is not {exact}");
}

#[tokio::test]
async fn an_action_is_created_once() {
    let (server, token) = plan().await;
    let data = server.ask(&token, "{ results(first: 1) { nodes { id } } }", json!({})).await.data();
    let input = json!({
        "resultId": data["results"]["nodes"][0]["id"],
        "code": "NEW-001",
        "text": "Paint the door",
        "owner": "Charlie + QA Agent",
        "estimatedHours": "2.5",
        "funnelStage": "BOTTOM",
        "dependencyCodes": ["NOT-YET-001"],
    });
    let first = act(&server, &token, "createAction", input.clone()).await.unwrap();
    assert_eq!(first["owners"], json!([{ "name": "Charlie" }, { "name": "QA" }]));
    assert_eq!(act(&server, &token, "createAction", input.clone()).await.unwrap(), first);
    let mut other = input;
    other["text"] = json!("Paint the window");
    let error = act(&server, &token, "createAction", other).await.unwrap_err();
    assert_eq!(error["extensions"]["code"], "CONFLICT");
}

#[tokio::test]
async fn an_agent_reports_and_is_seen_as_it_is() {
    let (server, token) = plan().await;
    let code = pending(&server, &token).await.remove(0);
    let query = "mutation($input: RecordHeartbeatInput!) { recordHeartbeat(input: $input) { agent { name status healthScore
        currentAction { code } errorLog lastHeartbeat } } }";
    let report = json!({ "agent": "execution monitor", "status": "ACTIVE", "healthScore": 96, "currentActionCode": code });
    let agent = server.ask(&token, query, json!({ "input": report })).await.data()["recordHeartbeat"]["agent"].clone();
    assert_eq!(agent["name"], "ExecMon");
    assert_eq!(agent["currentAction"]["code"], code);
    let events = event_count(&server, &token).await;
    server.ask(&token, query, json!({ "input": report })).await.data();
    assert_eq!(event_count(&server, &token).await, events, "a heartbeat that changes nothing is no event");
    // Silent for an hour: offline, whatever it said of itself.
    let long_ago = chrono::Utc::now() - chrono::Duration::hours(1);
    let silent = json!({ "agent": "QA", "status": "ACTIVE", "reportedAt": long_ago });
    server.ask(&token, query, json!({ "input": silent })).await.data();
    let data = server
        .ask(&token, "{ agents(filter: { status: [OFFLINE] }) { totalCount nodes { name status } } }", json!({}))
        .await
        .data();
    assert_eq!(data["agents"], json!({ "totalCount": 1, "nodes": [{ "name": "QA", "status": "OFFLINE" }] }));
    // An older report goes into the history and changes nothing.
    let older =
        json!({ "agent": "QA", "status": "ERROR", "error": "late", "reportedAt": long_ago - chrono::Duration::minutes(5) });
    let agent = server.ask(&token, query, json!({ "input": older })).await.data()["recordHeartbeat"]["agent"].clone();
    assert_eq!(agent["errorLog"], Value::Null);
}

#[tokio::test]
async fn an_agent_works_on_its_own_actions_and_reports_for_itself_only() {
    let (server, admin) = plan().await;
    let agent = server.token(AGENT);
    let data = server
        .ask(&admin, "{ actions(filter: { status: [PENDING] }, first: 100) { nodes { code owners { name } } } }", json!({}))
        .await
        .data();
    let of = |mine: bool| {
        let nodes = data["actions"]["nodes"].as_array().unwrap();
        let found =
            nodes.iter().find(|node| node["owners"].as_array().unwrap().contains(&json!({ "name": "Artifacts" })) == mine);
        found.unwrap()["code"].clone()
    };
    act(&server, &agent, "startAction", json!({ "code": of(true) })).await.unwrap();
    let error = act(&server, &agent, "startAction", json!({ "code": of(false) })).await.unwrap_err();
    assert_eq!(error["extensions"]["code"], "NOT_FOUND");
    let error = act(&server, &agent, "reassignAction", json!({ "code": of(true), "owner": "QA" })).await.unwrap_err();
    assert_eq!(error["extensions"]["code"], "FORBIDDEN");
    let heartbeat = "mutation($agent: String!) { recordHeartbeat(input: { agent: $agent, status: IDLE }) { agent { name } } }";
    server.ask(&agent, heartbeat, json!({ "agent": "artifacts agent" })).await.data();
    assert_eq!(server.ask(&agent, heartbeat, json!({ "agent": "QA" })).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn names_are_of_any_language_and_owners_keep_their_order() {
    let (server, token) = plan().await;
    let heartbeat = "mutation($agent: String!) { recordHeartbeat(input: { agent: $agent, status: IDLE }) { agent { name } } }";
    let mut names = Vec::new();
    for spelling in ["Élodie", "élodie", "ÉLODIE  Ünal", "Élodie\u{c}Ünal", "ΣΊΣΥΦΟΣ", "İpek", "\u{e761}ïïE"] {
        let answer = server.ask(&token, heartbeat, json!({ "agent": spelling })).await.data();
        names.push(answer["recordHeartbeat"]["agent"]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(names[..4], ["Élodie", "Élodie", "ÉLODIE Ünal", "ÉLODIE Ünal"]);
    let code =
        server.ask(&token, "{ actions(first: 1) { nodes { code } } }", json!({})).await.data()["actions"]["nodes"][0].clone();
    let reassign = "mutation($code: String, $owner: String!) { reassignAction(input: { code: $code, owner: $owner }) {
        action { owners { name } } } }";
    for owners in [["QA", "Élodie", "Jesse"], ["Jesse", "QA", "Élodie"], ["Élodie", "Jesse", "QA"]] {
        let answer = server.ask(&token, reassign, json!({ "code": code["code"], "owner": owners.join(" + ") })).await.data();
        let named: Vec<Value> = owners.iter().map(|name| json!({ "name": name })).collect();
        assert_eq!(answer["reassignAction"]["action"]["owners"], json!(named));
        let mut connection = server.database.connection().await;
        let told: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM unnest((SELECT owner_ids FROM events ORDER BY id DESC LIMIT 1)) WITH ORDINALITY AS by(id, place)
             JOIN owners USING (id) ORDER BY place",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        assert_eq!(told, owners);
    }
}
