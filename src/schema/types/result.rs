//! Results.

use async_graphql::SimpleObject;

use crate::entities::results;
use crate::ids::{ResultId, WeekId};
use crate::schema::enums::ResultStatus;
use crate::schema::scalars::{DateTime, Json};

/// A result: what a week is committed to achieve, and why it matters.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(name = "Result", complex)]
pub struct PlanResult {
    /// Global id.
    pub id: ResultId,
    #[graphql(skip)]
    pub week_id: WeekId,
    /// Code within the week (`R1`, `PHASE-2`).
    pub code: String,
    /// The result in one line.
    pub text: String,
    /// Why it matters; the plan's purpose where the result states none of its own.
    pub purpose: String,
    /// What will be true when it is reached; null when not stated.
    pub outcome: Option<String>,
    /// How it is checked; null when not stated.
    pub verification_criteria: Option<String>,
    /// Who is responsible, as written; null when not stated.
    pub owner: Option<String>,
    /// 1 is the highest; null when not stated.
    pub priority: Option<i32>,
    /// Kind of work (`ARCH`, `DEV`, `DOCS` …); null when not stated.
    pub category: Option<String>,
    /// Where the result stands.
    pub status: ResultStatus,
    /// Order within the plan, from 0.
    pub position: i32,
    /// When its last action was completed; null while it is open.
    pub completion_date: Option<DateTime>,
    /// What else the document says of the result, by key.
    pub metadata: Json,
    /// When the result was first read or made.
    pub created_at: DateTime,
    /// When the result last changed.
    pub updated_at: DateTime,
}

impl From<results::Model> for PlanResult {
    fn from(row: results::Model) -> Self {
        Self {
            id: row.id,
            week_id: row.weekly_plan_id,
            code: row.result_code,
            text: row.result_text,
            purpose: row.purpose,
            outcome: row.outcome,
            verification_criteria: row.verification_criteria,
            owner: row.owner,
            priority: (row.priority > 0).then_some(row.priority),
            category: row.category,
            status: row.status.into(),
            position: row.position,
            completion_date: row.completion_date.map(DateTime),
            metadata: Json(row.metadata),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}
