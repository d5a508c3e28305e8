//! Forecasts of weeks, results and actions.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context};
use chrono::{DurationRound, TimeDelta, Utc};

use super::context::{ContextExt, Nullable, nullable};
use crate::analytics::forecast::{ActionForecast as OfAction, History, Moment, PlanForecast as OfPlan, WeekForecast, forecast};
use crate::error::{ClientError, Error, Result};
use crate::ids::{ActionId, ResultId, WeekId};
use crate::loaders::{ForecastOfWeek, ForecastQuery};
use crate::schema::scalars::DateTime;
use crate::schema::types::{Action, ActionForecast, AtRiskResult, CarryOverCandidate, PlanForecast, PlanResult, RiskReason};
use crate::store;

/// How many actions are named as blocked, or as what a reason is about.
const MAX_NAMED: usize = 20;
/// How many carry-over candidates are shown.
const MAX_CANDIDATES: usize = 100;
/// How many results at risk are shown.
const MAX_AT_RISK: usize = 30;
/// How far from now a forecast may be asked for.
const REACH: TimeDelta = TimeDelta::days(366);

/// As of when: what was asked for, else the hour that has begun, so that for an hour the same question has the same answer.
fn query(ctx: &Context<'_>, at: Option<DateTime>) -> Result<ForecastQuery> {
    let now = Utc::now();
    let hour = now.duration_trunc(TimeDelta::hours(1)).map_err(Error::internal)?;
    store::good_until(hour + TimeDelta::hours(1));
    let as_of = at.map_or(hour, |at| at.0);
    if (as_of - now).abs() > REACH {
        return Err(ClientError::input("at", "`at` is within a year of now".to_owned()).into());
    }
    Ok(ForecastQuery { moment: Moment { as_of, zone: ctx.services()?.basis.zone }, known: as_of.min(hour) })
}

async fn of_week(ctx: &Context<'_>, week: WeekId, at: Option<DateTime>) -> Result<Arc<WeekForecast>> {
    let query = query(ctx, at)?;
    let found = ctx.loaders()?.load_one(ForecastOfWeek(week, Arc::new(query))).await?;
    // A week without actions has no rows.
    Ok(found.unwrap_or_else(|| Arc::new(forecast(&[], &History::default(), query.moment))))
}

fn action_forecast(week: &WeekForecast, action: ActionId) -> ActionForecast {
    let own: Option<&OfAction> = week.actions.get(&action);
    // It was there when it was asked for, and has been taken away since.
    ActionForecast::new(week.moment, own.cloned().unwrap_or_else(OfAction::of_nothing))
}

fn plan_forecast(week: &WeekForecast, result: ResultId) -> PlanForecast {
    let own: Option<&OfPlan> = week.results.get(&result);
    // A result without actions has none of its own.
    let own = own.cloned().unwrap_or_else(|| forecast(&[], &History::default(), week.moment).week);
    PlanForecast::new(week.moment, own)
}

/// `Week.forecast`.
pub(super) async fn forecast_of_week(ctx: &Context<'_>, week: WeekId, at: Option<DateTime>) -> Result<PlanForecast> {
    let forecast = of_week(ctx, week, at).await?;
    Ok(PlanForecast::new(forecast.moment, forecast.week.clone()))
}

/// `Result.forecast`.
pub(super) async fn forecast_of_result(ctx: &Context<'_>, result: &PlanResult, at: Option<DateTime>) -> Result<PlanForecast> {
    Ok(plan_forecast(&*of_week(ctx, result.week_id, at).await?, result.id))
}

/// `Action.forecast`.
pub(super) async fn forecast_of_action(ctx: &Context<'_>, action: &Action, at: Option<DateTime>) -> Result<ActionForecast> {
    let result = ctx.loaders()?.load_one(action.result_id).await?;
    let result = result.ok_or_else(|| Error::internal("an action without a result"))?;
    Ok(action_forecast(&*of_week(ctx, result.weekly_plan_id, at).await?, action.id))
}

/// `Week.carryOverCandidates`.
pub(super) async fn carry_over(ctx: &Context<'_>, week: WeekId, at: Option<DateTime>) -> Result<Vec<CarryOverCandidate>> {
    let forecast = of_week(ctx, week, at).await?;
    let candidate = |id: &ActionId| CarryOverCandidate { action_id: *id, forecast: action_forecast(&forecast, *id) };
    Ok(forecast.carry_over.iter().take(MAX_CANDIDATES).map(candidate).collect())
}

/// `Week.atRiskResults`.
pub(super) async fn at_risk(ctx: &Context<'_>, week: WeekId, at: Option<DateTime>) -> Result<Vec<AtRiskResult>> {
    let forecast = of_week(ctx, week, at).await?;
    let shown = forecast.at_risk.iter().take(MAX_AT_RISK).map(|own| AtRiskResult {
        result_id: own.result,
        reasons: own.reasons.iter().cloned().map(Into::into).collect(),
        forecast: plan_forecast(&forecast, own.result),
    });
    Ok(shown.collect())
}

/// Some actions, in the order of their ids here, at most [`MAX_NAMED`].
async fn named(ctx: &Context<'_>, ids: &[ActionId]) -> Result<Vec<Action>> {
    let ids = &ids[..ids.len().min(MAX_NAMED)];
    let mut found = ctx.loaders()?.load_many(ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).map(Into::into).collect())
}

async fn one(ctx: &Context<'_>, id: ActionId) -> Result<Action> {
    let action = ctx.loaders()?.load_one(id).await?;
    Ok(action.ok_or_else(|| Error::internal("a forecast of an action that is not there"))?.into())
}

#[ComplexObject]
impl ActionForecast {
    /// What is blocked that it waits for, directly or not, by code, at most 20.
    async fn blocked_by(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        named(ctx, &self.blocked_ids).await
    }
}

#[ComplexObject]
impl PlanForecast {
    /// What of its open actions, or of what they wait for, is blocked, by code, at most 20.
    async fn blocked_by(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        named(ctx, &self.blocked_ids).await
    }

    /// The action that is the last one most often; null when there are no dates.
    async fn last_action(&self, ctx: &Context<'_>) -> Nullable<Action> {
        nullable(async {
            match self.last_id {
                Some(id) => one(ctx, id).await.map(Some),
                None => Ok(None),
            }
        })
        .await
    }
}

#[ComplexObject]
impl CarryOverCandidate {
    /// The action.
    async fn action(&self, ctx: &Context<'_>) -> Result<Action> {
        one(ctx, self.action_id).await
    }
}

#[ComplexObject]
impl AtRiskResult {
    /// The result.
    async fn result(&self, ctx: &Context<'_>) -> Result<PlanResult> {
        let result = ctx.loaders()?.load_one(self.result_id).await?;
        Ok(result.ok_or_else(|| Error::internal("a forecast of a result that is not there"))?.into())
    }
}

#[ComplexObject]
impl RiskReason {
    /// The open actions that it is about, by code, at most 20.
    async fn actions(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        named(ctx, &self.action_ids).await
    }
}
