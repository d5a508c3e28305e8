//! `/auth/session`, `/auth/demo`, `/auth/refresh`, `/auth/logout`: who is signed in, and the sign-in of the demo.
//!
//! Demo sign-in asks for no secret, so it exists for callers on the same machine only (see `origin::is_loopback`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::errors::{Rejection, code, json_response};
use super::graphql::read_body;
use super::negotiation::{MediaType, require_json};
use super::request_id::request_id;
use super::{App, RequestId, identity, origin};
use crate::auth::Viewer;
use crate::entities::enums::Role;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    member: Member<'a>,
    expires_at: String,
    /// Only where a new one has been asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

#[derive(Serialize)]
struct Member<'a> {
    email: &'a str,
    name: &'a str,
    #[serde(serialize_with = "crate::auth::role_as_in_graphql")]
    role: Role,
}

#[derive(Deserialize)]
struct DemoSignIn {
    email: String,
}

/// `GET /auth/session`: the member behind the request, or 401.
pub(super) async fn show<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let id = request_id(&request);
    respond(identity::viewer(request.headers(), state.authenticator.as_ref(), &id).await.map(|viewer| session(&viewer, None)))
}

/// `GET /auth/demo`: whom one can sign in as, or 404 where that is not on offer.
pub(super) async fn demo_members<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let members = state.authenticator.demo_members().filter(|_| origin::is_loopback(&request));
    respond(
        members
            .ok_or_else(no_demo)
            .map(|members| json_response(StatusCode::OK, MediaType::Json, &serde_json::json!({ "members": members }))),
    )
}

/// `POST /auth/demo` with `{"email"}`: signs in by cookie and answers as `GET /auth/session` does.
pub(super) async fn demo_sign_in<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    respond(sign_in(&state, request).await)
}

async fn sign_in<S>(state: &App<S>, request: Request) -> Result<Response, Rejection> {
    state.authenticator.demo_members().ok_or_else(no_demo)?;
    if !origin::is_loopback(&request) {
        let message = "Demo sign-in works on the machine of the server only.";
        return Err(Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message));
    }
    require_json(request.headers())?;
    let id = request_id(&request);
    let body = tokio::time::timeout(state.limits.operation_timeout, read_body(request, state.limits.body_bytes));
    let body = body.await.unwrap_or_else(|_| Err(Rejection::timeout()))?;
    let wanted: DemoSignIn = serde_json::from_slice(&body)
        .map_err(|error| Rejection::bad_request(format!("The body is not {{\"email\"}}: {error}.")))?;

    let (token, viewer) = state.authenticator.demo_sign_in(&wanted.email).await.map_err(|error| Rejection::of(&error, &id))?;
    with_cookie(session(&viewer, None), &token, &viewer, &id)
}

/// `POST /auth/refresh`: a session that has not ended yet goes on, by a new cookie. The answer is that of `GET /auth/session`
/// and the token, for the sockets that are open on the old one: a page cannot read its cookie.
pub(super) async fn refresh<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let id = request_id(&request);
    respond(renew(&state, request.headers(), &id).await)
}

async fn renew<S>(state: &App<S>, headers: &HeaderMap, id: &RequestId) -> Result<Response, Rejection> {
    require_json(headers)?;
    // The cookie only: a token that was given out for some time is not to be had for longer by itself.
    let token = identity::cookie(headers).ok_or_else(|| Rejection::unauthenticated("There is no session."))?;
    let (token, viewer) = state.authenticator.refresh(&token).await.map_err(|error| Rejection::of(&error, id))?;
    with_cookie(session(&viewer, Some(&token)), &token, &viewer, id)
}

fn with_cookie(mut response: Response, token: &str, viewer: &Viewer, id: &RequestId) -> Result<Response, Rejection> {
    let cookie = HeaderValue::from_str(&cookie(token, viewer.expires_at - Utc::now())).map_err(|error| {
        tracing::error!(?error, "a token that no cookie can hold");
        Rejection::internal(id)
    })?;
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /auth/logout`: forgets the cookie. Needs no session, so that leaving always works.
pub(super) async fn sign_out() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(cookie) = HeaderValue::from_str(&cookie("", chrono::Duration::zero())) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    respond(Ok(response))
}

fn cookie(token: &str, age: chrono::Duration) -> String {
    let seconds = age.num_seconds().max(0);
    format!("{}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}", identity::COOKIE_NAME)
}

fn session(viewer: &Viewer, token: Option<&str>) -> Response {
    let body = Session {
        member: Member { email: &viewer.email, name: &viewer.name, role: viewer.role },
        expires_at: instant(viewer.expires_at),
        token,
    };
    json_response(StatusCode::OK, MediaType::Json, &body)
}

fn instant(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn no_demo() -> Rejection {
    Rejection::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "Demo sign-in is not on offer here.")
}

/// Who is signed in is nothing for a cache.
fn respond(result: Result<Response, Rejection>) -> Response {
    let mut response = result.unwrap_or_else(Rejection::into_json);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
