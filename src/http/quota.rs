//! How many subscriptions a member may have open on this server, over all transports.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::errors::{Rejection, code};
use crate::ids::MemberId;

/// The places that are taken, by member.
#[derive(Clone)]
pub(super) struct Quota {
    taken: Arc<Mutex<HashMap<MemberId, usize>>>,
    most: usize,
}

/// One subscription's place, given back when dropped.
pub(super) struct Place {
    quota: Quota,
    member: MemberId,
}

impl Quota {
    pub(super) fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// A place for one more subscription.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED`.
    pub(super) fn take(&self, member: MemberId) -> Result<Place, Rejection> {
        let mut taken = self.lock();
        let count = taken.entry(member).or_default();
        if *count >= self.most {
            let message = format!("A member has at most {} subscriptions open at once.", self.most);
            return Err(Rejection::document(code::LIMIT_EXCEEDED, message, Vec::new()));
        }
        *count += 1;
        metrics::gauge!("rpm_subscriptions").increment(1);
        Ok(Place { quota: self.clone(), member })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MemberId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.quota.lock();
        if let Some(count) = taken.get_mut(&self.member) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.member);
            }
        }
        metrics::gauge!("rpm_subscriptions").decrement(1);
    }
}
