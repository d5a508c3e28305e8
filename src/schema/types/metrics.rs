//! The metrics of weeks, their revenue and their funnel.

use async_graphql::SimpleObject;
use chrono::NaiveDate;

use super::{ActionCounts, Deliverable, Week};
use crate::analytics::formulas::days_begun;
use crate::analytics::{funnel, revenue, week};
use crate::ids::{ResultId, WeekId};
use crate::schema::enums::FunnelStage;
use crate::schema::scalars::{Date, Decimal, two_decimals};
use crate::store::{ActionSums, Counts, ResultSums};

/// How many of some actions are done.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct Completion {
    /// All of them.
    pub total: i64,
    /// Of these, completed.
    pub completed: i64,
    /// Completed ÷ all, 0–100 with two decimals; null when there are none.
    pub rate: Option<Decimal>,
}

impl From<week::Completion> for Completion {
    fn from(part: week::Completion) -> Self {
        Self { total: part.total, completed: part.completed, rate: two_decimals(part.rate()) }
    }
}

/// How a week goes, over the actions that you may see. docs/metrics.md has every formula.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct WeekMetrics {
    #[graphql(skip)]
    pub week_id: WeekId,
    #[graphql(skip)]
    pub plan_target: (Option<rust_decimal::Decimal>, Option<rust_decimal::Decimal>),
    /// How many of the plan's days have begun (RPM_TIMEZONE), 0 before the first.
    pub days_elapsed: i64,
    /// How many actions stand where.
    pub actions: ActionCounts,
    /// Completed ÷ all actions, 0–100 with two decimals; null when there are none.
    pub completion_rate: Option<Decimal>,
    /// The actions that the principal (RPM_PRINCIPAL) owns, alone or with others.
    pub principal: Completion,
    /// All other actions: with the principal's these are all.
    pub team: Completion,
    /// Completed actions ÷ days elapsed; null before the first day.
    pub velocity: Option<Decimal>,
    /// Completed by their due date, of the completed actions that have one, 0–100; null when there are none.
    pub on_time_rate: Option<Decimal>,
    /// Average days from the making of an action to its completion; null when none was completed after it was made.
    pub cycle_time_days: Option<Decimal>,
    /// Average estimate in hours; null when nothing is estimated.
    pub average_estimated_hours: Option<Decimal>,
    /// Average hours spent; null when none are recorded.
    pub average_actual_hours: Option<Decimal>,
    /// Average hours spent ÷ average estimate (1 is as estimated, 2 took twice as long); null when either is absent or the estimate is 0.
    pub estimation_accuracy: Option<Decimal>,
}

impl WeekMetrics {
    /// The metrics of a week, today.
    #[must_use]
    pub fn new(week: &Week, sums: &ActionSums, today: NaiveDate) -> Self {
        let days = (week.start_date.0, week.end_date.0);
        let counts = Counts {
            total: sums.total,
            pending: sums.pending,
            in_progress: sums.in_progress,
            blocked: sums.blocked,
            completed: sums.completed,
        };
        Self {
            week_id: week.id,
            plan_target: (week.revenue_target_low.map(|low| low.0), week.revenue_target_high.map(|high| high.0)),
            days_elapsed: days_begun(days.0, days.1, today),
            actions: counts.into(),
            completion_rate: two_decimals(week::all(sums).rate()),
            principal: week::principal(sums).into(),
            team: week::team(sums).into(),
            velocity: two_decimals(week::velocity(sums.completed, days, today)),
            on_time_rate: two_decimals(week::on_time_rate(sums)),
            cycle_time_days: two_decimals(week::cycle_time_days(sums)),
            average_estimated_hours: two_decimals(week::average_estimated_hours(sums)),
            average_actual_hours: two_decimals(week::average_actual_hours(sums)),
            estimation_accuracy: two_decimals(week::accuracy(sums)),
        }
    }
}

/// What was aimed at and what was earned, in US dollars.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct Revenue {
    /// Low end of the target; null when there is none.
    pub target_low: Option<Decimal>,
    /// High end of the target, the low end again where it is one figure; null when there is none.
    pub target_high: Option<Decimal>,
    /// The middle of the target, which the rate is measured by; null when there is none.
    pub target: Option<Decimal>,
    /// Earned so far; null when nothing is recorded.
    pub actual: Option<Decimal>,
    /// Earned ÷ target, in percent with two decimals, above 100 where more was earned; null when either is absent or the target is 0.
    pub achievement_rate: Option<Decimal>,
}

impl From<revenue::Revenue> for Revenue {
    fn from(revenue: revenue::Revenue) -> Self {
        Self {
            target_low: two_decimals(revenue.target_low),
            target_high: two_decimals(revenue.target_high),
            target: two_decimals(revenue.target()),
            actual: two_decimals(revenue.actual),
            achievement_rate: two_decimals(revenue.achievement()),
        }
    }
}

/// A result's revenue: that of the deliverables of its actions.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct ResultRevenue {
    #[graphql(skip)]
    pub result_id: ResultId,
    /// What was aimed at and earned.
    pub revenue: Revenue,
}

impl From<&ResultSums> for ResultRevenue {
    fn from(sums: &ResultSums) -> Self {
        Self { result_id: sums.result_id, revenue: revenue::Revenue::of(sums.target, sums.actual).into() }
    }
}

/// A week's revenue, by result and by what brought the most.
#[derive(SimpleObject, Clone, Debug)]
pub struct RevenueSummary {
    /// First day of the week.
    pub start_date: Date,
    /// Last day of the week, included.
    pub end_date: Date,
    /// All of it: beside the plan's own target, or beside those of the deliverables where it states none or you see a part only.
    pub revenue: Revenue,
    /// By result, in the plan's order, at most the first 100.
    pub results: Vec<ResultRevenue>,
    /// The deliverables that brought the most, the most first; those without recorded revenue are not among them.
    pub top_deliverables: Vec<Deliverable>,
}

/// A stage of the funnel, over the actions that you may see.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct StageVelocity {
    /// Which stage.
    pub stage: FunnelStage,
    /// Actions that were ever in it.
    pub entered: i64,
    /// Of these, completed in it.
    pub completed: i64,
    /// Of these, in it now and not completed.
    pub open: i64,
    /// Average days from entering it to leaving it or completing there; null when no stay is over.
    pub average_days: Option<Decimal>,
    /// Its average days ÷ the mean of the stages' averages: above 1 is slower than the others. Null when it has no average.
    pub bottleneck_score: Option<Decimal>,
    /// Completed in it ÷ entered, 0–100; null when none entered.
    pub completion_rate: Option<Decimal>,
}

/// Somebody's open work.
#[derive(SimpleObject, Clone, Debug)]
pub struct OpenWork {
    /// Canonical name of the owner.
    pub owner: String,
    /// Actions of theirs that are not completed.
    pub open: i64,
}

/// How fast actions pass the funnel: top (ideation), middle (execution), bottom (completion).
#[derive(SimpleObject, Clone, Debug)]
pub struct FunnelVelocity {
    /// All three stages, from the top.
    pub stages: Vec<StageVelocity>,
    /// Completed ÷ all actions of the funnel, 0–100; null when there are none.
    pub completion_rate: Option<Decimal>,
    /// The slowest stage that has open work; null when no such stage has an average.
    pub bottleneck: Option<FunnelStage>,
    /// Who has open work in the bottleneck, those with the most first, at most ten.
    pub busiest: Vec<OpenWork>,
    /// What to do about it (`Parallelize Artifacts + Research tasks`): it names the two who have the most open work there, or the
    /// stage where that is nobody's. Null when there is no bottleneck.
    pub recommendation: Option<String>,
}

/// How many owners of open work are shown.
const BUSIEST: usize = 10;

impl From<funnel::Funnel> for FunnelVelocity {
    fn from(funnel: funnel::Funnel) -> Self {
        let recommendation = funnel.recommendation();
        let completed = funnel.stages.iter().map(|stage| stage.completed).sum();
        let total = completed + funnel.stages.iter().map(|stage| stage.open).sum::<i64>();
        let stages = funnel.stages.iter().map(|stage| StageVelocity {
            stage: stage.stage.into(),
            entered: stage.entered,
            completed: stage.completed,
            open: stage.open,
            average_days: two_decimals(stage.average_days),
            bottleneck_score: two_decimals(stage.score),
            completion_rate: two_decimals(stage.completion_rate()),
        });
        Self {
            stages: stages.collect(),
            completion_rate: two_decimals(week::Completion { total, completed }.rate()),
            bottleneck: funnel.bottleneck.map(Into::into),
            busiest: funnel.busy.into_iter().take(BUSIEST).map(|(owner, open)| OpenWork { owner, open }).collect(),
            recommendation,
        }
    }
}

/// The results of a week.
#[derive(SimpleObject, Clone, Copy, Debug)]
pub struct ResultCounts {
    /// All results.
    pub total: i64,
    /// Of these, completed.
    pub achieved: i64,
}
