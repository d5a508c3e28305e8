//! What is held open for whom, so that it can be ended when a member's access is withdrawn or changes.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::Viewer;
use crate::entities::enums::Role;
use crate::entities::members;
use crate::ids::{MemberId, OwnerId};

/// A member with the rights that something was opened with.
type Standing = (MemberId, Role, Option<OwnerId>);

/// The standings that something is held open for.
#[derive(Debug, Default)]
pub(super) struct Standings {
    held: Mutex<HashMap<Standing, watch::Sender<bool>>>,
    checks: AtomicU64,
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
        let standing = (viewer.member_id, viewer.role, viewer.owner_id);
        let mut withdrawn = self.lock().entry(standing).or_insert_with(|| watch::Sender::new(false)).subscribe();
        async move {
            // The sender goes only after it has said so.
            let _ = withdrawn.wait_for(|withdrawn| *withdrawn).await;
        }
    }

    /// The members to be looked at. What nobody holds any more is forgotten.
    pub(super) fn begin_check(&self) -> Vec<MemberId> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        let mut held = self.lock();
        held.retain(|_, withdrawn| withdrawn.receiver_count() > 0);
        let mut ids: Vec<MemberId> = held.keys().map(|(member, ..)| *member).collect();
        ids.sort_unstable_by_key(|id| id.0);
        ids.dedup();
        ids
    }

    /// Ends what is held for those of the looked-at members who stand otherwise now, or not at all.
    pub(super) fn end_check<'a>(&self, ids: &[MemberId], members: impl Iterator<Item = &'a members::Model>) {
        let now: HashSet<Standing> = members.map(|member| (member.id, member.role, member.owner_id)).collect();
        let looked_at: HashSet<&MemberId> = ids.iter().collect();
        self.lock().retain(|held, withdrawn| {
            let holds = !looked_at.contains(&held.0) || now.contains(held);
            if !holds {
                withdrawn.send_replace(true);
            }
            holds
        });
    }
}
