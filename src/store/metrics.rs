//! What metrics are made of: counts and sums, as few rows as there are weeks, stages or days. What is divided by what is
//! `crate::analytics`' to say.
//!
//! Each of these is one statement, whatever the number of weeks or agents, and reads their rows only, by index.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::sums::{ActionDay, ActionSums, AgentDay, AlbumDay, DeliverableDay, PlanWeek, ResultSums, StageOwner, StageSums};
use super::{Scope, Store};
use crate::error::Result;
use crate::ids::{AgentId, OwnerId, WeekId};

#[derive(FromQueryResult)]
struct WeekSums {
    week_id: WeekId,
    #[sea_orm(nested)]
    sums: ActionSums,
}

/// The owner whose actions are visible, as the statements take it; `None` where nothing is.
fn visible(scope: Scope) -> Option<Option<Uuid>> {
    match scope {
        Scope::All => Some(None),
        Scope::Owner(owner) => Some(Some(owner.0)),
        Scope::Nothing => None,
    }
}

fn ids(weeks: &[WeekId]) -> Value {
    weeks.iter().map(|week| week.0).collect::<Vec<_>>().into()
}

impl Store {
    async fn sums<R: FromQueryResult>(&self, sql: &'static str, values: impl IntoIterator<Item = Value>) -> Result<Vec<R>> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let rows = self.db.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }

    /// The visible actions of many weeks; nothing for a week without any.
    pub async fn action_sums_by_week(
        &self,
        scope: Scope,
        weeks: &[WeekId],
        principal: Option<OwnerId>,
    ) -> Result<Vec<(WeekId, ActionSums)>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        let principal = principal.map(|owner| owner.0);
        let values = [ids(weeks), owner.into(), principal.into()];
        let rows: Vec<WeekSums> = self.sums(include_str!("sql/week_sums.sql"), values).await?;
        Ok(rows.into_iter().map(|row| (row.week_id, row.sums)).collect())
    }

    /// The visible results of many weeks, in the order of their plans.
    pub async fn result_sums_by_week(&self, scope: Scope, weeks: &[WeekId]) -> Result<Vec<ResultSums>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        self.sums(include_str!("sql/result_sums.sql"), [ids(weeks), owner.into()]).await
    }

    /// The stages of many weeks, those that a visible action was ever in.
    pub async fn stage_sums_by_week(&self, scope: Scope, weeks: &[WeekId]) -> Result<Vec<StageSums>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        self.sums(include_str!("sql/funnel_sums.sql"), [ids(weeks), owner.into()]).await
    }

    /// Who has visible open work in the stages of many weeks, those with the most first.
    pub async fn stage_owners_by_week(&self, scope: Scope, weeks: &[WeekId]) -> Result<Vec<StageOwner>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        self.sums(include_str!("sql/funnel_owners.sql"), [ids(weeks), owner.into()]).await
    }

    /// The plans of all projects that begin between two days, both included, by first day and project. Sums over them name nobody, so
    /// this has no scope.
    pub async fn plan_weeks(&self, from: NaiveDate, through: NaiveDate) -> Result<Vec<PlanWeek>> {
        self.sums(include_str!("sql/plan_weeks.sql"), [from.into(), through.into()]).await
    }

    /// Actions by the day on which they were made, owner text and stage: at most `limit` rows.
    pub async fn action_days(&self, from: NaiveDate, through: NaiveDate, zone: Tz, limit: u32) -> Result<Vec<ActionDay>> {
        let values = [from.into(), through.into(), zone.name().into(), i64::from(limit).into()];
        self.sums(include_str!("sql/action_days.sql"), values).await
    }

    /// Days of agents (all of them where none are named) on which they reported or visible actions of theirs were completed, by day and
    /// name: at most `limit` rows. A heartbeat tells for `stale_after_seconds` how its agent is.
    #[allow(clippy::too_many_arguments)]
    pub async fn agent_days(
        &self,
        scope: Scope,
        agents: Option<&[AgentId]>,
        (from, through): (NaiveDate, NaiveDate),
        zone: Tz,
        stale_after_seconds: f64,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<AgentDay>> {
        let Some(owner) = visible(scope) else { return Ok(Vec::new()) };
        let agents: Option<Vec<Uuid>> = agents.map(|agents| agents.iter().map(|agent| agent.0).collect());
        let values = [
            from.into(),
            through.into(),
            zone.name().into(),
            agents.into(),
            owner.into(),
            stale_after_seconds.into(),
            now.into(),
            i64::from(limit).into(),
        ];
        self.sums(include_str!("sql/agent_days.sql"), values).await
    }

    /// Deliverables by the day on which they were made and type: at most `limit` rows.
    pub async fn deliverable_days(
        &self,
        from: NaiveDate,
        through: NaiveDate,
        zone: Tz,
        limit: u32,
    ) -> Result<Vec<DeliverableDay>> {
        let values = [from.into(), through.into(), zone.name().into(), i64::from(limit).into()];
        self.sums(include_str!("sql/deliverable_days.sql"), values).await
    }

    /// Albums by the end of each day: at most `limit` rows.
    pub async fn album_days(&self, from: NaiveDate, through: NaiveDate, zone: Tz, limit: u32) -> Result<Vec<AlbumDay>> {
        let values = [from.into(), through.into(), zone.name().into(), i64::from(limit).into()];
        self.sums(include_str!("sql/album_days.sql"), values).await
    }
}
