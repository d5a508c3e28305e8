//! What a check has found, and how it is told.

use serde::Serialize;

use crate::config::{Common, Serve};
use crate::error::{Error, Result};

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// It works, or is not wanted.
    Ok,
    /// The server works, but not as well as it could.
    Warning,
    /// The server does not start, or does not do what it is there for.
    Failed,
}

/// What one check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    /// How well that is.
    pub(super) verdict: Verdict,
    /// The check.
    pub(super) check: &'static str,
    /// What was looked at.
    pub(super) looked_at: String,
    /// What was found.
    pub(super) found: String,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to_do: Option<String>,
}

/// How wide the names of checks are printed, in characters.
const NAME_WIDTH: usize = 20;

impl Finding {
    pub(super) fn ok(check: &'static str, looked_at: impl ToString, found: impl ToString) -> Self {
        Self { verdict: Verdict::Ok, check, looked_at: looked_at.to_string(), found: found.to_string(), to_do: None }
    }

    pub(super) fn warning(check: &'static str, looked_at: impl ToString, found: impl ToString, to_do: impl ToString) -> Self {
        Self { verdict: Verdict::Warning, to_do: Some(to_do.to_string()), ..Self::ok(check, looked_at, found) }
    }

    pub(super) fn failed(check: &'static str, looked_at: impl ToString, found: impl ToString, to_do: impl ToString) -> Self {
        Self { verdict: Verdict::Failed, to_do: Some(to_do.to_string()), ..Self::ok(check, looked_at, found) }
    }

    /// As it is printed.
    pub(super) fn text(&self, json: bool) -> Result<String> {
        if json {
            return Ok(format!("{}\n", serde_json::to_string(self).map_err(Error::internal)?));
        }
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
        };
        let to_do = self.to_do.as_ref().map(|to_do| format!("         {:NAME_WIDTH$} → {to_do}\n", "")).unwrap_or_default();
        Ok(format!("{verdict:8} {:NAME_WIDTH$} {}: {}\n{to_do}", self.check, self.looked_at, self.found))
    }
}

/// What must never be printed, whoever's words it stands in.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of(common: &Common, serve: &Serve) -> Self {
        let mut secrets: Vec<String> =
            [&common.jwt_secret, &common.jwt_previous_secret, &serve.oidc_client_secret, &serve.alerts.twilio_token]
                .into_iter()
                .flatten()
                .cloned()
                .collect();
        for url in [&common.database_url, &serve.listen_url, &serve.alerts.smtp_url].into_iter().flatten() {
            secrets.extend(password(url));
        }
        let decoded: Vec<String> = secrets
            .iter()
            .map(|secret| percent_encoding::percent_decode_str(secret).decode_utf8_lossy().into_owned())
            .filter(|decoded| !secrets.contains(decoded))
            .collect();
        secrets.extend(decoded);
        // Longer ones first: one may be a part of another. What is that short is in every word, and no secret.
        secrets.retain(|secret| secret.len() >= 4);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// A text without them.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "…"))
    }
}

/// The password of a URL, as it is written there.
fn password(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (user, _) = rest.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_as_they_are_written() {
        assert_eq!(password("postgres://app:p%40ss:w@rd@db:5432/x").as_deref(), Some("p%40ss:w@rd"));
        assert_eq!(password("postgres://app@db/x"), None);
        let secrets = Secrets(vec!["long secret".into(), "long".into()]);
        assert_eq!(secrets.hide("the long secret is long"), "the … is …");
    }
}
