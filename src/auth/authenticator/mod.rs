//! From a token or a key to a viewer (here), and the sessions that people sign in to.
//!
//! How they sign in is in `sign_in`, how a session goes on and ends in `session`. What the database says of a caller is remembered in
//! `known`; what is held open for whom is watched in `admission`.

mod admission;
mod known;
mod session;
mod sign_in;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;

use self::known::{Known, Proof, is_standing};
use super::open_id::Provider;
use super::secret::{self, KEY_PREFIX};
use super::standing::Standings;
use super::token::{Access, Purpose, Tokens, Verified, invalid};
use super::{Credential, Viewer};
use crate::entities::enums::Role;
use crate::entities::members;
use crate::error::{ClientError, Result};
use crate::store::{AccessChange, Store};

pub use self::admission::Admission;
pub use self::session::SignedIn;
pub use self::sign_in::Begun;

/// Tokens whose signatures are remembered, a few hundred bytes each.
const VERIFIED_TOKENS: usize = 2_000;

/// How long things last, and who may sign in how.
#[derive(Clone, Copy, Debug)]
pub struct AuthSettings {
    /// An access token.
    pub access_lifetime: TimeDelta,
    /// A session without use.
    pub session_idle: TimeDelta,
    /// A refresh token after it was replaced.
    pub refresh_grace: TimeDelta,
    /// Whether the demo's members may sign in by a click.
    pub demo: bool,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            access_lifetime: TimeDelta::minutes(15),
            session_idle: TimeDelta::hours(1),
            refresh_grace: TimeDelta::seconds(30),
            demo: false,
        }
    }
}

/// Checks tokens and keys, and lets people in.
#[derive(Debug)]
pub struct Authenticator {
    store: Store,
    tokens: Tokens,
    settings: AuthSettings,
    provider: Option<Provider>,
    firebase: Option<Provider>,
    known: Mutex<HashMap<Proof, (Instant, Known)>>,
    /// Tokens whose signatures were found right.
    verified: Cache<Box<str>, Verified<Access>>,
    standings: Standings,
}

impl Authenticator {
    /// An authenticator without identity providers.
    #[must_use]
    pub fn new(store: Store, tokens: Tokens, settings: AuthSettings) -> Self {
        let (known, standings) = (Mutex::default(), Standings::default());
        let verified = Cache::new(VERIFIED_TOKENS);
        Self { store, tokens, settings, provider: None, firebase: None, known, verified, standings }
    }

    /// Lets people sign in with a provider, by the code flow; and with ID tokens of another.
    #[must_use]
    pub fn with_providers(mut self, provider: Option<Provider>, firebase: Option<Provider>) -> Self {
        (self.provider, self.firebase) = (provider, firebase);
        self
    }

    /// Who a token or key stands for.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when it is not ours, has expired, or its session or member does not stand any more.
    pub async fn authenticate(&self, token: &str) -> Result<Viewer> {
        if token.starts_with(KEY_PREFIX) {
            return self.authenticate_key(token).await;
        }
        let verified = self.verified(token)?;
        let Access { sub, sid } = verified.about;
        let known = self.known(Proof::Member(sub, sid)).await?.filter(|known| known.is_on).ok_or_else(invalid)?;
        let credential = match sid {
            Some(session) => Credential::Session(session),
            None if known.member.tokens_from.is_some_and(|from| verified.issued_at <= from) => return Err(invalid().into()),
            None => Credential::Token { issued_at: verified.issued_at },
        };
        Ok(viewer(known.member, credential, verified.expires_at))
    }

    /// What an access token says. A signature is checked once; whether the member and the session stand is not remembered here.
    fn verified(&self, token: &str) -> Result<Verified<Access>, ClientError> {
        if let Some(known) = self.verified.get(token)
            && Utc::now() < known.expires_at
        {
            return Ok(known);
        }
        let verified = self.tokens.verify::<Access>(Purpose::Access, token)?;
        self.verified.insert(token.into(), verified);
        Ok(verified)
    }

    async fn authenticate_key(&self, key: &str) -> Result<Viewer> {
        let known = self.known(Proof::Key(secret::hash(key))).await?.ok_or_else(invalid)?;
        let key = known.key.ok_or_else(invalid)?;
        // A member who has become something else does not take its machines along.
        let is_machine = matches!(known.member.role, Role::Agent | Role::Investor);
        if !is_standing(&key) || !is_machine {
            return Err(invalid().into());
        }
        let credential = Credential::Key {
            id: key.id,
            requests_per_minute: key.requests_per_minute.map(i32::unsigned_abs),
            cost_per_minute: key.cost_per_minute.map(i32::unsigned_abs),
        };
        Ok(viewer(known.member, credential, key.expires_at))
    }

    /// A token without a session for the member with an e-mail, for the command line.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it is revoked.
    pub async fn issue(&self, email: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> Result<String> {
        let member = self
            .store
            .member_by_email(email)
            .await?
            .filter(|member| member.revoked_at.is_none())
            .ok_or_else(|| ClientError::not_found("member", email))?;
        let about = Access { sub: member.id, sid: None };
        let (token, expires_at) = self.tokens.issue(Purpose::Access, about, now, lifetime)?;
        let details = serde_json::json!({ "expires_at": expires_at });
        self.store.audit(AccessChange::TokenIssued, "command line", &member.email, details).await?;
        Ok(token)
    }
}

fn viewer(member: members::Model, credential: Credential, expires_at: DateTime<Utc>) -> Viewer {
    let members::Model { id, email, name, role, owner_id, .. } = member;
    Viewer { member_id: id, email, name, role, owner_id, credential, expires_at }
}
