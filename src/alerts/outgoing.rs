//! Messages that are being sent: many at a time, few of each subscription.

use std::collections::HashMap;
use std::panic::resume_unwind;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;

use super::Sender;
use crate::error::Result;
use crate::ids::AlertSubscriptionId;

/// Messages that are sent at the same time.
const AT_ONCE: u32 = 64;
/// Those of one subscription among them: a receiver that takes its time has its own alerts wait, and nobody else's.
const OF_EACH: u32 = 2;

/// Messages that are being sent.
#[derive(Debug)]
pub struct Outgoing {
    sender: Sender,
    /// Tasks, so that each goes on while the next is looked for: it may hold what that waits for.
    underway: JoinSet<(AlertSubscriptionId, Result<()>)>,
    /// How many of each subscription there are.
    busy: HashMap<AlertSubscriptionId, u32>,
}

impl Outgoing {
    /// None yet.
    #[must_use]
    pub fn new(sender: Sender) -> Self {
        Self { sender, underway: JoinSet::new(), busy: HashMap::new() }
    }

    /// Begins with what is due at `now`, as far as there is room; how many that were.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin(&mut self, now: DateTime<Utc>) -> Result<usize> {
        let room = AT_ONCE.saturating_sub(u32::try_from(self.underway.len()).unwrap_or(AT_ONCE));
        if room == 0 {
            return Ok(0);
        }
        let claims = self.sender.claim(now, (room, OF_EACH), &self.busy()).await?;
        let begun = claims.len();
        for claim in claims {
            let (id, sender) = (claim.watcher.subscription.id, self.sender.clone());
            *self.busy.entry(id).or_default() += 1;
            self.underway.spawn(async move { (id, sender.handle(claim, now).await) });
        }
        Ok(begun)
    }

    /// Waits until one has been sent, or was not taken; none where there is none.
    ///
    /// # Errors
    /// The database's own: it is tried again when its claim is over.
    pub async fn next(&mut self) -> Option<Result<()>> {
        let (id, sent) = self.underway.join_next().await?.unwrap_or_else(|error| resume_unwind(error.into_panic()));
        if let Some(count) = self.busy.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(&id);
            }
        }
        Some(sent)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.underway.is_empty()
    }

    /// When there is something to begin with, as far as is known; none while nothing waits, or all of it for those under way.
    ///
    /// # Errors
    /// The database's own.
    pub async fn due(&mut self) -> Result<Option<DateTime<Utc>>> {
        let is_full = self.underway.len() >= AT_ONCE as usize;
        if is_full { Ok(None) } else { self.sender.next_at(&self.busy()).await }
    }

    fn busy(&self) -> Vec<AlertSubscriptionId> {
        self.busy.keys().copied().collect()
    }
}
