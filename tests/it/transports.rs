//! One log through three transports, with the clients that people use.

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::node::Program;
use crate::support::postgres::ADMIN;

#[tokio::test]
async fn a_run_is_the_same_through_every_transport() {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let token = server.token(ADMIN);
    let after = server.ask(&token, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    let query = "{ actions(filter: { status: [PENDING] }, first: 4) { nodes { code } } }";
    let actions = server.ask(&token, query, json!({})).await.data()["actions"]["nodes"].clone();
    let codes: Vec<&Value> = actions.as_array().unwrap().iter().map(|action| &action["code"]).collect();

    let setup = json!({ "url": server.url("/graphql"), "token": token, "after": after });
    let mut clients = Program::start(&["transports.mjs", &setup.to_string()]);

    let rounds = [
        vec![
            format!("startAction(input: {{ code: {} }}) {{ action {{ id }} }}", codes[0]),
            format!("completeAction(input: {{ code: {}, actualHours: \"1.5\" }}) {{ action {{ id }} }}", codes[0]),
        ],
        vec![
            format!(
                "blockAction(input: {{ code: {}, blockerDescription: \"“rain” & \\\\ fog\\n☔\" }}) {{ action {{ id }} }}",
                codes[1]
            ),
            format!("reassignAction(input: {{ code: {}, owner: \"Charlie\" }}) {{ action {{ id }} }}", codes[2]),
            "recordHeartbeat(input: { agent: \"QA\", status: ERROR, error: \"out of memory\" }) { agent { id } }".to_owned(),
        ],
        vec![format!("reopenAction(input: {{ code: {} }}) {{ action {{ id }} }}", codes[0])],
    ];
    let mut count = 0;
    for round in rounds {
        for mutation in &round {
            server.ask(&token, &format!("mutation {{ {mutation} }}"), json!({})).await.data();
        }
        count += round.len();
        assert_eq!(clients.ask(&json!({ "count": count }).to_string()), format!("seen {count}"));
    }
    clients.finish();
}
