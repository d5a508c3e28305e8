//! Deliverables.

use async_graphql::SimpleObject;

use crate::analytics::formulas::achievement;
use crate::entities::deliverables;
use crate::ids::{ActionId, DeliverableId};
use crate::schema::enums::{DeliverableStatus, DeliverableType};
use crate::schema::scalars::{DateTime, Decimal, Json, two_decimals};

/// Something produced: a song, code, a document, an album or a video.
#[derive(SimpleObject, Clone, Debug)]
#[graphql(complex)]
pub struct Deliverable {
    /// Global id.
    pub id: DeliverableId,
    #[graphql(skip)]
    pub action_id: Option<ActionId>,
    /// What kind of thing it is.
    pub r#type: DeliverableType,
    /// Its title.
    pub title: String,
    /// What it is; null when not described.
    pub description: Option<String>,
    /// Where its file lies in the data lake.
    pub cloud_storage_path: String,
    /// How far it is on its way out.
    pub status: DeliverableStatus,
    /// Revenue it is to bring, in US dollars; null when none is set.
    pub revenue_target: Option<Decimal>,
    /// Revenue it has brought so far, in US dollars; null when none is recorded.
    pub revenue_actual: Option<Decimal>,
    /// Revenue ÷ its target, in percent with two decimals; null when either is absent or the target is 0.
    pub revenue_achievement_rate: Option<Decimal>,
    /// Genre, duration, links and the like, by key.
    pub metadata: Json,
    /// When it was recorded.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    /// When it was published; null before.
    pub published_at: Option<DateTime>,
}

impl From<deliverables::Model> for Deliverable {
    fn from(row: deliverables::Model) -> Self {
        Self {
            id: row.id,
            action_id: row.action_item_id,
            r#type: row.deliverable_type.into(),
            title: row.title,
            description: row.description,
            cloud_storage_path: row.cloud_storage_path,
            status: row.status.into(),
            revenue_target: row.revenue_target.map(Decimal),
            revenue_actual: row.revenue_actual.map(Decimal),
            revenue_achievement_rate: two_decimals(achievement(row.revenue_actual, row.revenue_target)),
            metadata: Json(row.metadata),
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
            published_at: row.published_at.map(DateTime),
        }
    }
}
