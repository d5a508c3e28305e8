//! The tests' Node programs.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
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

/// A program at work, that one talks with line by line. Killed when dropped.
pub struct Program {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts one.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new("node");
        command.args(arguments).current_dir(folder()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, said }
    }

    /// Says a line, and hears the next one; why there is none is on standard error.
    #[track_caller]
    pub fn ask(&mut self, line: &str) -> String {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        self.hear()
    }

    /// Hears the next line.
    #[track_caller]
    pub fn hear(&mut self) -> String {
        self.said.next().expect("the program goes on").unwrap()
    }

    /// Lets it come to its end, which must be a good one.
    pub fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program that must succeed; what it said is shown when it does not.
#[track_caller]
pub fn node(arguments: &[&str], environment: &[(&str, &str)]) {
    let output = Command::new("node").args(arguments).envs(environment.iter().copied()).current_dir(folder()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{arguments:?}\n{said}{}", String::from_utf8_lossy(&output.stderr));
}
