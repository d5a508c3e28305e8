//! Documents made up from the schema, thousands of them, as an admin: every error has a code, and none is ours.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::node::root;
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase, fixture};

/// How long it goes on, in seconds; `RPM_FUZZ_SECONDS` says otherwise.
const SECONDS: &str = "30";

/// Every value of a key, however deep.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key).and_then(Value::as_str));
            object.values().for_each(|value| all(value, key, found));
        }
        Value::Array(values) => values.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[tokio::test]
async fn made_up_documents_find_no_error_of_ours() {
    let server = Server::with(TestDatabase::new().await, &["--budgets", "admin=10000000/100000000000"]);
    let ingested = server.command(&["ingest", fixture("works").to_str().unwrap(), fixture("plans").to_str().unwrap()]);
    assert!(!ingested.stdout.is_empty(), "{ingested:?}");
    let token = server.token(ADMIN);
    let query = "{ weeks { nodes { id } } results(first: 10) { nodes { id } } actions(first: 20) { nodes { id code } }
        agents { nodes { id } } deliverables { nodes { id } } songs { nodes { id } } owners { id } members { id } }";
    let data = server.ask(&token, query, json!({})).await.data();
    let (mut ids, mut codes) = (Vec::new(), Vec::new());
    all(&data, "id", &mut ids);
    all(&data, "code", &mut codes);

    let seed = rand::random::<u32>().to_string();
    let seconds = std::env::var("RPM_FUZZ_SECONDS").unwrap_or_else(|_| SECONDS.to_owned());
    let seed = std::env::var("RPM_FUZZ_SEED").unwrap_or(seed);
    let memory = tempfile::tempdir().unwrap();
    let mut command = Command::new(root().join(".cache/python/bin/st"));
    command
        .args(["run", &server.url("/graphql"), "--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", "every_error_has_a_code_and_none_is_ours", "--phases", "fuzzing", "--continue-on-failure"])
        .args(["--max-examples", "100", "--max-time", &seconds, "--seed", &seed, "--no-color"])
        .env("SCHEMATHESIS_HOOKS", "fuzz_hooks")
        .env("PYTHONPATH", root().join("tests/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("RPM_FUZZ_IDS", ids.join(","))
        .env("RPM_FUZZ_CODES", codes.join(","))
        // What it remembers from run to run is not for a test to build on.
        .current_dir(memory.path());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
    let output = output.expect("Schemathesis, which scripts/python.sh installs");
    let said = String::from_utf8_lossy(&output.stdout);
    eprintln!("fuzz: RPM_FUZZ_SEED={seed}, {}", said.lines().find(|line| line.contains("generated")).unwrap_or("nothing").trim());
    assert!(said.contains(" generated"), "{said}");
    assert!(output.status.success(), "RPM_FUZZ_SEED={seed}\n{said}{}", String::from_utf8_lossy(&output.stderr));
}
