//! Calendar links.

use async_graphql::SimpleObject;

use super::Member;
use crate::entities::calendar_feeds;
use crate::ids::CalendarFeedId;
use crate::schema::scalars::DateTime;

/// A link by which a calendar reads what is due to a member. The link itself is shown once, when it is made.
#[derive(SimpleObject, Clone, Debug)]
pub struct CalendarFeed {
    /// Its id.
    pub id: CalendarFeedId,
    /// Whose it is: it shows what this member may see.
    pub member: Member,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime,
    /// When it was last read, to an hour; null when it never was.
    pub last_used_at: Option<DateTime>,
    /// When it was revoked; null while it stands.
    pub revoked_at: Option<DateTime>,
}

impl CalendarFeed {
    /// A link with its member.
    #[must_use]
    pub fn new(row: calendar_feeds::Model, member: Member) -> Self {
        Self {
            id: row.id,
            member,
            name: row.name,
            created_at: DateTime(row.created_at),
            last_used_at: row.last_used_at.map(DateTime),
            revoked_at: row.revoked_at.map(DateTime),
        }
    }
}
