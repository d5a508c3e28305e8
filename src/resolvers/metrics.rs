//! Metrics of weeks, agents and albums, and how they went over time.

use async_graphql::{ComplexObject, Context, Object};

use super::access::{access, roles, see};
use super::context::{ContextExt, Nullable, asked, nullable, told};
use crate::analytics::{Span, funnel, revenue, trends};
use crate::auth::Permission;
use crate::entities::enums::ResultStatus;
use crate::entities::weeks;
use crate::error::{ClientError, Error, Result};
use crate::ids::WeekId;
use crate::loaders::{OwnerNamed, ResultSumsOfWeek, StageOwnersOfWeek, StagesOfWeek, SumsOfWeek};
use crate::schema::enums::PeriodType;
use crate::schema::scalars::Date;
use crate::schema::types::{
    AlbumProgress, FunnelVelocity, PlanResult, ResultCounts, ResultRevenue, Revenue, RevenueSummary, TrendPoint, Week,
    WeekMetrics,
};
use crate::store::{Scope, WeekKey};

/// How many of the deliverables that brought the most are shown, at most.
pub(super) const MAX_TOP_DELIVERABLES: i32 = 20;
/// How many results a summary of revenue shows.
pub(super) const MAX_RESULTS: usize = 100;
/// How many albums are shown.
const MAX_ALBUMS: u32 = 200;

/// Metrics, and how they went over time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MetricsQuery;

/// A number within its limits.
///
/// # Errors
/// `BAD_USER_INPUT`, which names the limits.
pub(super) fn within(field: &str, number: i32, least: i32, most: i32) -> Result<u32, ClientError> {
    match u32::try_from(number) {
        Ok(value) if (least..=most).contains(&number) => Ok(value),
        _ => Err(ClientError::input(field, format!("`{field}` is from {least} to {most}, not {number}"))),
    }
}

/// The week that begins on a day, or the one we are in.
async fn week(ctx: &Context<'_>, start: Option<Date>, project: Option<String>) -> Result<Option<weeks::Model>> {
    let key = match start {
        Some(day) => WeekKey::Start(project, day.0),
        None => WeekKey::Holding(project, ctx.today()?),
    };
    ctx.store()?.week(ctx.scope()?, key).await
}

#[Object]
impl MetricsQuery {
    /// A week's revenue: target, actual, by result and by what brought the most, over what you may see. Null when there is no such week.
    #[graphql(visible = "see::plans", directive = access::apply(roles(Permission::ReadPlans)))]
    async fn revenue_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day of the week; the week we are in where absent.")] week_start: Option<Date>,
        #[graphql(desc = "Code of the project; the default project where absent.")] project: Option<String>,
        #[graphql(desc = "How many of the deliverables that brought the most, 1–20.", default = 5)] top: i32,
    ) -> Nullable<RevenueSummary> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let top = within("top", top, 1, MAX_TOP_DELIVERABLES)?;
            let Some(row) = week(ctx, week_start, project).await? else { return Ok(None) };
            let scope = ctx.scope()?;
            let results = ctx.store()?.result_sums_by_week(scope, &[row.id]).await?;
            let plan = plan_target(scope, (row.revenue_target_low, row.revenue_target_high));
            let top = ctx.store()?.top_deliverables(scope, row.id, top).await?;
            Ok(Some(RevenueSummary {
                start_date: Date(row.week_start_date),
                end_date: Date(row.week_end_date),
                revenue: revenue::of_week(plan, &results).into(),
                results: results.iter().take(MAX_RESULTS).map(ResultRevenue::from).collect(),
                top_deliverables: top.into_iter().map(Into::into).collect(),
            }))
        })
        .await
    }

    /// How fast the actions of a week pass the funnel, where they are stuck, and what to do about it, over what you may see. Null when
    /// there is no such week.
    #[graphql(visible = "see::plans", directive = access::apply(roles(Permission::ReadPlans)))]
    async fn funnel_velocity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day of the week; the week we are in where absent.")] week_start: Option<Date>,
        #[graphql(desc = "Code of the project; the default project where absent.")] project: Option<String>,
    ) -> Nullable<FunnelVelocity> {
        nullable(async {
            ctx.require(Permission::ReadPlans)?;
            let Some(row) = week(ctx, week_start, project).await? else { return Ok(None) };
            funnel_of(ctx, row.id).await.map(Some)
        })
        .await
    }

    /// How completion, velocity and revenue went over the last weeks, oldest first, over all projects. Weekly: a point for each day on
    /// which plans begin, which sums up these plans as `Week.metrics` does. Other steps: the DNA periods that begin in those weeks.
    #[graphql(visible = "see::sums", directive = access::apply(roles(Permission::ReadSums)))]
    async fn completion_trends(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How long a step is.", default_with = "PeriodType::Weekly")] period: PeriodType,
        #[graphql(desc = "How many weeks back from today, 1–104.", default = 8)] weeks: i32,
    ) -> Result<Vec<TrendPoint>> {
        ctx.require(Permission::ReadSums)?;
        let most = i32::try_from(trends::MAX_WEEKS).unwrap_or(i32::MAX);
        let weeks = within("weeks", weeks, 1, most)?;
        let points = told(ctx, asked(ctx)?.trend(period.into(), weeks, ctx.today()?).await?);
        Ok(points.into_iter().map(Into::into).collect())
    }

    /// How far the albums are.
    #[graphql(visible = "see::company", directive = access::apply(roles(Permission::ReadCompany)))]
    async fn albums(&self, ctx: &Context<'_>) -> Result<AlbumProgress> {
        ctx.require(Permission::ReadCompany)?;
        let (today, zone) = (ctx.today()?, ctx.services()?.basis.zone);
        let days = ctx.store()?.album_days(today, today, zone, MAX_ALBUMS).await?;
        Ok(AlbumProgress::from(days.as_slice()))
    }
}

/// The metrics of a week.
pub(super) async fn metrics_of(ctx: &Context<'_>, week: &Week) -> Result<WeekMetrics> {
    let name = std::sync::Arc::clone(&ctx.services()?.basis.principal);
    let principal = ctx.loaders()?.load_one(OwnerNamed(name)).await?;
    let sums = ctx.loaders()?.load_one(SumsOfWeek(week.id, principal)).await?.unwrap_or_default();
    Ok(WeekMetrics::new(week, &sums, ctx.today()?))
}

async fn funnel_of(ctx: &Context<'_>, week: WeekId) -> Result<FunnelVelocity> {
    let loaders = ctx.loaders()?;
    let (stages, owners) =
        futures_util::try_join!(loaders.load_one(StagesOfWeek(week)), loaders.load_one(StageOwnersOfWeek(week)))?;
    Ok(funnel::Funnel::new(&stages.unwrap_or_default(), &owners.unwrap_or_default()).into())
}

/// A plan's own revenue target, for those who see all of its actions.
fn plan_target<T>(scope: Scope, target: T) -> Option<T> {
    (scope == Scope::All).then_some(target)
}

#[ComplexObject]
impl WeekMetrics {
    /// How many of its results are completed.
    async fn results(&self, ctx: &Context<'_>) -> Result<ResultCounts> {
        let results = ctx.loaders()?.load_one(ResultSumsOfWeek(self.week_id)).await?.unwrap_or_default();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let achieved = results.iter().filter(|result| result.status == ResultStatus::Completed).count();
        Ok(ResultCounts { total: count(results.len()), achieved: count(achieved) })
    }

    /// What was aimed at and earned: beside the plan's own target, or beside those of the deliverables where it states none or you see
    /// a part of its actions only.
    async fn revenue(&self, ctx: &Context<'_>) -> Result<Revenue> {
        let results = ctx.loaders()?.load_one(ResultSumsOfWeek(self.week_id)).await?.unwrap_or_default();
        Ok(revenue::of_week(plan_target(ctx.scope()?, self.plan_target), &results).into())
    }

    /// How fast its actions pass the funnel.
    async fn funnel(&self, ctx: &Context<'_>) -> Result<FunnelVelocity> {
        funnel_of(ctx, self.week_id).await
    }
}

#[ComplexObject]
impl ResultRevenue {
    /// The result.
    async fn result(&self, ctx: &Context<'_>) -> Result<PlanResult> {
        let result = ctx.loaders()?.load_one(self.result_id).await?;
        Ok(result.ok_or_else(|| Error::internal("revenue of a result that is not there"))?.into())
    }
}

/// The last days up to today.
pub(super) fn days_up_to_today(ctx: &Context<'_>, days: u32) -> Result<Span> {
    Ok(Span::ending(ctx.today()?, days))
}
