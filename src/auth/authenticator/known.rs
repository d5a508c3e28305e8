//! What the database says of those who call, taken as read for some seconds.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use chrono::Utc;

use super::Authenticator;
use crate::entities::{api_keys, members};
use crate::error::Result;
use crate::ids::{MemberId, SessionId};

/// How long a member's row is taken as read: a revoked member is out within this time on every instance.
const MEMBER_CACHE: Duration = Duration::from_secs(5);

/// What is held in that cache before it is emptied.
const MEMBER_CACHE_SIZE: usize = 10_000;

/// What the database is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Proof {
    Member(MemberId, Option<SessionId>),
    /// By its hash.
    Key(Vec<u8>),
}

/// What the database said.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) member: members::Model,
    /// Of a session, whether it is still on.
    pub(super) is_on: bool,
    pub(super) key: Option<api_keys::Model>,
}

impl Authenticator {
    /// What is known of a member that is not revoked.
    pub(super) async fn known(&self, proof: Proof) -> Result<Option<Known>> {
        {
            let cache = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, known)) = cache.get(&proof)
                && read_at.elapsed() < MEMBER_CACHE
            {
                return Ok(Some(known.clone()));
            }
        }
        let checks = self.standings.checks();
        // In a box: its future is large, and most who call are known.
        let known = Box::pin(self.look_up(&proof)).await?.filter(|known| known.member.revoked_at.is_none());
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
}

/// Whether a key is neither revoked nor past its time.
pub(super) fn is_standing(key: &api_keys::Model) -> bool {
    key.revoked_at.is_none() && key.expires_at > Utc::now()
}
