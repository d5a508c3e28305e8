//! A person or agent that owns actions, under one canonical name.

use sea_orm::entity::prelude::*;

use crate::entities::enums::OwnerKind;
use crate::ids::OwnerId;

/// A person or agent that owns actions, under one canonical name.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "owners")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OwnerId,
    pub name: String,
    pub kind: OwnerKind,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
