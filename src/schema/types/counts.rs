//! How many actions stand where.

use async_graphql::SimpleObject;

use crate::store::Counts;

/// How many actions stand where, of those that you may see.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct ActionCounts {
    /// All actions but those that are cancelled, which count nowhere.
    pub total: i64,
    /// Not begun.
    pub pending: i64,
    /// Being worked on.
    pub in_progress: i64,
    /// Held up.
    pub blocked: i64,
    /// Done.
    pub completed: i64,
}

impl From<Counts> for ActionCounts {
    fn from(counts: Counts) -> Self {
        let Counts { total, pending, in_progress, blocked, completed } = counts;
        Self { total, pending, in_progress, blocked, completed }
    }
}
