//! PostgreSQL's own programs for copies.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use crate::error::{Error, Result};

/// How a program reaches a database: the password is in the environment, where other users do not see it.
#[derive(Clone)]
pub(super) struct Client {
    folder: PathBuf,
    /// The URL without its password.
    url: String,
    password: Option<String>,
}

impl Client {
    pub(super) fn new(folder: PathBuf, url: &str) -> Self {
        let (url, password) = without_password(url);
        Self { folder, url, password }
    }

    /// A program that asks nobody for anything, in words that do not depend on who calls it.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        // PGOPTIONS, PGDATABASE … are about another database.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C").arg("--no-password").arg(format!("--dbname={}", self.url));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
    }

    /// What a program says its version is.
    pub(super) async fn version(&self, program: &str) -> Result<String> {
        let output = Command::new(self.folder.join(program)).arg("--version").env("LC_ALL", "C").output().await;
        Ok(String::from_utf8_lossy(&output.map_err(Error::internal)?.stdout).trim().to_owned())
    }
}

/// Runs a program to its end.
///
/// # Errors
/// With what it said, when it fails.
pub(super) async fn run(program: &str, mut command: Command) -> Result<()> {
    let output = command.output().await.map_err(|error| Error::internal(format!("{program} cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::internal(format!("{program} failed ({}): {}", output.status, said.trim())))
}

/// A URL without its password, and the password as it is meant.
fn without_password(url: &str) -> (String, Option<String>) {
    let parts = || {
        let (scheme, rest) = url.split_once("://")?;
        // A password may have an @ of its own; a database has none.
        let authority = rest.split(['/', '?']).next().unwrap_or(rest);
        let (user, _) = authority.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        let plain = percent_encoding::percent_decode_str(password).decode_utf8().ok()?.into_owned();
        Some((format!("{scheme}://{name}{}", &rest[user.len()..]), plain))
    };
    match parts() {
        Some((url, password)) => (url, Some(password)),
        None => (url.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_another_way() {
        let taken = |url| without_password(url);
        let some = |url: &str, password: &str| (url.to_owned(), Some(password.to_owned()));
        assert_eq!(
            taken("postgres://app:p%40ss@db:5432/x?sslmode=require"),
            some("postgres://app@db:5432/x?sslmode=require", "p@ss")
        );
        assert_eq!(taken("postgres://app@db/x"), ("postgres://app@db/x".to_owned(), None));
        assert_eq!(
            taken("postgres://rpm@localhost:5432/rpm?host=%2Frun"),
            ("postgres://rpm@localhost:5432/rpm?host=%2Frun".to_owned(), None)
        );
    }
}
