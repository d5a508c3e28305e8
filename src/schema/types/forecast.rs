//! When open work will be completed, and what that rests on.

use async_graphql::{Enum, SimpleObject};
use rust_decimal::Decimal as Number;
use rust_decimal::prelude::FromPrimitive;

use crate::analytics::forecast;
use crate::ids::{ActionId, ResultId};
use crate::schema::enums::FunnelStage;
use crate::schema::scalars::{DateTime, Decimal, two_decimals};

/// Why there are no dates.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "forecast::Missing")]
pub enum ForecastMissing {
    /// It is completed.
    Completed,
    /// It has no actions that you may see, or is cancelled.
    NoActions,
    /// Nothing that you may see was completed after it was made, in the 180 days before.
    NoHistory,
    /// It is left behind in every draw.
    LeftBehind,
}

/// What is to be known about a forecast.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "forecast::Flag")]
pub enum ForecastFlag {
    /// It is blocked (of a result or week: an open action of it); the forecast is as if it were freed at once.
    Blocked,
    /// It waits for an action that is blocked, directly or not.
    WaitsForBlocked,
    /// Its due date has passed.
    Overdue,
    /// It is more likely to be left behind than to be completed (of a result or week: an open action of it).
    LikelyLeftBehind,
    /// Nothing that it is compared with took as long as it is old.
    OlderThanHistory,
    /// The expected date lies behind all that was observed: take it as “not foreseeable”.
    ExpectedBeyondHistory,
    /// The latest date lies behind all that was observed: it may as well never be completed.
    LatestBeyondHistory,
}

/// What the actions that an action is compared with have in common with it: the first of these in which it is known of ten that were open
/// at its age what became of them.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "forecast::Level")]
pub enum ForecastLevel {
    /// First owner, stage and estimate.
    OwnerStageEstimate,
    /// First owner and stage.
    OwnerStage,
    /// First owner.
    Owner,
    /// Stage.
    Stage,
    /// Nothing: they are all actions.
    All,
}

/// From when on time is measured.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "forecast::Clock")]
pub enum ForecastClock {
    /// From when an action was made.
    Created,
    /// From when work on it began; for actions in progress.
    Started,
}

/// How much work was estimated.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "forecast::Estimate")]
pub enum EstimateBand {
    /// No estimate.
    Missing,
    /// Up to 2 hours.
    #[graphql(name = "UP_TO_2")]
    UpTo2,
    /// More than 2, up to 4 hours.
    #[graphql(name = "UP_TO_4")]
    UpTo4,
    /// More than 4, up to 8 hours.
    #[graphql(name = "UP_TO_8")]
    UpTo8,
    /// More than 8 hours.
    More,
}

/// Why a result is at risk.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "forecast::Risk")]
pub enum ResultRisk {
    /// Open actions of it are blocked.
    Blocked,
    /// Open actions of it wait for actions that are blocked.
    WaitsForBlocked,
    /// Open actions of it are past their due date.
    Overdue,
    /// Open actions of it are more likely to be left behind than to be completed.
    LikelyLeftBehind,
    /// It is expected behind the end of its week.
    ForecastAfterEnd,
    /// None of its actions has begun, and half of the week has passed.
    NotStartedLate,
}

/// What the forecast of an action rests on: actions of the last 180 days that you may see, at most the newest 5,000.
#[derive(SimpleObject, Clone, Debug)]
pub struct ForecastBasis {
    /// What they have in common with it.
    pub level: ForecastLevel,
    /// From when on time is measured.
    pub clock: ForecastClock,
    /// First owner of the action; null when it has none.
    pub owner: Option<String>,
    /// Stage of the action.
    pub stage: FunnelStage,
    /// Estimate of the action.
    pub estimate: EstimateBand,
    /// How old the action is by that clock, in days.
    pub age_days: Option<Decimal>,
    /// How many of them were completed.
    pub completed: i64,
    /// Of these, how many took longer than the action is old: what is drawn from.
    pub completed_later: i64,
    /// How many of them were left behind: open a week after the end of their week.
    pub left_behind: i64,
    /// How many of them are open, and not left behind: that they have not been completed counts until their age.
    pub open: i64,
    /// The shortest time in which one of them was completed, in days.
    pub shortest_days: Option<Decimal>,
    /// The median of these times, in days.
    pub median_days: Option<Decimal>,
    /// The longest of these times, in days.
    pub longest_days: Option<Decimal>,
}

/// When an action will be completed, if it is and things go on as they went, and how likely it is left behind: a Monte Carlo over how long
/// actions took before. docs/forecasts.md has the formulas, and how often the dates held.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct ActionForecast {
    #[graphql(skip)]
    pub blocked_ids: Vec<ActionId>,
    /// The instant as of which is forecast: the same question has the same answer.
    pub as_of: DateTime,
    /// Completed by then in a tenth of the draws in which it is completed; null when there are no dates.
    pub earliest: Option<DateTime>,
    /// Completed by then in half of the draws in which it is completed; null when there are no dates.
    pub expected: Option<DateTime>,
    /// Completed by then in nine tenths of the draws in which it is completed, so that 80 % of these are between the earliest and this.
    pub latest: Option<DateTime>,
    /// Why there are no dates; null when there are.
    pub missing: Option<ForecastMissing>,
    /// How likely it is completed by the end of its week, 0–100 with two decimals; null without a history.
    pub in_time_probability: Option<Decimal>,
    /// How likely it is left behind: open a week after the end of its week; 0–100 with two decimals; null without a history.
    pub left_behind_probability: Option<Decimal>,
    /// What is to be known.
    pub flags: Vec<ForecastFlag>,
    /// What the dates rest on; null when there are none.
    pub basis: Option<ForecastBasis>,
    /// How often it was drawn.
    pub draws: i64,
}

/// When the last action of a result or week will be completed, of those that are not left behind, over the actions that you may see.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct PlanForecast {
    #[graphql(skip)]
    pub blocked_ids: Vec<ActionId>,
    #[graphql(skip)]
    pub last_id: Option<ActionId>,
    /// The instant as of which is forecast: the same question has the same answer.
    pub as_of: DateTime,
    /// All that is completed is so by then in a tenth of the draws; null when there are no dates.
    pub earliest: Option<DateTime>,
    /// All that is completed is so by then in half of the draws; null when there are no dates.
    pub expected: Option<DateTime>,
    /// All that is completed is so by then in nine tenths of the draws; null when there are no dates.
    pub latest: Option<DateTime>,
    /// Why there are no dates; null when there are.
    pub missing: Option<ForecastMissing>,
    /// How likely all of it is completed by the end of the week, 0–100 with two decimals; null when there are no dates.
    pub in_time_probability: Option<Decimal>,
    /// How many actions are open.
    pub open_actions: i64,
    /// How many of these will be completed by the end of the week, on average; null when there are no dates.
    pub open_actions_in_time: Option<Decimal>,
    /// How many of these will be left behind, on average: open a week after the end of the week; null when there are no dates.
    pub open_actions_left_behind: Option<Decimal>,
    /// What is to be known of any of its open actions, and of its own dates.
    pub flags: Vec<ForecastFlag>,
    /// How often `lastAction` is the last one, 0–100 with two decimals; null when there are no dates.
    pub last_action_probability: Option<Decimal>,
    /// How often it was drawn.
    pub draws: i64,
}

/// An open action that is expected behind the end of its week.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct CarryOverCandidate {
    #[graphql(skip)]
    pub action_id: ActionId,
    /// When it will be completed.
    pub forecast: ActionForecast,
}

/// A result that is not likely to be reached in time.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct AtRiskResult {
    #[graphql(skip)]
    pub result_id: ResultId,
    /// Why, at least one reason, each at most once.
    pub reasons: Vec<RiskReason>,
    /// When it will be reached.
    pub forecast: PlanForecast,
}

/// Why a result is at risk.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct RiskReason {
    #[graphql(skip)]
    pub action_ids: Vec<ActionId>,
    /// Which kind of reason.
    pub risk: ResultRisk,
    /// The reason in words, with the codes of the actions it is about.
    pub text: String,
}

impl From<forecast::Reason> for RiskReason {
    fn from(reason: forecast::Reason) -> Self {
        Self { risk: reason.risk.into(), text: reason.text, action_ids: reason.actions }
    }
}

/// A measured number with two decimals.
fn number(value: f64) -> Option<Decimal> {
    two_decimals(Number::from_f64(value))
}

fn percent(share: Option<f64>) -> Option<Decimal> {
    share.and_then(|share| number(100.0 * share))
}

fn days(seconds: f64) -> Option<Decimal> {
    number(seconds / 86_400.0)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<forecast::Basis> for ForecastBasis {
    fn from(basis: forecast::Basis) -> Self {
        let [shortest, median, longest] = basis.times;
        Self {
            level: basis.level.into(),
            clock: basis.clock.into(),
            owner: basis.owner,
            stage: basis.stage.into(),
            estimate: basis.estimate.into(),
            age_days: days(basis.age),
            completed: count(basis.completed),
            completed_later: count(basis.longer),
            left_behind: count(basis.left_behind),
            open: count(basis.open),
            shortest_days: days(shortest),
            median_days: days(median),
            longest_days: days(longest),
        }
    }
}

impl ActionForecast {
    /// A forecast as it is shown.
    #[must_use]
    pub fn new(moment: forecast::Moment, forecast: forecast::ActionForecast) -> Self {
        let dates = forecast.interval.ok();
        Self {
            blocked_ids: forecast.blocked_by,
            as_of: moment.as_of.into(),
            earliest: dates.map(|dates| dates.earliest.into()),
            expected: dates.map(|dates| dates.expected.into()),
            latest: dates.map(|dates| dates.latest.into()),
            missing: forecast.interval.err().map(Into::into),
            in_time_probability: percent(forecast.in_time),
            left_behind_probability: percent(forecast.left_behind),
            flags: forecast.flags.into_iter().map(Into::into).collect(),
            basis: forecast.basis.map(Into::into),
            draws: count(forecast::DRAWS),
        }
    }
}

impl PlanForecast {
    /// A forecast as it is shown.
    #[must_use]
    pub fn new(moment: forecast::Moment, forecast: forecast::PlanForecast) -> Self {
        let dates = forecast.interval.ok();
        Self {
            blocked_ids: forecast.blocked_by,
            last_id: forecast.last.map(|last| last.0),
            as_of: moment.as_of.into(),
            earliest: dates.map(|dates| dates.earliest.into()),
            expected: dates.map(|dates| dates.expected.into()),
            latest: dates.map(|dates| dates.latest.into()),
            missing: forecast.interval.err().map(Into::into),
            in_time_probability: percent(forecast.in_time),
            open_actions: count(forecast.open),
            open_actions_in_time: forecast.open_in_time.and_then(number),
            open_actions_left_behind: forecast.open_left_behind.and_then(number),
            flags: forecast.flags.into_iter().map(Into::into).collect(),
            last_action_probability: percent(forecast.last.map(|last| last.1)),
            draws: count(forecast::DRAWS),
        }
    }
}
