//! Every root field as every role: what `docs/access.md` says is what happens, and what introspection shows.

use std::collections::{BTreeMap, BTreeSet};

use rpm_api::resolvers::root_fields;
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::postgres::{ADMIN, AGENT, INVESTOR, TEAM, VIP};

const MEMBERS: [(&str, &str); 5] = [("ADMIN", ADMIN), ("VIP", VIP), ("TEAM", TEAM), ("AGENT", AGENT), ("INVESTOR", INVESTOR)];

/// How each field is asked. Whoever may, gets an answer or a refusal for another reason than the role: the ids are of nothing.
fn operations() -> BTreeMap<&'static str, &'static str> {
    const NONE: &str = "00000000-0000-4000-8000-000000000000";
    let operations = [
        ("Query.action", "action(code: \"NONE\") { id }"),
        ("Query.actions", "actions { totalCount }"),
        ("Query.agent", "agent(name: \"NONE\") { id }"),
        ("Query.agents", "agents { totalCount }"),
        ("Query.albums", "albums { goal }"),
        ("Query.alertDeliveries", "alertDeliveries { totalCount }"),
        ("Query.alertSubscriptions", "alertSubscriptions { id }"),
        ("Query.analytics", "analytics { planEffectiveness { weekStart } }"),
        ("Query.apiKeys", "apiKeys { id }"),
        ("Query.auditLog", "auditLog { hasNextPage }"),
        ("Query.calendarFeeds", "calendarFeeds { id }"),
        ("Query.completionTrends", "completionTrends { startDate }"),
        ("Query.currentWeek", "currentWeek { id }"),
        ("Query.deliverable", "deliverable(id: \"NONE\") { id }"),
        ("Query.deliverables", "deliverables { totalCount }"),
        ("Query.dnaPeriods", "dnaPeriods { totalCount }"),
        ("Query.eventCursor", "eventCursor"),
        ("Query.events", "events { hasNextPage }"),
        ("Query.funnelVelocity", "funnelVelocity { bottleneck }"),
        ("Query.ingestRuns", "ingestRuns { totalCount }"),
        ("Query.investorSummary", "investorSummary { weeks }"),
        ("Query.members", "members { id }"),
        ("Query.node", "node(id: \"NONE\") { id }"),
        ("Query.nodes", "nodes(ids: [\"NONE\"]) { id }"),
        ("Query.owners", "owners { id }"),
        ("Query.result", "result(id: \"NONE\") { id }"),
        ("Query.results", "results { totalCount }"),
        ("Query.revenueSummary", "revenueSummary { startDate }"),
        ("Query.song", "song(songId: \"NONE\") { id }"),
        ("Query.songs", "songs { totalCount }"),
        ("Query.viewer", "viewer { id }"),
        ("Query.week", "week(startDate: \"2026-03-01\") { id }"),
        ("Query.weeks", "weeks { totalCount }"),
        ("Mutation.addMember", "addMember(input: { email: \"new@test.rpm\", role: VIP }) { member { id } }"),
        ("Mutation.blockAction", "blockAction(input: { code: \"NONE\", blockerDescription: \"x\" }) { action { id } }"),
        ("Mutation.cancelAction", "cancelAction(input: { code: \"NONE\", reason: \"x\" }) { action { id } }"),
        ("Mutation.completeAction", "completeAction(input: { code: \"NONE\" }) { action { id } }"),
        (
            "Mutation.createAction",
            "createAction(input: { resultId: \"NONE\", code: \"NEW-1\", text: \"x\", owner: \"QA\" }) { action { id } }",
        ),
        (
            "Mutation.createAlertSubscription",
            "createAlertSubscription(input: { kinds: [], channel: WEBHOOK, address: \"x\" }) { secret }",
        ),
        ("Mutation.createApiKey", "createApiKey(input: { member: \"nobody@test.rpm\", name: \"x\" }) { secret }"),
        ("Mutation.createCalendarFeed", "createCalendarFeed(input: { name: \" \" }) { url }"),
        ("Mutation.deleteAlertSubscription", "deleteAlertSubscription(input: { id: \"NONE\" }) { id }"),
        ("Mutation.publishDeliverable", "publishDeliverable(input: { id: \"NONE\" }) { deliverable { id } }"),
        ("Mutation.reassignAction", "reassignAction(input: { code: \"NONE\", owner: \"QA\" }) { action { id } }"),
        ("Mutation.recordHeartbeat", "recordHeartbeat(input: { agent: \"Artifacts\", status: ACTIVE }) { agent { id } }"),
        (
            "Mutation.recordRevenue",
            "recordRevenue(input: { deliverableId: \"NONE\", revenueActual: \"1\" }) { deliverable { id } }",
        ),
        ("Mutation.reopenAction", "reopenAction(input: { code: \"NONE\" }) { action { id } }"),
        ("Mutation.rescheduleAction", "rescheduleAction(input: { code: \"NONE\", dueDate: null }) { action { id } }"),
        ("Mutation.restoreMember", "restoreMember(input: { email: \"nobody@test.rpm\" }) { member { id } }"),
        ("Mutation.revokeApiKey", "revokeApiKey(input: { id: \"NONE\" }) { apiKey { id } }"),
        ("Mutation.revokeCalendarFeed", "revokeCalendarFeed(input: { id: \"NONE\" }) { feed { id } }"),
        ("Mutation.revokeMember", "revokeMember(input: { email: \"nobody@test.rpm\" }) { member { id } }"),
        ("Mutation.sendTestAlert", "sendTestAlert(input: { id: \"NONE\" }) { delivery { id } }"),
        ("Mutation.setMemberRole", "setMemberRole(input: { email: \"nobody@test.rpm\", role: VIP }) { member { id } }"),
        ("Mutation.signOutMember", "signOutMember(input: { email: \"nobody@test.rpm\" }) { endedSessions }"),
        ("Mutation.startAction", "startAction(input: { code: \"NONE\" }) { action { id } }"),
        ("Mutation.unblockAction", "unblockAction(input: { code: \"NONE\" }) { action { id } }"),
        ("Mutation.updateAlertSubscription", "updateAlertSubscription(input: { id: \"NONE\" }) { secret }"),
        ("Subscription.actionBlocked", "actionBlocked { id }"),
        ("Subscription.actionCompleted", "actionCompleted { id }"),
        ("Subscription.agentStatusChanged", "agentStatusChanged { id }"),
        ("Subscription.deliverablePublished", "deliverablePublished { id }"),
        ("Subscription.events", "events { id }"),
        ("Subscription.revenueUpdated", "revenueUpdated { id }"),
    ];
    // The same id in each, so that what is sent is of the right type.
    let none = |text: &str| text.replace("\"NONE\"", &format!("\"{NONE}\""));
    operations.into_iter().map(|(field, text)| (field, &*none(text).leak())).collect()
}

/// The code of what a field was refused with; none when it was not.
async fn outcome(server: &Server, token: &str, field: &str, text: &str) -> Option<String> {
    let (root, _) = field.split_once('.').unwrap();
    let document = format!("{} {{ {text} }}", root.to_lowercase());
    let code = |errors: &Value| errors[0]["extensions"]["code"].as_str().map(str::to_owned);
    if root != "Subscription" {
        let answer = server.ask(token, &document, json!({})).await;
        assert_eq!(answer.status, 200, "{field}");
        return code(&answer.body["errors"]);
    }
    let request = server.http().post(server.url("/graphql")).bearer_auth(token).header("accept", "text/event-stream");
    let mut stream = request.json(&json!({ "query": document })).send().await.unwrap();
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    // A stream that has begun says so by a comment; a refusal is its first event and its last.
    let refusal = first.lines().find_map(|line| line.strip_prefix("data: "))?;
    code(&serde_json::from_str::<Value>(refusal).unwrap()["errors"])
}

#[tokio::test]
async fn each_role_may_ask_what_the_table_says_and_nothing_else() {
    let fields = root_fields();
    let operations = operations();
    let known: BTreeSet<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
    let asked: BTreeSet<&str> = operations.keys().copied().collect();
    assert_eq!(asked, known, "every root field is asked here");
    let server = Server::start().await;
    let mut wrong = Vec::new();
    for (role, member) in MEMBERS {
        let token = server.token(member);
        for (field, roles) in &fields {
            let refused = outcome(&server, &token, field, operations[field.as_str()]).await;
            let may = roles.iter().any(|own| own == role);
            if may == (refused.as_deref() == Some("FORBIDDEN")) {
                wrong.push(format!("{role} {field}: {refused:?}, and the table says {may}"));
            }
            if matches!(refused.as_deref(), Some("INTERNAL" | "GRAPHQL_VALIDATION_FAILED")) {
                wrong.push(format!("{role} {field}: {refused:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn introspection_shows_a_role_what_it_may_ask_and_nothing_else() {
    const SHOWN: &str =
        "{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { fields { name } }
        types { name kind } } }";
    let server = Server::start().await;
    for (role, member) in MEMBERS {
        let schema = server.ask(&server.token(member), SHOWN, json!({})).await.data()["__schema"].clone();
        let mut shown = BTreeSet::new();
        for (root, kind) in [("Query", "queryType"), ("Mutation", "mutationType"), ("Subscription", "subscriptionType")] {
            for field in schema[kind]["fields"].as_array().into_iter().flatten() {
                shown.insert(format!("{root}.{}", field["name"].as_str().unwrap()));
            }
        }
        let allowed = root_fields().into_iter().filter(|(_, roles)| roles.iter().any(|own| own == role));
        let allowed: BTreeSet<String> = allowed.map(|(field, _)| field).collect();
        assert_eq!(shown, allowed, "{role}");
        let types: BTreeSet<&str> =
            schema["types"].as_array().unwrap().iter().map(|kind| kind["name"].as_str().unwrap()).collect();
        assert_eq!(types.contains("AuditEntry"), role == "ADMIN", "{role}");
        if role == "INVESTOR" {
            for hidden in ["Action", "Agent", "Event", "Week", "Node", "ActionFilter", "CompleteActionInput"] {
                assert!(!types.contains(hidden), "{role} sees {hidden}: {types:?}");
            }
        }
    }
}
