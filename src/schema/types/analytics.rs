//! The rows of the warehouse's tables, under the names of their columns.

use async_graphql::SimpleObject;
use serde::Deserialize;

use crate::schema::enums::{DeliverableType, FunnelStage};
use crate::schema::scalars::{Date, Decimal};

/// `action_completion_metrics`: the actions created on a day, by owner text and stage, as they stand now.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
pub struct ActionCompletionMetrics {
    /// The day on which the actions were created.
    pub date: Date,
    /// Their owner, as the plan names it; null for actions of nobody.
    pub owner: Option<String>,
    /// Their stage.
    pub funnel_stage: FunnelStage,
    /// How many actions.
    pub total_actions: i64,
    /// How many of them are completed.
    pub completed_actions: i64,
    /// Completed ÷ all, in percent.
    pub completion_rate: f64,
    /// Average whole hours from creation to completion; null when none is completed.
    pub avg_hours_to_complete: Option<f64>,
    /// How many of them are blocked.
    pub blocked_actions: i64,
    /// Average estimate, in hours; null when none is estimated.
    pub avg_estimated_hours: Option<f64>,
    /// Average time spent, in hours; null when none is known.
    pub avg_actual_hours: Option<f64>,
    /// Average time spent ÷ average estimate; null when either is absent or the estimate is 0.
    pub estimation_accuracy: Option<f64>,
}

/// `revenue_correlation`: a result of a week, what of it is done, and what it earned.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
pub struct RevenueCorrelation {
    /// First day of the week.
    pub week_start: Date,
    /// Id of the result.
    pub result_id: String,
    /// The result as the plan words it.
    pub result_text: String,
    /// How many of its actions are completed.
    pub action_items_completed: i64,
    /// How many actions it has.
    pub action_items_total: i64,
    /// Completed ÷ all, in percent; null when it has none.
    pub completion_rate: Option<f64>,
    /// Revenue aimed at, in US dollars; null when there is no target.
    pub revenue_target: Option<Decimal>,
    /// Revenue earned, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
    /// Earned ÷ target, in percent; null when either is absent or the target is 0.
    pub revenue_achievement_rate: Option<f64>,
    /// Profit ÷ revenue, in percent. Always null: neither plans nor deliverables nor songs say what they cost.
    pub profit_margin: Option<f64>,
}

/// `agent_performance`: an agent's day.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
#[graphql(name = "AgentPerformanceMetrics")]
pub struct AgentPerformanceMetrics {
    /// The day.
    pub date: Date,
    /// Name of the agent.
    pub agent_name: String,
    /// Actions of its that were completed on the day.
    pub actions_completed: i64,
    /// Average hours from their creation to their completion; null when there are none.
    pub avg_completion_time_hours: Option<f64>,
    /// Average health of the day's heartbeats, 0–100; null when there were none.
    pub health_score_avg: Option<f64>,
    /// The lowest of them; null when there were none.
    pub health_score_min: Option<f64>,
    /// How many heartbeats told of an error.
    pub error_count: i64,
    /// Hours idle.
    pub idle_time_hours: f64,
    /// Hours at work.
    pub active_time_hours: f64,
    /// Active ÷ (active + idle), in percent; null when both are 0.
    pub utilization_rate: Option<f64>,
}

/// `funnel_velocity`: a stage of the funnel of a week.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
pub struct FunnelVelocityMetrics {
    /// First day of the week.
    pub week_start: Date,
    /// Code of the project whose week it is.
    pub project: String,
    /// The stage.
    pub funnel_stage: FunnelStage,
    /// How many of the week's actions were ever in it.
    pub actions_entered: i64,
    /// How many were completed in it.
    pub actions_completed: i64,
    /// Average days from entering to leaving or completing; null when no stay is over.
    pub avg_days_in_stage: Option<f64>,
    /// Its average days ÷ the mean of the stages; null when it has none.
    pub bottleneck_score: Option<f64>,
    /// Completed ÷ entered, in percent; null when none entered.
    pub completion_rate: Option<f64>,
}

/// `rpm_plan_effectiveness`: how well a week's plan is carried out.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
pub struct PlanEffectiveness {
    /// First day of the week.
    pub week_start: Date,
    /// Code of the project whose week it is.
    pub project: String,
    /// How many results the plan has.
    pub total_results: i64,
    /// How many of them are completed.
    pub results_achieved: i64,
    /// How many actions it has.
    pub total_actions: i64,
    /// How many of them are completed.
    pub actions_completed: i64,
    /// Completed by their due date, of those completed that have one, in percent; null when there are none.
    pub on_time_completion_rate: Option<f64>,
    /// Completed of the principal's actions, in percent; null when there are none.
    pub jesse_completion_rate: Option<f64>,
    /// Completed of everybody else's actions, in percent; null when there are none.
    pub team_completion_rate: Option<f64>,
    /// Average days from creation to completion; null when none was completed after it was made.
    pub avg_cycle_time_days: Option<f64>,
    /// Completed actions ÷ days of the week that have begun; null before the week.
    pub velocity_score: Option<f64>,
    /// Last day of the week; null, as the principal's actions, in rows of the warehouse that an older version wrote.
    pub week_end: Option<Date>,
    /// How many of its actions are the principal's, alone or with others; see `weekEnd` for null.
    pub principal_actions: Option<i64>,
    /// How many of the principal's actions are completed; see `weekEnd` for null.
    pub principal_completed: Option<i64>,
    /// Low end of the revenue aimed at, in US dollars; null when there is no target.
    pub revenue_target_low: Option<Decimal>,
    /// High end of the revenue aimed at, the low end again where it is one figure, in US dollars; null when there is no target.
    pub revenue_target_high: Option<Decimal>,
    /// Revenue earned with its deliverables, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
}

/// `deliverable_metrics`: the deliverables of a type that were created on a day, as they stand now.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
pub struct DeliverableMetrics {
    /// The day on which the deliverables were created.
    pub date: Date,
    /// Their type.
    pub deliverable_type: DeliverableType,
    /// How many.
    pub deliverables_created: i64,
    /// How many of them are published.
    pub deliverables_published: i64,
    /// Revenue aimed at with them, in US dollars; null when there is no target.
    pub revenue_target: Option<Decimal>,
    /// Revenue earned with them, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
    /// Earned ÷ target, in percent; null when either is absent or the target is 0.
    pub revenue_achievement_rate: Option<f64>,
    /// Average days from creation to publication; null when none is published.
    pub avg_time_to_publish_days: Option<f64>,
}

/// `suno_album_analytics`: an album by the end of a day.
#[derive(SimpleObject, Deserialize, Clone, Debug)]
pub struct AlbumAnalytics {
    /// The day.
    pub date: Date,
    /// Name of the album; null for songs of none.
    pub album_name: Option<String>,
    /// How many songs there were by the end of the day.
    pub songs_generated: i64,
    /// How many of them are mastered or released now.
    pub songs_mastered: i64,
    /// How many of them were released by the end of the day.
    pub songs_released: i64,
    /// Length of all of them, in minutes.
    pub total_duration_minutes: f64,
    /// Average tempo, in beats a minute; null when none is known.
    pub avg_bpm: Option<f64>,
    /// A JSON object as text: how many songs of each genre.
    pub genre_distribution: String,
    /// Revenue aimed at with them, in US dollars; null when there is no target.
    pub revenue_target: Option<Decimal>,
    /// Revenue earned with them, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
}
