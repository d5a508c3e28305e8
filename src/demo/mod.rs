//! stub
use crate::error::Result;
use crate::store::{NewMember, Scope, Store};
use chrono::{DateTime, Utc};
pub async fn fill(store: &Store, _seed: u64, _now: DateTime<Utc>, _zone: chrono_tz::Tz) -> Result<bool> {
    let mut m = vec![];
    for d in crate::auth::demo_members() {
        let owner_id = match d.owner {
            Some(n) => store.owner_by_name(Scope::All, n).await?.map(|o| o.id),
            None => None,
        };
        m.push(NewMember { email: d.email.into(), name: d.name.into(), role: d.role, owner_id });
    }
    store.add_members(m).await?;
    Ok(true)
}
pub async fn simulate(_store: Store, _seed: u64, _zone: chrono_tz::Tz) {}
