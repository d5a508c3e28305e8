//! Counts and sums that metrics are made of, as the statements of `metrics` give them.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;

use crate::entities::enums::{DeliverableType, FunnelStage, ResultStatus};
use crate::ids::{AgentId, ResultId, WeekId};

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
