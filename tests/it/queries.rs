//! Queries: what they answer, how they page, and how many statements they take.

use serde_json::{Value, json};

use crate::support::postgres::{ADMIN, TEAM};
use crate::support::{Server, TestDatabase, fixture};

/// Week → results → actions → owners, dependencies and agents: the deepest that a page of the cockpit asks for.
const TREE: &str = "query($results: Int!, $actions: Int!) {
  weeks(first: 5) { nodes { id title project { code } completionRate actionCounts { total completed }
    results(first: $results) { totalCount nodes { code text status completionRate
      actions(first: $actions) { nodes { code status result { code } deliverables { title } agents { name }
        owners { name kind agent { name currentAction { code } } }
        dependencies { code status owners { name } } dependents { code } } } } } } }
}";

/// Asked for whole trees here.
const GENEROUS: [&str; 2] = ["--budgets", "admin=100000/10000000000/100000000"];

async fn plan() -> (Server, String) {
    let server = Server::with(TestDatabase::new().await, &GENEROUS);
    let output = server.command(&["ingest", fixture("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let token = server.token(ADMIN);
    (server, token)
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_rows() {
    let (server, token) = plan().await;
    let measure = async || {
        // What is hinted at of the documents that were read has been looked at: that costs statements too.
        let mut connection = server.database.connection().await;
        let newest: i64 = sqlx::query_scalar("SELECT max(id) FROM events").fetch_one(&mut connection).await.unwrap();
        while server.metric("rpm_event_position").await < newest as f64 {
            tokio::task::yield_now().await;
        }
        // Once before, so that the member's row is in memory.
        server.ask(&token, "{ viewer { email } }", json!({})).await.data();
        let before = server.statements().await;
        let data = server.ask(&token, TREE, json!({ "results": 20, "actions": 50 })).await.data();
        let rows = data.to_string().matches("\"status\"").count();
        (server.statements().await - before, rows)
    };
    let (few, few_rows) = measure().await;
    let more = server.command(&["ingest", fixture("plans").to_str().unwrap()]);
    assert!(more.status.success(), "{more:?}");
    let (many, many_rows) = measure().await;
    assert!(many_rows > 2 * few_rows, "{many_rows} rows after {few_rows}");
    assert_eq!(many, few, "statements for {many_rows} rows and for {few_rows}");
    assert!(many <= 20, "{many} statements");
}

#[tokio::test]
async fn a_page_of_results_and_actions_is_what_the_document_says() {
    let (server, token) = plan().await;
    let data = server.ask(&token, TREE, json!({ "results": 20, "actions": 50 })).await.data();
    let week = &data["weeks"]["nodes"][0];
    assert_eq!(week["project"]["code"], "WORKS");
    let results = week["results"]["nodes"].as_array().unwrap();
    assert_eq!(week["results"]["totalCount"], results.len());
    let actions: Vec<&Value> = results.iter().flat_map(|result| result["actions"]["nodes"].as_array().unwrap()).collect();
    assert_eq!(week["actionCounts"]["total"], actions.len());
    for result in results {
        for action in result["actions"]["nodes"].as_array().unwrap() {
            assert_eq!(action["result"]["code"], result["code"]);
        }
    }
    // A dependency is the other end of a dependent.
    let mut pairs = 0;
    for action in &actions {
        for dependency in action["dependencies"].as_array().unwrap() {
            let other = actions.iter().find(|other| other["code"] == dependency["code"]).unwrap();
            assert!(other["dependents"].as_array().unwrap().iter().any(|dependent| dependent["code"] == action["code"]));
            pairs += 1;
        }
    }
    assert!(pairs > 0, "the fixture has dependencies");
}

#[tokio::test]
async fn pages_walk_the_whole_list_in_both_directions() {
    let (server, token) = plan().await;
    let codes = |data: &Value| -> Vec<String> {
        data["actions"]["nodes"].as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect()
    };
    for order in ["DUE_DATE", "CODE", "COMPLETION_DATE", "POSITION", "UPDATED_AT", "CREATED_AT"] {
        for direction in ["ASC", "DESC"] {
            let order = json!({ "field": order, "direction": direction });
            let all = "query($order: ActionOrder) { actions(first: 100, orderBy: $order) { totalCount nodes { code } } }";
            let all = server.ask(&token, all, json!({ "order": order })).await.data();
            let whole = codes(&all);
            assert_eq!(all["actions"]["totalCount"], whole.len());
            for (size, cursor, flag, edge) in
                [("first", "after", "hasNextPage", "endCursor"), ("last", "before", "hasPreviousPage", "startCursor")]
            {
                let page = format!(
                    "query($order: ActionOrder, $cursor: String) {{ actions({size}: 3, {cursor}: $cursor, orderBy: $order)
                       {{ nodes {{ code }} pageInfo {{ {flag} {edge} }} }} }}"
                );
                let (mut walked, mut at): (Vec<String>, Value) = (Vec::new(), Value::Null);
                loop {
                    let data = server.ask(&token, &page, json!({ "order": order, "cursor": at })).await.data();
                    let part = codes(&data);
                    if size == "first" {
                        walked.extend(part)
                    } else {
                        walked.splice(0..0, part).for_each(drop)
                    }
                    if data["actions"]["pageInfo"][flag] == false {
                        break;
                    }
                    at = data["actions"]["pageInfo"][edge].clone();
                }
                assert_eq!(walked, whole, "{order} by {size}");
            }
        }
    }
}

#[tokio::test]
async fn filters_take_lists_ranges_and_any_spelling() {
    let (server, token) = plan().await;
    let count = async |filter: Value| {
        let query = "query($filter: ActionFilter) { actions(filter: $filter) { totalCount } }";
        server.ask(&token, query, json!({ "filter": filter })).await.data()["actions"]["totalCount"].as_u64().unwrap()
    };
    let all = count(json!({})).await;
    let by_status = [
        count(json!({ "status": ["COMPLETED"] })).await,
        count(json!({ "status": ["PENDING", "IN_PROGRESS", "BLOCKED"] })).await,
    ];
    assert_eq!(by_status.iter().sum::<u64>(), all);
    assert!(by_status[0] > 0 && by_status[1] > 0, "{by_status:?}");
    let artifacts = count(json!({ "owner": ["Artifacts"] })).await;
    assert!(artifacts > 0);
    assert_eq!(count(json!({ "owner": ["artifacts AGENT"] })).await, artifacts, "an owner under another spelling");
    assert_eq!(count(json!({ "owner": ["nobody at all"] })).await, 0);
    let stages = count(json!({ "funnelStage": ["TOP"] })).await
        + count(json!({ "funnelStage": ["MIDDLE"] })).await
        + count(json!({ "funnelStage": ["BOTTOM"] })).await;
    assert_eq!(stages, all);
    assert_eq!(count(json!({ "dueBefore": "1999-01-01T00:00:00Z" })).await, 0);
    assert_eq!(count(json!({ "search": "100%_" })).await, 0, "signs of LIKE are plain text");
}

#[tokio::test]
async fn nodes_are_found_by_their_global_id() {
    let (server, token) = plan().await;
    let data = server
        .ask(&token, "{ weeks { nodes { id } } results { nodes { id } } actions(first: 1) { nodes { id owners { id } } } songs { nodes { id } } }", json!({}))
        .await
        .data();
    let ids = [
        ("Week", &data["weeks"]["nodes"][0]["id"]),
        ("Result", &data["results"]["nodes"][0]["id"]),
        ("Action", &data["actions"]["nodes"][0]["id"]),
        ("Owner", &data["actions"]["nodes"][0]["owners"][0]["id"]),
    ];
    for (kind, id) in ids {
        let node = server.ask(&token, "query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id })).await.data();
        assert_eq!(node["node"], json!({ "__typename": kind, "id": id }));
    }
    let unknown = "00000000-0000-4000-8000-000000000000";
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }";
    let nodes = server.ask(&token, query, json!({ "ids": [ids[2].1, unknown, ids[0].1] })).await.data();
    assert_eq!(nodes["nodes"], json!([{ "__typename": "Action" }, null, { "__typename": "Week" }]));
    let team = server.token(TEAM);
    let hidden = server.ask(&team, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": ids[2].1 })).await.data();
    assert_eq!(hidden["node"], Value::Null, "what a member may not see is not there");
}

#[tokio::test]
async fn a_week_is_found_by_its_first_day_and_project() {
    let (server, token) = plan().await;
    let query = "query($day: Date!, $project: String) { week(startDate: $day, project: $project) { startDate endDate title } }";
    let data = server.ask(&token, "{ weeks { nodes { startDate } } }", json!({})).await.data();
    let day = &data["weeks"]["nodes"][0]["startDate"];
    let found = server.ask(&token, query, json!({ "day": day, "project": "works" })).await.data();
    assert_eq!(found["week"]["startDate"], *day);
    let other = server.ask(&token, query, json!({ "day": day })).await.data();
    assert_eq!(other["week"], Value::Null, "the default project has no such week");
}
