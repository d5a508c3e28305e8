//! A member signed in on one device.

use sea_orm::entity::prelude::*;

use crate::entities::enums::SessionEnd;
use crate::ids::{MemberId, SessionId};

/// A member signed in on one device.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub member_id: MemberId,
    /// Who vouched for the member: the identity provider's issuer, or `demo`.
    pub issuer: String,
    /// What the device's browser called itself then.
    pub user_agent: String,
    pub created_at: DateTimeUtc,
    /// When its refresh token was last replaced.
    pub last_used_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub end_reason: Option<SessionEnd>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
