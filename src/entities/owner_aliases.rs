//! A spelling under which an owner is written, normalised.

use sea_orm::entity::prelude::*;

use crate::ids::OwnerId;

/// A spelling under which an owner is written, normalised.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "owner_aliases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub alias: String,
    pub owner_id: OwnerId,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
