//! A mail server on loopback: Node's smtp-server, in a program of its own.

use serde_json::Value;

use super::node::Program;

/// A mail server. It ends when it is dropped.
pub struct Mail {
    program: Program,
    port: u16,
}

impl Mail {
    /// A server that takes everything from who knows the password.
    pub fn start() -> Self {
        let mut program = Program::start(&["smtp.mjs"]);
        let port = program.hear().parse().unwrap();
        Self { program, port }
    }

    /// Its address, with the name and password that it wants.
    pub fn url(&self) -> String {
        format!("smtp://rpm:p%40ss@127.0.0.1:{}", self.port)
    }

    /// Refuses the next mail with a code.
    pub fn refuse(&mut self, code: u16) {
        assert_eq!(self.program.ask(&format!("refuse {code}")), "ok");
    }

    /// The next mail that came, taken or refused: `to`, `from`, `user`, `refused` and its parts.
    pub fn next(&mut self) -> Value {
        serde_json::from_str(&self.program.hear()).unwrap()
    }
}
