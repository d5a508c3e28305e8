//! What metrics are made of: counts and sums, as few rows as there are weeks, stages or days. What is divided by what is
//! `crate::analytics`' to say.
//!
//! Each of these is one statement, whatever the number of weeks or agents, and reads their rows only, by index.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::{Scope, Store};
use crate::entities::enums::{DeliverableType, FunnelStage, ResultStatus};
use crate::error::Result;
use crate::ids::{AgentId, OwnerId, ResultId, WeekId};

/// A week's actions in sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct ActionSums {
    /// All actions.
    pub total: i64,
    /// Not begun.
    pub pending: i64,
    /// Being worked on.
    pub in_progress: i64,
    /// Held up.
    pub blocked: i64,
    /// Done.
    pub completed: i64,
    /// Those that the principal owns, alone or with others.
    pub principal_total: i64,
    /// Of these, done.
    pub principal_completed: i64,
    /// Done, and had a due date.
    pub due: i64,
    /// Of these, done by it.
    pub on_time: i64,
    /// Done after they were made: what a document brings already done has no cycle.
    pub cycles: i64,
    /// From making to completion, over these, in seconds.
    pub cycle_seconds: Decimal,
    /// With an estimate.
    pub estimated: i64,
    /// Sum of the estimates.
    pub estimated_hours: Decimal,
    /// With hours spent.
    pub recorded: i64,
    /// Sum of these.
    pub recorded_hours: Decimal,
}

#[derive(FromQueryResult)]
struct WeekSums {
    week_id: WeekId,
    #[sea_orm(nested)]
    sums: ActionSums,
}

/// A result in sums.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ResultSums {
    /// Its week.
    pub week_id: WeekId,
    /// Which result.
    pub result_id: ResultId,
    /// What it says.
    pub result_text: String,
    /// Where it stands.
    pub status: ResultStatus,
    /// Its actions.
    pub total: i64,
    /// Of these, done.
    pub completed: i64,
    /// What the deliverables of its actions are to bring, US dollars; none when none is set.
    pub target: Option<Decimal>,
    /// What they brought, US dollars; none when none is recorded.
    pub actual: Option<Decimal>,
}

/// A funnel stage of a week in sums.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StageSums {
    /// The week.
    pub week_id: WeekId,
    /// The stage.
    pub stage: FunnelStage,
    /// Actions that were ever in it.
    pub entered: i64,
    /// Of these, completed in it.
    pub completed: i64,
    /// Of these, in it now and not completed.
    pub open: i64,
    /// Stays in it that are over.
    pub stays: i64,
    /// How long these were together, in seconds.
    pub stay_seconds: Decimal,
}

/// How much open work somebody has in a stage of a week.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StageOwner {
    /// The week.
    pub week_id: WeekId,
    /// The stage.
    pub stage: FunnelStage,
    /// Canonical name.
    pub owner: String,
    /// Actions of theirs that are in it and not completed.
    pub open: i64,
}

/// A plan, as far as its metrics need it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct PlanWeek {
    /// Which week.
    pub id: WeekId,
    /// Its first day.
    pub first_day: NaiveDate,
    /// Its last day, included.
    pub last_day: NaiveDate,
    /// Code of its project.
    pub project: String,
    /// Low end of its own revenue target, US dollars.
    pub target_low: Option<Decimal>,
    /// High end of it.
    pub target_high: Option<Decimal>,
}

/// The actions of an owner text and stage that were made on one day.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ActionDay {
    /// The day.
    pub day: NaiveDate,
    /// Owner as written.
    pub owner: Option<String>,
    /// Stage.
    pub stage: FunnelStage,
    /// All.
    pub total: i64,
    /// Done.
    pub completed: i64,
    /// Held up.
    pub blocked: i64,
    /// Done at a known time.
    pub timed: i64,
    /// Whole hours from making to completion, over these.
    pub whole_hours: Decimal,
    /// With an estimate.
    pub estimated: i64,
    /// Sum of the estimates.
    pub estimated_hours: Decimal,
    /// With hours spent.
    pub recorded: i64,
    /// Sum of these.
    pub recorded_hours: Decimal,
}

/// An agent's day in sums.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct AgentDay {
    /// The day.
    pub day: NaiveDate,
    /// Which agent.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// Actions of its that were completed on the day.
    pub completed: i64,
    /// Hours spent on these.
    pub hours: Decimal,
    /// Of these, completed after they were made.
    pub cycles: i64,
    /// From making to completion, over these, in seconds.
    pub cycle_seconds: Decimal,
    /// Heartbeats.
    pub beats: i64,
    /// Sum of their health scores.
    pub health_sum: i64,
    /// The lowest of them.
    pub health_least: Option<i32>,
    /// Heartbeats that told of an error.
    pub errors: i64,
    /// Time at work, in seconds.
    pub active_seconds: Decimal,
    /// Time idle, in seconds.
    pub idle_seconds: Decimal,
    /// Time in error, in seconds.
    pub error_seconds: Decimal,
}

/// The deliverables of a type that were made on one day.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct DeliverableDay {
    /// The day.
    pub day: NaiveDate,
    /// The type.
    pub kind: DeliverableType,
    /// All.
    pub created: i64,
    /// Of these, published.
    pub published: i64,
    /// What they are to bring, US dollars.
    pub target: Option<Decimal>,
    /// What they brought, US dollars.
    pub actual: Option<Decimal>,
    /// Published at a known time.
    pub timed: i64,
    /// From making to publication, over these, in seconds.
    pub seconds: Decimal,
}

/// An album by the end of a day.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub struct AlbumDay {
    /// The day.
    pub day: NaiveDate,
    /// The album; none for songs of none.
    pub album: Option<String>,
    /// Songs.
    pub generated: i64,
    /// Of these, mastered or released.
    pub mastered: i64,
    /// Of these, released.
    pub released: i64,
    /// Length of all, in seconds.
    pub seconds: i64,
    /// Songs with a tempo.
    pub timed: i64,
    /// Sum of the tempos, in beats a minute.
    pub bpm: i64,
    /// Songs by genre.
    pub genres: serde_json::Value,
    /// What they are to bring, US dollars.
    pub target: Option<Decimal>,
    /// What they brought, US dollars.
    pub actual: Option<Decimal>,
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
