//! What is held open for whom, so that it can be ended when a member's access is withdrawn or changes.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Credential, Viewer};
use crate::entities::enums::Role;
use crate::entities::members;
use crate::ids::{ApiKeyId, MemberId, OwnerId, SessionId};

/// A member with the rights that something was opened with, and by what it signed in.
type Standing = (MemberId, Role, Option<OwnerId>, Credential);

/// The standings that something is held open for.
#[derive(Debug, Default)]
pub(super) struct Standings {
    held: Mutex<HashMap<Standing, watch::Sender<bool>>>,
    checks: AtomicU64,
}

/// What is to be looked at.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) members: Vec<MemberId>,
    pub(super) sessions: Vec<SessionId>,
    pub(super) keys: Vec<ApiKeyId>,
}

/// What was found: those of [`Held`] that still hold.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) members: HashMap<MemberId, members::Model>,
    pub(super) sessions: HashSet<SessionId>,
    pub(super) keys: HashSet<ApiKeyId>,
}

impl Found {
    fn holds(&self, (member, role, owner, credential): &Standing) -> bool {
        let Some(member) = self.members.get(member) else { return false };
        let is_same = member.revoked_at.is_none() && (member.role, member.owner_id) == (*role, *owner);
        is_same
            && match credential {
                Credential::Token { issued_at } => member.tokens_from.is_none_or(|from| *issued_at > from),
                Credential::Session(session) => self.sessions.contains(session),
                Credential::Key { id, .. } => self.keys.contains(id),
            }
    }
}

impl Standings {
    fn lock(&self) -> MutexGuard<'_, HashMap<Standing, watch::Sender<bool>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that have begun so far.
    pub(super) fn checks(&self) -> u64 {
        self.checks.load(Ordering::SeqCst)
    }

    /// Resolves when the viewer's standing does not hold any more.
    pub(super) fn hold(&self, viewer: &Viewer) -> impl Future<Output = ()> + Send + use<> {
        let standing = (viewer.member_id, viewer.role, viewer.owner_id, viewer.credential);
        let mut withdrawn = self.lock().entry(standing).or_insert_with(|| watch::Sender::new(false)).subscribe();
        async move {
            // The sender goes only after it has said so.
            let _ = withdrawn.wait_for(|withdrawn| *withdrawn).await;
        }
    }

    /// What is to be looked at. What nobody holds any more is forgotten.
    pub(super) fn begin_check(&self) -> Held {
        self.checks.fetch_add(1, Ordering::SeqCst);
        let mut held = self.lock();
        held.retain(|_, withdrawn| withdrawn.receiver_count() > 0);
        let mut wanted = Held::default();
        for (member, _, _, credential) in held.keys() {
            wanted.members.push(*member);
            match credential {
                Credential::Token { .. } => {}
                Credential::Session(session) => wanted.sessions.push(*session),
                Credential::Key { id, .. } => wanted.keys.push(*id),
            }
        }
        wanted.members.sort_unstable_by_key(|id| id.0);
        wanted.members.dedup();
        wanted
    }

    /// Ends what is held by those who were looked at and stand otherwise now, or not at all.
    pub(super) fn end_check(&self, looked_at: &Held, found: &Found) {
        let members: HashSet<&MemberId> = looked_at.members.iter().collect();
        let sessions: HashSet<&SessionId> = looked_at.sessions.iter().collect();
        let keys: HashSet<&ApiKeyId> = looked_at.keys.iter().collect();
        self.lock().retain(|held, withdrawn| {
            let was_looked_at = members.contains(&held.0)
                && match &held.3 {
                    Credential::Token { .. } => true,
                    Credential::Session(session) => sessions.contains(session),
                    Credential::Key { id, .. } => keys.contains(id),
                };
            let holds = !was_looked_at || found.holds(held);
            if !holds {
                withdrawn.send_replace(true);
            }
            holds
        });
    }
}
