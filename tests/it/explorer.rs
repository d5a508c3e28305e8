//! The explorer in a real browser.

use std::process::Command;

use crate::support::node::{node, root};
use crate::support::{Server, TestDatabase};

#[tokio::test]
async fn an_analyst_signs_in_runs_the_examples_and_watches_an_event() {
    assert!(root().join("cockpit/dist/graphiql.html").exists(), "the pages are not built: run make test");
    let found = Command::new(root().join("scripts/chromium.sh")).arg("--find").output().unwrap();
    assert!(found.status.success(), "there is no Chromium: run make test");
    let chromium = String::from_utf8(found.stdout).unwrap();
    let server = Server::with(TestDatabase::new().await, &["--demo"]);
    node(&["explorer.mjs", &server.url("")], &[("CHROMIUM", chromium.trim())]);
}
