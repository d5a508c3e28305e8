//! Who may have whom told of what.

use serde_json::{Value, json};

use crate::support::postgres::{ADMIN, INVESTOR, TEAM, VIP};
use crate::support::{Server, TestDatabase};

const CREATE: &str = "mutation($input: CreateAlertSubscriptionInput!) { createAlertSubscription(input: $input) {
    secret subscription { id kinds channel address quietFrom quietUntil timeZone urgentKinds isActive member { email } } } }";
const UPDATE: &str = "mutation($input: UpdateAlertSubscriptionInput!) { updateAlertSubscription(input: $input) {
    secret subscription { kinds address quietFrom quietUntil timeZone urgentKinds isActive toldFrom } } }";

fn input(changed: Value) -> Value {
    let mut input = json!({ "kinds": ["ACTION_BLOCKED"], "channel": "WEBHOOK", "address": "https://example.com/hook" });
    for (key, value) in changed.as_object().unwrap() {
        input[key] = value.clone();
    }
    json!({ "input": input })
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_the_field_that_is_wrong() {
    let server = Server::start().await;
    let (admin, team) = (server.token(ADMIN), server.token(TEAM));
    for (token, changed, field) in [
        (&admin, json!({ "kinds": [] }), "kinds"),
        (&admin, json!({ "kinds": ["TEST"] }), "kinds"),
        (&admin, json!({ "urgentKinds": ["TEST"] }), "urgentKinds"),
        (&team, json!({ "kinds": ["EXPORT_FAILED"] }), "kinds"),
        (&admin, json!({ "kinds": ["INGEST_FAILED"], "member": TEAM }), "kinds"),
        (&team, json!({ "member": VIP }), "member"),
        (&admin, json!({ "member": INVESTOR }), "member"),
        (&admin, json!({ "channel": "EMAIL", "address": ADMIN }), "channel"),
        (&admin, json!({ "channel": "SMS", "address": "+15125550100" }), "channel"),
        (&admin, json!({ "address": "http://example.com" }), "address"),
        (&admin, json!({ "address": "https://127.0.0.1:8443/x" }), "address"),
        (&admin, json!({ "address": "https://localhost/x" }), "address"),
        (&admin, json!({ "address": "https://[::ffff:192.168.1.1]/x" }), "address"),
        (&admin, json!({ "address": "nonsense" }), "address"),
        (&admin, json!({ "quietHours": { "from": "22:00", "until": "22:00" } }), "quietHours"),
        (&admin, json!({ "quietHours": { "from": "25:00", "until": "07:00" } }), "quietHours"),
        (&admin, json!({ "timeZone": "Atlantis/Capital" }), "timeZone"),
    ] {
        let answer = server.ask(token, CREATE, input(changed.clone())).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{changed}");
        assert_eq!(answer.error()["extensions"]["field"][1], field, "{changed}: {}", answer.body);
    }
    let nobody = server.ask(&admin, CREATE, input(json!({ "member": "nobody@test.rpm" }))).await;
    assert_eq!(nobody.code(), "NOT_FOUND");
}

#[tokio::test]
async fn members_manage_their_own_and_admins_everybodys() {
    let server = Server::start().await;
    let (admin, vip, team) = (server.token(ADMIN), server.token(VIP), server.token(TEAM));
    let made = server.ask(&team, CREATE, input(json!({}))).await.data()["createAlertSubscription"].clone();
    let id = made["subscription"]["id"].clone();
    assert_eq!(made["subscription"]["member"]["email"], TEAM);
    let for_vip = input(json!({ "member": VIP, "quietHours": { "from": "22:00", "until": "07:00" }, "timeZone": "Europe/Berlin",
        "urgentKinds": ["ACTION_BLOCKED"] }));
    let made = server.ask(&admin, CREATE, for_vip).await.data()["createAlertSubscription"]["subscription"].clone();
    assert_eq!(
        (&made["quietFrom"], &made["quietUntil"], &made["timeZone"], &made["urgentKinds"]),
        (&json!("22:00"), &json!("07:00"), &json!("Europe/Berlin"), &json!(["ACTION_BLOCKED"]))
    );
    let list = "{ alertSubscriptions { id member { email } } }";
    for (token, count) in [(&admin, 2), (&vip, 1), (&team, 1)] {
        let listed = server.ask(token, list, json!({})).await.data()["alertSubscriptions"].clone();
        assert_eq!(listed.as_array().unwrap().len(), count);
    }
    // Another's is not found, whatever is done to it.
    let delete = "mutation($id: ID!) { deleteAlertSubscription(input: { id: $id }) { id } }";
    let test = "mutation($id: ID!) { sendTestAlert(input: { id: $id }) { delivery { id } } }";
    assert_eq!(server.ask(&vip, UPDATE, json!({ "input": { "id": id, "isActive": false } })).await.code(), "NOT_FOUND");
    assert_eq!(server.ask(&vip, delete, json!({ "id": id })).await.code(), "NOT_FOUND");
    assert_eq!(server.ask(&vip, test, json!({ "id": id })).await.code(), "NOT_FOUND");

    // What is absent stays, null takes away.
    let update = |changed: Value| {
        let mut input = changed;
        input["id"] = made["id"].clone();
        let (server, vip) = (&server, &vip);
        async move { server.ask(vip, UPDATE, json!({ "input": input })).await }
    };
    let before = update(json!({ "address": "https://example.com/other" })).await.data()["updateAlertSubscription"].clone();
    assert_eq!((&before["subscription"]["quietFrom"], &before["secret"]), (&json!("22:00"), &json!(null)));
    let after =
        update(json!({ "quietHours": null, "timeZone": null, "kinds": ["ACTION_OVERDUE", "ACTION_BLOCKED"], "urgentKinds": [] }))
            .await
            .data()["updateAlertSubscription"]["subscription"]
            .clone();
    assert_eq!((&after["quietFrom"], &after["timeZone"], &after["urgentKinds"]), (&json!(null), &json!(null), &json!([])));
    assert_eq!(
        (&after["address"], &after["kinds"]),
        (&json!("https://example.com/other"), &json!(["ACTION_BLOCKED", "ACTION_OVERDUE"]))
    );
    assert!(after["toldFrom"].as_str() > before["subscription"]["toldFrom"].as_str(), "told more from now on");
    assert_eq!(update(json!({ "kinds": [] })).await.code(), "BAD_USER_INPUT");
    assert_eq!(update(json!({ "isActive": false })).await.data()["updateAlertSubscription"]["subscription"]["isActive"], false);
    assert_eq!(server.ask(&vip, test, json!({ "id": made["id"] })).await.code(), "BAD_USER_INPUT", "put aside");

    assert_eq!(server.ask(&team, delete, json!({ "id": id })).await.data()["deleteAlertSubscription"]["id"], id);
    assert_eq!(server.ask(&team, delete, json!({ "id": id })).await.code(), "NOT_FOUND");
    let log = "{ auditLog(filter: { kind: [\"ALERT_SUBSCRIBED\", \"ALERT_CHANGED\", \"ALERT_UNSUBSCRIBED\"] }) { nodes { kind subject details } } }";
    let log = server.ask(&admin, log, json!({})).await.data()["auditLog"]["nodes"].clone();
    let kinds: Vec<_> = log.as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    let (on, changed, off) = ("ALERT_SUBSCRIBED", "ALERT_CHANGED", "ALERT_UNSUBSCRIBED");
    assert_eq!(kinds, [off, changed, changed, changed, on, on]);
    assert_eq!((&log[0]["subject"], &log[0]["details"]["address"]), (&json!(TEAM), &json!("https://example.com")));
}

#[tokio::test]
async fn there_is_an_end_to_subscriptions_and_to_tests() {
    let server = Server::with(TestDatabase::new().await, &["--private-webhooks"]);
    let vip = server.token(VIP);
    let mut id = Value::Null;
    for _ in 0..50 {
        id = server.ask(&vip, CREATE, input(json!({}))).await.data()["createAlertSubscription"]["subscription"]["id"].clone();
    }
    assert_eq!(server.ask(&vip, CREATE, input(json!({}))).await.code(), "BAD_USER_INPUT");
    // Nothing listens there.
    let test = "mutation($id: ID!) { sendTestAlert(input: { id: $id }) { delivery { id } } }";
    let update = json!({ "input": { "id": id, "address": "http://127.0.0.1:9/" } });
    server.ask(&vip, UPDATE, update).await.data();
    for _ in 0..10 {
        server.ask(&vip, test, json!({ "id": id })).await.data();
    }
    assert_eq!(server.ask(&vip, test, json!({ "id": id })).await.code(), "RATE_LIMITED");
    // Pages of deliveries, like those of everything else.
    let query =
        "query($after: String) { alertDeliveries(first: 4, after: $after) { totalCount hasNextPage endCursor nodes { id } } }";
    let (mut after, mut seen) = (Value::Null, std::collections::BTreeSet::new());
    loop {
        let page = server.ask(&vip, query, json!({ "after": after })).await.data()["alertDeliveries"].clone();
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["hasNextPage"] == false {
            break;
        }
        after = page["endCursor"].clone();
    }
    assert_eq!(seen.len(), 10);
}

#[tokio::test]
async fn an_admin_says_which_numbers_sms_go_to() {
    let flags =
        ["--twilio-account", "AC0", "--twilio-token", "t", "--twilio-from", "+15125550199", "--twilio-url", "http://127.0.0.1:9"];
    let server = Server::with(TestDatabase::new().await, &flags);
    let (admin, vip) = (server.token(ADMIN), server.token(VIP));
    let sms = |member: &str| input(json!({ "channel": "SMS", "address": "+1 (512) 555-0100", "member": member }));
    assert_eq!(server.ask(&vip, CREATE, sms(VIP)).await.code(), "BAD_USER_INPUT");
    let made = server.ask(&admin, CREATE, sms(VIP)).await.data()["createAlertSubscription"]["subscription"].clone();
    assert_eq!((&made["address"], &made["member"]["email"]), (&json!("+15125550100"), &json!(VIP)));
    // Whose it is can have it wait, or put it aside, and not have it sent elsewhere.
    let update = |change: Value| {
        let mut input = change;
        input["id"] = made["id"].clone();
        let (server, vip) = (&server, &vip);
        async move { server.ask(vip, UPDATE, json!({ "input": input })).await }
    };
    assert_eq!(update(json!({ "address": "+15125550101" })).await.code(), "BAD_USER_INPUT");
    update(json!({ "isActive": false })).await.data();
}

#[tokio::test]
async fn email_goes_to_ones_own_address_unless_an_admin_says_otherwise() {
    let flags = ["--smtp-url", "smtp://127.0.0.1:9", "--smtp-from", "RPM <rpm@test.rpm>"];
    let server = Server::with(TestDatabase::new().await, &flags);
    let (admin, vip) = (server.token(ADMIN), server.token(VIP));
    let mail = |address: &str| input(json!({ "channel": "EMAIL", "address": address, "kinds": ["WEEKLY_DIGEST"] }));
    let own = server.ask(&vip, CREATE, mail(" VIP@test.rpm")).await.data()["createAlertSubscription"].clone();
    assert_eq!((&own["subscription"]["address"], &own["secret"]), (&json!(VIP), &json!(null)));
    assert_eq!(server.ask(&vip, CREATE, mail("other@test.rpm")).await.code(), "BAD_USER_INPUT");
    server.ask(&admin, CREATE, mail("other@test.rpm")).await.data();
    let renew = json!({ "input": { "id": own["subscription"]["id"], "newSecret": true } });
    assert_eq!(server.ask(&vip, UPDATE, renew).await.code(), "BAD_USER_INPUT", "e-mail has no secret");
    for url in ["smtp://rpm:hush@mail.example.com", "http://rpm:hush@mail.example.com", "hush"] {
        let refused = server.command(&["serve", "--port", "0", "--smtp-url", url, "--smtp-from", "rpm@test.rpm"]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            refused.status.code() == Some(1) && said.contains("RPM_SMTP_URL") && !said.contains("hush"),
            "{url}: {refused:?}"
        );
    }
}
