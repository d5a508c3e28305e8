//! Which fields a column holds, or rows that are found by one. `schema/types` says the same for the executor; a test asks both for
//! everything and compares.

use crate::auth::Permission;
use crate::store::Form;

/// What a field is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Column(&'static str, Form),
    Rows(Relation),
}

/// Rows that a field leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    // At the top.
    Week,
    CurrentWeek,
    Weeks,
    Action,
    Actions,
    Results,
    Agents,
    // Below another row.
    ProjectOfWeek,
    ResultsOfWeek,
    ActionsOfWeek,
    WeekOfResult,
    ActionsOfResult,
    ResultOfAction,
    ActionOfAgent,
}

impl Relation {
    /// The name of the type of its rows.
    pub(super) const fn of(self) -> &'static str {
        match self {
            Self::Week | Self::CurrentWeek | Self::Weeks | Self::WeekOfResult => "Week",
            Self::Action | Self::Actions | Self::ActionsOfWeek | Self::ActionsOfResult | Self::ActionOfAgent => "Action",
            Self::Results | Self::ResultsOfWeek | Self::ResultOfAction => "Result",
            Self::Agents => "Agent",
            Self::ProjectOfWeek => "Project",
        }
    }

    /// Whether it is a page of rows, and not one.
    pub(super) const fn is_page(self) -> bool {
        matches!(
            self,
            Self::Weeks
                | Self::Actions
                | Self::Results
                | Self::Agents
                | Self::ResultsOfWeek
                | Self::ActionsOfWeek
                | Self::ActionsOfResult
        )
    }

    /// The column of the row above by which its rows are found; none at the top.
    pub(super) const fn key(self) -> Option<&'static str> {
        match self {
            Self::Week | Self::CurrentWeek | Self::Weeks | Self::Action | Self::Actions | Self::Results | Self::Agents => None,
            Self::ResultsOfWeek | Self::ActionsOfWeek | Self::ActionsOfResult => Some("id"),
            Self::ProjectOfWeek => Some("project_id"),
            Self::WeekOfResult => Some("weekly_plan_id"),
            Self::ResultOfAction => Some("result_id"),
            Self::ActionOfAgent => Some("current_action_id"),
        }
    }
}

/// What a root field leads to. Each of them needs [`ROOT_PERMISSION`].
pub(super) fn root(name: &str) -> Option<Relation> {
    Some(match name {
        "week" => Relation::Week,
        "currentWeek" => Relation::CurrentWeek,
        "weeks" => Relation::Weeks,
        "action" => Relation::Action,
        "actions" => Relation::Actions,
        "results" => Relation::Results,
        "agents" => Relation::Agents,
        _ => return None,
    })
}

/// What the root fields need.
pub(super) const ROOT_PERMISSION: Permission = Permission::ReadPlans;

/// The fields that are the same for everybody who sees the row but for this one: of a week's stored rate, which is of all its actions.
pub(super) const OF_ALL_ACTIONS: (&str, &str) = ("Week", "completionRate");

/// What a field of a type is; none where the executor has to say.
pub(super) fn field(ty: &str, name: &str) -> Option<Field> {
    use Field::{Column, Rows};
    use Form::{Decimal, Instant, Liveness, Plain, Rank, Upper};
    Some(match (ty, name) {
        (_, "id") => Column("id", Plain),
        ("Week" | "Result" | "Action", "createdAt") => Column("created_at", Instant),
        ("Week" | "Result" | "Action" | "Agent", "updatedAt") => Column("updated_at", Instant),

        ("Project", "code") => Column("code", Plain),
        ("Project", "title") => Column("title", Plain),
        ("Project", "isDefault") => Column("is_default", Plain),

        ("Week", "code") => Column("code", Plain),
        ("Week", "title") => Column("title", Plain),
        ("Week", "startDate") => Column("week_start_date", Plain),
        ("Week", "endDate") => Column("week_end_date", Plain),
        ("Week", "status") => Column("status", Upper),
        ("Week", "owner") => Column("owner", Plain),
        ("Week", "classification") => Column("classification", Plain),
        ("Week", "version") => Column("version", Plain),
        ("Week", "completionRate") => Column("completion_rate", Decimal),
        ("Week", "revenueTargetLow") => Column("revenue_target_low", Decimal),
        ("Week", "revenueTargetHigh") => Column("revenue_target_high", Decimal),
        ("Week", "project") => Rows(Relation::ProjectOfWeek),
        ("Week", "results") => Rows(Relation::ResultsOfWeek),
        ("Week", "actions") => Rows(Relation::ActionsOfWeek),

        ("Result", "code") => Column("result_code", Plain),
        ("Result", "text") => Column("result_text", Plain),
        ("Result", "purpose") => Column("purpose", Plain),
        ("Result", "outcome") => Column("outcome", Plain),
        ("Result", "verificationCriteria") => Column("verification_criteria", Plain),
        ("Result", "owner") => Column("owner", Plain),
        ("Result", "priority") => Column("priority", Rank),
        ("Result", "category") => Column("category", Plain),
        ("Result", "status") => Column("status", Upper),
        ("Result", "position") => Column("position", Plain),
        ("Result", "completionDate") => Column("completion_date", Instant),
        ("Result", "week") => Rows(Relation::WeekOfResult),
        ("Result", "actions") => Rows(Relation::ActionsOfResult),

        ("Action", "code") => Column("action_code", Plain),
        ("Action", "text") => Column("action_text", Plain),
        ("Action", "description") => Column("description", Plain),
        ("Action", "ownerText") => Column("owner", Plain),
        ("Action", "status") => Column("status", Upper),
        ("Action", "funnelStage") => Column("funnel_stage", Upper),
        ("Action", "position") => Column("position", Plain),
        ("Action", "dueDate") => Column("due_date", Instant),
        ("Action", "startedAt") => Column("started_at", Instant),
        ("Action", "completionDate") => Column("completion_date", Instant),
        ("Action", "estimatedHours") => Column("estimated_hours", Decimal),
        ("Action", "actualHours") => Column("actual_hours", Decimal),
        ("Action", "blockerDescription") => Column("blocker_description", Plain),
        ("Action", "verificationCriteria") => Column("verification_criteria", Plain),
        ("Action", "evidencePath") => Column("evidence_path", Plain),
        ("Action", "result") => Rows(Relation::ResultOfAction),

        ("Agent", "name") => Column("agent_name", Plain),
        ("Agent", "status") => Column("status", Liveness),
        ("Agent", "healthScore") => Column("health_score", Plain),
        ("Agent", "lastHeartbeat") => Column("last_heartbeat", Instant),
        ("Agent", "sessionStart") => Column("session_start", Instant),
        ("Agent", "totalActionsCompleted") => Column("total_actions_completed", Plain),
        ("Agent", "totalHoursWorked") => Column("total_hours_worked", Decimal),
        ("Agent", "errorLog") => Column("error_log", Plain),
        ("Agent", "currentAction") => Rows(Relation::ActionOfAgent),

        _ => return None,
    })
}
