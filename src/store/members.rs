//! Members: who may sign in, and as what.

use chrono::Utc;
use futures_util::FutureExt;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::audit::AccessChange;
use super::transaction::Actor;
use super::{Store, Tx};
use crate::entities::enums::Role;
use crate::entities::members;
use crate::error::{ClientError, Result};
use crate::ids::{MemberId, OwnerId};

/// The channel on which the database says that a member's access has changed; the payload is the member's id.
pub(super) const MEMBER_CHANNEL: &str = "rpm_members";

/// The longest e-mail address, in characters (the column's width).
const MAX_EMAIL: usize = 320;

/// An e-mail address as members are known by it, lower case; none for what is no address. The identity provider has verified it,
/// so this only keeps out what is nonsense.
#[must_use]
pub fn email_address(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.split_once('@')?;
    (!local.is_empty() && !domain.is_empty() && email.chars().count() <= MAX_EMAIL).then_some(email)
}

/// A member to be added.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// E-mail, in any case.
    pub email: String,
    /// Name to show.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Whose actions a TEAM or AGENT member may see.
    pub owner_id: Option<OwnerId>,
}

/// What is changed about a member's access.
#[derive(Clone, Copy, Debug)]
pub enum MemberChange {
    /// It may not sign in any more. Its sessions, tokens and keys end for good.
    Revoke,
    /// It may again.
    Restore,
    /// It gets another role.
    Role {
        /// The role.
        role: Role,
        /// Whose actions a TEAM or AGENT member may see.
        owner_id: Option<OwnerId>,
    },
}

impl Store {
    /// The member with an e-mail, revoked or not.
    pub async fn member_by_email(&self, email: &str) -> Result<Option<members::Model>> {
        Ok(members::Entity::find().filter(members::Column::Email.eq(email.trim().to_lowercase())).one(&self.db).await?)
    }

    /// The member with an id, revoked or not.
    pub async fn member(&self, id: MemberId) -> Result<Option<members::Model>> {
        Ok(members::Entity::find_by_id(id).one(&self.db).await?)
    }

    /// Members for many ids, revoked or not.
    pub async fn members_by_id(&self, ids: &[MemberId]) -> Result<Vec<members::Model>> {
        Ok(members::Entity::find().filter(members::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// Every member by e-mail.
    pub async fn members(&self) -> Result<Vec<members::Model>> {
        Ok(members::Entity::find().order_by_asc(members::Column::Email).all(&self.db).await?)
    }

    /// Adds members; one whose e-mail is known already stays as it is.
    ///
    /// # Errors
    /// The database's own.
    pub async fn add_members(&self, actor: &Actor, new: Vec<NewMember>) -> Result<()> {
        self.transaction(actor, &(actor, new), |(actor, new), tx| {
            async move {
                for member in new {
                    let row = members::ActiveModel {
                        id: Set(MemberId(Uuid::new_v4())),
                        email: Set(member.email.trim().to_lowercase()),
                        name: Set(member.name.clone()),
                        role: Set(member.role),
                        owner_id: Set(member.owner_id),
                        ..Default::default()
                    };
                    let known = OnConflict::column(members::Column::Email).do_nothing().to_owned();
                    let added = members::Entity::insert(row).on_conflict(known).exec_with_returning(&tx.db).await;
                    match added {
                        Ok(added) => tx.audit(AccessChange::MemberAdded, actor, &added.email, standing(&added)).await?,
                        Err(DbErr::RecordNotInserted) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// Changes what a member may do; the same change again does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` when nobody has that e-mail.
    pub async fn change_member(&self, actor: &Actor, email: &str, change: MemberChange) -> Result<members::Model> {
        self.transaction(actor, &(actor, email, change), |(actor, email, change), tx| {
            async move {
                let before = tx.lock_member(email).await?;
                let now = Utc::now();
                let mut after = before.clone();
                match *change {
                    MemberChange::Revoke => after.revoked_at = before.revoked_at.or(Some(now)),
                    MemberChange::Restore => after.revoked_at = None,
                    MemberChange::Role { role, owner_id } => (after.role, after.owner_id) = (role, owner_id),
                }
                if after == before {
                    return Ok(before);
                }
                let changed = members::ActiveModel {
                    id: Unchanged(after.id),
                    role: Set(after.role),
                    owner_id: Set(after.owner_id),
                    revoked_at: Set(after.revoked_at),
                    updated_at: Set(now),
                    ..Default::default()
                };
                tx.audit(AccessChange::MemberChanged, actor, &before.email, standing(&after)).await?;
                if after.revoked_at.is_some() && before.revoked_at.is_none() {
                    // For good: whoever is let in again signs in again.
                    tx.end_sessions(actor, &before, now).await?;
                    tx.revoke_api_keys_of(actor, &before, now).await?;
                }
                Ok(changed.update(&tx.db).await?)
            }
            .boxed()
        })
        .await
    }
}

/// What a member may do, for the audit log.
fn standing(member: &members::Model) -> Json {
    json!({ "role": member.role.as_str(), "owner_id": member.owner_id, "revoked": member.revoked_at.is_some() })
}

impl Tx {
    /// The member with an e-mail, locked.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(super) async fn lock_member(&self, email: &str) -> Result<members::Model> {
        let member = members::Entity::find().filter(members::Column::Email.eq(email.trim().to_lowercase()));
        let member = member.lock(LockType::NoKeyUpdate).one(&self.db).await?;
        member.ok_or_else(|| ClientError::not_found("member", email).into())
    }
}
