//! The tests' Node programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the programs, with what they need installed (`make test` has done so; a bare `cargo test` does it here).
pub fn folder() -> PathBuf {
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

/// Runs a program that must succeed; what it said is shown when it does not.
#[track_caller]
pub fn node(arguments: &[&str], environment: &[(&str, &str)]) {
    let output = Command::new("node").args(arguments).envs(environment.iter().copied()).current_dir(folder()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{arguments:?}\n{said}{}", String::from_utf8_lossy(&output.stderr));
}
