//! Who calls: `Authorization: Bearer TOKEN` (an access token or an API key), else the session's cookie.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use chrono::TimeDelta;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::cookies::{Cookie, Cookies};
use super::errors::{Rejection, code};
use super::{App, RequestId, origin};
use crate::auth::{Admission, Authenticator, Begun, DemoMember, SignInError, SignedIn, Viewer};
use crate::error::Error;
use crate::telemetry::note_member;

/// What this layer asks of sign-in. A trait, so that the transport can be tested without members in a database.
pub trait SignIn: Send + Sync {
    /// The member behind a token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that is malformed, expired or revoked.
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Viewer, Error>>;

    /// The same for something that stays open: the member, and when that member's access is withdrawn or changes.
    ///
    /// # Errors
    /// As [`SignIn::authenticate`].
    fn admit<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Admission, Error>>;

    /// The issuer of the provider that people sign in with; none where there is none.
    fn provider(&self) -> Option<String>;

    /// Whom one can sign in as without a secret; none where that is not on offer.
    fn demo_members(&self) -> Option<Vec<DemoMember>>;

    /// How long a session lasts without use.
    fn session_idle(&self) -> TimeDelta;

    /// Signs in without a secret.
    ///
    /// # Errors
    /// When there is no such demo member, or demo sign-in is off.
    fn demo_sign_in<'a>(&'a self, email: &'a str, user_agent: &'a str) -> BoxFuture<'a, Result<SignedIn, Error>>;

    /// Begins a sign-in with the provider that ends at a path of ours.
    ///
    /// # Errors
    /// When there is none, or it does not answer.
    fn begin_sign_in(&self, return_to: String) -> BoxFuture<'_, Result<Begun, SignInError>>;

    /// Ends it with the provider's code: the session, and the path to go to.
    ///
    /// # Errors
    /// When it is not the one that was begun, or the provider or the list of members says no.
    fn finish_sign_in<'a>(
        &'a self,
        sealed: &'a str,
        state: &'a str,
        code: String,
        user_agent: &'a str,
    ) -> BoxFuture<'a, Result<(SignedIn, String), SignInError>>;

    /// Signs in with an ID token of Firebase.
    ///
    /// # Errors
    /// When it does not hold, or the list of members says no.
    fn firebase_sign_in<'a>(&'a self, id_token: &'a str, user_agent: &'a str) -> BoxFuture<'a, Result<SignedIn, SignInError>>;

    /// Lets a session go on.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when it has ended.
    fn refresh<'a>(&'a self, refresh_token: &'a str) -> BoxFuture<'a, Result<SignedIn, Error>>;

    /// Ends the session of a refresh token.
    ///
    /// # Errors
    /// When that cannot be recorded.
    fn sign_out<'a>(&'a self, refresh_token: &'a str) -> BoxFuture<'a, Result<(), Error>>;

    /// Ends every session of a member.
    ///
    /// # Errors
    /// When that cannot be recorded.
    fn sign_out_everywhere<'a>(&'a self, viewer: &'a Viewer) -> BoxFuture<'a, Result<(), Error>>;
}

impl SignIn for Authenticator {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Viewer, Error>> {
        Self::authenticate(self, token).boxed()
    }

    fn admit<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Admission, Error>> {
        Self::admit(self, token).boxed()
    }

    fn provider(&self) -> Option<String> {
        Self::provider(self).map(str::to_owned)
    }

    fn demo_members(&self) -> Option<Vec<DemoMember>> {
        Self::demo_members(self)
    }

    fn session_idle(&self) -> TimeDelta {
        Self::session_idle(self)
    }

    fn demo_sign_in<'a>(&'a self, email: &'a str, user_agent: &'a str) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Self::demo_sign_in(self, email, user_agent).boxed()
    }

    fn begin_sign_in(&self, return_to: String) -> BoxFuture<'_, Result<Begun, SignInError>> {
        Self::begin_sign_in(self, return_to).boxed()
    }

    fn finish_sign_in<'a>(
        &'a self,
        sealed: &'a str,
        state: &'a str,
        code: String,
        user_agent: &'a str,
    ) -> BoxFuture<'a, Result<(SignedIn, String), SignInError>> {
        Self::finish_sign_in(self, sealed, state, code, user_agent).boxed()
    }

    fn firebase_sign_in<'a>(&'a self, id_token: &'a str, user_agent: &'a str) -> BoxFuture<'a, Result<SignedIn, SignInError>> {
        Self::firebase_sign_in(self, id_token, user_agent).boxed()
    }

    fn refresh<'a>(&'a self, refresh_token: &'a str) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Self::refresh(self, refresh_token).boxed()
    }

    fn sign_out<'a>(&'a self, refresh_token: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Self::sign_out(self, refresh_token).boxed()
    }

    fn sign_out_everywhere<'a>(&'a self, viewer: &'a Viewer) -> BoxFuture<'a, Result<(), Error>> {
        Self::sign_out_everywhere(self, viewer).boxed()
    }
}

/// The token that a request carries. A header that is there but is not a bearer token is an error: falling back to the
/// cookie would run the operation as somebody else than the caller named.
pub(super) fn token(headers: &HeaderMap, cookies: Cookies) -> Result<Option<&str>, Rejection> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer);
        return token.map(Some).ok_or_else(|| Rejection::unauthenticated("`Authorization` must be `Bearer TOKEN`."));
    }
    Ok(cookies.read(headers, Cookie::Session))
}

/// The token in `Bearer TOKEN`.
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The member behind a request.
pub(super) async fn viewer<S>(headers: &HeaderMap, state: &App<S>, id: &RequestId) -> Result<Viewer, Rejection> {
    let token = required_token(headers, state)?;
    let viewer = state.authenticator.authenticate(token).await.map_err(|error| Rejection::of(&error, id))?;
    note_member(viewer.member_id.0, viewer.role.as_str());
    Ok(viewer)
}

/// The same for an answer that stays open.
pub(super) async fn admission<S>(headers: &HeaderMap, state: &App<S>, id: &RequestId) -> Result<Admission, Rejection> {
    let token = required_token(headers, state)?;
    let admission = state.authenticator.admit(token).await.map_err(|error| Rejection::of(&error, id))?;
    note_member(admission.viewer.member_id.0, admission.viewer.role.as_str());
    Ok(admission)
}

fn required_token<'a, S>(headers: &'a HeaderMap, state: &App<S>) -> Result<&'a str, Rejection> {
    let token = token(headers, state.cookies)?;
    if !headers.contains_key(AUTHORIZATION) && token.is_some() && !origin::is_intended(headers, &state.origins) {
        let message = "A request with a cookie comes from a page of this server or of an allowed origin, has a JSON body, or says \
                       so by a header `X-Requested-With`.";
        return Err(Rejection::new(StatusCode::FORBIDDEN, code::FORBIDDEN, message));
    }
    token.ok_or_else(|| Rejection::unauthenticated("Sign in first: send `Authorization: Bearer TOKEN`."))
}
