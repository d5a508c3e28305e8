//! Weeks and projects.

use async_graphql::SimpleObject;

use crate::entities::{projects, weeks};
use crate::ids::{ProjectId, WeekId};
use crate::schema::enums::WeekStatus;
use crate::schema::scalars::{Date, DateTime, Decimal, Json};

/// A weekly plan: what is to be achieved between two days, why, and by which actions.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Week {
    /// Global id.
    pub id: WeekId,
    #[graphql(skip)]
    pub project_id: ProjectId,
    /// The document's own code (`RPM-BOOT-001`); null when it has none.
    pub code: Option<String>,
    /// The document's title.
    pub title: String,
    /// First day of the plan.
    pub start_date: Date,
    /// Last day of the plan, included. A plan may cover more than seven days.
    pub end_date: Date,
    /// Where the week stands.
    pub status: WeekStatus,
    /// Who is responsible for the plan, as its document writes it.
    pub owner: String,
    /// The document's classification (`TIER 1 ABSOLUTE STANDARD`); null when it states none.
    pub classification: Option<String>,
    /// The document's version; null when it states none.
    pub version: Option<String>,
    #[graphql(skip)]
    pub stored_rate: Option<rust_decimal::Decimal>,
    /// Low end of the week's revenue target in US dollars; null when none is stated.
    pub revenue_target_low: Option<Decimal>,
    /// High end of the week's revenue target in US dollars (the low end again where one figure is stated); null when none is stated.
    pub revenue_target_high: Option<Decimal>,
    /// What else the document says of the plan, by key.
    pub metadata: Json,
    /// When the week was first read or made.
    pub created_at: DateTime,
    /// When the week last changed.
    pub updated_at: DateTime,
}

impl From<weeks::Model> for Week {
    fn from(row: weeks::Model) -> Self {
        Self {
            id: row.id,
            project_id: row.project_id,
            code: row.code,
            title: row.title,
            start_date: Date(row.week_start_date),
            end_date: Date(row.week_end_date),
            status: row.status.into(),
            owner: row.owner,
            classification: row.classification,
            version: row.version,
            stored_rate: row.completion_rate,
            revenue_target_low: row.revenue_target_low.map(Decimal),
            revenue_target_high: row.revenue_target_high.map(Decimal),
            metadata: Json(row.metadata),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
        }
    }
}

/// A line of work with weekly plans of its own.
#[derive(SimpleObject, Clone, Debug)]
pub struct Project {
    /// Global id.
    pub id: ProjectId,
    /// Its code (`MAIN`, `BOOT`).
    pub code: String,
    /// Its title.
    pub title: String,
    /// Whether it is the project that is meant where none is named.
    pub is_default: bool,
}

impl From<projects::Model> for Project {
    fn from(row: projects::Model) -> Self {
        Self { id: row.id, code: row.code, title: row.title, is_default: row.is_default }
    }
}
