//! Sign-in with an identity provider: `/auth/login`, `/auth/callback`, `/auth/firebase`.
//!
//! `/auth/login` sends the browser to the provider, which sends it back to `/auth/callback`. In between a cookie holds what the two have
//! in common, sealed, so that an answer counts only in the browser that asked. People look at these two, so what goes wrong is
//! told as a page; why in particular, only the log knows.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header::USER_AGENT};
use axum::response::Response;
use chrono::TimeDelta;
use serde::Deserialize;

use super::attempts::client_address;
use super::cookies::Cookie;
use super::errors::{Rejection, code};
use super::graphql::read_body;
use super::negotiation::require_json;
use super::request_id::request_id;
use super::session::{respond, with_session};
use super::{App, RequestId};
use crate::auth::SignInError;

/// Longer than any provider is waited for.
const SIGN_IN_COOKIE: TimeDelta = TimeDelta::minutes(10);

/// What people are told who are not let in, whatever the reason: who is a member is nobody's business.
const NOT_LET_IN: &str = "This account may not sign in here.";

/// `GET /auth/login?return_to=/path`: to the identity provider.
pub(super) async fn begin<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let id = request_id(&request);
    let return_to = query(&request).remove("return_to").filter(|path| is_own_path(path)).unwrap_or_else(|| "/".to_owned());
    if state.authenticator.provider().is_none() {
        return page(Rejection::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "There is no identity provider here."));
    }
    match state.authenticator.begin_sign_in(return_to).await {
        Ok(begun) => {
            let mut response = see_other(&begun.url);
            append(&mut response, state.cookies.set(Cookie::SignIn(&begun.state), &begun.sealed, SIGN_IN_COOKIE));
            respond(Ok(response))
        }
        Err(error) => page(rejection(&error, &id)),
    }
}

/// `GET /auth/callback`: back from the identity provider.
pub(super) async fn finish<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let address = client_address(&request, state.limits.trusted_proxies);
    let given = query(&request);
    let begun = given.get("state").cloned().unwrap_or_default();
    let id = request_id(&request);
    // The request itself cannot be lent to something that waits.
    let headers = request.headers().clone();
    let Some(sealed) = state.cookies.read(&headers, Cookie::SignIn(&begun)) else {
        // Not counted: any page can make its visitors ask for this.
        let message = "This sign-in was not begun in this browser, or too long ago.";
        return page(Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message));
    };
    let mut response = match state.attempts.run(address, callback(&state, &headers, given, sealed, &id)).await {
        Ok(response) => respond(Ok(response)),
        Err(rejection) => page(rejection),
    };
    // Good once, whatever came of it.
    append(&mut response, state.cookies.clear(Cookie::SignIn(&begun)));
    response
}

/// Why a provider lets nobody in, as OAuth and OpenID Connect say it. What else stands in its place in a query may be anything.
const REFUSALS: [&str; 11] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

async fn callback<S>(
    state: &App<S>,
    headers: &HeaderMap,
    mut given: HashMap<String, String>,
    sealed: &str,
    id: &RequestId,
) -> Result<Response, Rejection> {
    let begun = given.remove("state").unwrap_or_default();
    let code = given.remove("code").ok_or_else(|| {
        let error = given.get("error").map(|error| REFUSALS.into_iter().find(|known| known == error).unwrap_or("other"));
        tracing::info!(error, "the identity provider let nobody in");
        Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, NOT_LET_IN)
    })?;
    let agent = user_agent(headers);
    let (signed_in, return_to) =
        state.authenticator.finish_sign_in(sealed, &begun, code, agent).await.map_err(|error| rejection(&error, id))?;
    with_session(state, see_other(&return_to), &signed_in, id)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirebaseSignIn {
    id_token: String,
}

/// `POST /auth/firebase` with `{"idToken"}`: signs in with what Firebase gave a page, and answers as `/auth/refresh` does.
pub(super) async fn firebase<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let address = client_address(&request, state.limits.trusted_proxies);
    respond(state.attempts.run(address, exchange(&state, request)).await)
}

async fn exchange<S>(state: &App<S>, request: Request) -> Result<Response, Rejection> {
    require_json(request.headers())?;
    let id = request_id(&request);
    let agent = user_agent(request.headers()).to_owned();
    let body = read_body(request, state.limits.body_bytes).await?;
    let given: FirebaseSignIn = serde_json::from_slice(&body)
        .map_err(|error| Rejection::bad_request(format!("The body is not {{\"idToken\"}}: {error}.")))?;
    let signed_in =
        state.authenticator.firebase_sign_in(&given.id_token, &agent).await.map_err(|error| rejection(&error, &id))?;
    super::session::answer(state, &signed_in, &id)
}

/// What the browser calls itself.
pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn rejection(error: &SignInError, id: &RequestId) -> Rejection {
    match error {
        SignInError::Refused(why) => {
            tracing::info!(why, "a sign-in was refused");
            Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, NOT_LET_IN)
        }
        SignInError::Provider(why) => {
            tracing::warn!(why, "the identity provider does not answer as it should");
            let message = "The identity provider does not answer; try again in a moment.";
            Rejection::new(StatusCode::BAD_GATEWAY, code::PROVIDER_UNAVAILABLE, message)
        }
        SignInError::Internal(error) => Rejection::of(error, id),
    }
}

fn query(request: &Request) -> HashMap<String, String> {
    Query::<HashMap<String, String>>::try_from_uri(request.uri()).map(|Query(pairs)| pairs).unwrap_or_default()
}

/// A path of this server and of no other: what begins with two slashes, or with what browsers take for one, names a host.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && path.bytes().all(|byte| byte.is_ascii_graphic())
}

fn see_other(to: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    append_as(&mut response, LOCATION, HeaderValue::from_str(to).ok());
    response
}

pub(super) fn append(response: &mut Response, cookie: Option<HeaderValue>) {
    append_as(response, SET_COOKIE, cookie);
}

fn append_as(response: &mut Response, name: axum::http::HeaderName, value: Option<HeaderValue>) {
    match value {
        Some(value) => drop(response.headers_mut().append(name, value)),
        None => tracing::error!(%name, "a value that no header can hold"),
    }
}

/// What went wrong, for people. The messages are ours and hold no markup.
fn page(rejection: Rejection) -> Response {
    let text = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Sign in</title>\
         <body><h1>Not signed in</h1><p>{}</p><p><a href=\"/auth/login\">Try again</a></p></body></html>",
        rejection.message()
    );
    let mut response = respond(Err(rejection));
    *response.body_mut() = Body::from(text);
    let headers = response.headers_mut();
    headers.remove(axum::http::header::CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for path in ["/", "/graphiql", "/a?b=c#d"] {
            assert!(is_own_path(path), "{path}");
        }
        for path in ["", "a", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\nb", "/ü"] {
            assert!(!is_own_path(path), "{path:?}");
        }
    }
}
