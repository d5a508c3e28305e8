//! Who may sign in, and as what.

use sea_orm::entity::prelude::*;

use crate::entities::enums::Role;
use crate::ids::{MemberId, OwnerId};

/// Who may sign in, and as what.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MemberId,
    /// Lower case.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Whose actions a TEAM or AGENT member may see.
    pub owner_id: Option<OwnerId>,
    pub revoked_at: Option<DateTimeUtc>,
    /// Access tokens without a session that were issued before hold no longer.
    pub tokens_from: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
