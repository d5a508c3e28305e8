//! Sessions: each begins with a sign-in, goes on by refresh tokens, and ends with a sign-out.

use chrono::{TimeDelta, Utc};

use super::super::token::{Access, Purpose};
use super::super::{Credential, Viewer, secret};
use super::{Authenticator, viewer};
use crate::entities::members;
use crate::error::{ClientError, Result};
use crate::ids::SessionId;
use crate::store::{NewSession, Presented, Refreshed};

/// Refreshes within the grace that one who comes with an old token is still told the outcome of.
const MAX_SUCCESSORS: usize = 64;

/// A session that has begun or goes on.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who is signed in.
    pub viewer: Viewer,
    /// The access token.
    pub access: String,
    /// What gets the next one; good once.
    pub refresh: String,
}

impl Authenticator {
    /// How long a session lasts without use.
    #[must_use]
    pub const fn session_idle(&self) -> TimeDelta {
        self.settings.session_idle
    }

    /// Begins a session of a member for whom an issuer vouches.
    pub(super) async fn begin_session(&self, member: members::Model, issuer: &str, user_agent: &str) -> Result<SignedIn> {
        let refresh = secret::refresh_token();
        let new = NewSession {
            member_id: member.id,
            issuer: issuer.to_owned(),
            user_agent: user_agent.to_owned(),
            token: secret::hash(&refresh),
            now: Utc::now(),
        };
        let session = self.store.begin_session(&new).await?;
        self.signed_in(member, session, refresh)
    }

    fn signed_in(&self, member: members::Model, session: SessionId, refresh: String) -> Result<SignedIn> {
        let about = Access { sub: member.id, sid: Some(session) };
        let (access, expires_at) = self.tokens.issue(Purpose::Access, about, Utc::now(), self.settings.access_lifetime)?;
        Ok(SignedIn { viewer: viewer(member, Credential::Session(session), expires_at), access, refresh })
    }

    /// Lets a session go on: the next access token and the next refresh token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the session has ended, or ends by this: it was idle for too long, or the token is one that was
    /// replaced before.
    pub async fn refresh(&self, token: &str) -> Result<SignedIn> {
        let mut successors = Vec::new();
        for secret in self.tokens.secrets() {
            let mut last = token.to_owned();
            for _ in 0..MAX_SUCCESSORS {
                last = secret::successor(&last, secret)?;
                successors.push(last.clone());
            }
        }
        let presented = Presented {
            token: secret::hash(token),
            successors: successors.iter().map(|token| secret::hash(token)).collect(),
            now: Utc::now(),
            grace: self.settings.refresh_grace,
            idle: self.settings.session_idle,
        };
        match self.store.refresh_session(&presented).await? {
            Refreshed::Goes { session, member, successor } => self.signed_in(*member, session, successors.swap_remove(successor)),
            Refreshed::Unknown | Refreshed::Ended(_) => {
                Err(ClientError::Unauthenticated("The session has ended; sign in again".to_owned()).into())
            }
        }
    }

    /// Ends the session of a refresh token; nothing where there is none.
    ///
    /// # Errors
    /// The database's own.
    pub async fn sign_out(&self, refresh_token: &str) -> Result<()> {
        self.store.end_session_of(&secret::hash(refresh_token), Utc::now()).await?;
        // At once here; elsewhere when the hint comes.
        self.forget();
        Ok(())
    }

    /// Ends every session of the viewer, and the tokens that are out.
    ///
    /// # Errors
    /// The database's own.
    pub async fn sign_out_everywhere(&self, viewer: &Viewer) -> Result<()> {
        self.store.sign_out_everywhere(&viewer.email, &viewer.email, Utc::now()).await?;
        self.forget();
        Ok(())
    }
}
