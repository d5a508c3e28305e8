//! Actions.

use async_graphql::SimpleObject;

use crate::entities::actions;
use crate::ids::{ActionId, ResultId};
use crate::schema::enums::{ActionStatus, FunnelStage};
use crate::schema::scalars::{DateTime, Decimal, Json};

/// An action of the massive action plan: one piece of work with owners, a due time and a status.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Action {
    /// Global id.
    pub id: ActionId,
    #[graphql(skip)]
    pub result_id: ResultId,
    /// Code, unique everywhere (`ARCH-BOOT-001c`).
    pub code: String,
    /// The action in one line.
    pub text: String,
    /// What exactly is to be done; null when the headline says it all.
    pub description: Option<String>,
    /// Owners as the document writes them; null when nobody is named. `owners` says whom it means.
    pub owner_text: Option<String>,
    /// Where the action stands.
    pub status: ActionStatus,
    /// How far down the funnel the work lies.
    pub funnel_stage: FunnelStage,
    /// Order within the result, from 0.
    pub position: i32,
    /// When it is due; null when no time is set.
    pub due_date: Option<DateTime>,
    /// When work began; null when nobody said so.
    pub started_at: Option<DateTime>,
    /// When it was completed; null while it is open.
    pub completion_date: Option<DateTime>,
    /// Estimated time in hours; null when not estimated.
    pub estimated_hours: Option<Decimal>,
    /// Time taken in hours; null when not recorded.
    pub actual_hours: Option<Decimal>,
    /// Codes of the actions it waits for, also of those that are not (yet) in the database.
    pub dependency_codes: Vec<String>,
    /// What holds it up, or may; null when nothing does.
    pub blocker_description: Option<String>,
    /// How it is checked, one criterion a line; null when not stated.
    pub verification_criteria: Option<String>,
    /// Where the evidence of completion lies; null when there is none.
    pub evidence_path: Option<String>,
    /// What else the document says of the action, by key.
    pub metadata: Json,
    /// When the action was first read or made.
    pub created_at: DateTime,
    /// When the action last changed; give it back as `expectedUpdatedAt` to notice a lost race.
    pub updated_at: DateTime,
}

impl From<actions::Model> for Action {
    fn from(row: actions::Model) -> Self {
        Self {
            id: row.id,
            result_id: row.result_id,
            code: row.action_code,
            text: row.action_text,
            description: row.description,
            owner_text: row.owner,
            status: row.status.into(),
            funnel_stage: row.funnel_stage.into(),
            position: row.position,
            due_date: row.due_date.map(DateTime),
            started_at: row.started_at.map(DateTime),
            completion_date: row.completion_date.map(DateTime),
            estimated_hours: row.estimated_hours.map(Decimal),
            actual_hours: row.actual_hours.map(Decimal),
            dependency_codes: serde_json::from_value(row.dependencies).unwrap_or_default(),
            blocker_description: row.blocker_description,
            verification_criteria: row.verification_criteria,
            evidence_path: row.evidence_path,
            metadata: Json(row.metadata),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}
