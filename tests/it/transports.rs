//! One log through three transports, with the clients that people use.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::node::folder;
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
    let mut command = Command::new("node");
    command.args(["transports.mjs", &setup.to_string()]).current_dir(folder());
    let mut clients = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(clients.stdout.take().unwrap()).lines();

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
        writeln!(clients.stdin.as_mut().unwrap(), "{}", json!({ "count": count })).unwrap();
        let line = said.next().expect("they agree").unwrap();
        assert_eq!(line, format!("seen {count}"));
    }
    drop(clients.stdin.take());
    assert!(clients.wait().unwrap().success());
}
