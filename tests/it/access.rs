//! What a role may not see it cannot find, count, list or change.

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::postgres::{ADMIN, AGENT, INVESTOR, TEAM, VIP};

const EVERYTHING: &str =
    "{ weeks { totalCount nodes { completionRate actionCounts { total } results { totalCount } actions { totalCount } } }
    results { totalCount } actions(first: 100) { totalCount nodes { code owners { name } } } agents { totalCount }
    deliverables { totalCount } owners { name } events { nodes { id } } }";

async fn plan() -> (Server, String) {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    (server, token)
}

#[tokio::test]
async fn each_role_sees_its_part() {
    let (server, admin) = plan().await;
    let whole = server.ask(&admin, EVERYTHING, json!({})).await.data();
    let total = whole["actions"]["totalCount"].as_u64().unwrap();
    let vip = server.ask(&server.token(VIP), EVERYTHING, json!({})).await.data();
    assert_eq!(vip, whole);

    let agent = server.ask(&server.token(AGENT), EVERYTHING, json!({})).await.data();
    let mine = agent["actions"]["totalCount"].as_u64().unwrap();
    assert!(0 < mine && mine < total, "{mine} of {total}");
    for action in agent["actions"]["nodes"].as_array().unwrap() {
        assert!(action["owners"].as_array().unwrap().contains(&json!({ "name": "Artifacts" })), "{action}");
    }
    let week = &agent["weeks"]["nodes"][0];
    assert_eq!(week["actionCounts"]["total"], mine, "counts are of what one sees");
    assert_eq!(week["actions"]["totalCount"], mine);

    // Nothing is Andrew's.
    let data = server.ask(&server.token(TEAM), EVERYTHING, json!({})).await.data();
    for list in ["weeks", "results", "actions", "agents", "deliverables"] {
        assert_eq!(data[list]["totalCount"], 0, "{list}");
    }
    assert_eq!((&data["owners"], &data["events"]["nodes"]), (&json!([{ "name": "Andrew" }]), &json!([])));
    assert_eq!(server.ask(&server.token(INVESTOR), EVERYTHING, json!({})).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn only_admins_and_agents_change_things() {
    let (server, admin) = plan().await;
    let data =
        server.ask(&admin, "{ actions(filter: { status: [PENDING] }, first: 1) { nodes { code } } }", json!({})).await.data();
    let code = &data["actions"]["nodes"][0]["code"];
    let mutations = [
        format!("startAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("completeAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("blockAction(input: {{ code: {code}, blockerDescription: \"x\" }}) {{ action {{ id }} }}"),
        format!("unblockAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("cancelAction(input: {{ code: {code}, reason: \"x\" }}) {{ action {{ id }} }}"),
        format!("reopenAction(input: {{ code: {code} }}) {{ action {{ id }} }}"),
        format!("reassignAction(input: {{ code: {code}, owner: \"QA\" }}) {{ action {{ id }} }}"),
        format!("rescheduleAction(input: {{ code: {code}, dueDate: null }}) {{ action {{ id }} }}"),
        "createAction(input: { resultId: \"00000000-0000-4000-8000-000000000000\", code: \"X-1\", text: \"x\" }) { action { id } }".to_owned(),
        "recordHeartbeat(input: { agent: \"QA\", status: IDLE }) { agent { id } }".to_owned(),
        "recordRevenue(input: { songId: \"00000000-0000-4000-8000-000000000000\", revenueActual: 1 }) { song { id } }".to_owned(),
        "publishDeliverable(input: { id: \"00000000-0000-4000-8000-000000000000\" }) { deliverable { id } }".to_owned(),
    ];
    for member in [VIP, TEAM, INVESTOR] {
        let token = server.token(member);
        for mutation in &mutations {
            let answer = server.ask(&token, &format!("mutation {{ {mutation} }}"), json!({})).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{member} {mutation}");
        }
    }
    let unchanged =
        server.ask(&admin, "query($code: String!) { action(code: $code) { status } }", json!({ "code": code })).await.data();
    assert_eq!(unchanged["action"]["status"], "PENDING");
}

#[tokio::test]
async fn not_there_and_not_for_you_look_alike() {
    let (server, admin) = plan().await;
    let data = server.ask(&admin, "{ actions(first: 1) { nodes { id code } } }", json!({})).await.data();
    let action = &data["actions"]["nodes"][0];
    let team = server.token(TEAM);
    let query = "query($id: ID, $code: String) { action(id: $id, code: $code) { id } }";
    for variables in [json!({ "id": action["id"] }), json!({ "code": action["code"] }), json!({ "code": "NO-SUCH-001" })] {
        assert_eq!(server.ask(&team, query, variables).await.data()["action"], Value::Null);
    }
}

#[tokio::test]
async fn a_revoked_member_is_out_within_five_seconds() {
    use sqlx::Executor;
    let (server, admin) = plan().await;
    server.ask(&admin, "{ viewer { email } }", json!({})).await.data();
    let mut connection = server.database.connection().await;
    connection.execute("UPDATE members SET revoked_at = now() WHERE email = 'admin@test.rpm'").await.unwrap();
    let revoked = std::time::Instant::now();
    loop {
        let answer = server.ask(&admin, "{ viewer { email } }", json!({})).await;
        if answer.status == 401 {
            break;
        }
        assert!(revoked.elapsed() < std::time::Duration::from_secs(6), "still in");
    }
    assert!(!server.command(&["token", ADMIN]).status.success(), "and gets no new token");
}
