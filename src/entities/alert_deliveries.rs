//! An alert on its way to a subscriber, and what became of it.

use sea_orm::entity::prelude::*;

use crate::entities::enums::{AlertKind, DeliveryState};
use crate::ids::{AlertDeliveryId, AlertMessageId, AlertSubscriptionId};

/// An alert on its way to a subscriber, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AlertDeliveryId,
    pub subscription_id: AlertSubscriptionId,
    pub kind: AlertKind,
    /// What it is about, and which occurrence of it: once for each subscription and kind.
    pub subject: String,
    /// What its member could see when it was decided (the name of a scope).
    pub seen_by: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    pub state: DeliveryState,
    pub attempts: i32,
    /// The message that it is in, from the first try on; none by webhook.
    pub message_id: Option<AlertMessageId>,
    /// While it is being sent: when somebody else may.
    pub next_attempt_at: DateTimeUtc,
    pub last_error: Option<String>,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
