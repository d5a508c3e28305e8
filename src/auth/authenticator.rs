//! From a token or a key to a viewer, and the sessions that people sign in to.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quick_cache::sync::Cache;
use serde::Serialize;
use tokio::sync::watch;

use super::open_id::{Identity, Pending, Provider, SignInError};
use super::secret::{self, KEY_PREFIX};
use super::standing::{Found, Held, Standings};
use super::token::{Access, Purpose, Tokens, Verified, invalid};
use super::{Credential, Viewer};
use crate::entities::enums::Role;
use crate::entities::{api_keys, members};
use crate::error::{ClientError, Error, Result};
use crate::ids::{MemberId, SessionId};
use crate::store::{AccessChange, Hints, NewSession, Presented, Refreshed, Store};

/// How long a member's row is taken as read: a revoked member is out within this time on every instance.
const MEMBER_CACHE: Duration = Duration::from_secs(5);

/// How often the members of open connections are looked at while hints cannot be heard.
const MEMBER_POLL: Duration = Duration::from_secs(3);

/// How long such a look may take: a connection may be dead without a word.
const CHECK_PATIENCE: Duration = Duration::from_secs(10);

/// What is held in that cache before it is emptied.
const MEMBER_CACHE_SIZE: usize = 10_000;

/// Tokens whose signatures are remembered, a few hundred bytes each.
const VERIFIED_TOKENS: usize = 2_000;

/// How long somebody may take at the identity provider.
const SIGN_IN_PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Refreshes within the grace that one who comes with an old token is still told the outcome of.
const MAX_SUCCESSORS: usize = 64;

/// Who vouches for the demo's members.
const DEMO_ISSUER: &str = "demo";

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
    /// Resolves when the member is revoked, gone, signed out, or may see something else than before.
    pub withdrawn: BoxFuture<'static, ()>,
}

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

/// What the database is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Proof {
    Member(MemberId, Option<SessionId>),
    /// By its hash.
    Key(Vec<u8>),
}

/// What the database said.
#[derive(Clone, Debug)]
struct Known {
    member: members::Model,
    /// Of a session, whether it is still on.
    is_on: bool,
    key: Option<api_keys::Model>,
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
                let checked = tokio::time::timeout(CHECK_PATIENCE, self.check_standings()).await;
                look = match checked.unwrap_or_else(|_| Err(Error::internal("the database does not answer in time"))) {
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
        let held = self.forget();
        if held.members.is_empty() {
            return Ok(());
        }
        let members = self.store.members_by_id(&held.members).await?;
        let sessions = if held.sessions.is_empty() { Vec::new() } else { self.store.open_sessions(&held.sessions).await? };
        let keys = if held.keys.is_empty() { Vec::new() } else { self.store.standing_api_keys(&held.keys).await? };
        let found = Found {
            members: members.into_iter().map(|member| (member.id, member)).collect(),
            sessions: HashSet::from_iter(sessions),
            keys: HashSet::from_iter(keys),
        };
        self.standings.end_check(&held, &found);
        Ok(())
    }

    /// Forgets what was read of members; who is to be looked at.
    fn forget(&self) -> Held {
        // In this order: what is put into the cache behind its clearing was read behind the beginning of this check.
        let held = self.standings.begin_check();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        held
    }

    /// What is known of a member that is not revoked.
    async fn known(&self, proof: Proof) -> Result<Option<Known>> {
        {
            let cache = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, known)) = cache.get(&proof)
                && read_at.elapsed() < MEMBER_CACHE
            {
                return Ok(Some(known.clone()));
            }
        }
        let checks = self.standings.checks();
        let known = self.look_up(&proof).await?.filter(|known| known.member.revoked_at.is_none());
        let mut cache = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MEMBER_CACHE_SIZE {
            cache.clear();
        }
        match &known {
            // What was read before a change was hinted at may be of before.
            Some(known) if self.standings.checks() == checks => drop(cache.insert(proof, (Instant::now(), known.clone()))),
            _ => drop(cache.remove(&proof)),
        }
        Ok(known)
    }

    async fn look_up(&self, proof: &Proof) -> Result<Option<Known>> {
        match proof {
            Proof::Member(member, session) => {
                let Some(member) = self.store.member(*member).await? else { return Ok(None) };
                let is_on = match session {
                    Some(session) => self.store.open_sessions(&[*session]).await?.contains(session),
                    None => true,
                };
                Ok(Some(Known { member, is_on, key: None }))
            }
            Proof::Key(hash) => {
                let Some((key, member)) = self.store.api_key_by_hash(hash).await? else { return Ok(None) };
                if is_standing(&key) && member.revoked_at.is_none() {
                    self.store.use_api_key(&key, Utc::now()).await?;
                }
                Ok(Some(Known { member, is_on: true, key: Some(key) }))
            }
        }
    }

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

    /// How long a session lasts without use.
    #[must_use]
    pub const fn session_idle(&self) -> TimeDelta {
        self.settings.session_idle
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

    async fn begin_session(&self, member: members::Model, issuer: &str, user_agent: &str) -> Result<SignedIn> {
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

/// Whether a key is neither revoked nor past its time.
fn is_standing(key: &api_keys::Model) -> bool {
    key.revoked_at.is_none() && key.expires_at > Utc::now()
}

fn viewer(member: members::Model, credential: Credential, expires_at: DateTime<Utc>) -> Viewer {
    let members::Model { id, email, name, role, owner_id, .. } = member;
    Viewer { member_id: id, email, name, role, owner_id, credential, expires_at }
}
