//! `/auth/session`, `/auth/methods`, `/auth/demo`, `/auth/refresh`, `/auth/logout`: who is signed in, for how long, and the sign-in
//! of the demo.
//!
//! A session is two cookies: an access token that lasts for minutes, and a refresh token that gets the next pair and is good once.
//!
//! Demo sign-in asks for no secret, so it exists for callers on the same machine only (see `origin::is_loopback`).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::attempts::client_address;
use super::cookies::Cookie;
use super::errors::{Rejection, code, json_response};
use super::graphql::read_body;
use super::negotiation::{MediaType, require_json};
use super::request_id::request_id;
use super::sign_in::{append, user_agent};
use super::{App, RequestId, identity, origin};
use crate::auth::{SignedIn, Viewer};
use crate::entities::enums::Role;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    member: Member<'a>,
    expires_at: String,
    plans: Plans<'a>,
    /// Only where a new one has been asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plans<'a> {
    time_zone: &'a str,
    principal: &'a str,
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

#[derive(Default, Deserialize)]
#[serde(default)]
struct SignOut {
    everywhere: bool,
}

/// `GET /auth/session`: the member behind the request and how the plans here are made, or 401.
pub(super) async fn show<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let id = request_id(&request);
    let viewer = identity::viewer(request.headers(), &state, &id).await;
    respond(viewer.map(|viewer| session(&state, &viewer, None)))
}

/// `GET /auth/methods`: the ways to sign in here. `provider` is an issuer's URL, whose sign-in begins at `/auth/login`; `demo` lists
/// whom one can be by a click. Either is null where it is not on offer.
pub(super) async fn methods<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let demo = state.authenticator.demo_members().filter(|_| origin::is_loopback(&request));
    let body = json!({ "provider": state.authenticator.provider(), "demo": demo });
    respond(Ok(json_response(StatusCode::OK, MediaType::Json, &body)))
}

/// `POST /auth/demo` with `{"email"}`: signs in by cookie and answers as `POST /auth/refresh` does.
pub(super) async fn demo_sign_in<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let address = client_address(&request, state.limits.trusted_proxies);
    respond(state.attempts.run(address, sign_in(&state, request)).await)
}

async fn sign_in<S>(state: &App<S>, request: Request) -> Result<Response, Rejection> {
    state.authenticator.demo_members().ok_or_else(no_demo)?;
    if !origin::is_loopback(&request) {
        let message = "Demo sign-in works on the machine of the server only.";
        return Err(Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message));
    }
    require_json(request.headers())?;
    let id = request_id(&request);
    let agent = user_agent(request.headers()).to_owned();
    let body = tokio::time::timeout(state.limits.operation_timeout, read_body(request, state.limits.body_bytes));
    let body = body.await.unwrap_or_else(|_| Err(Rejection::timeout()))?;
    let wanted: DemoSignIn = serde_json::from_slice(&body)
        .map_err(|error| Rejection::bad_request(format!("The body is not {{\"email\"}}: {error}.")))?;
    let signed_in = state.authenticator.demo_sign_in(&wanted.email, &agent).await;
    answer(state, &signed_in.map_err(|error| Rejection::of(&error, &id))?, &id)
}

/// `POST /auth/refresh`: a session goes on, by new cookies. The answer is that of `GET /auth/session` and the token, for the
/// sockets that are open on the old one: a page cannot read its cookie.
pub(super) async fn refresh<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    let address = client_address(&request, state.limits.trusted_proxies);
    // The cookie only: a token that was given out for some time is not to be had for longer by itself. Who has none has tried nothing.
    let Some(token) = state.cookies.read(request.headers(), Cookie::Refresh).map(str::to_owned) else {
        return respond(Err(Rejection::unauthenticated("There is no session.")));
    };
    respond(state.refreshes.run(address, renew(&state, request, token)).await)
}

async fn renew<S>(state: &App<S>, request: Request, token: String) -> Result<Response, Rejection> {
    let id = request_id(&request);
    require_json(request.headers())?;
    let signed_in = state.authenticator.refresh(&token).await.map_err(|error| Rejection::of(&error, &id))?;
    answer(state, &signed_in, &id)
}

/// `POST /auth/logout`, with `{"everywhere": true}` on every device: ends the session and forgets the cookies. Needs no session
/// that is still on, so that leaving always works.
pub(super) async fn sign_out<S>(State(state): State<Arc<App<S>>>, request: Request) -> Response {
    respond(leave(&state, request).await)
}

async fn leave<S>(state: &App<S>, request: Request) -> Result<Response, Rejection> {
    require_json(request.headers())?;
    let id = request_id(&request);
    let headers = request.headers().clone();
    let body = read_body(request, state.limits.body_bytes).await?;
    let wanted: SignOut = if body.is_empty() {
        SignOut::default()
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Rejection::bad_request(format!("The body is not {{\"everywhere\"}}: {error}.")))?
    };
    let refresh = state.cookies.read(&headers, Cookie::Refresh);
    if wanted.everywhere {
        // The access token may be over already; what gets the next one says as well who it is.
        let viewer = match (identity::viewer(&headers, state, &id).await, refresh) {
            (Ok(viewer), _) => viewer,
            (Err(refused), None) => return Err(refused),
            (Err(_), Some(refresh)) => {
                state.authenticator.refresh(refresh).await.map_err(|error| Rejection::of(&error, &id))?.viewer
            }
        };
        state.authenticator.sign_out_everywhere(&viewer).await.map_err(|error| Rejection::of(&error, &id))?;
    } else if let Some(refresh) = refresh {
        state.authenticator.sign_out(refresh).await.map_err(|error| Rejection::of(&error, &id))?;
    }
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    append(&mut response, state.cookies.clear(Cookie::Session));
    append(&mut response, state.cookies.clear(Cookie::Refresh));
    Ok(response)
}

/// The session as an answer, with its cookies.
pub(super) fn answer<S>(state: &App<S>, signed_in: &SignedIn, id: &RequestId) -> Result<Response, Rejection> {
    with_session(state, session(state, &signed_in.viewer, Some(&signed_in.access)), signed_in, id)
}

/// Adds the cookies of a session.
pub(super) fn with_session<S>(
    state: &App<S>,
    mut response: Response,
    signed_in: &SignedIn,
    id: &RequestId,
) -> Result<Response, Rejection> {
    let lifetime = signed_in.viewer.expires_at - Utc::now();
    let access = state.cookies.set(Cookie::Session, &signed_in.access, lifetime);
    let refresh = state.cookies.set(Cookie::Refresh, &signed_in.refresh, state.authenticator.session_idle());
    for cookie in [access, refresh] {
        let cookie = cookie.ok_or_else(|| Rejection::internal(id))?;
        append(&mut response, Some(cookie));
    }
    Ok(response)
}

fn session<S>(state: &App<S>, viewer: &Viewer, token: Option<&str>) -> Response {
    let body = Session {
        member: Member { email: &viewer.email, name: &viewer.name, role: viewer.role },
        expires_at: instant(viewer.expires_at),
        plans: Plans { time_zone: &state.plans.time_zone, principal: &state.plans.principal },
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
pub(super) fn respond(result: Result<Response, Rejection>) -> Response {
    let mut response = result.unwrap_or_else(Rejection::into_json);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
