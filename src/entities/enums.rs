//! The closed sets of the model, as PostgreSQL holds them (CHECK-constrained text).
//!
//! GraphQL shows the same sets through `crate::schema::enums`, which adds the descriptions that clients read.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Declares a text enum once: the variant, its text in the database and in files.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text")]
        pub enum $name {
            $($(#[$about])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// The text in the database, in files and in logs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

text_enum! {
    /// Where a week stands.
    WeekStatus { Active = "active", Completed = "completed", Archived = "archived" }
}

text_enum! {
    /// Where a result stands.
    ResultStatus { NotStarted = "not_started", InProgress = "in_progress", Blocked = "blocked", Completed = "completed" }
}

text_enum! {
    /// Where an action stands.
    ActionStatus {
        Pending = "pending",
        InProgress = "in_progress",
        Blocked = "blocked",
        Completed = "completed",
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How far down the funnel an action's work lies: ideation, execution, completion.
    FunnelStage { Top = "top", Middle = "middle", Bottom = "bottom" }
}

text_enum! {
    /// What an agent last said of itself.
    AgentState { Active = "active", Idle = "idle", Error = "error", Offline = "offline" }
}

text_enum! {
    /// Who had the files looked at: somebody at a command line, one that watches, or the server's clock.
    IngestOrigin { Command = "command", Watch = "watch", Schedule = "schedule" }
}

text_enum! {
    /// What kind of thing was produced.
    DeliverableType { Song = "song", Album = "album", Code = "code", Document = "document", Video = "video" }
}

text_enum! {
    /// How far a deliverable is on its way out.
    DeliverableStatus { Draft = "draft", Review = "review", Approved = "approved", Published = "published" }
}

text_enum! {
    /// How far a song is on its way out.
    SongStatus { Generated = "generated", Reviewed = "reviewed", Mastered = "mastered", Released = "released" }
}

text_enum! {
    /// The length of a DNA period.
    PeriodType { Daily = "daily", Weekly = "weekly", Monthly = "monthly", Quarterly = "quarterly" }
}

text_enum! {
    /// Whether an owner is a person or a software agent.
    OwnerKind { Person = "person", Agent = "agent" }
}

text_enum! {
    /// What a member may see and do; `crate::auth` holds the rules.
    Role { Admin = "admin", Vip = "vip", Team = "team", Agent = "agent", Investor = "investor" }
}

text_enum! {
    /// What an event in the log tells of.
    EventType {
        ActionCompleted = "ACTION_COMPLETED",
        ActionBlocked = "ACTION_BLOCKED",
        ActionUpdated = "ACTION_UPDATED",
        AgentStatusChange = "AGENT_STATUS_CHANGE",
        RevenueUpdate = "REVENUE_UPDATE",
        DeliverablePublished = "DELIVERABLE_PUBLISHED",
        WeekIngested = "WEEK_INGESTED",
    }
}

text_enum! {
    /// Why a session ended.
    SessionEnd {
        /// Its member signed out.
        SignedOut = "signed_out",
        /// Its member signed out on every device, or an admin did so.
        Everywhere = "everywhere",
        /// It was not used for too long.
        Idle = "idle",
        /// A refresh token came back that had been replaced: somebody else has a copy.
        Reused = "reused",
    }
}

text_enum! {
    /// What somebody can be told of without asking.
    AlertKind {
        /// An action was blocked.
        ActionBlocked = "ACTION_BLOCKED",
        /// An action is past its due date and open.
        ActionOverdue = "ACTION_OVERDUE",
        /// An agent has not reported for too long.
        AgentSilent = "AGENT_SILENT",
        /// The look at the files did not work, or some were refused.
        IngestFailed = "INGEST_FAILED",
        /// The export into the warehouse did not work.
        ExportFailed = "EXPORT_FAILED",
        /// Last week in numbers.
        WeeklyDigest = "WEEKLY_DIGEST",
        /// Somebody tries whether it arrives.
        Test = "TEST",
    }
}

text_enum! {
    /// The way that alerts go.
    AlertChannel { Webhook = "webhook", Email = "email", Sms = "sms" }
}

text_enum! {
    /// Where the delivery of an alert stands.
    DeliveryState {
        /// To be sent, or to be tried again.
        Pending = "pending",
        /// The other side has taken it.
        Sent = "sent",
        /// It was given up.
        Failed = "failed",
        /// It was no longer wanted when its turn came.
        Suppressed = "suppressed",
    }
}
