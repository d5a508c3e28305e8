//! The warehouse's tables as views: the rows that the hourly export writes, computed from the database.

use async_graphql::{Context, Object};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::access::{access, roles, see};
use super::context::{ContextExt, asked, told};
use crate::analytics::Span;
use crate::analytics::tables::Table;
use crate::auth::Permission;
use crate::error::{ClientError, Error, Result};
use crate::schema::scalars::Date;
use crate::schema::types::{
    ActionCompletionMetrics, AgentPerformanceMetrics, AlbumAnalytics, DeliverableMetrics, FunnelVelocityMetrics,
    PlanEffectiveness, RevenueCorrelation,
};

/// The longest span of a view, in days.
const MAX_DAYS: i64 = 366;
/// The span of a view where none is given, in days: four weeks.
const DEFAULT_DAYS: u32 = 28;
/// The most rows of a view.
pub(super) const MAX_ROWS: u32 = 1000;

/// The entrance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AnalyticsQuery;

#[Object]
impl AnalyticsQuery {
    /// The seven tables of the warehouse (`rpm_analytics`), for some days: what the export writes of them, as of now.
    #[graphql(visible = "see::company", directive = access::apply(roles(Permission::ReadCompany)))]
    async fn analytics(&self, ctx: &Context<'_>) -> Result<Analytics> {
        ctx.require(Permission::ReadCompany)?;
        Ok(Analytics)
    }
}

/// The warehouse's tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analytics;

/// The rows of a table between two days, typed.
async fn view<T: DeserializeOwned>(ctx: &Context<'_>, table: Table, from: Option<Date>, through: Option<Date>) -> Result<Vec<T>> {
    let span = span(ctx, from, through)?;
    let rows = told(ctx, asked(ctx)?.rows(table, span, ctx.now(), MAX_ROWS + 1).await?);
    if rows.len() > MAX_ROWS as usize {
        return Err(ClientError::input("from", format!("More than {MAX_ROWS} rows: ask for fewer days")).into());
    }
    rows.into_iter().map(|row| serde_json::from_value(Value::Object(row)).map_err(Error::internal)).collect()
}

fn span(ctx: &Context<'_>, from: Option<Date>, through: Option<Date>) -> Result<Span> {
    let through = match through {
        Some(day) => day.0,
        None => ctx.today()?,
    };
    let from = from.map_or_else(|| Span::ending(through, DEFAULT_DAYS).from, |day| day.0);
    let span = Span { from, through };
    match span.days() {
        ..=0 => Err(ClientError::input("through", "`through` is before `from`").into()),
        1..=MAX_DAYS => Ok(span),
        days => Err(ClientError::input("from", format!("A span is {MAX_DAYS} days at most, not {days}")).into()),
    }
}

/// The warehouse's tables, each with the names of its columns. Days are those of RPM_TIMEZONE; a span is 366 days long at most, and a
/// view has 1000 rows at most.
#[Object]
impl Analytics {
    /// How many actions get done: a row for each day, owner text and funnel stage, of the actions created on that day.
    async fn action_completion_metrics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<ActionCompletionMetrics>> {
        view(ctx, Table::ActionCompletionMetrics, from, through).await
    }

    /// Actions done beside revenue: a row for each result of the weeks that begin in these days.
    async fn revenue_correlation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<RevenueCorrelation>> {
        view(ctx, Table::RevenueCorrelation, from, through).await
    }

    /// What agents got done and how well they were: a row for each day and agent that reported or completed something.
    async fn agent_performance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<AgentPerformanceMetrics>> {
        view(ctx, Table::AgentPerformance, from, through).await
    }

    /// How fast actions pass the funnel: three rows for each week that begins in these days.
    async fn funnel_velocity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<FunnelVelocityMetrics>> {
        view(ctx, Table::FunnelVelocity, from, through).await
    }

    /// How well plans are carried out: a row for each week that begins in these days.
    async fn plan_effectiveness(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<PlanEffectiveness>> {
        view(ctx, Table::PlanEffectiveness, from, through).await
    }

    /// What was made, published and earned: a row for each day and type, of the deliverables created on that day.
    async fn deliverable_metrics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<DeliverableMetrics>> {
        view(ctx, Table::DeliverableMetrics, from, through).await
    }

    /// How far the albums were: a row for each day and album.
    async fn album_analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; 27 days before the last where absent.")] from: Option<Date>,
        #[graphql(desc = "Last day, included; today where absent.")] through: Option<Date>,
    ) -> Result<Vec<AlbumAnalytics>> {
        view(ctx, Table::AlbumAnalytics, from, through).await
    }
}
