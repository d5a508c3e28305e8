//! Programs that drive a browser.

use std::process::Command;

use super::node::{node, root};
use super::{Server, TestDatabase};

/// Runs a program of `tests/node` on a served demo, with a browser.
pub async fn browse(program: &str, flags: &[&str]) {
    for page in ["index.html", "graphiql.html"] {
        assert!(root().join("cockpit/dist").join(page).exists(), "the pages are not built: run make test");
    }
    let found = Command::new(root().join("scripts/chromium.sh")).arg("--find").output().unwrap();
    assert!(found.status.success(), "there is no Chromium: run make test");
    let chromium = String::from_utf8(found.stdout).unwrap();
    let server = Server::with(TestDatabase::new().await, flags);
    node(&[program, &server.url("")], &[("CHROMIUM", chromium.trim())]);
}
