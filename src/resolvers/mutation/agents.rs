//! What agents report.

use async_graphql::{Context, Object};

use super::check;
use crate::auth::Permission;
use crate::entities::enums::Role;
use crate::error::ClientError;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, payload};
use crate::schema::inputs::RecordHeartbeatInput;
use crate::schema::payloads::RecordHeartbeatPayload;
use crate::store::{ActionKey, Heartbeat, Scope};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AgentMutation;

#[Object]
impl AgentMutation {
    /// Records what an agent reports of itself: its state now, and a line of its history.
    #[graphql(visible = "see::heartbeats", directive = access::apply(roles(Permission::ReportHeartbeat)))]
    async fn record_heartbeat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: RecordHeartbeatInput,
    ) -> Nullable<RecordHeartbeatPayload> {
        payload(async {
            let viewer = ctx.actor(Permission::ReportHeartbeat)?;
            let agent = check::owner("input.agent", input.agent)?;
            if viewer.role == Role::Agent {
                let named = ctx.store()?.owner_by_name(Scope::All, &agent).await?;
                if named.is_none_or(|owner| Some(owner.id) != viewer.owner_id) {
                    return Err(ClientError::not_found("agent", agent).into());
                }
            }
            let now = ctx.now();
            let metadata = input.metadata.map_or_else(|| serde_json::json!({}), |metadata| metadata.0);
            if !metadata.is_object() {
                return Err(ClientError::input("input.metadata", "`input.metadata` must be a JSON object").into());
            }
            let heartbeat = Heartbeat {
                agent,
                status: input.status.into(),
                health_score: check::score("input.healthScore", input.health_score)?,
                current_action: input.current_action_code.map(ActionKey::Code),
                error: check::optional_text("input.error", input.error)?,
                session_start: input.session_start.map(|start| start.0),
                reported_at: check::past("input.reportedAt", input.reported_at.map_or(now, |instant| instant.0), now)?,
                metadata,
            };
            let agent = ctx.store()?.record_heartbeat(viewer.scope(), &viewer.email, &heartbeat).await?;
            Ok(RecordHeartbeatPayload { agent: ctx.shown(agent)?.into() })
        })
        .await
    }
}
