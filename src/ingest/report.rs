//! What became of a file.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::document::{Coverage, NO_LINE, Unread};

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands it over so
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What was read from one file and what was not: a line of `rpm-api ingest --json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The file.
    pub path: String,
    /// Code of the project that the plan went into; null when the file holds no plan.
    pub project: Option<String>,
    /// First day of the plan; null when the file holds no plan.
    pub week_start: Option<NaiveDate>,
    /// Results in the document.
    pub results: usize,
    /// Actions in the document.
    pub actions: usize,
    /// Actions that the document says are completed.
    pub completed: usize,
    /// Actions that the document says will not be done; they are not among the others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cancelled: usize,
    /// Rows (the week, its results, its actions; agents and heartbeats; songs) that were made.
    pub created: usize,
    /// Rows that were changed.
    pub updated: usize,
    /// Rows that were right already.
    pub unchanged: usize,
    /// How much of a plan's work was read; null for anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// Where in the lake the copy of the file is; null where there is no lake.
    #[serde(default)]
    pub raw: Option<String>,
    /// Whether the copy is all that is made of such a file; where the lake has no place for it, or there is none, there is no copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// Agents that the file tells of.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub agents: usize,
    /// Reports of agents in the file.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub heartbeats: usize,
    /// Songs in the file.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub songs: usize,
    /// What was not understood or could not be taken over, in document order.
    pub unread: Vec<Unread>,
}

impl Report {
    /// Whether the file held a plan, agents or songs, or is one of which a copy is kept and nothing else.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        self.week_start.is_some() || self.agents + self.songs > 0 || self.kept
    }

    /// `2 agents, 40 reports`
    fn contents(&self) -> String {
        let counts = [(self.agents, "agent"), (self.heartbeats, "report"), (self.songs, "song")];
        let counted = counts.into_iter().filter(|(count, _)| *count > 0);
        let words = counted.map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }));
        words.collect::<Vec<_>>().join(", ")
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.week_start, &self.project) {
            (Some(start), Some(project)) => writeln!(
                f,
                "{}: {project}, week of {start}: {} results, {} actions ({} completed{}){}; {} created, {} updated, {} unchanged",
                self.path,
                self.results,
                self.actions,
                self.completed,
                if self.cancelled > 0 { format!(", {} cancelled", self.cancelled) } else { String::new() },
                self.coverage.map(|coverage| format!(", {} % read", coverage.percent())).unwrap_or_default(),
                self.created,
                self.updated,
                self.unchanged
            )?,
            _ if self.kept => match &self.raw {
                Some(raw) => writeln!(f, "{}: kept as {raw}", self.path)?,
                None => writeln!(f, "{}: no plan, and no place in a lake to keep it", self.path)?,
            },
            _ if self.is_read() => writeln!(
                f,
                "{}: {}; {} created, {} updated, {} unchanged",
                self.path,
                self.contents(),
                self.created,
                self.updated,
                self.unchanged
            )?,
            _ => writeln!(f, "{}: not read", self.path)?,
        }
        for Unread { line, text, reason } in &self.unread {
            let line = if *line == NO_LINE { String::new() } else { format!(":{line}") };
            writeln!(f, "  {}{line}: {reason}: {text}", self.path)?;
        }
        Ok(())
    }
}
