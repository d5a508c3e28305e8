//! Who calls: `Authorization: Bearer TOKEN`, else the cookie of demo sign-in.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::RequestId;
use super::errors::Rejection;
use crate::auth::{Admission, Authenticator, DemoMember, Viewer};
use crate::error::Error;

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

    /// Whom one can sign in as without a secret; none where that is not on offer.
    fn demo_members(&self) -> Option<Vec<DemoMember>>;

    /// Signs in without a secret: a token, and the member it stands for.
    ///
    /// # Errors
    /// When there is no such demo member, or demo sign-in is off.
    fn demo_sign_in<'a>(&'a self, email: &'a str) -> BoxFuture<'a, Result<(String, Viewer), Error>>;

    /// A new token for the member of a session that has not ended yet.
    ///
    /// # Errors
    /// As [`SignIn::authenticate`]; when sessions cannot be renewed.
    fn refresh<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<(String, Viewer), Error>>;
}

impl SignIn for Authenticator {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Viewer, Error>> {
        Self::authenticate(self, token).boxed()
    }

    fn admit<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Admission, Error>> {
        Self::admit(self, token).boxed()
    }

    fn demo_members(&self) -> Option<Vec<DemoMember>> {
        Self::demo_members(self)
    }

    fn demo_sign_in<'a>(&'a self, email: &'a str) -> BoxFuture<'a, Result<(String, Viewer), Error>> {
        Self::demo_sign_in(self, email).boxed()
    }

    fn refresh<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<(String, Viewer), Error>> {
        Self::refresh(self, token).boxed()
    }
}

/// The cookie of demo sign-in. It has no `__Host-` prefix because that needs TLS, and the demo is plain HTTP on loopback.
pub(super) const COOKIE_NAME: &str = "rpm_session";

/// The token that a request carries. A header that is there but is not a bearer token is an error: falling back to the
/// cookie would run the operation as somebody else than the caller named.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<String>, Rejection> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer);
        return token.map(Some).ok_or_else(|| Rejection::unauthenticated("`Authorization` must be `Bearer TOKEN`."));
    }
    Ok(cookie(headers))
}

/// The token in `Bearer TOKEN`.
pub(super) fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

pub(super) fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE_NAME && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// The member behind a request.
pub(super) async fn viewer(headers: &HeaderMap, authenticator: &dyn SignIn, id: &RequestId) -> Result<Viewer, Rejection> {
    authenticator.authenticate(&required_token(headers)?).await.map_err(|error| Rejection::of(&error, id))
}

/// The same for an answer that stays open.
pub(super) async fn admission(headers: &HeaderMap, authenticator: &dyn SignIn, id: &RequestId) -> Result<Admission, Rejection> {
    authenticator.admit(&required_token(headers)?).await.map_err(|error| Rejection::of(&error, id))
}

fn required_token(headers: &HeaderMap) -> Result<String, Rejection> {
    token(headers)?.ok_or_else(|| Rejection::unauthenticated("Sign in first: send `Authorization: Bearer TOKEN`."))
}
