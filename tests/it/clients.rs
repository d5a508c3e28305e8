//! The programs of docs/api.md, run as they stand there.
//!
//! The Rust one is compiled into this binary, from a copy that is held to be the same; its test is ignored by whoever runs all of
//! them, and is what the test beside it starts as a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::Server;
use crate::support::node::root;
use crate::support::postgres::ADMIN;

// It says what it does, as programs do.
#[allow(clippy::print_stdout)]
mod program {
    include!("clients/client.rs");

    #[test]
    #[ignore = "a program of docs/api.md: it wants TOKEN and RPM_URL"]
    fn runs() {
        rpm_api::tls::install();
        main().unwrap();
    }
}

/// Until when a program has said what it is to say, in seconds.
const PATIENCE: &str = "60";

/// A server whose plan has one action in progress, by the code that the examples name.
async fn server() -> Server {
    let server = Server::with_plan("works/RPM-WORKS-001-Warehouse-Labels-20260301.md").await;
    let admin = server.token(ADMIN);
    let data = server.ask(&admin, "{ weeks { nodes { results { nodes { id } } } } }", json!({})).await.data();
    let result = &data["weeks"]["nodes"][0]["results"]["nodes"][0]["id"];
    let add = "mutation($input: CreateActionInput!) { createAction(input: $input) { action { id } } }";
    let action = json!({ "code": "ARCH-W48-002d", "resultId": result, "text": "Ask the laboratory" });
    server.ask(&admin, add, json!({ "input": action })).await.data();
    let start = "mutation { startAction(input: { code: \"ARCH-W48-002d\" }) { action { id } } }";
    server.ask(&admin, start, json!({})).await.data();
    server
}

/// What stands in fences of a language behind a phrase of docs/api.md, one by one.
fn blocks(behind: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/api.md")).unwrap();
    let (_, text) = text.split_once(behind).unwrap_or_else(|| panic!("docs/api.md does not say {behind}"));
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split_once("```").unwrap().0.to_owned()).collect()
}

fn block(behind: &str, language: &str) -> String {
    blocks(behind, language).swap_remove(0)
}

/// Runs a program until it has said a line with each of these phrases, in this order.
#[track_caller]
fn says(server: &Server, program: &mut Command, input: &str, phrases: &[&str]) {
    let environment = [("TOKEN", server.token(ADMIN)), ("RPM_URL", server.url("/graphql"))];
    let program = program.envs(environment).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = program.spawn().unwrap_or_else(|error| panic!("{program:?}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for phrase in phrases {
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("{program:?} ended before it said {phrase}:\n{said}")).unwrap();
            said = format!("{said}{line}\n");
            if line.contains(phrase) {
                break;
            }
        }
    }
    // `timeout` passes it on.
    let id = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
    child.wait().unwrap();
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).args(arguments);
    command
}

/// What every client prints: the action that it has blocked, and the event of it.
const TOLD: [&str; 2] = ["BLOCKED", "ACTION_BLOCKED"];

#[tokio::test]
async fn curl_asks_changes_and_watches() {
    says(&server().await, &mut program(&["bash", "-eu"]), &block("**curl**", "sh"), &["OPS-WORKS", TOLD[0], TOLD[1]]);
}

#[tokio::test]
async fn python_asks_changes_and_watches() {
    let python = root().join(".cache/python/bin/python");
    says(&server().await, &mut program(&[python.to_str().unwrap(), "-u", "-"]), &block("**Python**", "python"), &TOLD);
}

#[tokio::test]
async fn rust_asks_changes_and_watches() {
    let copy = include_str!("clients/client.rs");
    assert!(block("**Rust**", "rust") == copy, "the program in docs/api.md and tests/it/clients/client.rs differ");
    let tests = std::env::current_exe().unwrap();
    let arguments = [tests.to_str().unwrap(), "clients::program::runs", "--exact", "--ignored", "--nocapture"];
    says(&server().await, &mut program(&arguments), "", &TOLD);
}

#[tokio::test]
async fn typescript_is_strict_asks_changes_and_watches() {
    let folder = node_folder();
    std::fs::write(folder.join("client.mts"), block("**TypeScript**", "ts")).unwrap();
    let compiler = root().join("cockpit/node_modules/typescript/lib/tsc.js");
    let flags = "--strict --noUncheckedIndexedAccess --module nodenext --target es2022 --lib es2023,dom --types node client.mts";
    let output = Command::new("node").arg(compiler).args(flags.split(' ')).current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    says(&server().await, node(&folder).arg("client.mjs"), "", &TOLD);
}

#[tokio::test]
async fn the_shorter_examples_do_what_they_say() {
    let server = server().await;
    let admin = server.token(ADMIN);
    let start = server.ask(&admin, "{ eventCursor }", json!({})).await.data()["eventCursor"].clone();
    let after = start.as_str().unwrap();
    for operation in blocks("# The API by hand", "graphql") {
        if operation.starts_with("subscription") {
            let mut socket = server.socket(&admin).await;
            socket.subscribe("1", &operation, json!({ "after": after })).await;
            assert_eq!(socket.next("1").await["events"]["type"], "ACTION_COMPLETED", "{operation}");
        } else {
            let data = server.ask(&admin, &operation, json!({})).await.data();
            assert!(data.as_object().unwrap().values().all(|value| !value.is_null()), "{operation}: {data}");
        }
    }
    let here = |text: &str| text.replace("localhost:8080", &server.address);
    let told = &["ACTION_COMPLETED"];

    let socket = here(&block("**WebSocket**", "js")).replace("let after = null", "let after = process.env.AFTER");
    let socket = format!("const token = process.env.TOKEN;\n{socket}");
    says(&server, node(&node_folder()).args(["--input-type=module", "-"]).env("AFTER", after), &socket, told);

    let stream = format!("{} -H \"Last-Event-ID: $AFTER\"", here(&block("**Server-Sent Events**", "sh")).trim_end());
    says(&server, program(&["bash", "-eu"]).env("AFTER", after), &stream, told);

    let poll = here(&block("**Polling**", "sh"));
    let poll =
        format!("{poll}\npoll $AFTER '' | tee answer\necho\npoll $AFTER \"$(sed -n 's/^etag: //p' answer | tr -d '\\r')\"");
    let folder = scratch("poll");
    says(
        &server,
        program(&["bash", "-eu"]).current_dir(folder).env("AFTER", after),
        &poll,
        &["200 OK", told[0], "304 Not Modified"],
    );
}

/// A folder for what a program writes.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder in which Node finds what the cockpit has installed.
fn node_folder() -> PathBuf {
    let folder = scratch("node");
    let _ = std::os::unix::fs::symlink(root().join("cockpit/node_modules"), folder.join("node_modules"));
    folder
}

/// Node with a WebSocket, which it has of itself from version 22 on.
fn node(folder: &Path) -> Command {
    let mut command = program(&["node", "--experimental-websocket", "--no-warnings"]);
    command.current_dir(folder);
    command
}
