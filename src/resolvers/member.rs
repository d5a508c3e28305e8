//! Members, and what is theirs.

use std::collections::HashMap;

use crate::auth::Viewer;
use crate::entities::enums::Role;
use crate::error::Result;
use crate::ids::MemberId;
use crate::schema::types::Member;
use crate::store::{Store, Whose};

/// Whose alerts and calendar links a viewer manages: its own; an ADMIN everybody's.
pub(super) fn whose(viewer: &Viewer) -> Whose {
    if viewer.role == Role::Admin { Whose::Everybodys } else { Whose::Of(viewer.member_id) }
}

/// Rows as the schema shows them, each with the member that it belongs to, in the order given.
pub(super) async fn with_members<R, T>(
    store: &Store,
    rows: Vec<R>,
    owner: fn(&R) -> MemberId,
    show: fn(R, Member) -> T,
) -> Result<Vec<T>> {
    let members = store.members_by_id(&rows.iter().map(owner).collect::<Vec<_>>()).await?;
    let members: HashMap<MemberId, Member> = members.into_iter().map(|member| (member.id, member.into())).collect();
    // A row whose member went between the two statements is left out.
    let shown = rows.into_iter().filter_map(|row| Some((members.get(&owner(&row))?.clone(), row)));
    Ok(shown.map(|(member, row)| show(row, member)).collect())
}
