//! Owners.

use async_graphql::SimpleObject;

use crate::entities::owners;
use crate::ids::OwnerId;
use crate::schema::enums::OwnerKind;

/// A person or agent that owns actions, under one canonical name.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Owner {
    /// Global id.
    pub id: OwnerId,
    /// The canonical name (`Jesse`, `ExecMon`).
    pub name: String,
    /// Whether it is a person or an agent.
    pub kind: OwnerKind,
}

impl From<owners::Model> for Owner {
    fn from(row: owners::Model) -> Self {
        Self { id: row.id, name: row.name, kind: row.kind.into() }
    }
}
