//! What a status document says of an agent, between its text and the database.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entities::enums::AgentState;
use crate::ingest::document::Unread;

/// One report of one agent. Absent means that the document is silent, never a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentDocument {
    /// The agent's name as written; from the file's name where the document names none.
    pub name: String,
    /// How it is, out of the word in [`Self::reported_status`].
    pub status: AgentState,
    /// The status as written (`running`, `starting`, `blocked` …).
    pub reported_status: Option<String>,
    /// When it reported: the latest time that the report names. Absent when it names none.
    pub reported_at: Option<DateTime<Utc>>,
    /// When its session began.
    pub session_start: Option<DateTime<Utc>>,
    /// Health as stated, 0–100.
    pub health_score: Option<i32>,
    /// What went wrong or holds it up, one line each.
    pub faults: Vec<String>,
    /// Code of the action it says it works on (`ARCH-BOOT-001c`).
    pub current_action: Option<String>,
    /// Everything it says, but for its name and its times, under the keys as written.
    pub metadata: Map<String, Value>,
    /// Whether this is no report but a trace of the agent's doing (a line of a coordination log): a sign of life, and no
    /// word on how it is.
    pub is_trace: bool,
    /// Line of the document where it begins, from 1.
    pub line: usize,
}

/// What a parser made of a file about agents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParsedAgents {
    /// Whether the file is a history or a log, to which lines are added, and not a statement that is written over.
    pub is_history: bool,
    /// The reports in document order.
    pub documents: Vec<AgentDocument>,
    /// What was not understood, in document order.
    pub unread: Vec<Unread>,
}
