//! Filters, orders and the inputs of mutations.

use async_graphql::{InputObject, MaybeUndefined};

use super::enums::{
    ActionOrderField, ActionStatus, AgentOrderField, AgentStatus, AlertChannel, AlertKind, AlertState, DeliverableOrderField,
    DeliverableStatus, DeliverableType, FunnelStage, OrderDirection, PeriodType, ResultOrderField, ResultStatus, Role,
    SongOrderField, SongStatus, WeekOrderField, WeekStatus,
};
use super::scalars::{Date, DateTime, Decimal, Json};
use crate::ids::{ActionId, AlertSubscriptionId, ApiKeyId, CalendarFeedId, DeliverableId, ResultId, SongId, WeekId};

/// Which weeks are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct WeekFilter {
    /// Any of these.
    pub status: Option<Vec<WeekStatus>>,
    /// Of any of these projects, by code.
    pub project: Option<Vec<String>>,
    /// First day on or after this day.
    pub starts_from: Option<Date>,
    /// First day before this day.
    pub starts_before: Option<Date>,
}

/// Which results are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct ResultFilter {
    /// Any of these.
    pub status: Option<Vec<ResultStatus>>,
    /// Any of these (`ARCH`, `DEV` …).
    pub category: Option<Vec<String>>,
}

/// Which actions are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct ActionFilter {
    /// Any of these.
    pub status: Option<Vec<ActionStatus>>,
    /// Owned by any of these, alone or with others, in any known spelling (`"Jesse"`, `"Execution Monitor"`).
    pub owner: Option<Vec<String>>,
    /// Any of these.
    pub funnel_stage: Option<Vec<FunnelStage>>,
    /// Due before this instant. Leaves out actions without a due time.
    pub due_before: Option<DateTime>,
    /// Due at or after this instant. Leaves out actions without a due time.
    pub due_from: Option<DateTime>,
    /// Completed at or after this instant.
    pub completed_since: Option<DateTime>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime>,
    /// Of this week.
    pub week_id: Option<WeekId>,
    /// Of this result.
    pub result_id: Option<ResultId>,
    /// All of these words in the code, text or description, in any case.
    pub search: Option<String>,
}

/// Which agents are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct AgentFilter {
    /// Any of these.
    pub status: Option<Vec<AgentStatus>>,
    /// Health score at most this, 0–100.
    pub max_health_score: Option<i32>,
}

/// Which deliverables are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct DeliverableFilter {
    /// Any of these.
    #[graphql(name = "type")]
    pub types: Option<Vec<DeliverableType>>,
    /// Any of these.
    pub status: Option<Vec<DeliverableStatus>>,
    /// Published at or after this instant.
    pub published_since: Option<DateTime>,
    /// Of this action.
    pub action_id: Option<ActionId>,
    /// Of any action of this week.
    pub week_id: Option<WeekId>,
}

/// Which songs are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct SongFilter {
    /// On any of these albums.
    pub album: Option<Vec<String>>,
    /// Any of these.
    pub status: Option<Vec<SongStatus>>,
    /// Any of these.
    pub genre: Option<Vec<String>>,
    /// All of these words in the title, in any case.
    pub search: Option<String>,
}

/// Which periods are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct PeriodFilter {
    /// Any of these.
    #[graphql(name = "type")]
    pub types: Option<Vec<PeriodType>>,
    /// Begun at or after this instant.
    pub starts_from: Option<DateTime>,
    /// Begun before this instant.
    pub starts_before: Option<DateTime>,
}

macro_rules! order_input {
    ($($(#[doc = $doc:literal])+ $name:ident($field:ident);)+) => {$(
        $(#[doc = $doc])+
        #[derive(InputObject, Clone, Copy)]
        pub struct $name {
            /// What to order by.
            pub field: $field,
            /// Which way.
            #[graphql(default_with = "OrderDirection::Asc")]
            pub direction: OrderDirection,
        }
    )+};
}

order_input! {
    /// How weeks are ordered.
    WeekOrder(WeekOrderField);
    /// How results are ordered.
    ResultOrder(ResultOrderField);
    /// How actions are ordered.
    ActionOrder(ActionOrderField);
    /// How agents are ordered.
    AgentOrder(AgentOrderField);
    /// How deliverables are ordered.
    DeliverableOrder(DeliverableOrderField);
    /// How songs are ordered.
    SongOrder(SongOrderField);
}

/// Begins an action: PENDING becomes IN_PROGRESS.
#[derive(InputObject)]
pub struct StartActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Completes an action: PENDING or IN_PROGRESS becomes COMPLETED, its result, its week's completion rate and its agents' totals move with it.
#[derive(InputObject)]
pub struct CompleteActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// Time taken in hours, from 0 to 999.99.
    pub actual_hours: Option<Decimal>,
    /// Where the evidence lies.
    pub evidence_path: Option<String>,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Blocks an action that is not completed, or changes what blocks it.
#[derive(InputObject)]
pub struct BlockActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// What holds it up, in words; not empty.
    pub blocker_description: String,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Unblocks an action: it goes back to where it was, IN_PROGRESS when it had begun, else PENDING.
#[derive(InputObject)]
pub struct UnblockActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Cancels an action: PENDING, IN_PROGRESS or BLOCKED becomes CANCELLED, and counts nowhere any more.
#[derive(InputObject)]
pub struct CancelActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// Why it will not be done, in words; not empty. It stands in the event's `detail` and in the audit log.
    pub reason: String,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Reopens a completed or cancelled action: it goes back to IN_PROGRESS when it had begun, else to PENDING.
#[derive(InputObject)]
pub struct ReopenActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Gives an action other owners.
#[derive(InputObject)]
pub struct ReassignActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// The new owners as text, several joined by `+` (`"Artifacts + QA"`); names nobody has yet become new owners.
    pub owner: String,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Gives an action another due time.
#[derive(InputObject)]
pub struct RescheduleActionInput {
    /// Id of the action; or give `code`.
    pub id: Option<ActionId>,
    /// Code of the action; or give `id`.
    pub code: Option<String>,
    /// The new due time. Must be given; null takes the due time away.
    pub due_date: MaybeUndefined<DateTime>,
    /// The `updatedAt` you have seen: when the action has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Adds an action to a result. The same input again gives the same action.
#[derive(InputObject)]
pub struct CreateActionInput {
    /// The result it belongs to.
    pub result_id: ResultId,
    /// Its code, which no other action has; letters, digits, `-`, `_`, `.`, at most 100 of them.
    pub code: String,
    /// The action in one line; not empty.
    pub text: String,
    /// What exactly is to be done.
    pub description: Option<String>,
    /// Owners as text, several joined by `+`.
    pub owner: Option<String>,
    /// When it is due.
    pub due_date: Option<DateTime>,
    /// How far down the funnel the work lies.
    #[graphql(default_with = "FunnelStage::Top")]
    pub funnel_stage: FunnelStage,
    /// Estimated time in hours, from 0 to 999.99.
    pub estimated_hours: Option<Decimal>,
    /// Codes of the actions it waits for.
    #[graphql(default)]
    pub dependency_codes: Vec<String>,
    /// How it is checked, one criterion a line.
    pub verification_criteria: Option<String>,
}

/// What an agent reports of itself. The same report (agent and time) again changes nothing.
#[derive(InputObject)]
pub struct RecordHeartbeatInput {
    /// The agent, in any known spelling; a name nobody has yet becomes a new agent.
    pub agent: String,
    /// How it is.
    pub status: AgentStatus,
    /// 0 (critical) to 100 (excellent); as before where absent.
    pub health_score: Option<i32>,
    /// Code of the action it works on; nothing where absent.
    pub current_action_code: Option<String>,
    /// What went wrong, if anything.
    pub error: Option<String>,
    /// When its session began.
    pub session_start: Option<DateTime>,
    /// When it reported; now where absent. Not in the future by more than a minute.
    pub reported_at: Option<DateTime>,
    /// Anything else (process id, memory …): a JSON object.
    pub metadata: Option<Json>,
}

/// Records the revenue of a deliverable or of a song. The same figure again changes nothing.
#[derive(InputObject)]
pub struct RecordRevenueInput {
    /// The deliverable; or give `songId`.
    pub deliverable_id: Option<DeliverableId>,
    /// The song; or give `deliverableId`.
    pub song_id: Option<SongId>,
    /// All the revenue so far in US dollars, from 0 to 9,999,999,999.99.
    pub revenue_actual: Decimal,
    /// The `updatedAt` you have seen: when it has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Publishes a deliverable. One that is published already stays as it is.
#[derive(InputObject)]
pub struct PublishDeliverableInput {
    /// The deliverable.
    pub id: DeliverableId,
    /// The `updatedAt` you have seen: when it has changed since, the answer is CONFLICT.
    pub expected_updated_at: Option<DateTime>,
}

/// Which entries of the audit log are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct AuditFilter {
    /// Any of these kinds.
    pub kind: Option<Vec<String>>,
    /// By this actor: an e-mail, or the name of a command or job.
    pub actor: Option<String>,
    /// About this action. Heartbeats of the agents that work on it are among these only where `kind` names `AGENT_STATUS_CHANGE`.
    pub action_id: Option<ActionId>,
}

/// A member to be added.
#[derive(InputObject)]
pub struct AddMemberInput {
    /// E-mail address, as the identity provider has verified it.
    pub email: String,
    /// Name to show; the e-mail address where absent.
    pub name: Option<String>,
    /// What the member may see and do.
    pub role: Role,
    /// For TEAM and AGENT, and only for them: the owner whose actions the member sees, in any known spelling.
    pub owner: Option<String>,
}

/// Another role for a member.
#[derive(InputObject)]
pub struct SetMemberRoleInput {
    /// E-mail address of the member.
    pub email: String,
    /// What the member may see and do.
    pub role: Role,
    /// For TEAM and AGENT, and only for them: the owner whose actions the member sees, in any known spelling.
    pub owner: Option<String>,
}

/// A member to be let in no longer.
#[derive(InputObject)]
pub struct RevokeMemberInput {
    /// E-mail address of the member.
    pub email: String,
}

/// A member to be let in again.
#[derive(InputObject)]
pub struct RestoreMemberInput {
    /// E-mail address of the member.
    pub email: String,
}

/// A member to be signed out everywhere.
#[derive(InputObject)]
pub struct SignOutMemberInput {
    /// E-mail address of the member.
    pub email: String,
}

/// A key to be created.
#[derive(InputObject)]
pub struct CreateApiKeyInput {
    /// E-mail address of the AGENT or INVESTOR member that it acts as.
    pub member: String,
    /// What it is for.
    pub name: String,
    /// When it ends, at most 366 days from now; in 90 days where absent.
    pub expires_at: Option<DateTime>,
    /// Requests a minute; the budget of the role where absent.
    pub requests_per_minute: Option<i32>,
    /// Cost a minute; the budget of the role where absent.
    pub cost_per_minute: Option<i32>,
}

/// A key to be revoked.
#[derive(InputObject)]
pub struct RevokeApiKeyInput {
    /// Id of the key.
    pub id: ApiKeyId,
}

/// Hours of the day in which alerts wait.
#[derive(InputObject)]
pub struct QuietHoursInput {
    /// From this time of day (`22:00`).
    pub from: String,
    /// Until this one (`07:00`): on the next day where it is earlier.
    pub until: String,
}

/// A subscription to alerts to be made. It is told of what happens from then on.
#[derive(InputObject)]
pub struct CreateAlertSubscriptionInput {
    /// What it is told of.
    pub kinds: Vec<AlertKind>,
    /// By which way: those that this server has.
    pub channel: AlertChannel,
    /// Where to: an `https://` URL, an e-mail address (your own, but for an ADMIN), or a telephone number with its country (`+1…`; from an
    /// ADMIN only).
    pub address: String,
    /// E-mail address of the member that it is for; yourself where absent. Only an ADMIN can name another.
    pub member: Option<String>,
    /// When it waits; never where absent.
    pub quiet_hours: Option<QuietHoursInput>,
    /// IANA name of the zone of the quiet hours; the plans' (RPM_TIMEZONE) where absent.
    pub time_zone: Option<String>,
    /// Kinds that do not wait; none where absent.
    pub urgent_kinds: Option<Vec<AlertKind>>,
}

/// A subscription to alerts to be changed. What is absent stays as it is.
#[derive(InputObject)]
pub struct UpdateAlertSubscriptionInput {
    /// Which subscription.
    pub id: AlertSubscriptionId,
    /// What it is told of.
    pub kinds: Option<Vec<AlertKind>>,
    /// Where to, by the same channel.
    pub address: Option<String>,
    /// When it waits; null: never.
    pub quiet_hours: MaybeUndefined<QuietHoursInput>,
    /// IANA name of the zone of the quiet hours; null: the plans' (RPM_TIMEZONE).
    pub time_zone: MaybeUndefined<String>,
    /// Kinds that do not wait.
    pub urgent_kinds: Option<Vec<AlertKind>>,
    /// Whether it is told of anything. One that is put aside and taken up again is told of what happens from then on.
    pub is_active: Option<bool>,
    /// Whether a webhook gets another secret in place of its own.
    #[graphql(default)]
    pub new_secret: bool,
}

/// A subscription to alerts to be deleted, with what was recorded of its deliveries.
#[derive(InputObject)]
pub struct DeleteAlertSubscriptionInput {
    /// Which subscription.
    pub id: AlertSubscriptionId,
}

/// A try whether alerts arrive.
#[derive(InputObject)]
pub struct SendTestAlertInput {
    /// Which subscription.
    pub id: AlertSubscriptionId,
}

/// Which deliveries of alerts are listed; every condition that is given must hold.
#[derive(InputObject, Default)]
pub struct AlertDeliveryFilter {
    /// Any of these.
    pub state: Option<Vec<AlertState>>,
    /// Any of these.
    pub kind: Option<Vec<AlertKind>>,
    /// Of this subscription.
    pub subscription_id: Option<AlertSubscriptionId>,
}

/// A calendar link to be made.
#[derive(InputObject)]
pub struct CreateCalendarFeedInput {
    /// What it is for (`my telephone`).
    pub name: String,
    /// Only what is due to this owner, in any known spelling; all that you may see where absent.
    pub owner: Option<String>,
}

/// A calendar link to be revoked.
#[derive(InputObject)]
pub struct RevokeCalendarFeedInput {
    /// Which link.
    pub id: CalendarFeedId,
}
