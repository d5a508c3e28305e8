//! `rpm-api member`: who may sign in, and as what.

use super::{Database, Use, print};
use crate::config::{Common, Member, MemberRole};
use crate::entities::enums::Role;
use crate::error::{ClientError, Error, Result};
use crate::store::{NewMember, Scope, Store};

/// Adds or lists members.
///
/// # Errors
/// When the e-mail or the owner cannot be used, or the database fails.
pub async fn run(common: &Common, member: &Member) -> Result<()> {
    let database = Database::open(common, Use::Join).await?;
    let outcome = apply(&database.store, member).await;
    database.close().await;
    outcome
}

async fn apply(store: &Store, member: &Member) -> Result<()> {
    let Member::Add { email, role, name, owner } = member else { return list(store).await };
    let (local, domain) = email.trim().split_once('@').unwrap_or_default();
    if local.is_empty() || domain.is_empty() || email.chars().count() > 320 {
        return Err(Error::internal(format!("{email:?} is not an e-mail address")));
    }
    let owner_id = match owner {
        None => None,
        Some(name) => {
            let owner = store.owner_by_name(Scope::All, name).await?;
            Some(owner.ok_or_else(|| ClientError::not_found("owner", name))?.id)
        }
    };
    let role = match role {
        MemberRole::Admin => Role::Admin,
        MemberRole::Vip => Role::Vip,
        MemberRole::Team => Role::Team,
        MemberRole::Agent => Role::Agent,
        MemberRole::Investor => Role::Investor,
    };
    let name = name.clone().unwrap_or_else(|| email.trim().to_owned());
    store.add_members(vec![NewMember { email: email.clone(), name, role, owner_id }]).await?;
    list(store).await
}

async fn list(store: &Store) -> Result<()> {
    for member in store.members().await? {
        let revoked = if member.revoked_at.is_some() { "\trevoked" } else { "" };
        print(&format!("{}\t{}\t{}{revoked}\n", member.email, member.role.as_str(), member.name))?;
    }
    Ok(())
}
