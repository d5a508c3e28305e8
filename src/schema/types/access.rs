//! What admins see of who may do what.

use async_graphql::SimpleObject;

use super::Member;
use crate::entities::{api_keys, audit_log};
use crate::ids::{ActionId, ApiKeyId};
use crate::schema::scalars::{Cursor, DateTime, Json};

/// A machine's way to sign in: it acts as its member, within budgets of its own. The key itself is shown once, when it is created.
#[derive(SimpleObject, Clone, Debug)]
pub struct ApiKey {
    /// Id of the key.
    pub id: ApiKeyId,
    /// Whom it acts as.
    pub member: Member,
    /// What it is for.
    pub name: String,
    /// Its first characters, to tell it from others.
    pub hint: String,
    /// Requests a minute, where it has a budget of its own; null for that of its role.
    pub requests_per_minute: Option<i32>,
    /// Cost a minute, where it has a budget of its own; null for that of its role.
    pub cost_per_minute: Option<i32>,
    /// E-mail of who created it, or `command line`.
    pub created_by: String,
    /// When it was created.
    pub created_at: DateTime,
    /// When it ends.
    pub expires_at: DateTime,
    /// When it was last used, to a minute; null when it never was.
    pub last_used_at: Option<DateTime>,
    /// When it was revoked; null while it stands.
    pub revoked_at: Option<DateTime>,
}

impl ApiKey {
    /// A key with its member.
    #[must_use]
    pub fn new(row: api_keys::Model, member: Member) -> Self {
        Self {
            id: row.id,
            member,
            name: row.name,
            hint: row.hint,
            requests_per_minute: row.requests_per_minute,
            cost_per_minute: row.cost_per_minute,
            created_by: row.created_by,
            created_at: DateTime(row.created_at),
            expires_at: DateTime(row.expires_at),
            last_used_at: row.last_used_at.map(DateTime),
            revoked_at: row.revoked_at.map(DateTime),
        }
    }
}

/// A line of the audit log: who did what. Lines are never changed or removed.
#[derive(SimpleObject, Clone, Debug)]
pub struct AuditEntry {
    /// Its place in the log.
    pub cursor: Cursor,
    /// When it was written.
    pub recorded_at: DateTime,
    /// What was done: an event's type (`ACTION_COMPLETED` …), or a change of access (`SIGNED_IN`, `SIGN_IN_REFUSED`, `SESSION_ENDED`,
    /// `SIGNED_OUT_EVERYWHERE`, `TOKEN_ISSUED`, `MEMBER_ADDED`, `MEMBER_CHANGED`, `KEY_CREATED`, `KEY_REVOKED`,
    /// `ALERT_SUBSCRIBED`, `ALERT_CHANGED`, `ALERT_UNSUBSCRIBED`, `CALENDAR_LINKED`, `CALENDAR_UNLINKED`).
    pub kind: String,
    /// By whom: a member's e-mail, or the name of a command or job.
    pub actor: String,
    /// About whom: an e-mail; null for changes of plans.
    pub subject: Option<String>,
    /// About which action; null for everything else.
    pub action_id: Option<ActionId>,
    /// Details, for machines.
    pub details: Json,
}

impl From<audit_log::Model> for AuditEntry {
    fn from(row: audit_log::Model) -> Self {
        Self {
            cursor: Cursor(row.id),
            recorded_at: DateTime(row.recorded_at),
            kind: row.kind,
            actor: row.actor,
            subject: row.subject,
            action_id: row.action_id,
            details: Json(row.details),
        }
    }
}

/// A stretch of the audit log.
#[derive(SimpleObject)]
pub struct AuditPage {
    /// The entries, the newest first.
    pub nodes: Vec<AuditEntry>,
    /// Where this stretch ends: give it as `before` to go on; null when it is empty.
    pub end_cursor: Option<Cursor>,
    /// Whether older entries follow.
    pub has_next_page: bool,
}
