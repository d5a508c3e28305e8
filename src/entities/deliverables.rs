//! Something produced: a song, code, a document, an album, a video.

use sea_orm::entity::prelude::*;

use crate::entities::enums::{DeliverableStatus, DeliverableType};
use crate::ids::{ActionId, DeliverableId};

/// Something produced: a song, code, a document, an album, a video.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deliverables")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeliverableId,
    pub action_item_id: Option<ActionId>,
    pub deliverable_type: DeliverableType,
    pub title: String,
    pub description: Option<String>,
    pub cloud_storage_path: String,
    pub status: DeliverableStatus,
    /// US dollars.
    pub revenue_target: Option<Decimal>,
    /// US dollars.
    pub revenue_actual: Option<Decimal>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub published_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
