//! Members.

use async_graphql::SimpleObject;

use crate::entities::members;
use crate::ids::MemberId;
use crate::schema::enums::Role;
use crate::schema::scalars::DateTime;

/// Who may sign in.
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
    /// When the member's access was taken away; null while it stands.
    pub revoked_at: Option<DateTime>,
}

impl From<members::Model> for Member {
    fn from(row: members::Model) -> Self {
        Self { id: row.id, email: row.email, name: row.name, role: row.role.into(), revoked_at: row.revoked_at.map(DateTime) }
    }
}
