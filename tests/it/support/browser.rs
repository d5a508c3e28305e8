//! Programs that drive a browser.

use std::process::Command;

use super::node::{node, root};
use super::{Server, TestDatabase};

/// Runs a program of `tests/node` on a server of its own, with a browser.
pub async fn browse(program: &str, flags: &[&str]) {
    browse_on(&Server::with(TestDatabase::new().await, flags), program, &[]);
}

/// The same on a server that is there, with what else the program wants to know.
pub fn browse_on(server: &Server, program: &str, more: &[&str]) {
    for page in ["index.html", "graphiql.html"] {
        assert!(root().join("cockpit/dist").join(page).exists(), "the pages are not built: run make test");
    }
    let found = Command::new(root().join("scripts/chromium.sh")).arg("--find").output().unwrap();
    assert!(found.status.success(), "there is no Chromium: run make test");
    let chromium = String::from_utf8(found.stdout).unwrap();
    let url = server.url("");
    let arguments: Vec<&str> = [program, &url].into_iter().chain(more.iter().copied()).collect();
    node(&arguments, &[("CHROMIUM", chromium.trim())]);
}
