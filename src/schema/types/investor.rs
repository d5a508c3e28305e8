//! What investors see.

use async_graphql::SimpleObject;

use crate::schema::scalars::{DateTime, Decimal};

/// The company in sums: nothing here names an action, a person or a text.
#[derive(SimpleObject, Clone, Debug)]
pub struct InvestorSummary {
    /// When it was computed; where the warehouse answers in place of the database, when it was last written.
    pub as_of: DateTime,
    /// Weeks that have been planned.
    pub weeks: i64,
    /// Actions of all weeks.
    pub actions: i64,
    /// Of these, completed.
    pub completed_actions: i64,
    /// Completed ÷ all actions, 0–100 with two decimals; null when there are no actions.
    pub completion_rate: Option<Decimal>,
    /// Deliverables that are published.
    pub published_deliverables: i64,
    /// Revenue of all deliverables so far, in US dollars.
    pub deliverable_revenue: Decimal,
    /// What all deliverables are to bring, in US dollars; null when no target is set.
    pub deliverable_revenue_target: Option<Decimal>,
    /// Revenue ÷ that target, in percent with two decimals; null when there is no target or it is 0.
    pub deliverable_achievement_rate: Option<Decimal>,
    /// Songs in the catalogue.
    pub songs: i64,
    /// Of these, released.
    pub released_songs: i64,
    /// Revenue of all songs so far, in US dollars.
    pub song_revenue: Decimal,
    /// What all songs are to bring, in US dollars; null when no target is set.
    pub song_revenue_target: Option<Decimal>,
    /// Revenue ÷ that target, in percent with two decimals; null when there is no target or it is 0.
    pub song_achievement_rate: Option<Decimal>,
    /// Albums that are to come out.
    pub album_goal: i64,
    /// Albums whose songs are all released.
    pub released_albums: i64,
}
