//! Who asks, and anything by its global id.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use uuid::Uuid;

use crate::auth::Permission;
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, AgentId, DeliverableId, IngestRunId, OwnerId, PeriodId, ProjectId, ResultId, SongId, WeekId};
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::context::{ContextExt, Nullable, nullable};
use crate::schema::connection::MAX_PAGE_SIZE;
use crate::schema::types::{Member, Node};
use crate::store::NodeKind;

/// The viewer, and nodes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Who is signed in.
    #[graphql(
        directive = access::apply(roles(Permission::ReadSelf))
    )]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Member> {
        let viewer = ctx.actor(Permission::ReadSelf)?.clone();
        Ok(Member { id: viewer.member_id, email: viewer.email, name: viewer.name, role: viewer.role.into(), revoked_at: None })
    }

    /// Anything by its global id; null when there is no such thing, or none that you may see.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Global id.")] id: ID) -> Nullable<Node> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            Ok(nodes(ctx, vec![id], "id").await?.pop().flatten())
        })
        .await
    }

    /// Many things by their global ids, in the order asked for; null for those that are not there or that you may not see.
    #[graphql(
        visible = "see::plans",
        directive = access::apply(roles(Permission::ReadPlans))
    )]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        ctx.require(Permission::ReadPlans)?;
        if ids.len() > MAX_PAGE_SIZE.unsigned_abs() as usize {
            return Err(ClientError::input("ids", format!("At most {MAX_PAGE_SIZE} ids at a time")).into());
        }
        nodes(ctx, ids, "ids").await
    }
}

/// Things by their ids, in the order asked for.
async fn nodes(ctx: &Context<'_>, ids: Vec<ID>, field: &str) -> Result<Vec<Option<Node>>> {
    let ids: Vec<Uuid> = ids
        .iter()
        .map(|id| id.parse().map_err(|_| ClientError::input(field, format!("{:?} is not an id: ids are UUIDs", id.as_str()))))
        .collect::<Result<_, _>>()?;
    let kinds: HashMap<Uuid, NodeKind> = ctx.store()?.node_kinds(&ids).await?.into_iter().collect();
    let loaders = ctx.loaders()?;
    let load = ids.into_iter().map(|id| {
        let kind = kinds.get(&id).copied();
        async move {
            let Some(kind) = kind else { return Ok(None) };
            Ok(match kind {
                NodeKind::Week => loaders.load_one(WeekId(id)).await?.map(|row| Node::Week(row.into())),
                NodeKind::Result => loaders.load_one(ResultId(id)).await?.map(|row| Node::Result(row.into())),
                NodeKind::Action => loaders.load_one(ActionId(id)).await?.map(|row| Node::Action(row.into())),
                NodeKind::Owner => loaders.load_one(OwnerId(id)).await?.map(|row| Node::Owner(row.into())),
                NodeKind::Agent => match loaders.load_one(AgentId(id)).await? {
                    Some(row) => Some(Node::Agent(ctx.shown(row)?.into())),
                    None => None,
                },
                NodeKind::Deliverable => loaders.load_one(DeliverableId(id)).await?.map(|row| Node::Deliverable(row.into())),
                NodeKind::Song => loaders.load_one(SongId(id)).await?.map(|row| Node::Song(row.into())),
                NodeKind::Period => loaders.load_one(PeriodId(id)).await?.map(|row| Node::Period(row.into())),
                NodeKind::IngestRun => loaders.load_one(IngestRunId(id)).await?.map(|row| Node::IngestRun(row.into())),
                NodeKind::Project => loaders.load_one(ProjectId(id)).await?.map(|row| Node::Project(row.into())),
            })
        }
    });
    futures_util::future::try_join_all(load).await
}
