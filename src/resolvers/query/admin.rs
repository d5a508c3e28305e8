//! Queries of those who look after the whole: members, keys, the audit log, and sums.

use async_graphql::{Context, Object};

use crate::analytics::album;
use crate::analytics::formulas::{achievement, percentage};
use crate::auth::Permission;
use crate::error::Result;
use crate::resolvers::access::{access, roles, see};
use crate::resolvers::arguments::list;
use crate::resolvers::context::{ContextExt, asked, told};
use crate::resolvers::member::with_members;
use crate::schema::connection::page;
use crate::schema::inputs::AuditFilter;
use crate::schema::scalars::{Cursor, DateTime, Decimal, two_decimals};
use crate::schema::types::{ApiKey, AuditEntry, AuditPage, InvestorSummary, Member};
use crate::store;

/// Members, keys, the audit log, and sums.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AdminQuery;

#[Object]
impl AdminQuery {
    /// The company in sums; `completionTrends` shows how it went.
    #[graphql(visible = "see::sums", directive = access::apply(roles(Permission::ReadSums)))]
    async fn investor_summary(&self, ctx: &Context<'_>) -> Result<InvestorSummary> {
        ctx.require(Permission::ReadSums)?;
        let answer = asked(ctx)?.summary().await?;
        let written_at = answer.from_warehouse.iter().filter_map(|(_, age)| age.written_at).min();
        let sums = told(ctx, answer);
        Ok(InvestorSummary {
            as_of: DateTime(written_at.unwrap_or_else(|| ctx.now())),
            completion_rate: two_decimals(percentage(sums.completed_actions, sums.actions)),
            weeks: sums.weeks,
            actions: sums.actions,
            completed_actions: sums.completed_actions,
            published_deliverables: sums.published_deliverables,
            deliverable_achievement_rate: two_decimals(achievement(Some(sums.deliverable_revenue), sums.deliverable_target)),
            song_achievement_rate: two_decimals(achievement(Some(sums.song_revenue), sums.song_target)),
            deliverable_revenue: Decimal(sums.deliverable_revenue),
            deliverable_revenue_target: sums.deliverable_target.map(Decimal),
            songs: sums.songs,
            released_songs: sums.released_songs,
            song_revenue: Decimal(sums.song_revenue),
            song_revenue_target: sums.song_target.map(Decimal),
            album_goal: album::GOAL,
            released_albums: sums.released_albums,
        })
    }

    /// Everybody who may sign in or might once, by e-mail.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        ctx.require(Permission::ManageAccess)?;
        Ok(ctx.store()?.members().await?.into_iter().map(Into::into).collect())
    }

    /// Every API key, revoked or not, the newest first.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Vec<ApiKey>> {
        ctx.require(Permission::ManageAccess)?;
        let keys = ctx.store()?.api_keys().await?;
        with_members(ctx.store()?, keys, |key| key.member_id, ApiKey::new).await
    }

    /// Who did what: changes, sign-ins, keys and roles, the newest first. The log begins with this version of the server and is kept
    /// for good.
    #[graphql(visible = "see::access", directive = access::apply(roles(Permission::ManageAccess)))]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of it.")] filter: Option<AuditFilter>,
        #[graphql(desc = "How many, 1–100; 50 where absent.")] first: Option<i32>,
        #[graphql(desc = "Only what was written before this entry.")] before: Option<Cursor>,
    ) -> Result<AuditPage> {
        ctx.require(Permission::ManageAccess)?;
        let AuditFilter { kind, actor, action_id } = filter.unwrap_or_default();
        let filter = store::AuditFilter { kinds: list("filter.kind", kind)?, actor, action_id };
        let page = page(first, None, None, None)?;
        let mut rows = ctx.store()?.audit_before(&filter, before.map(|cursor| cursor.0), page.limit + 1).await?;
        let has_next_page = rows.len() as u64 > page.limit;
        rows.truncate(usize::try_from(page.limit).unwrap_or(usize::MAX));
        let nodes: Vec<AuditEntry> = rows.into_iter().map(Into::into).collect();
        Ok(AuditPage { end_cursor: nodes.last().map(|entry| entry.cursor), nodes, has_next_page })
    }
}
