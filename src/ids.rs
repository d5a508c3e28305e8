//! Typed ids: a week's id is never taken for an action's.

use sea_orm::{DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! typed_id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

typed_id! {
    /// `projects.id`
    ProjectId,
    /// `rpm_weekly_plans.id`
    WeekId,
    /// `rpm_results.id`
    ResultId,
    /// `rpm_action_items.id`
    ActionId,
    /// `owners.id`
    OwnerId,
    /// `agent_status.id`
    AgentId,
    /// `deliverables.id`
    DeliverableId,
    /// `suno_songs.id`
    SongId,
    /// `rpm_dna_periods.id`
    PeriodId,
    /// `members.id`
    MemberId,
    /// `sessions.id`
    SessionId,
    /// `api_keys.id`
    ApiKeyId,
    /// `ingest_runs.id`
    IngestRunId,
    /// `alert_subscriptions.id`
    AlertSubscriptionId,
    /// `alert_deliveries.id`
    AlertDeliveryId,
    /// `alert_deliveries.message_id`
    AlertMessageId,
    /// `calendar_feeds.id`
    CalendarFeedId,
}
