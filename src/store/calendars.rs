//! Calendar links, and what they show.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{LockType, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde_json::json;
use uuid::Uuid;

use super::audit::AccessChange;
use super::scope::{Scope, Scoped};
use super::transaction::Actor;
use super::{Store, Whose};
use crate::entities::enums::ActionStatus;
use crate::entities::{action_owners, actions, calendar_feeds, members};
use crate::error::{ClientError, Result};
use crate::ids::{CalendarFeedId, OwnerId};

/// How many links of a member stand at most.
const MAX_OF_ONE: u64 = 20;
/// How many are listed at most.
const MAX_LISTED: u64 = 1000;
/// How exactly the last use is recorded.
const LAST_USE: TimeDelta = TimeDelta::hours(1);

/// A link to be made.
#[derive(Clone, Debug)]
pub struct NewCalendarFeed {
    /// E-mail of its member.
    pub member: String,
    /// What it is for.
    pub name: String,
    /// Whose actions it shows; all that the member sees where absent.
    pub owner_id: Option<OwnerId>,
    /// SHA-256 of the secret in its address.
    pub hash: Vec<u8>,
}

fn of(whose: Whose) -> Select<calendar_feeds::Entity> {
    match whose {
        Whose::Of(member) => calendar_feeds::Entity::find().filter(calendar_feeds::Column::MemberId.eq(member)),
        Whose::Everybodys => calendar_feeds::Entity::find(),
    }
}

impl Store {
    /// Makes a link.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such member, `BAD_USER_INPUT` when 20 of its links stand.
    pub async fn create_calendar_feed(
        &self,
        actor: &Actor,
        new: &NewCalendarFeed,
        now: DateTime<Utc>,
    ) -> Result<calendar_feeds::Model> {
        self.transaction(actor, &(actor, new), move |(actor, new), tx| {
            async move {
                let member = tx.lock_member(&new.member).await?;
                let standing = of(Whose::Of(member.id)).filter(calendar_feeds::Column::RevokedAt.is_null());
                if standing.count(&tx.db).await? >= MAX_OF_ONE {
                    let message = format!("A member has {MAX_OF_ONE} calendar links at most; revoke one that is not needed");
                    return Err(ClientError::input("input", message).into());
                }
                let row = calendar_feeds::ActiveModel {
                    id: Set(CalendarFeedId(Uuid::new_v4())),
                    member_id: Set(member.id),
                    name: Set(new.name.clone()),
                    owner_id: Set(new.owner_id),
                    hash: Set(new.hash.clone()),
                    created_at: Set(now.trunc_subsecs(6)),
                    last_used_at: Set(None),
                    revoked_at: Set(None),
                };
                let row = calendar_feeds::Entity::insert(row).exec_with_returning(&tx.db).await?;
                let details = json!({ "feed": row.id, "name": row.name, "owner_id": row.owner_id });
                tx.audit(AccessChange::CalendarLinked, actor, &member.email, details).await?;
                Ok(row)
            }
            .boxed()
        })
        .await
    }

    /// Revokes a link; a second time does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn revoke_calendar_feed(
        &self,
        actor: &Actor,
        whose: Whose,
        id: CalendarFeedId,
        now: DateTime<Utc>,
    ) -> Result<calendar_feeds::Model> {
        self.transaction(actor, &actor, move |actor, tx| {
            async move {
                let found = of(whose).filter(calendar_feeds::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(&tx.db).await?;
                let row = found.ok_or_else(|| ClientError::not_found("calendar link", id))?;
                if row.revoked_at.is_some() {
                    return Ok(row);
                }
                let member = members::Entity::find_by_id(row.member_id).one(&tx.db).await?;
                let email = member.map_or_else(|| row.member_id.to_string(), |member| member.email);
                let details = json!({ "feed": row.id, "name": row.name });
                tx.audit(AccessChange::CalendarUnlinked, actor, &email, details).await?;
                let revoked = calendar_feeds::ActiveModel {
                    id: Unchanged(row.id),
                    revoked_at: Set(Some(now.trunc_subsecs(6))),
                    ..Default::default()
                };
                Ok(revoked.update(&tx.db).await?)
            }
            .boxed()
        })
        .await
    }

    /// Links, revoked or not, the newest first: at most 1,000.
    pub async fn calendar_feeds(&self, whose: Whose) -> Result<Vec<calendar_feeds::Model>> {
        let newest = of(whose).order_by_desc(calendar_feeds::Column::CreatedAt).order_by_asc(calendar_feeds::Column::Id);
        Ok(newest.limit(MAX_LISTED).all(&self.db).await?)
    }

    /// The link whose secret has a hash, and its member; none where either is revoked. That it is in use is recorded.
    pub async fn calendar_feed_by_hash(
        &self,
        hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<(calendar_feeds::Model, members::Model)>> {
        let standing = calendar_feeds::Entity::find().filter(calendar_feeds::Column::RevokedAt.is_null());
        let Some(feed) = standing.filter(calendar_feeds::Column::Hash.eq(hash)).one(&self.db).await? else { return Ok(None) };
        let Some(member) = self.member(feed.member_id).await?.filter(|member| member.revoked_at.is_none()) else {
            return Ok(None);
        };
        if feed.last_used_at.is_none_or(|used| now - used >= LAST_USE) {
            let used = calendar_feeds::ActiveModel {
                id: Unchanged(feed.id),
                last_used_at: Set(Some(now.trunc_subsecs(6))),
                ..Default::default()
            };
            used.update(&self.db).await?;
        }
        Ok(Some((feed, member)))
    }

    /// Forgets links that were revoked before an instant; how many they were.
    pub async fn forget_calendar_feeds(&self, before: DateTime<Utc>) -> Result<u64> {
        let old = calendar_feeds::Entity::delete_many().filter(calendar_feeds::Column::RevokedAt.lt(before));
        Ok(old.exec(&self.db).await?.rows_affected)
    }

    /// Open actions with a due date at `from` or later, of one owner where one is named, the first due first: at most `limit`.
    pub async fn due_actions(
        &self,
        scope: Scope,
        owner: Option<OwnerId>,
        from: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<actions::Model>> {
        use actions::Column as C;
        let open = [ActionStatus::Pending, ActionStatus::InProgress, ActionStatus::Blocked];
        let mut due = actions::Entity::visible(scope).filter(C::Status.is_in(open)).filter(C::DueDate.gte(from));
        if let Some(owner) = owner {
            let owned = Query::select()
                .column(action_owners::Column::ActionId)
                .from(action_owners::Entity)
                .and_where(action_owners::Column::OwnerId.eq(owner))
                .take();
            due = due.filter(C::Id.in_subquery(owned));
        }
        Ok(due.order_by_asc(C::DueDate).order_by_asc(C::Id).limit(limit).all(&self.db).await?)
    }
}
