//! What mutations answer.

use async_graphql::SimpleObject;

use super::types::{Action, Agent, Deliverable, Song};

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
