//! The calls of the JSON API that Google's crate has no plain HTTP for: small requests, JSON in and out.

use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde_json::Value;
use tokio::time::Instant;

use super::error::of_status;
use crate::lake::error::{LakeError, Result};

/// Where Cloud Storage is.
const GOOGLE: &str = "https://storage.googleapis.com";
/// How long one request may take.
const ONE_TRY: Duration = Duration::from_secs(20);
/// For how long a request is tried again after passing failures. What takes longer waits in the outbox.
const ALL_TRIES: Duration = Duration::from_secs(10);
/// The wait after the first failure; it doubles after each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// A client of the JSON API.
#[derive(Clone, Debug)]
pub(super) struct Api {
    http: reqwest::Client,
    base: Url,
    credentials: Credentials,
}

impl Api {
    /// A client for Google, or for an emulator.
    pub(super) fn new(emulator: Option<&str>, credentials: Credentials) -> Result<Self> {
        let endpoint = emulator.unwrap_or(GOOGLE);
        let invalid = |error: &dyn std::fmt::Display| LakeError::Invalid(format!("Cloud Storage at {endpoint}: {error}"));
        let base = Url::parse(&format!("{endpoint}/storage/v1")).map_err(|error| invalid(&error))?;
        if base.cannot_be_a_base() {
            return Err(invalid(&"not the address of a server"));
        }
        let http = crate::tls::http_client().timeout(ONE_TRY).build().map_err(|error| invalid(&error))?;
        Ok(Self { http, base, credentials })
    }

    /// The address of a resource; the segments may have any characters.
    pub(super) fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let mut url = self.base.clone();
        let no_base = || LakeError::Invalid(format!("{} is not the address of a server", self.base));
        url.path_segments_mut().map_err(|()| no_base())?.extend(segments);
        // What has no value is not asked for.
        let query: Vec<_> = query.iter().filter(|(_, value)| !value.is_empty()).collect();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    pub(super) async fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Value> {
        self.call(Method::GET, segments, query, None).await
    }

    /// Makes a request, again after passing failures: so only what may be repeated. Answers that are errors by
    /// [`of_status`].
    pub(super) async fn call(
        &self,
        method: Method,
        segments: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value> {
        let url = self.url(segments, query)?;
        let end = Instant::now() + ALL_TRIES;
        let mut wait = FIRST_WAIT;
        loop {
            let mut request = self.http.request(method.clone(), url.clone());
            if let Some(body) = body {
                request = request.json(body);
            }
            let error = match self.once(request).await {
                Err(error @ LakeError::Unavailable(_)) => error,
                done => return done,
            };
            // Between a half of the wait and all of it, so that many who fail together do not come again together.
            let jittered = wait.mul_f64(rand::random_range(0.5..=1.0));
            if Instant::now() + jittered >= end {
                return Err(error);
            }
            tracing::debug!(%url, %error, "Cloud Storage is asked again");
            tokio::time::sleep(jittered).await;
            wait = LONGEST_WAIT.min(wait * 2);
        }
    }

    async fn once(&self, request: RequestBuilder) -> Result<Value> {
        let unreachable = |error: reqwest::Error| LakeError::Unavailable(error.to_string());
        let response = request.headers(self.headers().await?).send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| LakeError::Unavailable(format!("no JSON came: {error}")));
        }
        Err(refusal(status, &body))
    }

    /// What proves who asks.
    async fn headers(&self) -> Result<HeaderMap> {
        let failed = |error: google_cloud_auth::errors::CredentialsError| match error.is_transient() {
            true => LakeError::Unavailable(error.to_string()),
            false => LakeError::Denied(error.to_string()),
        };
        match self.credentials.headers(Default::default()).await.map_err(failed)? {
            CacheableResource::New { data, .. } => Ok(data),
            CacheableResource::NotModified => Ok(HeaderMap::new()),
        }
    }
}

/// An answer that is an error, with the service's own words.
fn refusal(status: StatusCode, body: &[u8]) -> LakeError {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let words = answer.pointer("/error/message").and_then(Value::as_str).map(ToOwned::to_owned);
    of_status(status.as_u16(), &words.unwrap_or_else(|| String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned()))
}

#[cfg(test)]
mod tests {
    use google_cloud_auth::credentials::anonymous;

    use super::*;

    #[test]
    fn names_of_any_characters_are_one_segment() {
        let api = Api::new(Some("http://127.0.0.1:4443"), anonymous::Builder::new().build()).expect("a client");
        let url = api.url(&["b", "lake", "o", "a/ü ?#%&+.md"], &[("prefix", "a/&"), ("pageToken", "")]).expect("an address");
        let wanted = "http://127.0.0.1:4443/storage/v1/b/lake/o/a%2F%C3%BC%20%3F%23%25&+.md?prefix=a%2F%26";
        assert_eq!(url.as_str(), wanted);
    }
}
