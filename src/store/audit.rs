//! The audit log. Events copy themselves into it (a trigger); what is done about access is written here.

use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value as Json;

use super::transaction::Actor;
use super::{Store, Tx};
use crate::entities::audit_log;
use crate::entities::enums::EventType;
use crate::error::Result;
use crate::ids::ActionId;

/// The longest subject, in characters (the column's width), and the longest text in the details: both may come from strangers.
const MAX_SUBJECT: usize = 500;
const MAX_DETAIL: usize = 300;

/// What was done about access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// A member signed in.
    SignedIn,
    /// Somebody was not let in.
    SignInRefused,
    /// A session ended; its details say why.
    SessionEnded,
    /// Every session and token of a member ended.
    SignedOutEverywhere,
    /// A token was issued from the command line.
    TokenIssued,
    /// A member was added.
    MemberAdded,
    /// A member was revoked, restored, or given another role.
    MemberChanged,
    /// An API key was created.
    KeyCreated,
    /// An API key was revoked.
    KeyRevoked,
    /// A subscription to alerts was made.
    AlertSubscribed,
    /// A subscription to alerts was changed.
    AlertChanged,
    /// A subscription to alerts was deleted.
    AlertUnsubscribed,
    /// A calendar link was made.
    CalendarLinked,
    /// A calendar link was revoked.
    CalendarUnlinked,
}

impl AccessChange {
    /// The text in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "SIGNED_IN",
            Self::SignInRefused => "SIGN_IN_REFUSED",
            Self::SessionEnded => "SESSION_ENDED",
            Self::SignedOutEverywhere => "SIGNED_OUT_EVERYWHERE",
            Self::TokenIssued => "TOKEN_ISSUED",
            Self::MemberAdded => "MEMBER_ADDED",
            Self::MemberChanged => "MEMBER_CHANGED",
            Self::KeyCreated => "KEY_CREATED",
            Self::KeyRevoked => "KEY_REVOKED",
            Self::AlertSubscribed => "ALERT_SUBSCRIBED",
            Self::AlertChanged => "ALERT_CHANGED",
            Self::AlertUnsubscribed => "ALERT_UNSUBSCRIBED",
            Self::CalendarLinked => "CALENDAR_LINKED",
            Self::CalendarUnlinked => "CALENDAR_UNLINKED",
        }
    }
}

/// Text as it can be kept: in one line, without what PostgreSQL does not hold.
fn plain(text: &str, most: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(most).collect()
}

async fn record(db: &impl ConnectionTrait, change: AccessChange, actor: &Actor, subject: &str, mut details: Json) -> Result<()> {
    for value in details.as_object_mut().into_iter().flat_map(|details| details.values_mut()) {
        if let Json::String(text) = value {
            *text = plain(text, MAX_DETAIL);
        }
    }
    let entry = audit_log::ActiveModel {
        id: NotSet,
        recorded_at: NotSet,
        kind: Set(change.as_str().to_owned()),
        actor: Set(actor.to_owned()),
        subject: Set(Some(plain(subject, MAX_SUBJECT))),
        action_id: NotSet,
        details: Set(details),
    };
    audit_log::Entity::insert(entry).exec_without_returning(db).await?;
    Ok(())
}

impl Tx {
    /// Records a change of access that this transaction makes.
    pub(super) async fn audit(&self, change: AccessChange, actor: &Actor, subject: &str, details: Json) -> Result<()> {
        record(&self.db, change, actor, subject, details).await
    }
}

impl Store {
    /// Records what leaves nothing else: that somebody was not let in.
    pub async fn audit(&self, change: AccessChange, actor: &Actor, subject: &str, details: Json) -> Result<()> {
        record(&self.db, change, actor, subject, details).await
    }
}

/// Which entries are wanted; every condition that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Any of these kinds.
    pub kinds: Option<Vec<String>>,
    /// By this actor.
    pub actor: Option<String>,
    /// About this action; heartbeats of those who work on it only where their kind is named.
    pub action_id: Option<ActionId>,
}

impl Store {
    /// Entries before a place in the log, or from its end, the newest first.
    ///
    /// # Errors
    /// The database's own.
    pub async fn audit_before(&self, filter: &AuditFilter, before: Option<i64>, limit: u64) -> Result<Vec<audit_log::Model>> {
        let mut select = audit_log::Entity::find();
        if let Some(kinds) = &filter.kinds {
            select = select.filter(audit_log::Column::Kind.is_in(kinds.iter().cloned()));
        }
        if let Some(actor) = &filter.actor {
            select = select.filter(audit_log::Column::Actor.eq(actor.trim().to_lowercase()));
        }
        if let Some(action) = filter.action_id {
            select = select.filter(audit_log::Column::ActionId.eq(action));
            if filter.kinds.is_none() {
                select = select.filter(audit_log::Column::Kind.ne(EventType::AgentStatusChange.as_str()));
            }
        }
        if let Some(before) = before {
            select = select.filter(audit_log::Column::Id.lt(before));
        }
        Ok(select.order_by_desc(audit_log::Column::Id).limit(limit).all(&self.db).await?)
    }
}
