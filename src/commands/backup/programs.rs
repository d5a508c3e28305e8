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

/// Parameters of a URL that are sqlx's alone, and what PostgreSQL's programs call them; nothing for what they have no word for.
const OTHER_WORDS: [(&str, Option<&str>); 4] = [
    ("statement-cache-capacity", None),
    ("ssl-mode", Some("sslmode")),
    ("ssl-root-cert", Some("sslrootcert")),
    ("ssl-ca", Some("sslrootcert")),
];

/// A URL without its password, in words that PostgreSQL's programs know, and the password as it is meant.
fn without_password(url: &str) -> (String, Option<String>) {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let mut password = None;
    let mut parameters = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match OTHER_WORDS.iter().find(|(ours, _)| *ours == name) {
            _ if name == "password" => password = Some(value),
            Some((_, Some(theirs))) => parameters.push(format!("{theirs}={value}")),
            Some((_, None)) => {}
            None => parameters.push(parameter.to_owned()),
        }
    }
    let mut address = address.to_owned();
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    // A password may have an @ of its own; a database has none.
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if let Some((user, host)) = authority.rsplit_once('@')
        && let Some((name, own)) = user.split_once(':')
    {
        password = Some(own);
        let path = &address[scheme.len() + 3 + authority.len()..];
        address = format!("{scheme}://{name}@{host}{path}");
    }
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    (format!("{address}{query}"), password.map(plain))
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
            taken("postgres://app@db/x?password=a%20b&statement-cache-capacity=100&ssl-mode=require"),
            some("postgres://app@db/x?sslmode=require", "a b")
        );
        assert_eq!(
            taken("postgres://rpm@localhost:5432/rpm?host=%2Frun"),
            ("postgres://rpm@localhost:5432/rpm?host=%2Frun".to_owned(), None)
        );
    }
}
