//! The explorer in a real browser.

use std::process::Command;

use crate::support::node::{node, root};
use crate::support::{Server, TestDatabase};

/// Runs a program of `tests/node` on a served demo, with a browser.
async fn browse(program: &str, flags: &[&str]) {
    assert!(root().join("cockpit/dist/graphiql.html").exists(), "the pages are not built: run make test");
    let found = Command::new(root().join("scripts/chromium.sh")).arg("--find").output().unwrap();
    assert!(found.status.success(), "there is no Chromium: run make test");
    let chromium = String::from_utf8(found.stdout).unwrap();
    let server = Server::with(TestDatabase::new().await, flags);
    node(&[program, &server.url("")], &[("CHROMIUM", chromium.trim())]);
}

#[tokio::test]
async fn an_analyst_signs_in_runs_the_examples_and_watches_an_event() {
    browse("explorer.mjs", &["--demo"]).await;
}

#[tokio::test]
async fn a_subscription_outlives_the_session_it_began_with() {
    browse("renewal.mjs", &["--demo", "--access-lifetime", "8"]).await;
}
