//! API keys: machines that act as a member.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::audit::AccessChange;
use super::transaction::Actor;
use super::{Store, Tx};
use crate::entities::enums::Role;
use crate::entities::{api_keys, members};
use crate::error::{ClientError, Result};
use crate::ids::ApiKeyId;

/// How exactly the last use of a key is recorded: a write a minute, however much it is used.
const LAST_USE: TimeDelta = TimeDelta::minutes(1);

/// A key to be created.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// E-mail of the member that it acts as: an AGENT or an INVESTOR.
    pub member: String,
    /// What it is for.
    pub name: String,
    /// Its first characters.
    pub hint: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// Its own budgets; those of the role where absent.
    pub requests_per_minute: Option<i32>,
    /// See `requests_per_minute`.
    pub cost_per_minute: Option<i32>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Creates a key.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such member, `BAD_USER_INPUT` when it is no machine's.
    pub async fn create_api_key(&self, actor: &Actor, new: &NewApiKey) -> Result<api_keys::Model> {
        self.transaction(actor, &(actor, new), |(actor, new), tx| {
            async move {
                let member = tx.lock_member(&new.member).await?;
                if !matches!(member.role, Role::Agent | Role::Investor) {
                    let message = "A key acts as an AGENT or an INVESTOR; people sign in";
                    return Err(ClientError::input("input.member", message).into());
                }
                let key = api_keys::ActiveModel {
                    id: Set(ApiKeyId(Uuid::new_v4())),
                    member_id: Set(member.id),
                    name: Set(new.name.clone()),
                    hint: Set(new.hint.clone()),
                    hash: Set(new.hash.clone()),
                    requests_per_minute: Set(new.requests_per_minute),
                    cost_per_minute: Set(new.cost_per_minute),
                    created_by: Set((*actor).to_owned()),
                    created_at: Set(Utc::now()),
                    expires_at: Set(new.expires_at),
                    ..Default::default()
                };
                let key = api_keys::Entity::insert(key).exec_with_returning(&tx.db).await?;
                let details = json!({ "key": key.id, "name": key.name, "hint": key.hint, "expires_at": key.expires_at });
                tx.audit(AccessChange::KeyCreated, actor, &member.email, details).await?;
                Ok(key)
            }
            .boxed()
        })
        .await
    }

    /// Revokes a key; a second time does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn revoke_api_key(&self, actor: &Actor, id: ApiKeyId) -> Result<api_keys::Model> {
        self.transaction(actor, &(actor, id), |(actor, id), tx| {
            async move {
                let key = tx.lock_api_key(*id).await?;
                if key.revoked_at.is_some() {
                    return Ok(key);
                }
                let member = members::Entity::find_by_id(key.member_id).one(&tx.db).await?;
                let email = member.map_or_else(|| key.member_id.to_string(), |member| member.email);
                let details = json!({ "key": key.id, "name": key.name, "hint": key.hint });
                tx.audit(AccessChange::KeyRevoked, actor, &email, details).await?;
                let revoked =
                    api_keys::ActiveModel { id: Unchanged(key.id), revoked_at: Set(Some(Utc::now())), ..Default::default() };
                Ok(revoked.update(&tx.db).await?)
            }
            .boxed()
        })
        .await
    }

    /// Every key, revoked or not, the newest first.
    ///
    /// # Errors
    /// The database's own.
    pub async fn api_keys(&self) -> Result<Vec<api_keys::Model>> {
        let newest = api_keys::Entity::find().order_by_desc(api_keys::Column::CreatedAt);
        Ok(newest.order_by_asc(api_keys::Column::Id).all(&self.db).await?)
    }

    /// The key with a hash, and its member; revoked, expired or not.
    ///
    /// # Errors
    /// The database's own.
    pub async fn api_key_by_hash(&self, hash: &[u8]) -> Result<Option<(api_keys::Model, members::Model)>> {
        let Some(key) = api_keys::Entity::find().filter(api_keys::Column::Hash.eq(hash)).one(&self.db).await? else {
            return Ok(None);
        };
        Ok(self.member(key.member_id).await?.map(|member| (key, member)))
    }

    /// Records that a key is in use.
    ///
    /// # Errors
    /// The database's own.
    pub async fn use_api_key(&self, key: &api_keys::Model, now: DateTime<Utc>) -> Result<()> {
        if key.last_used_at.is_some_and(|used| now - used < LAST_USE) {
            return Ok(());
        }
        let used = api_keys::ActiveModel { id: Unchanged(key.id), last_used_at: Set(Some(now)), ..Default::default() };
        used.update(&self.db).await?;
        Ok(())
    }

    /// Of these keys, those that are not revoked.
    ///
    /// # Errors
    /// The database's own.
    pub async fn standing_api_keys(&self, ids: &[ApiKeyId]) -> Result<Vec<ApiKeyId>> {
        let keys = api_keys::Entity::find().select_only().column(api_keys::Column::Id);
        let keys = keys.filter(api_keys::Column::Id.is_in(ids.iter().copied())).filter(api_keys::Column::RevokedAt.is_null());
        Ok(keys.into_tuple().all(&self.db).await?)
    }
}

impl Tx {
    /// Revokes every key of a member.
    pub(super) async fn revoke_api_keys_of(&self, actor: &Actor, member: &members::Model, now: DateTime<Utc>) -> Result<()> {
        let revoked = api_keys::Entity::update_many()
            .set(api_keys::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
            .filter(api_keys::Column::MemberId.eq(member.id))
            .filter(api_keys::Column::RevokedAt.is_null())
            .exec(&self.db)
            .await?
            .rows_affected;
        if revoked > 0 {
            self.audit(AccessChange::KeyRevoked, actor, &member.email, json!({ "keys": revoked })).await?;
        }
        Ok(())
    }

    async fn lock_api_key(&self, id: ApiKeyId) -> Result<api_keys::Model> {
        let key = api_keys::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(&self.db).await?;
        key.ok_or_else(|| ClientError::not_found("API key", id).into())
    }
}
