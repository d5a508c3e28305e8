//! By webhook: a signed POST, as Standard Webhooks says.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::json;

use super::message::Message;
use super::public::{NotPublic, Resolver};
use super::{Refusal, Secrets, address};
use crate::entities::{alert_deliveries, alert_subscriptions};
use crate::error::{Error, Result};
use crate::tls;

/// Sends webhooks.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    client: Client,
    secrets: Secrets,
    private: bool,
}

impl Webhook {
    pub(super) fn new(secrets: Secrets, private: bool, timeout: Duration) -> Result<Self> {
        let client = tls::http_client()
            .user_agent(concat!("rpm-api/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .redirect(Policy::none())
            // A proxy would look names up by itself.
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { private }))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, secrets, private })
    }

    /// Sends one; the other side has taken it when it answers with 2xx.
    pub(super) async fn send(
        &self,
        delivery: &alert_deliveries::Model,
        subscription: &alert_subscriptions::Model,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let url = address::webhook(&subscription.address, self.private).map_err(Refusal::Final)?;
        let Message { title, text, html: _, occurred_at, link, data } = message;
        let body = json!({
            "type": delivery.kind,
            "timestamp": occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "title": title,
            "text": text,
            "link": link,
            "data": data,
        });
        let body = body.to_string();
        let id = delivery.id.to_string();
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.timestamp())
            .header("webhook-signature", self.secrets.sign(subscription, &id, now, body.as_bytes()))
            .body(body);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        // What it says is not looked at: it is nobody's business here.
        judged(response.status(), response.headers(), now)
    }
}

/// What an answer's status means.
pub(super) fn judged(status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Result<(), Refusal> {
    if status.is_success() {
        return Ok(());
    }
    let why = format!("it answered {status}");
    let is_passing = status.is_server_error() || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&status);
    if is_passing { Err(Refusal::Passing(why, retry_after(headers, now))) } else { Err(Refusal::Final(why)) }
}

/// How long the other side wants to be left alone: seconds, or until a date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().ok()
}

/// Why there is no answer. The address is not part of it: where a secret is in it, it is not for the log.
pub(super) fn unreachable(error: &reqwest::Error) -> Refusal {
    let mut cause = error.source();
    let mut deepest = None;
    while let Some(source) = cause {
        if let Some(refused) = source.downcast_ref::<NotPublic>() {
            return Refusal::Final(refused.to_string());
        }
        deepest = Some(source.to_string());
        cause = source.source();
    }
    let why = if error.is_timeout() { "it took too long" } else { "it cannot be reached" };
    Refusal::passing(deepest.map_or_else(|| why.to_owned(), |deepest| format!("{why}: {deepest}")))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn what_cannot_be_mended_by_another_try_is_final() {
        let now = "2026-01-01T00:00:00Z".parse().expect("an instant");
        let judge = |status: u16, after: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(after) = after {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(after));
            }
            judged(StatusCode::from_u16(status).expect("a status"), &headers, now)
        };
        for status in [200, 202, 204] {
            assert_eq!(judge(status, None), Ok(()));
        }
        for status in [301, 302, 400, 401, 404, 410, 413] {
            assert!(matches!(judge(status, Some("5")), Err(Refusal::Final(_))), "{status}");
        }
        for (status, after, seconds) in [
            (500, None, None),
            (408, None, None),
            (429, Some("120"), Some(120)),
            (503, Some("Thu, 01 Jan 2026 00:01:00 GMT"), Some(60)),
            (503, Some("Wed, 31 Dec 2025 00:01:00 GMT"), None),
            (503, Some("soon"), None),
        ] {
            let Err(Refusal::Passing(_, asked)) = judge(status, after) else { panic!("{status}") };
            assert_eq!(asked.map(|asked| asked.as_secs()), seconds, "{status}");
        }
    }
}
