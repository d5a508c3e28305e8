//! Members.

use async_graphql::SimpleObject;

use crate::entities::members;
use crate::ids::MemberId;
use crate::schema::enums::Role;

/// Who is signed in.
#[derive(SimpleObject, Clone, Debug)]
pub struct Member {
    /// Id of the member.
    pub id: MemberId,
    /// E-mail address.
    pub email: String,
    /// Name to show.
    pub name: String,
    /// What the member may see and do.
    pub role: Role,
}

impl From<members::Model> for Member {
    fn from(row: members::Model) -> Self {
        Self { id: row.id, email: row.email, name: row.name, role: row.role.into() }
    }
}
