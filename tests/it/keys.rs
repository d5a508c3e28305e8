//! API keys, members by mutation, the audit log, and what investors see.

use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::postgres::{ADMIN, AGENT, INVESTOR, VIP};
use crate::support::{Server, TestDatabase};

const CREATE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    secret apiKey { id hint name expiresAt lastUsedAt revokedAt member { email role } } } }";

async fn create(server: &Server, member: &str) -> Value {
    let input = json!({ "member": member, "name": "a machine", "requestsPerMinute": 1000 });
    server.ask(&server.token(ADMIN), CREATE, json!({ "input": input })).await.data()["createApiKey"].clone()
}

#[tokio::test]
async fn a_key_acts_as_its_machine_until_it_is_revoked() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let admin = server.token(ADMIN);
    let created = create(&server, AGENT).await;
    let (key, id) = (created["secret"].as_str().unwrap(), created["apiKey"]["id"].clone());
    assert!(key.starts_with("rpm_key_") && key.starts_with(created["apiKey"]["hint"].as_str().unwrap()));
    let query = "{ viewer { email role } actions(first: 100) { nodes { owners { name } } } }";
    let seen = server.ask(key, query, json!({})).await.data();
    assert_eq!(seen["viewer"], json!({ "email": AGENT, "role": "AGENT" }));
    let actions = seen["actions"]["nodes"].as_array().unwrap();
    assert!(
        !actions.is_empty()
            && actions.iter().all(|own| own["owners"].as_array().unwrap().contains(&json!({ "name": "Artifacts" })))
    );
    let beat = |agent: &str| {
        format!("mutation {{ recordHeartbeat(input: {{ agent: \"{agent}\", status: ACTIVE }}) {{ agent {{ name }} }} }}")
    };
    assert_eq!(server.ask(key, &beat("Artifacts"), json!({})).await.data()["recordHeartbeat"]["agent"]["name"], "Artifacts");
    assert_eq!(server.ask(key, &beat("QA"), json!({})).await.code(), "NOT_FOUND", "another's heartbeat");

    let listed = server.ask(&admin, "{ apiKeys { id lastUsedAt revokedAt } }", json!({})).await.data()["apiKeys"].clone();
    assert_eq!((&listed[0]["id"], listed[0]["lastUsedAt"].is_string(), &listed[0]["revokedAt"]), (&id, true, &json!(null)));
    let mut socket = server.socket(key).await;
    let revoke = "mutation($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { revokedAt } } }";
    for _ in 0..2 {
        assert!(server.ask(&admin, revoke, json!({ "id": id })).await.data()["revokeApiKey"]["apiKey"]["revokedAt"].is_string());
    }
    assert_eq!(socket.closed().await.0, 4403);
    assert_eq!(server.ask(key, "{ viewer { email } }", json!({})).await.status, 401);
}

#[tokio::test]
async fn keys_end_with_their_time_and_their_member_and_are_no_peoples() {
    let server = Server::start().await;
    let key = create(&server, AGENT).await["secret"].as_str().unwrap().to_owned();
    let other = create(&server, INVESTOR).await["secret"].as_str().unwrap().to_owned();
    let mut connection = server.database.connection().await;
    let rows: Vec<String> =
        sqlx::query_scalar("SELECT to_jsonb(k)::text FROM api_keys k").fetch_all(&mut connection).await.unwrap();
    assert!(rows.iter().all(|row| !row.contains(&key) && !row.contains(&other)), "{rows:?}");
    connection.execute("UPDATE api_keys SET expires_at = now()").await.unwrap();
    for key in [&key, &other, &format!("{key}x")] {
        assert_eq!(server.ask(key, "{ viewer { email } }", json!({})).await.status, 401);
    }
    let third = create(&server, INVESTOR).await["secret"].as_str().unwrap().to_owned();
    assert_eq!(server.ask(&third, "{ viewer { role } }", json!({})).await.data()["viewer"]["role"], "INVESTOR");
    assert!(server.command(&["member", "revoke", INVESTOR]).status.success());
    let mut gone = server.socket(&server.token(ADMIN)).await;
    gone.subscribe("1", "{ viewer { id } }", json!({})).await;
    while server.ask(&third, "{ viewer { role } }", json!({})).await.status != 401 {}
    let admin = server.token(ADMIN);
    for (input, code) in [
        (json!({ "member": VIP, "name": "x" }), "BAD_USER_INPUT"),
        (json!({ "member": "nobody@test.rpm", "name": "x" }), "NOT_FOUND"),
        (json!({ "member": AGENT, "name": " " }), "BAD_USER_INPUT"),
        (json!({ "member": AGENT, "name": "x", "expiresAt": "2020-01-01T00:00:00Z" }), "BAD_USER_INPUT"),
        (json!({ "member": AGENT, "name": "x", "expiresAt": "2099-01-01T00:00:00Z" }), "BAD_USER_INPUT"),
        (json!({ "member": AGENT, "name": "x", "costPerMinute": 0 }), "BAD_USER_INPUT"),
    ] {
        assert_eq!(server.ask(&admin, CREATE, json!({ "input": input })).await.code(), code, "{input}");
    }
}

#[tokio::test]
async fn a_key_does_not_rise_with_its_member_nor_come_back_with_it() {
    let server = Server::start().await;
    let key = create(&server, INVESTOR).await["secret"].as_str().unwrap().to_owned();
    let mut socket = server.socket(&key).await;
    assert!(server.command(&["member", "set-role", INVESTOR, "admin"]).status.success());
    assert_eq!(socket.closed().await.0, 4403);
    assert_eq!(server.ask(&key, "{ viewer { role } }", json!({})).await.status, 401);
    assert!(server.command(&["member", "set-role", INVESTOR, "investor"]).status.success());
    let mut socket = server.socket(&key).await;
    assert!(server.command(&["member", "revoke", INVESTOR]).status.success());
    assert_eq!(socket.closed().await.0, 4403);
    assert!(server.command(&["member", "restore", INVESTOR]).status.success());
    let mut other = server.socket(&server.token(ADMIN)).await;
    other.subscribe("1", "{ viewer { id } }", json!({})).await;
    assert_eq!(server.ask(&key, "{ viewer { role } }", json!({})).await.status, 401);
}

#[tokio::test]
async fn the_command_line_makes_keys_too() {
    let server = Server::start().await;
    let created = server.command(&["key", "create", INVESTOR, "the dashboard", "--days", "7"]);
    let key = String::from_utf8(created.stdout).unwrap().trim().to_owned();
    assert_eq!(server.ask(&key, "{ investorSummary { weeks } }", json!({})).await.data()["investorSummary"]["weeks"], 0);
    let list = String::from_utf8(server.command(&["key", "list"]).stdout).unwrap();
    let id = list.split('\t').next().unwrap();
    assert!(list.contains("the dashboard") && !list.contains(&key), "{list}");
    let revoked = server.command(&["key", "revoke", id]);
    assert!(String::from_utf8(revoked.stdout).unwrap().contains("revoked"));
    assert_eq!(server.command(&["key", "create", VIP, "x"]).status.code(), Some(1));
    assert_eq!(server.command(&["key", "revoke", "00000000-0000-4000-8000-000000000000"]).status.code(), Some(1));
}

#[tokio::test]
async fn investors_see_sums() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let query = "{ investorSummary { weeks actions completedActions completionRate publishedDeliverables deliverableRevenue songs
        releasedSongs songRevenue } }";
    let investor = server.ask(&server.token(INVESTOR), query, json!({})).await.data();
    assert_eq!(investor, server.ask(&server.token(VIP), query, json!({})).await.data());
    let sums = &investor["investorSummary"];
    let total = server.ask(&server.token(ADMIN), "{ actions { totalCount } }", json!({})).await.data();
    assert_eq!((&sums["weeks"], &sums["actions"]), (&json!(1), &total["actions"]["totalCount"]));
    assert_eq!((&sums["deliverableRevenue"], &sums["songs"]), (&json!("0"), &json!(0)));
}

#[tokio::test]
async fn admins_manage_members_and_not_themselves() {
    let server = Server::start().await;
    let admin = server.token(ADMIN);
    let run = |mutation: &'static str| {
        let (server, admin) = (&server, &admin);
        async move { server.ask(admin, &format!("mutation {{ {mutation} }}"), json!({})).await }
    };
    let added =
        run("addMember(input: { email: \" New@Test.rpm\", role: TEAM, owner: \"qa agent\" }) { member { email name role } }")
            .await;
    assert_eq!(added.data()["addMember"]["member"], json!({ "email": "new@test.rpm", "name": "new@test.rpm", "role": "TEAM" }));
    for (mutation, code) in [
        ("addMember(input: { email: \"x\", role: VIP }) { member { id } }", "BAD_USER_INPUT"),
        ("addMember(input: { email: \"x@test.rpm\", role: TEAM }) { member { id } }", "BAD_USER_INPUT"),
        ("addMember(input: { email: \"x@test.rpm\", role: VIP, owner: \"QA\" }) { member { id } }", "BAD_USER_INPUT"),
        ("addMember(input: { email: \"x@test.rpm\", role: TEAM, owner: \"nobody at all\" }) { member { id } }", "NOT_FOUND"),
        ("setMemberRole(input: { email: \"admin@test.rpm\", role: VIP }) { member { id } }", "BAD_USER_INPUT"),
        ("revokeMember(input: { email: \"ADMIN@test.rpm\" }) { member { id } }", "BAD_USER_INPUT"),
    ] {
        assert_eq!(run(mutation).await.code(), code, "{mutation}");
    }
    let token = server.token("new@test.rpm");
    let mut socket = server.socket(&token).await;
    let promoted = run("setMemberRole(input: { email: \"new@test.rpm\", role: VIP }) { member { role } }").await;
    assert_eq!(promoted.data()["setMemberRole"]["member"]["role"], "VIP");
    assert_eq!(socket.closed().await.0, 4403);
    let mut socket = server.socket(&token).await;
    run("signOutMember(input: { email: \"new@test.rpm\" }) { endedSessions }").await.data();
    assert_eq!(socket.closed().await.0, 4403);
    run("revokeMember(input: { email: \"new@test.rpm\" }) { member { revokedAt } }").await.data();
    let members = server.ask(&admin, "{ members { email revokedAt } }", json!({})).await.data()["members"].clone();
    let new = members.as_array().unwrap().iter().find(|member| member["email"] == "new@test.rpm").unwrap();
    assert!(new["revokedAt"].is_string());
    run("restoreMember(input: { email: \"new@test.rpm\" }) { member { revokedAt } }").await.data();

    let log = server
        .ask(&admin, "{ auditLog(filter: { actor: \"admin@test.rpm\" }) { nodes { kind subject } } }", json!({}))
        .await
        .data();
    let kinds: Vec<&str> =
        log["auditLog"]["nodes"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    let (changed, out) = ("MEMBER_CHANGED", "SIGNED_OUT_EVERYWHERE");
    assert_eq!(kinds, [changed, out, changed, out, changed, "MEMBER_ADDED"], "restored; revoked; signed out; promoted; added");
}

#[tokio::test]
async fn the_audit_log_holds_every_change_and_cannot_be_changed() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let admin = server.token(ADMIN);
    let data =
        server.ask(&admin, "{ actions(filter: { status: [PENDING] }, first: 1) { nodes { id code } } }", json!({})).await.data();
    let action = &data["actions"]["nodes"][0];
    for mutation in ["startAction", "completeAction"] {
        let text = format!("mutation {{ {mutation}(input: {{ code: {} }}) {{ action {{ id }} }} }}", action["code"]);
        server.ask(&admin, &text, json!({})).await.data();
    }
    let query = "query($id: ID!, $before: Cursor) { auditLog(filter: { actionId: $id }, first: 1, before: $before) {
        nodes { kind actor actionId cursor } endCursor hasNextPage } }";
    let newest = server.ask(&admin, query, json!({ "id": action["id"] })).await.data()["auditLog"].clone();
    assert_eq!((&newest["nodes"][0]["kind"], &newest["nodes"][0]["actor"]), (&json!("ACTION_COMPLETED"), &json!(ADMIN)));
    assert_eq!(newest["hasNextPage"], true);
    let older =
        server.ask(&admin, query, json!({ "id": action["id"], "before": newest["endCursor"] })).await.data()["auditLog"].clone();
    assert_eq!(older["nodes"][0]["kind"], "ACTION_UPDATED");

    // Why it was blocked stays when it is freed; and that an agent is at work on it is no change of it.
    let beat = format!(
        "mutation {{ reopenAction(input: {{ code: {code} }}) {{ action {{ id }} }}
        blockAction(input: {{ code: {code}, blockerDescription: \"No paper\" }}) {{ action {{ id }} }}
        unblockAction(input: {{ code: {code} }}) {{ action {{ id }} }}
        recordHeartbeat(input: {{ agent: \"QA\", status: ACTIVE, currentActionCode: {code} }}) {{ agent {{ id }} }} }}",
        code = action["code"]
    );
    server.ask(&admin, &beat, json!({})).await.data();
    let query = "query($id: ID!, $kind: [String!]) { auditLog(filter: { actionId: $id, kind: $kind }, first: 2) {
        nodes { kind details } } }";
    let log = server.ask(&admin, query, json!({ "id": action["id"] })).await.data()["auditLog"]["nodes"].clone();
    assert_eq!((&log[0]["kind"], &log[0]["details"]["change"]), (&json!("ACTION_UPDATED"), &json!("UNBLOCKED")));
    assert_eq!((&log[1]["kind"], &log[1]["details"]["blockerDescription"]), (&json!("ACTION_BLOCKED"), &json!("No paper")));
    let beats = json!({ "id": action["id"], "kind": ["AGENT_STATUS_CHANGE"] });
    assert_eq!(server.ask(&admin, query, beats).await.data()["auditLog"]["nodes"].as_array().unwrap().len(), 1);

    let mut connection = server.database.connection().await;
    let (events, traces): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM events),
        (SELECT count(*) FROM audit_log WHERE details ? 'event_id')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(events, traces);
    for sql in ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log"] {
        let refused = connection.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert!(TestDatabase::new().await.connection().await.execute("DELETE FROM audit_log").await.is_err());
}
