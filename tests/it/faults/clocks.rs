//! The clock of a server jumps, there and back: changes go on, followers miss nothing, and what lasts until some time is judged by the
//! time it is said to be. The database keeps its own clock, as one on another machine does.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::json;

use super::ledger;
use super::load::{Load, Where};
use super::rig::{Base, Served};
use crate::support::node::root;
use crate::support::{Socket, http};

/// The library that tells programs another time.
fn library() -> Option<String> {
    let output = Command::new(root().join("scripts/faketime.sh")).arg("--find").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_loses_nothing() {
    let Some(library) = library() else {
        eprintln!("skipped: clocks do not jump here: there is no libfaketime (scripts/faketime.sh)");
        return;
    };
    let base = Base::set().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("offset");
    let jump = |offset: &str| std::fs::write(&file, format!("{offset}\n")).unwrap();
    jump("+0");
    let settings = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    let served = Served::start(&base.url, &[], &settings).await;
    let short = base.run(&["token", "admin@test.rpm", "--lifetime", "600"]);
    let status = async |token: &str| {
        let body = json!({ "query": "{ viewer { email } eventCursor }" });
        let answer = http().post(served.url("/graphql")).bearer_auth(token).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap())
    };
    let (_, first) = status(&base.token).await;
    let mut socket = Socket::open(&served.address, &base.token).await;
    let document = "subscription($after: Cursor) { events(after: $after) { cursor } }";
    socket.subscribe("1", document, json!({ "after": first["data"]["eventCursor"] })).await;
    let mut connection = base.connection().await;
    let before: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut connection).await.unwrap();

    let place = Where { beats: false, ..Where::of(&[&served.address], &base.token).await };
    let load = Load::start(&place, "CLOCK", 4);
    for (offset, holds) in [("+0", true), ("+1h", false), ("+3d", false), ("+0", true)] {
        jump(offset);
        load.goes_on(12).await;
        let wanted = if holds { 200 } else { 401 };
        assert_eq!(status(&short).await.0, wanted, "{offset}: ten minutes are over, or are not");
        assert_eq!(status(&base.token).await.0, 200, "{offset}");
    }
    let told = load.finish().await;
    assert_eq!(ledger::differences(&mut connection, "CLOCK", &told).await, [""; 0]);
    assert_eq!((told.refused.len(), told.unanswered), (0, 0), "{:?}", told.refused);
    let after: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut connection).await.unwrap();
    let mut seen = BTreeSet::new();
    for _ in before..after {
        assert!(seen.insert(socket.next("1").await["events"]["cursor"].to_string()), "an event came twice");
    }
}
