//! The contract is a file: `schema.graphql`, linted, described, and the explorer's examples fit it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::rpm_api;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the tests' Node programs, with what they need installed (`make test` has done so; a bare `cargo test` does here).
fn node_folder() -> PathBuf {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    let folder = root().join("tests/node");
    INSTALLED.get_or_init(|| {
        if !folder.join("node_modules").exists() {
            let status = Command::new("npm").args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder).status();
            assert!(status.unwrap().success(), "npm ci in tests/node");
        }
    });
    folder
}

fn node(arguments: &[&str]) {
    let output = Command::new("node").args(arguments).current_dir(node_folder()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{arguments:?}\n{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let output = rpm_api().arg("schema").output().unwrap();
    assert!(output.status.success());
    let committed = std::fs::read_to_string(root().join("schema.graphql")).unwrap();
    let served = String::from_utf8(output.stdout).unwrap();
    assert!(committed == served, "schema.graphql has drifted: run `make schema` and review the difference");
}

#[test]
fn the_schema_keeps_the_relay_rules_and_describes_everything() {
    node(&["lint-schema.mjs", root().join("schema.graphql").to_str().unwrap()]);
}

#[test]
fn the_explorers_examples_fit_the_schema() {
    node(&[
        "check-operations.mjs",
        root().join("schema.graphql").to_str().unwrap(),
        root().join("cockpit/src").to_str().unwrap(),
    ]);
}
