//! Who did what.

use sea_orm::entity::prelude::*;

use crate::ids::ActionId;

/// Who did what.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub recorded_at: DateTimeUtc,
    /// An event's type, or what was done about access (`SIGNED_IN`, `MEMBER_CHANGED`, …).
    pub kind: String,
    /// A member's e-mail, or the name of a command or job.
    pub actor: String,
    /// Whom or what it was about, as text.
    pub subject: Option<String>,
    pub action_id: Option<ActionId>,
    #[sea_orm(column_type = "JsonBinary")]
    pub details: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
