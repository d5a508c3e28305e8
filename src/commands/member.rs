//! `rpm-api member`: who may sign in, and as what.

use chrono::Utc;

use super::{ACTOR, Database, Use, print};
use crate::config::{Common, Member, MemberRole};
use crate::entities::enums::Role;
use crate::entities::owners;
use crate::error::{ClientError, Error, Result};
use crate::store::{MemberChange, NewMember, Scope, Store, email_address};

/// Adds, changes or lists members.
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
    match member {
        Member::Add { email, role, name, owner } => {
            let email = &email_address(email).ok_or_else(|| Error::internal(format!("{email:?} is not an e-mail address")))?;
            let owner_id = owner_of(store, owner.as_deref()).await?.map(|owner| owner.id);
            let name = name.clone().unwrap_or_else(|| email.trim().to_owned());
            store.add_members(ACTOR, vec![NewMember { email: email.clone(), name, role: (*role).into(), owner_id }]).await?;
        }
        Member::Revoke { email } => change(store, email, MemberChange::Revoke).await?,
        Member::SignOut { email } => drop(store.sign_out_everywhere(ACTOR, email, Utc::now()).await?),
        Member::Restore { email } => change(store, email, MemberChange::Restore).await?,
        Member::SetRole { email, role, owner } => {
            let owner_id = owner_of(store, owner.as_deref()).await?.map(|owner| owner.id);
            change(store, email, MemberChange::Role { role: (*role).into(), owner_id }).await?;
        }
        Member::List => {}
    }
    list(store).await
}

async fn change(store: &Store, email: &str, change: MemberChange) -> Result<()> {
    store.change_member(ACTOR, email, change).await.map(drop)
}

/// The owner that a name means.
async fn owner_of(store: &Store, name: Option<&str>) -> Result<Option<owners::Model>> {
    let Some(name) = name else { return Ok(None) };
    let owner = store.owner_by_name(Scope::All, name).await?;
    Ok(Some(owner.ok_or_else(|| ClientError::not_found("owner", name))?))
}

impl From<MemberRole> for Role {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Admin => Self::Admin,
            MemberRole::Vip => Self::Vip,
            MemberRole::Team => Self::Team,
            MemberRole::Agent => Self::Agent,
            MemberRole::Investor => Self::Investor,
        }
    }
}

async fn list(store: &Store) -> Result<()> {
    for member in store.members().await? {
        let revoked = if member.revoked_at.is_some() { "\trevoked" } else { "" };
        print(&format!("{}\t{}\t{}{revoked}\n", member.email, member.role.as_str(), member.name))?;
    }
    Ok(())
}
