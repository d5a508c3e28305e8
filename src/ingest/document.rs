//! What a plan document says, between its text and the database.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entities::enums::{ActionStatus, FunnelStage, ResultStatus};

/// One weekly plan as its document states it. Absent means that the document is silent, never a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// Code of the project the plan belongs to (`BOOT`, `CLOUD-INFRA`), absent for the default project.
    pub project: Option<String>,
    /// The document's own code (`RPM-BOOT-001`).
    pub code: Option<String>,
    /// The document's title, without its code.
    pub title: String,
    /// First day of the plan.
    pub week_start: NaiveDate,
    /// Last day of the plan, included.
    pub week_end: NaiveDate,
    /// Owner as written (`Jesse Niesen (CEO)`).
    pub owner: Option<String>,
    /// `TIER 1 ABSOLUTE STANDARD`.
    pub classification: Option<String>,
    /// `1.0`.
    pub version: Option<String>,
    /// When the document says it was last changed.
    pub last_updated: Option<DateTime<Utc>>,
    /// Revenue target in US dollars, low and high end (equal when the document gives one figure).
    pub revenue_target: Option<(Decimal, Decimal)>,
    /// Everything else said of the plan as `Key: value` (priority, status line, purpose …), keys in snake_case.
    pub metadata: Map<String, Value>,
    /// The results in document order.
    pub results: Vec<ResultDocument>,
}

impl PlanDocument {
    /// The actions of all results, in document order.
    pub fn actions(&self) -> impl Iterator<Item = &ActionDocument> {
        self.results.iter().flat_map(|result| &result.actions)
    }
}

/// One committed result, or one phase of a plan that states no results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultDocument {
    /// `R1`, or `PHASE-1` where a phase stands for the result.
    pub code: String,
    /// The result's headline.
    pub text: String,
    /// Why it matters; the plan's purpose where the result has none of its own.
    pub purpose: Option<String>,
    /// What will be true when it is reached.
    pub outcome: Option<String>,
    /// How it is checked.
    pub verification: Option<String>,
    /// Owner as written.
    pub owner: Option<String>,
    /// 1 is the highest.
    pub priority: Option<i32>,
    /// `ARCH`, `DEV`, `DOCS`, `PLAN` …
    pub category: Option<String>,
    /// Written status, or what its actions imply where none is written.
    pub status: Option<ResultStatus>,
    /// Everything else said of it, keys in snake_case.
    pub metadata: Map<String, Value>,
    /// The actions in document order.
    pub actions: Vec<ActionDocument>,
    /// Line of the document where it begins, from 1.
    pub line: usize,
}

/// One action of the massive action plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionDocument {
    /// `ARCH-BOOT-001a`.
    pub code: String,
    /// The headline.
    pub text: String,
    /// What exactly is to be done (the `Action:` line).
    pub description: Option<String>,
    /// Owners as written (`Artifacts Agent + QA Agent`).
    pub owner: Option<String>,
    /// Written status; a tick box alone counts (□ pending, ✅ completed).
    pub status: Option<ActionStatus>,
    /// When it is due, in UTC. A day alone means the end of that day (23:59:59) in the plan's time zone, `AM` noon, `PM` the day's end.
    pub due: Option<DateTime<Utc>>,
    /// When it was completed, as written, in UTC (a day alone: noon of that day in the plan's time zone).
    pub completed_at: Option<DateTime<Utc>>,
    /// Own stage, or its phase's.
    pub funnel_stage: Option<FunnelStage>,
    /// Estimate in hours.
    pub estimated_hours: Option<Decimal>,
    /// Time taken in hours.
    pub actual_hours: Option<Decimal>,
    /// Codes of the actions it waits for, ranges spelled out, in document order, none twice.
    pub dependencies: Vec<String>,
    /// What holds it up.
    pub blocker: Option<String>,
    /// How it is checked; several criteria on lines of their own.
    pub verification: Option<String>,
    /// Where the evidence lies.
    pub evidence: Option<String>,
    /// Everything else said of it (file, output, the words of its dependencies that are no codes …), keys in snake_case.
    pub metadata: Map<String, Value>,
    /// Line of the document where it begins, from 1.
    pub line: usize,
}

impl ActionDocument {
    /// Whether the document says that it will not be done.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.status == Some(ActionStatus::Cancelled)
    }
}

/// The line of what stands nowhere in a document: what was taken out of it.
pub const NO_LINE: usize = 0;

/// A piece of a document that looked like it should mean something, and was not understood; or what is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Line in the document, from 1, or [`NO_LINE`].
    pub line: usize,
    /// The text of that line, at most 200 characters.
    pub text: String,
    /// Why it was not read, in words for the document's writer.
    pub reason: String,
}

/// What a parser made of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parsed {
    /// The plan, absent when the document is none (no week, or no actions at all): then `unread` says why.
    pub plan: Option<PlanDocument>,
    /// What was not understood, in document order.
    pub unread: Vec<Unread>,
    /// How much of what looks like work was read.
    #[serde(default)]
    pub coverage: Coverage,
    /// Whether the document is meant as a plan: it has a week, or something to do.
    #[serde(skip)]
    pub is_meant: bool,
}

/// How much of a document's work was read. What looks like work is told from the lines alone: boxes and status signs in lists, rows
/// of tables of tasks, headlines with codes and the key lines below them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Lines that look like work.
    pub actionable: usize,
    /// Those of them whose words are in a field.
    pub read: usize,
}

impl Coverage {
    /// The share that was read, in whole percent rounded down; 100 where nothing looks like work.
    #[must_use]
    pub const fn percent(self) -> usize {
        match (self.read * 100).checked_div(self.actionable) {
            Some(percent) => percent,
            None => 100,
        }
    }
}
