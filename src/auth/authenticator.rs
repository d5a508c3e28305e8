//! From a token to a viewer, and the demo's sign-in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;
use tokio::sync::watch;

use super::Viewer;
use super::standing::Standings;
use super::token::Tokens;
use crate::entities::enums::Role;
use crate::entities::members;
use crate::error::{ClientError, Error, Result};
use crate::ids::MemberId;
use crate::store::{Hints, Store};

/// How long a member's row is taken as read: a revoked member is out within this time on every instance.
const MEMBER_CACHE: Duration = Duration::from_secs(5);

/// How often the members of open connections are looked at while hints cannot be heard.
const MEMBER_POLL: Duration = Duration::from_secs(3);

/// Members held in that cache before it is emptied.
const MEMBER_CACHE_SIZE: usize = 10_000;

/// Writes a role as the GraphQL API does (`ADMIN`).
///
/// # Errors
/// The serializer's.
pub fn role_as_in_graphql<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&role.as_str().to_uppercase())
}

/// A member of the demo, for its sign-in page.
#[derive(Clone, Debug, Serialize)]
pub struct DemoMember {
    /// E-mail.
    pub email: &'static str,
    /// Name to show.
    pub name: &'static str,
    /// Role.
    #[serde(serialize_with = "role_as_in_graphql")]
    pub role: Role,
    /// Name of the owner whose actions the member sees, for TEAM.
    #[serde(skip)]
    pub owner: Option<&'static str>,
}

/// The members that `serve --demo` adds, one for each kind of user.
#[must_use]
pub const fn demo_members() -> [DemoMember; 4] {
    [
        DemoMember { email: "admin@demo.rpm", name: "Demo Admin", role: Role::Admin, owner: None },
        DemoMember { email: "vip@demo.rpm", name: "Demo VIP", role: Role::Vip, owner: None },
        DemoMember { email: "team@demo.rpm", name: "Demo Team", role: Role::Team, owner: Some("Andrew") },
        DemoMember { email: "investor@demo.rpm", name: "Demo Investor", role: Role::Investor, owner: None },
    ]
}

/// Somebody whom a connection is held open for.
pub struct Admission {
    /// Who it is.
    pub viewer: Viewer,
    /// Resolves when the member is revoked, gone, or may see something else than before.
    pub withdrawn: BoxFuture<'static, ()>,
}

/// Checks tokens and, in the demo, gives them out.
#[derive(Debug)]
pub struct Authenticator {
    store: Store,
    tokens: Tokens,
    /// How long a demo sign-in lasts until it is renewed; none where there is no demo.
    demo: Option<chrono::Duration>,
    members: Mutex<HashMap<MemberId, (Instant, members::Model)>>,
    standings: Standings,
}

impl Authenticator {
    /// An authenticator; `demo` turns the demo's sign-in on and says how long it lasts.
    #[must_use]
    pub fn new(store: Store, tokens: Tokens, demo: Option<chrono::Duration>) -> Self {
        Self { store, tokens, demo, members: Mutex::default(), standings: Standings::default() }
    }

    /// Who a token stands for.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the token is not ours, has expired, or its member is revoked.
    pub async fn authenticate(&self, token: &str) -> Result<Viewer> {
        let claims = self.tokens.verify(token)?;
        let member = self
            .member(claims.sub)
            .await?
            .filter(|member| member.revoked_at.is_none())
            .ok_or_else(|| ClientError::Unauthenticated("The token is not valid".to_owned()))?;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or_else(|| Error::internal("a token without an end"))?;
        Ok(viewer(member, expires_at))
    }

    /// Who a token stands for, to be held open.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub async fn admit(&self, token: &str) -> Result<Admission> {
        loop {
            let checks = self.standings.checks();
            let viewer = self.authenticate(token).await?;
            let withdrawn = self.standings.hold(&viewer).boxed();
            // A member changed while this one was read and not yet held: what was read may be of before.
            if self.standings.checks() == checks {
                return Ok(Admission { viewer, withdrawn });
            }
        }
    }

    /// Sees to it that what is held open ends when its member's access does. Runs until the task is dropped.
    ///
    /// Looks at the members when the database hints at a change, or every few seconds while hints cannot be heard.
    pub async fn watch(&self, mut hints: watch::Receiver<Hints>) {
        let mut seen = Hints::default();
        let mut look = false;
        loop {
            let now = *hints.borrow_and_update();
            if look || now.trials != seen.trials || now.member_changes != seen.member_changes {
                look = match self.check_standings().await {
                    Ok(()) => false,
                    Err(error) => {
                        tracing::warn!(%error, "members cannot be checked; trying again");
                        true
                    }
                };
            }
            seen = now;
            tokio::select! {
                told = hints.changed() => if told.is_err() { return },
                () = tokio::time::sleep(MEMBER_POLL), if look || !now.listening => look = true,
            }
        }
    }

    async fn check_standings(&self) -> Result<()> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let ids = self.standings.begin_check();
        if ids.is_empty() {
            return Ok(());
        }
        let members = self.store.members_by_id(&ids).await?;
        self.standings.end_check(&ids, members.iter().filter(|member| member.revoked_at.is_none()));
        Ok(())
    }

    async fn member(&self, id: MemberId) -> Result<Option<members::Model>> {
        {
            let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, member)) = members.get(&id)
                && read_at.elapsed() < MEMBER_CACHE
            {
                return Ok(Some(member.clone()));
            }
        }
        let member = self.store.member(id).await?;
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if members.len() >= MEMBER_CACHE_SIZE {
            members.clear();
        }
        match &member {
            Some(member) => members.insert(id, (Instant::now(), member.clone())),
            None => members.remove(&id),
        };
        Ok(member)
    }

    /// The demo's members; `None` when demo sign-in is off.
    #[must_use]
    pub fn demo_members(&self) -> Option<Vec<DemoMember>> {
        self.demo.map(|_| demo_members().to_vec())
    }

    /// Signs a demo member in, without a password: the caller has made sure that the request comes from this machine.
    ///
    /// # Errors
    /// `FORBIDDEN` when demo sign-in is off or there is no such demo member.
    pub async fn demo_sign_in(&self, email: &str) -> Result<(String, Viewer)> {
        let known = self.demo.filter(|_| demo_members().iter().any(|member| member.email == email));
        let lifetime = known.ok_or_else(|| ClientError::Forbidden("Not a demo member".to_owned()))?;
        self.issue(email, Utc::now(), lifetime).await
    }

    /// A new token for a demo member whose sign-in has not ended yet.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, or `FORBIDDEN` for a token that does not come from demo sign-in.
    pub async fn refresh(&self, token: &str) -> Result<(String, Viewer)> {
        let viewer = self.authenticate(token).await?;
        self.demo_sign_in(&viewer.email).await
    }

    /// A token for the member with an e-mail.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it is revoked.
    pub async fn issue(&self, email: &str, now: DateTime<Utc>, lifetime: chrono::Duration) -> Result<(String, Viewer)> {
        let member = self
            .store
            .member_by_email(email)
            .await?
            .filter(|member| member.revoked_at.is_none())
            .ok_or_else(|| ClientError::not_found("member", email))?;
        let (token, expires_at) = self.tokens.issue(member.id, now, lifetime)?;
        Ok((token, viewer(member, expires_at)))
    }
}

fn viewer(member: members::Model, expires_at: DateTime<Utc>) -> Viewer {
    let members::Model { id, email, name, role, owner_id, .. } = member;
    Viewer { member_id: id, email, name, role, owner_id, expires_at }
}
