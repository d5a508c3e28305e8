//! A plan as the database holds it, as a document.

use serde_json::Value;

use super::document::{ActionDocument, PlanDocument, ResultDocument};
use crate::entities::enums::ActionStatus;
use crate::entities::{actions, projects, results, weeks};

/// The rows of a week.
#[derive(Clone, Debug)]
pub struct HeldPlan {
    /// Its project.
    pub project: projects::Model,
    /// The week.
    pub week: weeks::Model,
    /// Its results with their actions, in their order.
    pub results: Vec<(results::Model, Vec<actions::Model>)>,
}

impl From<HeldPlan> for PlanDocument {
    /// The document that would say what the database holds: what people did since it was read is in it.
    fn from(held: HeldPlan) -> Self {
        let HeldPlan { project, week, results } = held;
        Self {
            project: (!project.is_default).then_some(project.code),
            code: week.code,
            title: week.title,
            week_start: week.week_start_date,
            week_end: week.week_end_date,
            owner: text(week.owner),
            classification: week.classification,
            version: week.version,
            last_updated: None,
            revenue_target: week.revenue_target_low.zip(week.revenue_target_high),
            metadata: object(week.metadata),
            results: results.into_iter().map(|(result, actions)| result_document(result, actions)).collect(),
        }
    }
}

fn result_document(row: results::Model, actions: Vec<actions::Model>) -> ResultDocument {
    ResultDocument {
        code: row.result_code,
        text: row.result_text,
        purpose: text(row.purpose),
        outcome: row.outcome,
        verification: row.verification_criteria,
        owner: row.owner,
        priority: (row.priority != 0).then_some(row.priority),
        category: row.category,
        status: Some(row.status),
        metadata: object(row.metadata),
        actions: actions.into_iter().map(action_document).collect(),
        line: 0,
    }
}

fn action_document(row: actions::Model) -> ActionDocument {
    let dependencies = row.dependencies.as_array().into_iter().flatten();
    ActionDocument {
        code: row.action_code,
        text: row.action_text,
        description: row.description,
        owner: row.owner,
        status: Some(row.status),
        due: row.due_date,
        completed_at: row.completion_date.filter(|_| row.status == ActionStatus::Completed),
        funnel_stage: Some(row.funnel_stage),
        estimated_hours: row.estimated_hours,
        actual_hours: row.actual_hours,
        dependencies: dependencies.filter_map(|code| code.as_str().map(str::to_owned)).collect(),
        blocker: row.blocker_description,
        verification: row.verification_criteria,
        evidence: row.evidence_path,
        metadata: object(row.metadata),
        line: 0,
    }
}

fn text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => serde_json::Map::new(),
    }
}
