//! The contract is a file: `schema.graphql`, linted, described, and the explorer's examples fit it.

use crate::support::node::{node, root};
use crate::support::rpm_api;

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let output = rpm_api().arg("schema").output().unwrap();
    assert!(output.status.success());
    let committed = std::fs::read_to_string(root().join("schema.graphql")).unwrap();
    let served = String::from_utf8(output.stdout).unwrap();
    assert!(committed == served, "schema.graphql has drifted: run `make schema` and review the difference");
}

#[test]
fn the_table_of_roles_is_the_one_that_holds() {
    let output = rpm_api().args(["schema", "--access"]).output().unwrap();
    let committed = std::fs::read_to_string(root().join("docs/access.md")).unwrap();
    assert!(committed.as_bytes() == output.stdout, "docs/access.md has drifted: run `make schema`");
}

#[test]
fn the_schema_keeps_the_relay_rules_and_describes_everything() {
    node(&["lint-schema.mjs", "../../schema.graphql"], &[]);
}

#[test]
fn the_explorers_examples_fit_the_schema() {
    node(&["check-operations.mjs", "../../schema.graphql", "../../cockpit/src/graphiql"], &[]);
}
