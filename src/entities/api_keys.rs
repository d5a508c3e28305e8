//! A machine's way to sign in.

use sea_orm::entity::prelude::*;

use crate::ids::{ApiKeyId, MemberId};

/// A machine's way to sign in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// Whom it acts as.
    pub member_id: MemberId,
    pub name: String,
    /// Its first characters, to tell keys apart by.
    pub hint: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// Its own budgets; those of the role where absent.
    pub requests_per_minute: Option<i32>,
    pub cost_per_minute: Option<i32>,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    /// To a minute.
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
