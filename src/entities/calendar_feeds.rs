//! A link by which a calendar reads what is due.

use sea_orm::entity::prelude::*;

use crate::ids::{CalendarFeedId, MemberId, OwnerId};

/// A link by which a calendar reads what is due.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_feeds")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarFeedId,
    /// Whose it is: it shows what this member sees.
    pub member_id: MemberId,
    pub name: String,
    /// Only this owner's; all that its member sees where absent.
    pub owner_id: Option<OwnerId>,
    /// SHA-256 of the secret in its address.
    pub hash: Vec<u8>,
    pub created_at: DateTimeUtc,
    /// To an hour.
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
