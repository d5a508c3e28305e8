//! What mutations answer.

use async_graphql::SimpleObject;

use super::types::{Action, Agent, AlertDelivery, AlertSubscription, ApiKey, CalendarFeed, Deliverable, Member, Song};
use crate::ids::AlertSubscriptionId;

macro_rules! action_payload {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(SimpleObject)]
        pub struct $name {
            /// The action as it is now.
            pub action: Action,
        }

        impl From<crate::entities::actions::Model> for $name {
            fn from(row: crate::entities::actions::Model) -> Self {
                Self { action: row.into() }
            }
        }
    )+};
}

action_payload! {
    /// The answer to `startAction`.
    StartActionPayload;
    /// The answer to `completeAction`.
    CompleteActionPayload;
    /// The answer to `blockAction`.
    BlockActionPayload;
    /// The answer to `unblockAction`.
    UnblockActionPayload;
    /// The answer to `cancelAction`.
    CancelActionPayload;
    /// The answer to `reopenAction`.
    ReopenActionPayload;
    /// The answer to `reassignAction`.
    ReassignActionPayload;
    /// The answer to `rescheduleAction`.
    RescheduleActionPayload;
    /// The answer to `createAction`.
    CreateActionPayload;
}

/// The answer to `recordHeartbeat`.
#[derive(SimpleObject)]
pub struct RecordHeartbeatPayload {
    /// The agent as it is now.
    pub agent: Agent,
}

/// The answer to `recordRevenue`.
#[derive(SimpleObject)]
pub struct RecordRevenuePayload {
    /// The deliverable as it is now; null when the revenue was a song's.
    pub deliverable: Option<Deliverable>,
    /// The song as it is now; null when the revenue was a deliverable's.
    pub song: Option<Song>,
}

/// The answer to `publishDeliverable`.
#[derive(SimpleObject)]
pub struct PublishDeliverablePayload {
    /// The deliverable as it is now.
    pub deliverable: Deliverable,
}

macro_rules! member_payload {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(SimpleObject)]
        pub struct $name {
            /// The member as it is now.
            pub member: Member,
        }
    )+};
}

member_payload! {
    /// The answer to `addMember`.
    AddMemberPayload;
    /// The answer to `setMemberRole`.
    SetMemberRolePayload;
    /// The answer to `revokeMember`.
    RevokeMemberPayload;
    /// The answer to `restoreMember`.
    RestoreMemberPayload;
}

/// The answer to `signOutMember`.
#[derive(SimpleObject)]
pub struct SignOutMemberPayload {
    /// How many sessions were on.
    pub ended_sessions: u64,
}

/// The answer to `createApiKey`.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The key as it is listed.
    pub api_key: ApiKey,
    /// The key itself, to be sent as `Authorization: Bearer …`. It is not shown again.
    pub secret: String,
}

/// The answer to `revokeApiKey`.
#[derive(SimpleObject)]
pub struct RevokeApiKeyPayload {
    /// The key as it is now.
    pub api_key: ApiKey,
}

/// The answer to `createAlertSubscription`.
#[derive(SimpleObject)]
pub struct CreateAlertSubscriptionPayload {
    /// The subscription.
    pub subscription: AlertSubscription,
    /// The secret that its webhooks are signed with (`whsec_…`). It is not shown again. Null for other channels.
    pub secret: Option<String>,
}

/// The answer to `updateAlertSubscription`.
#[derive(SimpleObject)]
pub struct UpdateAlertSubscriptionPayload {
    /// The subscription as it is now.
    pub subscription: AlertSubscription,
    /// The new secret, where one was asked for. It is not shown again.
    pub secret: Option<String>,
}

/// The answer to `deleteAlertSubscription`.
#[derive(SimpleObject)]
pub struct DeleteAlertSubscriptionPayload {
    /// Which one is gone.
    pub id: AlertSubscriptionId,
}

/// The answer to `sendTestAlert`.
#[derive(SimpleObject)]
pub struct SendTestAlertPayload {
    /// The delivery as it begins; `alertDeliveries` shows what becomes of it.
    pub delivery: AlertDelivery,
}

/// The answer to `createCalendarFeed`.
#[derive(SimpleObject)]
pub struct CreateCalendarFeedPayload {
    /// The link as it is listed.
    pub feed: CalendarFeed,
    /// The link itself: whoever has it can read. It is not shown again. Without the host where the server does not know its own
    /// (RPM_PUBLIC_URL).
    pub url: String,
}

/// The answer to `revokeCalendarFeed`.
#[derive(SimpleObject)]
pub struct RevokeCalendarFeedPayload {
    /// The link as it is now.
    pub feed: CalendarFeed,
}
