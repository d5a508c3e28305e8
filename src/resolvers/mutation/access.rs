//! Who may do what: members and API keys. For admins.

use async_graphql::{Context, Object};
use chrono::TimeDelta;

use super::check;
use crate::auth::{Permission, Viewer, secret};
use crate::entities::enums::Role;
use crate::error::{ClientError, Result};
use crate::ids::OwnerId;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::schema::inputs::{
    AddMemberInput, CreateApiKeyInput, RestoreMemberInput, RevokeApiKeyInput, RevokeMemberInput, SetMemberRoleInput,
    SignOutMemberInput,
};
use crate::schema::payloads::{
    AddMemberPayload, CreateApiKeyPayload, RestoreMemberPayload, RevokeApiKeyPayload, RevokeMemberPayload, SetMemberRolePayload,
    SignOutMemberPayload,
};
use crate::schema::types::ApiKey;
use crate::store::{MemberChange, NewApiKey, NewMember, Scope};

/// How long a key lasts where nobody says otherwise, and at most.
const KEY_LIFETIME: TimeDelta = TimeDelta::days(90);
const KEY_LIFETIME_AT_MOST: TimeDelta = TimeDelta::days(366);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AccessMutation;

/// The owner that a TEAM or AGENT member needs, and others do not have.
async fn owner_for(ctx: &Context<'_>, role: Role, name: Option<String>) -> Result<Option<OwnerId>> {
    match (role, name) {
        (Role::Team | Role::Agent, Some(name)) => {
            let owner = ctx.store()?.owner_by_name(Scope::All, &name).await?;
            Ok(Some(owner.ok_or_else(|| ClientError::not_found("owner", name))?.id))
        }
        (Role::Team | Role::Agent, None) => {
            Err(ClientError::input("input.owner", "TEAM and AGENT members see the actions of an `owner`: say whose").into())
        }
        (_, None) => Ok(None),
        (_, Some(_)) => Err(ClientError::input("input.owner", "Only TEAM and AGENT members have an `owner`").into()),
    }
}

/// Admins do not lock themselves out.
fn not_oneself(viewer: &Viewer, email: &str) -> Result<(), ClientError> {
    if viewer.email == email.trim().to_lowercase() {
        return Err(ClientError::input("input.email", "Ask another admin to change your own access"));
    }
    Ok(())
}

#[Object]
impl AccessMutation {
    /// Adds a member, who may then sign in. One whose e-mail is known already stays as it is.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn add_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and as what.")] input: AddMemberInput,
    ) -> Nullable<AddMemberPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            let email = check::email("input.email", input.email)?;
            let role = input.role.into();
            let owner_id = owner_for(ctx, role, input.owner).await?;
            let name = check::optional_text("input.name", input.name)?.unwrap_or_else(|| email.clone());
            let new = NewMember { email: email.clone(), name: name.chars().take(255).collect(), role, owner_id };
            ctx.store()?.add_members(&viewer.email, vec![new]).await?;
            let member = ctx.store()?.member_by_email(&email).await?;
            let member = member.ok_or_else(|| ClientError::not_found("member", email))?;
            Ok(AddMemberPayload { member: member.into() })
        })
        .await
    }

    /// Gives a member another role. Streams that are open under the old one end within seconds.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn set_member_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and what.")] input: SetMemberRoleInput,
    ) -> Nullable<SetMemberRolePayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            not_oneself(viewer, &input.email)?;
            let role = input.role.into();
            let owner_id = owner_for(ctx, role, input.owner).await?;
            let change = MemberChange::Role { role, owner_id };
            Ok(SetMemberRolePayload { member: ctx.store()?.change_member(&viewer.email, &input.email, change).await?.into() })
        })
        .await
    }

    /// Lets a member in no longer, wherever it is signed in and whatever keys it has. A second time does nothing.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn revoke_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: RevokeMemberInput,
    ) -> Nullable<RevokeMemberPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            not_oneself(viewer, &input.email)?;
            let member = ctx.store()?.change_member(&viewer.email, &input.email, MemberChange::Revoke).await?;
            Ok(RevokeMemberPayload { member: member.into() })
        })
        .await
    }

    /// Lets a revoked member in again. A second time does nothing.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn restore_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: RestoreMemberInput,
    ) -> Nullable<RestoreMemberPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            let member = ctx.store()?.change_member(&viewer.email, &input.email, MemberChange::Restore).await?;
            Ok(RestoreMemberPayload { member: member.into() })
        })
        .await
    }

    /// Ends every session and token of a member, who may sign in again. API keys stay.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn sign_out_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: SignOutMemberInput,
    ) -> Nullable<SignOutMemberPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            let sessions = ctx.store()?.sign_out_everywhere(&viewer.email, &input.email, ctx.now()).await?;
            Ok(SignOutMemberPayload { ended_sessions: sessions })
        })
        .await
    }

    /// Creates a key for a machine that acts as an AGENT or INVESTOR member. Each call makes another one.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and for how long.")] input: CreateApiKeyInput,
    ) -> Nullable<CreateApiKeyPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            let now = ctx.now();
            let expires_at = input.expires_at.map_or(now + KEY_LIFETIME, |instant| instant.0);
            if expires_at <= now || expires_at > now + KEY_LIFETIME_AT_MOST {
                let days = KEY_LIFETIME_AT_MOST.num_days();
                let message = format!("`input.expiresAt` is at most {days} days from now, and not past");
                return Err(ClientError::input("input.expiresAt", message).into());
            }
            let (key, hint) = secret::api_key();
            let new = NewApiKey {
                member: input.member,
                name: check::name("input.name", input.name)?,
                hint,
                hash: secret::hash(&key),
                requests_per_minute: check::budget("input.requestsPerMinute", input.requests_per_minute)?,
                cost_per_minute: check::budget("input.costPerMinute", input.cost_per_minute)?,
                expires_at,
            };
            let row = ctx.store()?.create_api_key(&viewer.email, &new).await?;
            let member = ctx.store()?.member(row.member_id).await?;
            let member = member.ok_or_else(|| ClientError::not_found("member", row.member_id))?;
            Ok(CreateApiKeyPayload { api_key: ApiKey::new(row, member.into()), secret: key })
        })
        .await
    }

    /// Revokes a key. Streams that are open by it end within seconds. A second time does nothing.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeApiKeyInput,
    ) -> Nullable<RevokeApiKeyPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ManageAccess)?;
            let row = ctx.store()?.revoke_api_key(&viewer.email, input.id).await?;
            let member = ctx.store()?.member(row.member_id).await?;
            let member = member.ok_or_else(|| ClientError::not_found("member", row.member_id))?;
            Ok(RevokeApiKeyPayload { api_key: ApiKey::new(row, member.into()) })
        })
        .await
    }
}
