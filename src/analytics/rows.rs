//! The rows of the warehouse's seven tables, for some days. The warehouse writes them, and `analytics` in GraphQL shows them: the same.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use super::agent::Performance;
use super::formulas::{achievement, days, estimation_accuracy, mean, percentage};
use super::funnel::Funnel;
use super::tables::Table;
use super::trends::{Plan, plans};
use super::{Basis, Span, album, week};
use crate::entities::enums::ResultStatus;
use crate::error::{Error, Result};
use crate::ids::WeekId;
use crate::store::{ActionDay, AgentDay, AlbumDay, DeliverableDay, ResultSums, Scope, Store};

/// A row: every column of its table by name. Exact decimals are strings, other numbers are numbers, what is absent is null.
pub type Row = Map<String, Value>;

/// The most rows that one call makes.
pub const MAX_ROWS: u32 = 1_000_000;

/// The rows of a table for some days (of weekly tables: for the weeks that begin in them), by day and key.
///
/// # Errors
/// The database's own; when there are more than [`MAX_ROWS`].
pub async fn rows(store: &Store, basis: &Basis, table: Table, span: Span) -> Result<Vec<Row>> {
    let rows = rows_up_to(store, basis, table, span, Utc::now(), MAX_ROWS + 1).await?;
    if rows.len() > MAX_ROWS as usize {
        return Err(Error::internal(format!("{} has more than {MAX_ROWS} rows in {span:?}", table.name())));
    }
    Ok(rows)
}

/// The same at some present, and not more than so many: days that have not begun then have no albums and no agents. A span of weekly
/// tables is read whole, there are few.
///
/// # Errors
/// The database's own.
pub async fn rows_up_to(
    store: &Store,
    basis: &Basis,
    table: Table,
    span: Span,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Row>> {
    let Span { from, through } = span;
    let today = basis.day(now);
    let values: Vec<Value> = match table {
        Table::ActionCompletionMetrics => {
            store.action_days(from, through, basis.zone, limit).await?.iter().map(of_actions).collect()
        }
        Table::RevenueCorrelation => {
            let plans = plans(store, basis, span).await?;
            plans.iter().flat_map(|plan| plan.results.iter().map(|result| of_result(plan.week.first_day, result))).collect()
        }
        Table::AgentPerformance => {
            let stale = basis.agent_stale_after.as_secs_f64();
            let span = (from, through.min(today));
            let days = store.agent_days(Scope::All, None, span, basis.zone, stale, now, limit).await?;
            days.iter().map(of_agent).collect()
        }
        Table::FunnelVelocity => funnel_rows(store, span).await?,
        Table::PlanEffectiveness => plans(store, basis, span).await?.iter().map(|plan| of_plan(plan, today)).collect(),
        Table::DeliverableMetrics => {
            store.deliverable_days(from, through, basis.zone, limit).await?.iter().map(of_deliverables).collect()
        }
        Table::AlbumAnalytics => {
            store.album_days(from, through.min(today), basis.zone, limit).await?.iter().map(of_album).collect()
        }
    };
    values.into_iter().take(limit as usize).map(|value| complete(table, value)).collect()
}

/// A row with exactly the columns of its table.
fn complete(table: Table, value: Value) -> Result<Row> {
    match value {
        Value::Object(row)
            if row.len() == table.columns().len() && table.columns().iter().all(|column| row.contains_key(column.name)) =>
        {
            Ok(row)
        }
        _ => Err(Error::internal(format!("a row of {} has other columns than the table", table.name()))),
    }
}

fn float(value: Option<Decimal>) -> Value {
    value.and_then(|value| value.to_f64()).map_or(Value::Null, Value::from)
}

fn numeric(value: Option<Decimal>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_string()))
}

fn of_actions(day: &ActionDay) -> Value {
    json!({
        "date": day.day,
        "owner": day.owner,
        "funnel_stage": day.stage.as_str(),
        "total_actions": day.total,
        "completed_actions": day.completed,
        "completion_rate": float(percentage(day.completed, day.total)),
        "avg_hours_to_complete": float(mean(day.whole_hours, day.timed)),
        "blocked_actions": day.blocked,
        "avg_estimated_hours": float(mean(day.estimated_hours, day.estimated)),
        "avg_actual_hours": float(mean(day.recorded_hours, day.recorded)),
        "estimation_accuracy":
            float(estimation_accuracy((day.recorded_hours, day.recorded), (day.estimated_hours, day.estimated))),
    })
}

fn of_result(first: NaiveDate, result: &ResultSums) -> Value {
    json!({
        "week_start": first,
        "result_id": result.result_id.to_string(),
        "result_text": result.result_text,
        "action_items_completed": result.completed,
        "action_items_total": result.total,
        "completion_rate": float(percentage(result.completed, result.total)),
        "revenue_target": numeric(result.target),
        "revenue_actual": numeric(result.actual),
        "revenue_achievement_rate": float(achievement(result.actual, result.target)),
        // There are no costs in plans, deliverables or songs to compute it from.
        "profit_margin": Value::Null,
    })
}

fn of_agent(day: &AgentDay) -> Value {
    let performance = Performance::over([day]);
    json!({
        "date": day.day,
        "agent_name": day.agent_name,
        "actions_completed": performance.completed,
        "avg_completion_time_hours": float(performance.average_completion_hours()),
        "health_score_avg": float(performance.health_average()),
        "health_score_min": float(performance.health_minimum.map(Decimal::from)),
        "error_count": performance.errors,
        "idle_time_hours": float(Some(performance.idle_hours())),
        "active_time_hours": float(Some(performance.active_hours())),
        "utilization_rate": float(performance.utilization()),
    })
}

async fn funnel_rows(store: &Store, span: Span) -> Result<Vec<Value>> {
    let weeks = store.plan_weeks(span.from, span.through).await?;
    let ids: Vec<WeekId> = weeks.iter().map(|week| week.id).collect();
    let sums = store.stage_sums_by_week(Scope::All, &ids).await?;
    let mut by_week: std::collections::HashMap<WeekId, Vec<_>> = std::collections::HashMap::new();
    for stage in sums {
        by_week.entry(stage.week_id).or_default().push(stage);
    }
    let rows = weeks.iter().flat_map(|week| {
        let funnel = Funnel::new(by_week.get(&week.id).map_or(&[], Vec::as_slice), &[]);
        funnel.stages.into_iter().map(|stage| {
            json!({
                "week_start": week.first_day,
                "project": week.project,
                "funnel_stage": stage.stage.as_str(),
                "actions_entered": stage.entered,
                "actions_completed": stage.completed,
                "avg_days_in_stage": float(stage.average_days),
                "bottleneck_score": float(stage.score),
                "completion_rate": float(stage.completion_rate()),
            })
        })
    });
    Ok(rows.collect())
}

fn of_plan(plan: &Plan, today: NaiveDate) -> Value {
    let Plan { week, sums, results } = plan;
    let (principal, revenue) = (week::principal(sums), plan.revenue());
    let achieved = results.iter().filter(|result| result.status == ResultStatus::Completed).count();
    json!({
        "week_start": week.first_day,
        "project": week.project,
        "total_results": results.len(),
        "results_achieved": achieved,
        "total_actions": sums.total,
        "actions_completed": sums.completed,
        "on_time_completion_rate": float(week::on_time_rate(sums)),
        "jesse_completion_rate": float(principal.rate()),
        "team_completion_rate": float(week::team(sums).rate()),
        "avg_cycle_time_days": float(week::cycle_time_days(sums)),
        "velocity_score": float(week::velocity(sums.completed, (week.first_day, week.last_day), today)),
        "week_end": week.last_day,
        "principal_actions": principal.total,
        "principal_completed": principal.completed,
        "revenue_target_low": numeric(revenue.target_low),
        "revenue_target_high": numeric(revenue.target_high),
        "revenue_actual": numeric(revenue.actual),
    })
}

fn of_deliverables(day: &DeliverableDay) -> Value {
    json!({
        "date": day.day,
        "deliverable_type": day.kind.as_str(),
        "deliverables_created": day.created,
        "deliverables_published": day.published,
        "revenue_target": numeric(day.target),
        "revenue_actual": numeric(day.actual),
        "revenue_achievement_rate": float(achievement(day.actual, day.target)),
        "avg_time_to_publish_days": float(mean(days(day.seconds), day.timed)),
    })
}

fn of_album(day: &AlbumDay) -> Value {
    json!({
        "date": day.day,
        "album_name": day.album,
        "songs_generated": day.generated,
        "songs_mastered": day.mastered,
        "songs_released": day.released,
        "total_duration_minutes": float(Some(album::minutes(day))),
        "avg_bpm": float(album::average_bpm(day)),
        "genre_distribution": day.genres.to_string(),
        "revenue_target": numeric(day.target),
        "revenue_actual": numeric(day.actual),
    })
}
