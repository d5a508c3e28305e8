//! Documents that are validated once: what is wrong with a request is said as if they were validated each time.

use rpm_api::demo::fill;
use serde_json::{Value, json};

use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

/// The owners keep it with the executor: columns alone are answered without it.
const COMPLETE: &str = "mutation Complete($code: String!, $hours: Decimal, $seen: DateTime) {
    completeAction(input: { code: $code, actualHours: $hours, expectedUpdatedAt: $seen }) { action { code status owners { name } } } }";

async fn server() -> (Server, String, Vec<String>) {
    let database = TestDatabase::new().await;
    fill(&database.store().await, 7, chrono::Utc::now(), chrono_tz::America::Chicago).await.unwrap();
    let server = Server::with(database, &["--answer-cache", "0"]);
    let sql = "SELECT action_code::text FROM rpm_action_items WHERE status IN ('pending', 'in_progress') ORDER BY action_code";
    let codes = sqlx::query_scalar(sql).fetch_all(&mut server.database.connection().await).await.unwrap();
    let token = server.token(ADMIN);
    (server, token, codes)
}

#[tokio::test]
async fn what_validation_has_not_looked_at_it_looks_at_later() {
    let (server, token, codes) = server().await;
    let misspelt = COMPLETE.replace("expectedUpdatedAt", "expectedUpdateAt");
    // An argument with a variable that has no value is not looked at.
    for _ in 0..2 {
        let data = server.ask(&token, &misspelt, json!({ "code": codes[0], "hours": "1" })).await.data();
        assert_eq!(data["completeAction"]["action"]["status"], "COMPLETED");
    }
    let variables = json!({ "code": codes[1], "hours": "1", "seen": "2000-01-01T00:00:00Z" });
    for _ in 0..2 {
        let answer = server.ask(&token, &misspelt, variables.clone()).await;
        assert!(answer.error()["message"].as_str().unwrap().contains("expectedUpdateAt"), "{}", answer.error());
    }
    // Nor are those of another operation.
    let both = format!("query Nothing {{ __typename }} {misspelt}");
    for (operation, variables, is_right) in [("Nothing", json!({}), true), ("Complete", variables, false)] {
        let body = json!({ "query": both, "operationName": operation, "variables": variables });
        let answer = server.http().post(server.url("/graphql")).bearer_auth(&token).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["errors"].is_null(), is_right, "{operation}: {answer}");
    }
}

#[tokio::test]
async fn members_that_are_not_known_are_not_for_the_database() {
    let (server, token, _) = server().await;
    let document = |member: &str| {
        let filter = format!("filter: {{ status: [$status], {member}: $since }}");
        format!("query Some($status: ActionStatus!, $since: DateTime) {{ actions(first: 2, {filter}) {{ nodes {{ code }} }} }}")
    };
    let (right, misspelt) = (document("updatedSince"), document("updateSince"));
    let direct = async || server.metric("rpm_direct_answers_total").await;
    for _ in 0..2 {
        for document in [&right, &misspelt] {
            let data = server.ask(&token, document, json!({ "status": "PENDING" })).await.data();
            assert_eq!(data["actions"]["nodes"].as_array().unwrap().len(), 2);
        }
    }
    assert_eq!(direct().await, 1.0, "what is right, when it is known");
    let all = json!({ "status": "PENDING", "since": "2000-01-01T00:00:00Z" });
    for _ in 0..2 {
        let answer = server.ask(&token, &misspelt, all.clone()).await;
        assert!(answer.error()["message"].as_str().unwrap().contains("updateSince"), "{}", answer.error());
        server.ask(&token, &right, all.clone()).await.data();
    }
    assert_eq!(direct().await, 3.0);
}

#[tokio::test]
async fn values_that_are_wrong_are_refused_as_at_first() {
    let (server, token, codes) = server().await;
    let all = json!({ "code": codes[0], "hours": "1.5", "seen": null });
    server.ask(&token, COMPLETE, all).await.data();
    let wrong = [
        json!({ "code": 7 }),
        json!({ "code": null }),
        json!({}),
        json!({ "code": ["x"] }),
        json!({ "code": codes[1], "hours": true }),
        json!({ "code": codes[1], "hours": "much" }),
        json!({ "code": codes[1], "hours": -1 }),
        json!({ "code": codes[1], "seen": "yesterday" }),
        json!({ "code": codes[1], "seen": "2000-01-01T00:00:00Z" }),
        json!({ "code": "nobody's" }),
    ];
    for (at, variables) in wrong.into_iter().enumerate() {
        // To the letter another document, which nobody has asked before.
        let fresh = format!("{COMPLETE} # {at}");
        let said = async |document: &str| {
            let answer = server.ask(&token, document, variables.clone()).await;
            let error = answer.error();
            (error["message"].clone(), error["extensions"]["code"].clone(), error["path"].clone())
        };
        let (known, fresh) = (said(COMPLETE).await, said(&fresh).await);
        assert_eq!(known, fresh, "{variables}");
    }
}
