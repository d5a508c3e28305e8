//! The seven tables of the warehouse as data: what they hold, in which columns, and what makes a row unique.
//!
//! Rates are percentages from 0 to 100 and absent where there is nothing to divide by. Days are those of `RPM_TIMEZONE`.

/// A table of the warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// How many actions get done, by owner and funnel stage.
    ActionCompletionMetrics,
    /// Actions done beside revenue, by result.
    RevenueCorrelation,
    /// What agents got done, and how well they were.
    AgentPerformance,
    /// How fast actions pass the stages of the funnel.
    FunnelVelocity,
    /// How well a week's plan was carried out.
    PlanEffectiveness,
    /// What was made, published and earned.
    DeliverableMetrics,
    /// How far the albums are.
    AlbumAnalytics,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A day (`2025-10-27`).
    Date,
    /// Text.
    String,
    /// A whole number of 64 bits.
    Integer,
    /// A number of 64 bits with a fraction.
    Float,
    /// An exact decimal: 38 digits, 9 of them behind the point.
    Numeric,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// What that means, in which unit, and when it is absent.
    pub description: &'static str,
}

const fn column(name: &'static str, kind: ColumnKind, description: &'static str) -> Column {
    Column { name, kind, description }
}

use ColumnKind::{Date, Float, Integer, Numeric, String};

impl Table {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ActionCompletionMetrics,
        Self::RevenueCorrelation,
        Self::AgentPerformance,
        Self::FunnelVelocity,
        Self::PlanEffectiveness,
        Self::DeliverableMetrics,
        Self::AlbumAnalytics,
    ];

    /// Its name in the warehouse.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActionCompletionMetrics => "action_completion_metrics",
            Self::RevenueCorrelation => "revenue_correlation",
            Self::AgentPerformance => "agent_performance",
            Self::FunnelVelocity => "funnel_velocity",
            Self::PlanEffectiveness => "rpm_plan_effectiveness",
            Self::DeliverableMetrics => "deliverable_metrics",
            Self::AlbumAnalytics => "suno_album_analytics",
        }
    }

    /// The table of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// What it holds.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::ActionCompletionMetrics => {
                "How many actions get done. A row for each day, owner and funnel stage: the actions created on that day, as they stand now."
            }
            Self::RevenueCorrelation => "Actions done beside revenue. A row for each result of a week.",
            Self::AgentPerformance => "What agents got done and how well they were. A row for each day and agent.",
            Self::FunnelVelocity => "How fast actions pass the funnel. A row for each week, project and stage.",
            Self::PlanEffectiveness => "How well plans are carried out. A row for each week and project.",
            Self::DeliverableMetrics => {
                "What was made, published and earned. A row for each day and type: the deliverables created on that day, as they stand now."
            }
            Self::AlbumAnalytics => "How far the albums are. A row for each day and album.",
        }
    }

    /// The column that says which day a row belongs to; the table is partitioned by it. Weekly tables name the week's first day.
    #[must_use]
    pub const fn day(self) -> &'static str {
        self.columns()[0].name
    }

    /// The columns that make a row unique within a day. A value of them may be absent.
    #[must_use]
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Self::ActionCompletionMetrics => &["owner", "funnel_stage"],
            Self::RevenueCorrelation => &["result_id"],
            Self::AgentPerformance => &["agent_name"],
            Self::FunnelVelocity => &["project", "funnel_stage"],
            Self::PlanEffectiveness => &["project"],
            Self::DeliverableMetrics => &["deliverable_type"],
            Self::AlbumAnalytics => &["album_name"],
        }
    }

    /// Its columns, the day first.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::ActionCompletionMetrics => ACTION_COMPLETION_METRICS,
            Self::RevenueCorrelation => REVENUE_CORRELATION,
            Self::AgentPerformance => AGENT_PERFORMANCE,
            Self::FunnelVelocity => FUNNEL_VELOCITY,
            Self::PlanEffectiveness => PLAN_EFFECTIVENESS,
            Self::DeliverableMetrics => DELIVERABLE_METRICS,
            Self::AlbumAnalytics => ALBUM_ANALYTICS,
        }
    }
}

const ACTION_COMPLETION_METRICS: &[Column] = &[
    column("date", Date, "The day on which the actions were created."),
    column("owner", String, "Their owner, as the plan names it; absent for actions of nobody."),
    column("funnel_stage", String, "Their stage: top, middle or bottom."),
    column("total_actions", Integer, "How many actions."),
    column("completed_actions", Integer, "How many of them are completed."),
    column("completion_rate", Float, "Completed of all, in percent."),
    column("avg_hours_to_complete", Float, "Average whole hours from creation to completion; absent where none is completed."),
    column("blocked_actions", Integer, "How many of them are blocked."),
    column("avg_estimated_hours", Float, "Average estimate, in hours; absent where none is estimated."),
    column("avg_actual_hours", Float, "Average time spent, in hours; absent where none is known."),
    column(
        "estimation_accuracy",
        Float,
        "Average time spent, divided by the average estimate; absent where either is, or the estimate is 0.",
    ),
];

const REVENUE_CORRELATION: &[Column] = &[
    column("week_start", Date, "First day of the week."),
    column("result_id", String, "Id of the result (UUID)."),
    column("result_text", String, "The result as the plan words it."),
    column("action_items_completed", Integer, "How many of its actions are completed."),
    column("action_items_total", Integer, "How many actions it has."),
    column("completion_rate", Float, "Completed of all, in percent; absent where it has none."),
    column("revenue_target", Numeric, "Revenue aimed at, in US dollars; of a range the middle; absent where there is none."),
    column("revenue_actual", Numeric, "Revenue earned, in US dollars; absent where none is known."),
    column("revenue_achievement_rate", Float, "Earned of aimed at, in percent; absent where either is, or the target is 0."),
    column(
        "profit_margin",
        Float,
        "Profit of revenue, in percent. Always absent: neither plans nor deliverables nor songs say what they cost.",
    ),
];

const AGENT_PERFORMANCE: &[Column] = &[
    column("date", Date, "The day."),
    column("agent_name", String, "Name of the agent."),
    column("actions_completed", Integer, "Actions that it completed on the day."),
    column(
        "avg_completion_time_hours",
        Float,
        "Average hours from their creation to their completion; absent where there are none.",
    ),
    column("health_score_avg", Float, "Average health of the day's heartbeats, from 0 to 100; absent where there were none."),
    column("health_score_min", Float, "The lowest of them."),
    column("error_count", Integer, "How many heartbeats told of an error."),
    column("idle_time_hours", Float, "Time spent idle, in hours."),
    column("active_time_hours", Float, "Time spent at work, in hours."),
    column("utilization_rate", Float, "Active of active and idle time, in percent; absent where both are 0."),
];

const FUNNEL_VELOCITY: &[Column] = &[
    column("week_start", Date, "First day of the week."),
    column("project", String, "Code of the project whose week it is; MAIN where there is only one."),
    column("funnel_stage", String, "The stage: top, middle or bottom."),
    column("actions_entered", Integer, "How many of the week's actions entered it."),
    column("actions_completed", Integer, "How many were completed in it."),
    column("avg_days_in_stage", Float, "Average days from entering to leaving or completing; absent where none did."),
    column(
        "bottleneck_score",
        Float,
        "Its average days divided by the mean of the stages: the higher, the narrower; absent where there are none.",
    ),
    column("completion_rate", Float, "Completed of entered, in percent; absent where none entered."),
];

const PLAN_EFFECTIVENESS: &[Column] = &[
    column("week_start", Date, "First day of the week."),
    column("project", String, "Code of the project whose week it is; MAIN where there is only one."),
    column("total_results", Integer, "How many results the plan has."),
    column("results_achieved", Integer, "How many of them are achieved."),
    column("total_actions", Integer, "How many actions it has."),
    column("actions_completed", Integer, "How many of them are completed."),
    column(
        "on_time_completion_rate",
        Float,
        "Completed by their due date, of those completed that have one, in percent; absent where there are none.",
    ),
    column("jesse_completion_rate", Float, "Completed of the principal's actions, in percent; absent where there are none."),
    column("team_completion_rate", Float, "Completed of everybody else's actions, in percent; absent where there are none."),
    column("avg_cycle_time_days", Float, "Average days from creation to completion; absent where none is completed."),
    column("velocity_score", Float, "Completed actions for each day of the week that has begun; absent before the week."),
    column("week_end", Date, "Last day of the week."),
    column("principal_actions", Integer, "How many of the actions the principal owns, alone or with others."),
    column("principal_completed", Integer, "How many of these are completed."),
    column("revenue_target_low", Numeric, "Low end of the revenue aimed at, in US dollars; absent where there is none."),
    column(
        "revenue_target_high",
        Numeric,
        "High end of it, the low end again where it is one figure; absent where there is none.",
    ),
    column("revenue_actual", Numeric, "Revenue earned with its deliverables, in US dollars; absent where none is known."),
];

const DELIVERABLE_METRICS: &[Column] = &[
    column("date", Date, "The day on which the deliverables were created."),
    column("deliverable_type", String, "Their type."),
    column("deliverables_created", Integer, "How many were created."),
    column("deliverables_published", Integer, "How many of them are published."),
    column("revenue_target", Numeric, "Revenue aimed at with them, in US dollars; absent where there is none."),
    column("revenue_actual", Numeric, "Revenue earned with them, in US dollars; absent where none is known."),
    column("revenue_achievement_rate", Float, "Earned of aimed at, in percent; absent where either is, or the target is 0."),
    column("avg_time_to_publish_days", Float, "Average days from creation to publishing; absent where none is published."),
];

const ALBUM_ANALYTICS: &[Column] = &[
    column("date", Date, "The day."),
    column("album_name", String, "Name of the album; absent for songs of none."),
    column("songs_generated", Integer, "How many songs there were by the end of the day."),
    column("songs_mastered", Integer, "How many of them are mastered."),
    column("songs_released", Integer, "How many of them are released."),
    column("total_duration_minutes", Float, "How long they are together, in minutes."),
    column("avg_bpm", Float, "Average tempo, in beats a minute; absent where none is known."),
    column("genre_distribution", String, "JSON object: how many songs of each genre."),
    column("revenue_target", Numeric, "Revenue aimed at with the album, in US dollars; absent where there is none."),
    column("revenue_actual", Numeric, "Revenue earned with it, in US dollars; absent where none is known."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_columns_and_the_day_is_the_first() {
        for table in Table::ALL {
            let names: Vec<_> = table.columns().iter().map(|column| column.name).collect();
            assert_eq!(table.columns()[0].kind, Date, "{}", table.name());
            assert!(table.key().iter().all(|key| names[1..].contains(key)), "{}", table.name());
            assert_eq!(Table::named(table.name()), Some(table));
        }
    }
}
