//! Who owns which action.

use sea_orm::entity::prelude::*;

use crate::ids::{ActionId, OwnerId};

/// Who owns which action.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_owners")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub action_id: ActionId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: OwnerId,
    /// Order as written.
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
