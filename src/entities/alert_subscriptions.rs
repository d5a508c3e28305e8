//! Who is told of what, and by which way.

use chrono::NaiveTime;
use sea_orm::entity::prelude::*;

use crate::entities::enums::AlertChannel;
use crate::ids::{AlertSubscriptionId, MemberId};

/// Who is told of what, and by which way.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_subscriptions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AlertSubscriptionId,
    pub member_id: MemberId,
    /// Texts of [`crate::entities::enums::AlertKind`].
    pub kinds: Vec<String>,
    pub channel: AlertChannel,
    /// A URL, an e-mail address, or a telephone number.
    pub address: String,
    /// Which of its secrets a webhook has.
    pub secret_number: i32,
    /// From when in the day it waits.
    pub quiet_from: Option<NaiveTime>,
    /// Until when.
    pub quiet_until: Option<NaiveTime>,
    /// Whose clocks these are by; the plans' where absent.
    pub time_zone: Option<String>,
    /// Kinds that do not wait.
    pub urgent_kinds: Vec<String>,
    pub is_active: bool,
    /// What happened before is not told.
    pub told_from: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
