//! Sessions and their refresh tokens.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::audit::AccessChange;
use super::transaction::Actor;
use super::{Store, Tx};
use crate::entities::enums::SessionEnd;
use crate::entities::{members, refresh_tokens, sessions};
use crate::error::{ClientError, Error, Result};
use crate::ids::{MemberId, SessionId};

/// The longest issuer and name of a browser that are kept, in characters (the columns' widths).
const MAX_ISSUER: usize = 500;
const MAX_USER_AGENT: usize = 300;

/// Sessions removed at a time.
const FORGOTTEN_AT_ONCE: u64 = 1000;

/// A session that begins.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Who signs in.
    pub member_id: MemberId,
    /// Who vouched for the member.
    pub issuer: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// SHA-256 of its first refresh token.
    pub token: Vec<u8>,
    /// When.
    pub now: DateTime<Utc>,
}

/// A refresh token that is presented, and those that may have come or will come after it.
#[derive(Clone, Debug)]
pub struct Presented {
    /// SHA-256 of the token.
    pub token: Vec<u8>,
    /// SHA-256 of its successor, and of others that may have been issued in its place or after that.
    pub successors: Vec<Vec<u8>>,
    /// When.
    pub now: DateTime<Utc>,
    /// For how long a token that has been replaced still stands for its successor.
    pub grace: TimeDelta,
    /// How long a session lasts without use.
    pub idle: TimeDelta,
}

/// What a refresh token is good for.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The session goes on with this one of the successors.
    Goes {
        /// The session.
        session: SessionId,
        /// Its member.
        member: Box<members::Model>,
        /// Which of [`Presented::successors`].
        successor: usize,
    },
    /// Nobody has, or had, such a token in a session that is still on.
    Unknown,
    /// The session has ended by this.
    Ended(SessionEnd),
}

impl Store {
    /// Begins a session.
    ///
    /// # Errors
    /// The database's own.
    pub async fn begin_session(&self, new: &NewSession) -> Result<SessionId> {
        self.transaction("sign-in", new, |new, tx| tx.begin_session(new).boxed()).await
    }

    /// Replaces a refresh token by its successor, or says what came of its session.
    ///
    /// Those who present the same token at once, or shortly after it was replaced, all get the one that is good now. Whoever
    /// comes with an older one has a copy, or somebody else has: nobody can tell which, so the session ends.
    ///
    /// # Errors
    /// The database's own.
    pub async fn refresh_session(&self, presented: &Presented) -> Result<Refreshed> {
        self.transaction("sign-in", presented, |presented, tx| tx.refresh_session(presented).boxed()).await
    }

    /// Ends the session that a refresh token belongs to; nothing where there is none.
    ///
    /// # Errors
    /// The database's own.
    pub async fn end_session_of(&self, token: &[u8], now: DateTime<Utc>) -> Result<()> {
        self.transaction("sign-out", &(token.to_vec(), now), |(token, now), tx| {
            async move {
                let Some(token) = refresh_tokens::Entity::find_by_id(token.clone()).one(&tx.db).await? else { return Ok(()) };
                let Some(session) = tx.open_session(token.session_id).await? else { return Ok(()) };
                tx.end_session(&session, SessionEnd::SignedOut, *now).await
            }
            .boxed()
        })
        .await
    }

    /// Ends every session of a member, and whatever else it is signed in by except API keys; how many sessions there were.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such member.
    pub async fn sign_out_everywhere(&self, actor: &str, email: &str, now: DateTime<Utc>) -> Result<u64> {
        self.transaction(actor, &(actor, email, now), |(actor, email, now), tx| {
            async move {
                let member = tx.lock_member(email).await?;
                tx.end_sessions(actor, &member, *now).await
            }
            .boxed()
        })
        .await
    }

    /// A member's sessions that are on, the one used last first, at most `limit`.
    ///
    /// # Errors
    /// The database's own.
    pub async fn sessions_of(&self, member: MemberId, used_since: DateTime<Utc>, limit: u64) -> Result<Vec<sessions::Model>> {
        Ok(sessions::Entity::find()
            .filter(sessions::Column::MemberId.eq(member))
            .filter(sessions::Column::EndedAt.is_null())
            .filter(sessions::Column::LastUsedAt.gte(used_since))
            .order_by_desc(sessions::Column::LastUsedAt)
            .limit(limit)
            .all(&self.db)
            .await?)
    }

    /// Of these sessions, those that are on.
    ///
    /// # Errors
    /// The database's own.
    pub async fn open_sessions(&self, ids: &[SessionId]) -> Result<Vec<SessionId>> {
        let open = sessions::Entity::find().select_only().column(sessions::Column::Id);
        let open = open.filter(sessions::Column::Id.is_in(ids.iter().copied())).filter(sessions::Column::EndedAt.is_null());
        Ok(open.into_tuple().all(&self.db).await?)
    }

    /// Forgets sessions that were last used before a moment, with their tokens; how many.
    ///
    /// # Errors
    /// The database's own.
    pub async fn forget_sessions(&self, last_used_before: DateTime<Utc>) -> Result<u64> {
        let mut total = 0;
        loop {
            let some = sessions::Entity::find().select_only().column(sessions::Column::Id);
            let some = some.filter(sessions::Column::LastUsedAt.lt(last_used_before)).limit(FORGOTTEN_AT_ONCE);
            let ids: Vec<SessionId> = some.into_tuple().all(&self.db).await?;
            let count = ids.len() as u64;
            sessions::Entity::delete_many().filter(sessions::Column::Id.is_in(ids)).exec(&self.db).await?;
            total += count;
            if count < FORGOTTEN_AT_ONCE {
                return Ok(total);
            }
        }
    }
}

impl Tx {
    async fn begin_session(&self, new: &NewSession) -> Result<SessionId> {
        let member = members::Entity::find_by_id(new.member_id).one(&self.db).await?;
        let member = member.ok_or_else(|| Error::from(ClientError::not_found("member", new.member_id)))?;
        let id = SessionId(Uuid::new_v4());
        let session = sessions::ActiveModel {
            id: Set(id),
            member_id: Set(new.member_id),
            issuer: Set(new.issuer.chars().take(MAX_ISSUER).collect()),
            user_agent: Set(new.user_agent.chars().take(MAX_USER_AGENT).collect()),
            created_at: Set(new.now),
            last_used_at: Set(new.now),
            ..Default::default()
        };
        sessions::Entity::insert(session).exec_without_returning(&self.db).await?;
        self.issue(id, new.token.clone(), new.now).await?;
        let details = json!({ "issuer": new.issuer, "session": id });
        self.audit(AccessChange::SignedIn, &member.email, &member.email, details).await?;
        Ok(id)
    }

    async fn issue(&self, session: SessionId, hash: Vec<u8>, now: DateTime<Utc>) -> Result<()> {
        let token =
            refresh_tokens::ActiveModel { hash: Set(hash), session_id: Set(session), issued_at: Set(now), ..Default::default() };
        refresh_tokens::Entity::insert(token).exec_without_returning(&self.db).await?;
        Ok(())
    }

    /// A session that has not ended, locked: those who come with tokens of the same session wait in line.
    async fn open_session(&self, id: SessionId) -> Result<Option<sessions::Model>> {
        let session = sessions::Entity::find_by_id(id).lock_exclusive().one(&self.db).await?;
        Ok(session.filter(|session| session.ended_at.is_none()))
    }

    /// Ends every session of a member, and the tokens without one; how many sessions there were.
    pub(super) async fn end_sessions(&self, actor: &Actor, member: &members::Model, now: DateTime<Utc>) -> Result<u64> {
        let ended = sessions::Entity::update_many()
            .set(sessions::ActiveModel {
                ended_at: Set(Some(now)),
                end_reason: Set(Some(SessionEnd::Everywhere)),
                ..Default::default()
            })
            .filter(sessions::Column::MemberId.eq(member.id))
            .filter(sessions::Column::EndedAt.is_null())
            .exec(&self.db)
            .await?
            .rows_affected;
        let from = members::ActiveModel { id: Unchanged(member.id), tokens_from: Set(Some(now)), ..Default::default() };
        from.update(&self.db).await?;
        self.audit(AccessChange::SignedOutEverywhere, actor, &member.email, json!({ "sessions": ended })).await?;
        Ok(ended)
    }

    async fn end_session(&self, session: &sessions::Model, why: SessionEnd, now: DateTime<Utc>) -> Result<()> {
        let ended = sessions::ActiveModel {
            id: Unchanged(session.id),
            ended_at: Set(Some(now)),
            end_reason: Set(Some(why)),
            ..Default::default()
        };
        ended.update(&self.db).await?;
        let member = members::Entity::find_by_id(session.member_id).one(&self.db).await?;
        let email = member.map_or_else(|| session.member_id.to_string(), |member| member.email);
        let details = json!({ "session": session.id, "reason": why.as_str() });
        self.audit(AccessChange::SessionEnded, &email, &email, details).await
    }

    async fn refresh_session(&self, presented: &Presented) -> Result<Refreshed> {
        let Presented { token, successors, now, grace, idle } = presented;
        let Some(known) = refresh_tokens::Entity::find_by_id(token.clone()).one(&self.db).await? else {
            return Ok(Refreshed::Unknown);
        };
        let Some(session) = self.open_session(known.session_id).await? else { return Ok(Refreshed::Unknown) };
        if *now - session.last_used_at > *idle {
            self.end_session(&session, SessionEnd::Idle, *now).await?;
            return Ok(Refreshed::Ended(SessionEnd::Idle));
        }
        let member = members::Entity::find_by_id(session.member_id).one(&self.db).await?;
        let Some(member) = member.filter(|member| member.revoked_at.is_none()).map(Box::new) else {
            return Ok(Refreshed::Unknown);
        };
        // Read again: what was read before the lock may be of before.
        let current = refresh_tokens::Entity::find()
            .filter(refresh_tokens::Column::SessionId.eq(session.id))
            .filter(refresh_tokens::Column::ReplacedAt.is_null())
            .one(&self.db)
            .await?
            .ok_or_else(|| Error::internal("a session without a token"))?;
        if current.hash == *token {
            let successor = successors.first().cloned().ok_or_else(|| Error::internal("a token without a successor"))?;
            let replaced =
                refresh_tokens::ActiveModel { hash: Unchanged(current.hash), replaced_at: Set(Some(*now)), ..Default::default() };
            replaced.update(&self.db).await?;
            self.issue(session.id, successor, *now).await?;
            let used = sessions::ActiveModel { id: Unchanged(session.id), last_used_at: Set(*now), ..Default::default() };
            used.update(&self.db).await?;
            return Ok(Refreshed::Goes { session: session.id, member, successor: 0 });
        }
        let presented = refresh_tokens::Entity::find_by_id(token.clone()).one(&self.db).await?;
        let replaced_at = presented.and_then(|token| token.replaced_at);
        if replaced_at.is_some_and(|replaced_at| *now - replaced_at <= *grace)
            && let Some(successor) = successors.iter().position(|hash| *hash == current.hash)
        {
            return Ok(Refreshed::Goes { session: session.id, member, successor });
        }
        self.end_session(&session, SessionEnd::Reused, *now).await?;
        Ok(Refreshed::Ended(SessionEnd::Reused))
    }
}
