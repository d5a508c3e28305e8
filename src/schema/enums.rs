//! The closed sets as clients see them.

use async_graphql::Enum;

/// Where a week stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::WeekStatus")]
pub enum WeekStatus {
    /// It is being worked on.
    Active,
    /// It is over and was brought to an end.
    Completed,
    /// It is kept for the record.
    Archived,
}

/// Where a result stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::ResultStatus")]
pub enum ResultStatus {
    /// None of its actions has begun.
    NotStarted,
    /// Its actions are being worked on.
    InProgress,
    /// All that is open in it is blocked.
    Blocked,
    /// All its actions are completed.
    Completed,
}

/// Where an action stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::ActionStatus")]
pub enum ActionStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    InProgress,
    /// Held up; blockerDescription says by what.
    Blocked,
    /// Done.
    Completed,
    /// Will not be done, as its plan or a member says: neither open nor completed, and in no count, metric or forecast.
    Cancelled,
}

/// Who had the files looked at.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::IngestOrigin")]
pub enum IngestOrigin {
    /// Somebody, by `rpm-api ingest`.
    Command,
    /// `rpm-api ingest --watch`, which saw a change.
    Watch,
    /// The server, by its clock.
    Schedule,
}

/// How far down the funnel work lies.
#[derive(Enum, serde::Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
#[graphql(remote = "crate::entities::enums::FunnelStage")]
pub enum FunnelStage {
    /// Ideation and design.
    Top,
    /// Execution.
    Middle,
    /// Completion and delivery.
    Bottom,
}

/// How an agent is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::AgentState")]
pub enum AgentStatus {
    /// Working.
    Active,
    /// Ready, with nothing to do.
    Idle,
    /// Failing; errorLog says how.
    Error,
    /// Stopped, or silent for too long.
    Offline,
}

/// What kind of thing a deliverable is.
#[derive(Enum, serde::Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
#[graphql(remote = "crate::entities::enums::DeliverableType")]
pub enum DeliverableType {
    /// A song.
    Song,
    /// An album.
    Album,
    /// A code deployment.
    Code,
    /// A document.
    Document,
    /// A video.
    Video,
}

/// How far a deliverable is on its way out.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::DeliverableStatus")]
pub enum DeliverableStatus {
    /// Being made.
    Draft,
    /// Being looked at.
    Review,
    /// Ready to go out.
    Approved,
    /// Out.
    Published,
}

/// How far a song is on its way out.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::SongStatus")]
pub enum SongStatus {
    /// As Suno made it.
    Generated,
    /// Listened to and kept.
    Reviewed,
    /// Mastered.
    Mastered,
    /// Out.
    Released,
}

/// How long a period is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::PeriodType")]
pub enum PeriodType {
    /// A day.
    Daily,
    /// A week, from Monday.
    Weekly,
    /// A calendar month.
    Monthly,
    /// A calendar quarter.
    Quarterly,
}

/// Whether an owner is a person or a software agent.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::OwnerKind")]
pub enum OwnerKind {
    /// A person.
    Person,
    /// A software agent.
    Agent,
}

/// What a member may see and do.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::Role")]
pub enum Role {
    /// Sees and does everything.
    Admin,
    /// Sees everything.
    Vip,
    /// Sees the actions assigned to it and what hangs on them.
    Team,
    /// A machine: reports its own heartbeat and its own actions.
    Agent,
    /// Sees sums only.
    Investor,
}

/// What an event tells of.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::EventType")]
pub enum EventType {
    /// An action was completed.
    ActionCompleted,
    /// An action was blocked.
    ActionBlocked,
    /// An action was created, started, unblocked, reopened, reassigned, rescheduled or changed by its document.
    ActionUpdated,
    /// An agent's status, health or current action changed.
    AgentStatusChange,
    /// The revenue of a deliverable or song changed.
    RevenueUpdate,
    /// A deliverable was published.
    DeliverablePublished,
    /// A plan document was read into the database.
    WeekIngested,
}

/// Which way a list is ordered. What has no value comes last either way.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::Direction")]
pub enum OrderDirection {
    /// Smallest or earliest first.
    Asc,
    /// Largest or latest first.
    Desc,
}

/// What weeks can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::WeekOrderField")]
pub enum WeekOrderField {
    /// First day of the week.
    StartDate,
    /// When the week last changed.
    UpdatedAt,
}

/// What results can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::ResultOrderField")]
pub enum ResultOrderField {
    /// Order within the plan.
    Position,
    /// Priority; 1 is the highest.
    Priority,
    /// Code.
    Code,
    /// When the result last changed.
    UpdatedAt,
}

/// What actions can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::ActionOrderField")]
pub enum ActionOrderField {
    /// Order within the result.
    Position,
    /// When the action is due.
    DueDate,
    /// When the action was completed.
    CompletionDate,
    /// When the action was made.
    CreatedAt,
    /// When the action last changed.
    UpdatedAt,
    /// Code.
    Code,
}

/// What agents can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::AgentOrderField")]
pub enum AgentOrderField {
    /// Name.
    Name,
    /// Health score.
    HealthScore,
    /// Last heartbeat.
    LastHeartbeat,
}

/// What deliverables can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::DeliverableOrderField")]
pub enum DeliverableOrderField {
    /// When the deliverable was made.
    CreatedAt,
    /// When it was published.
    PublishedAt,
    /// Title.
    Title,
}

/// What songs can be ordered by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::store::SongOrderField")]
pub enum SongOrderField {
    /// Title.
    Title,
    /// When the song was released.
    ReleasedAt,
    /// When the song was added to the catalogue.
    CreatedAt,
}

/// What somebody can be told of without asking.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::AlertKind")]
pub enum AlertKind {
    /// An action was blocked: each time.
    ActionBlocked,
    /// An action is past its due date and open: once for each date.
    ActionOverdue,
    /// An agent has not reported for longer than RPM_AGENT_STALE_AFTER and did not say that it stops: once for each silence.
    AgentSilent,
    /// The look at the plans and files did not work, or some were refused: once until it has worked again. For ADMIN and VIP.
    IngestFailed,
    /// The export into the warehouse did not work: once until it has worked again. For ADMIN and VIP.
    ExportFailed,
    /// Last week in numbers. Not by SMS.
    WeeklyDigest,
    /// Somebody tried whether it arrives, by `sendTestAlert`. It cannot be subscribed to.
    Test,
}

/// The way that alerts go.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::AlertChannel")]
pub enum AlertChannel {
    /// A signed POST to a URL, as Standard Webhooks says.
    Webhook,
    /// E-mail.
    Email,
    /// SMS.
    Sms,
}

/// Where the delivery of an alert stands.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[graphql(remote = "crate::entities::enums::DeliveryState")]
pub enum AlertState {
    /// To be sent, or to be tried again.
    Pending,
    /// The other side has taken it.
    Sent,
    /// It was given up; lastError says why.
    Failed,
    /// It was no longer wanted when its turn came; lastError says why.
    Suppressed,
}
