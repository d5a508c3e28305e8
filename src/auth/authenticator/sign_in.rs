//! How people are let in: by an identity provider, by Firebase, and to the demo by a click.

use chrono::{TimeDelta, Utc};

use super::super::demo::{DemoMember, demo_members};
use super::super::open_id::{Identity, Pending, Provider, SignInError};
use super::super::token::Purpose;
use super::{Authenticator, SignedIn};
use crate::error::{ClientError, Result};
use crate::store::AccessChange;

/// How long somebody may take at the identity provider.
const SIGN_IN_PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Who vouches for the demo's members.
const DEMO_ISSUER: &str = "demo";

/// A sign-in that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where to send the browser.
    pub url: String,
    /// What names this sign-in in the provider's answer.
    pub state: String,
    /// What the browser has to bring back.
    pub sealed: String,
}

impl Authenticator {
    /// The demo's members; `None` when demo sign-in is off.
    #[must_use]
    pub fn demo_members(&self) -> Option<Vec<DemoMember>> {
        self.settings.demo.then(|| demo_members().to_vec())
    }

    /// The issuer of the provider that people sign in with; `None` where there is none.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_ref().map(Provider::issuer)
    }

    /// Signs a demo member in, without a password: the caller has made sure that the request comes from this machine.
    ///
    /// # Errors
    /// `FORBIDDEN` when demo sign-in is off or there is no such demo member.
    pub async fn demo_sign_in(&self, email: &str, user_agent: &str) -> Result<SignedIn> {
        let is_known = self.settings.demo && demo_members().iter().any(|member| member.email == email);
        let member = if is_known { self.store.member_by_email(email).await? } else { None };
        let member = member.filter(|member| member.revoked_at.is_none());
        let member = member.ok_or_else(|| ClientError::Forbidden("Not a demo member".to_owned()))?;
        self.begin_session(member, DEMO_ISSUER, user_agent).await
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// When there is no provider, or it does not answer.
    pub async fn begin_sign_in(&self, return_to: String) -> Result<Begun, SignInError> {
        let provider = self.provider.as_ref().ok_or_else(|| SignInError::Refused("no identity provider".to_owned()))?;
        let (url, pending) = provider.begin(return_to).await?;
        let state = pending.state.clone();
        let (sealed, _) = self.tokens.issue(Purpose::SignIn, pending, Utc::now(), SIGN_IN_PATIENCE)?;
        Ok(Begun { url, state, sealed })
    }

    /// Ends a sign-in: the session, and the path to go to.
    ///
    /// # Errors
    /// When the provider's answer is not for the browser that began, does not hold, or is of nobody we know.
    pub async fn finish_sign_in(
        &self,
        sealed: &str,
        state: &str,
        code: String,
        user_agent: &str,
    ) -> Result<(SignedIn, String), SignInError> {
        let provider = self.provider.as_ref().ok_or_else(|| SignInError::Refused("no identity provider".to_owned()))?;
        let finished = async {
            let pending = self.tokens.verify::<Pending>(Purpose::SignIn, sealed);
            let pending = pending.map_err(|_| SignInError::Refused("it was not begun here".to_owned()))?.about;
            if pending.state != state {
                return Err(SignInError::Refused("another state".to_owned()));
            }
            Ok((provider.finish(&pending, code).await?, pending.return_to))
        };
        let (identity, return_to) = self.recorded(finished.await, provider.issuer()).await?;
        Ok((self.sign_in(identity, user_agent).await?, return_to))
    }

    /// Signs in with an ID token that a page got from Firebase.
    ///
    /// # Errors
    /// When it does not hold, or is of nobody we know.
    pub async fn firebase_sign_in(&self, id_token: &str, user_agent: &str) -> Result<SignedIn, SignInError> {
        let provider = self.firebase.as_ref().ok_or_else(|| SignInError::Refused("no Firebase project".to_owned()))?;
        let identity = self.recorded(provider.verify(id_token).await, provider.issuer()).await?;
        self.sign_in(identity, user_agent).await
    }

    /// Leaves a trace of who was not let in.
    async fn recorded<T>(&self, outcome: Result<T, SignInError>, issuer: &str) -> Result<T, SignInError> {
        if let Err(SignInError::Refused(why)) = &outcome {
            let details = serde_json::json!({ "issuer": issuer, "reason": why });
            let recorded = self.store.audit(AccessChange::SignInRefused, "sign-in", "unknown", details).await;
            if let Err(error) = recorded {
                tracing::error!(%error, "a refused sign-in could not be recorded");
            }
        }
        outcome
    }

    /// Only members get in, and the others are not told who is one.
    async fn sign_in(&self, identity: Identity, user_agent: &str) -> Result<SignedIn, SignInError> {
        // Letters of other scripts that become ASCII in lower case must not make one address another.
        let member = if identity.email.is_ascii() { self.store.member_by_email(&identity.email).await? } else { None };
        if let Some(member) = member.filter(|member| member.revoked_at.is_none()) {
            return Ok(self.begin_session(member, &identity.issuer, user_agent).await?);
        }
        let details = serde_json::json!({ "issuer": identity.issuer, "reason": "not a member" });
        self.store.audit(AccessChange::SignInRefused, "sign-in", &identity.email, details).await?;
        Err(SignInError::Refused("not a member".to_owned()))
    }
}
