//! Whom connections are held open for, and the watch over them: they end when their member's access does.

use std::collections::HashSet;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::super::Viewer;
use super::super::standing::{Found, Held};
use super::Authenticator;
use crate::error::{Error, Result};
use crate::store::Hints;

/// How often the members of open connections are looked at while hints cannot be heard.
const MEMBER_POLL: Duration = Duration::from_secs(3);

/// How long such a look may take: a connection may be dead without a word.
const CHECK_PATIENCE: Duration = Duration::from_secs(10);

/// Somebody whom a connection is held open for.
pub struct Admission {
    /// Who it is.
    pub viewer: Viewer,
    /// Resolves when the member is revoked, gone, signed out, or may see something else than before.
    pub withdrawn: BoxFuture<'static, ()>,
}

impl Authenticator {
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
    pub(super) fn forget(&self) -> Held {
        // In this order: what is put into the cache behind its clearing was read behind the beginning of this check.
        let held = self.standings.begin_check();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        held
    }
}
