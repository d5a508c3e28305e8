//! One action of the massive action plan.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Map;

use crate::entities::enums::{ActionStatus, FunnelStage};
use crate::ingest::document::ActionDocument;

use super::cards::Card;
use super::codes::dependencies;
use super::dates::begins_with_day;
use super::heads::ActionHead;
use super::instants::{Beside, DayMeans, Frame, instant};
use super::ledger::{Fate, Ledger};
use super::metadata::{put, put_body, put_loose, put_object};
use super::pieces::holds_up;
use super::sheet::Field;
use super::statuses::{action_status, cancelled, completion_day};
use super::values::{NoHours, funnel_stage, hours};

pub(super) const NO_STAGE: &str = "unknown funnel stage: write Top, Middle or Bottom";

/// Whether a key speaks of an action and of nothing larger.
pub(super) fn is_own_key(name: &str) -> bool {
    matches!(
        name,
        "status"
            | "due"
            | "due_date"
            | "dependencies"
            | "depends_on"
            | "blocked_by"
            | "estimated_hours"
            | "actual_hours"
            | "blocker"
    )
}

pub(super) fn is_funnel_key(name: &str) -> bool {
    matches!(name, "funnel_stage" | "funnel_position" | "funnel")
}

/// An action that nothing is said of yet.
pub(super) fn empty(code: &str, text: &str, line: usize) -> ActionDocument {
    ActionDocument {
        code: code.to_owned(),
        text: text.to_owned(),
        description: None,
        owner: None,
        status: None,
        due: None,
        completed_at: None,
        funnel_stage: None,
        estimated_hours: None,
        actual_hours: None,
        dependencies: Vec::new(),
        blocker: None,
        verification: None,
        evidence: None,
        metadata: Map::new(),
        line,
    }
}

/// Notes that an action will not be done.
pub(super) fn cancel(action: &mut ActionDocument) {
    (action.status, action.completed_at) = (Some(ActionStatus::Cancelled), None);
}

/// Reads an action from its card; `stage` is its phase's.
pub(super) fn read(
    card: &Card,
    head: &ActionHead,
    stage: Option<FunnelStage>,
    frame: &Frame,
    ledger: &mut Ledger<'_>,
) -> ActionDocument {
    let start = ActionDocument { status: head.ticked, funnel_stage: stage, ..empty(&head.code, &head.title, card.line) };
    let mut action = with_fields(start, &card.sheet.fields, frame, ledger);
    put_loose(&mut action.metadata, card, Fate::Field, ledger);
    if head.cancelled {
        cancel(&mut action);
    }
    if action.text.is_empty() {
        action.text = action.description.as_deref().unwrap_or(&action.code).to_owned();
    }
    action
}

/// Reads key lines into an action; what stands in it already is what its headline says.
pub(super) fn with_fields(start: ActionDocument, fields: &[Field], frame: &Frame, ledger: &mut Ledger<'_>) -> ActionDocument {
    let mut reader = Reader { ticked: start.status, action: start, frame, seen: Vec::new(), ledger };
    for field in fields {
        field.mark(reader.ledger);
        reader.take(field);
    }
    reader.settle_completion(fields);
    reader.action
}

/// Adds what an action waits for: the codes, and the words where they say more. Whether its own code was among them.
pub(super) fn wait_for(action: &mut ActionDocument, text: &str) -> bool {
    let found = dependencies(text);
    let known: HashSet<String> = action.dependencies.iter().cloned().collect();
    let (own, codes): (Vec<String>, Vec<String>) = found.codes.into_iter().partition(|code| *code == action.code);
    action.dependencies.extend(codes.into_iter().filter(|code| !known.contains(code)));
    if let Some(notes) = found.notes {
        put(&mut action.metadata, "dependency_notes", notes.into());
    }
    !own.is_empty()
}

struct Reader<'a, 'b> {
    action: ActionDocument,
    /// What the box of the headline says.
    ticked: Option<ActionStatus>,
    frame: &'a Frame,
    /// Keys with one value that were read already.
    seen: Vec<&'static str>,
    ledger: &'a mut Ledger<'b>,
}

impl Reader<'_, '_> {
    fn take(&mut self, field: &Field) {
        let text = field.text();
        if text.is_empty() {
            return;
        }
        match field.name.as_str() {
            "headline" => self.action.text = text,
            "metadata" => put_object(&mut self.action.metadata, field),
            "action" | "description" | "task" => join(&mut self.action.description, text),
            "agent" | "agents" | "owner" | "owners" | "assignee" | "assigned_to" | "responsible" => match self.action.owner {
                None => self.action.owner = Some(text),
                Some(_) => put(&mut self.action.metadata, &field.name, field.value()),
            },
            "verification" | "verification_criteria" | "success_criteria" | "acceptance_criteria" => {
                join(&mut self.action.verification, text);
            }
            "evidence" | "evidence_path" => join(&mut self.action.evidence, text),
            "blocker" | "blockers" if !is_nothing(&text) => join(&mut self.action.blocker, text),
            "blocker" | "blockers" => {}
            "dependencies" | "dependency" | "depends_on" | "blocked_by" => self.dependencies(field, &text),
            "status" => self.single(field, "status", Self::status),
            "due" | "due_date" | "deadline" => self.single(field, "due", Self::due),
            "completion" | "completed" | "completed_on" | "completed_at" | "completion_date" => {
                self.single(field, "completion", Self::completion);
            }
            "estimated_hours" | "estimated" | "estimate" | "est" | "estimated_time" | "effort" => {
                self.single(field, "estimated_hours", Self::estimated_hours)
            }
            "actual_hours" | "actual_time" => self.single(field, "actual_hours", Self::actual_hours),
            name if is_funnel_key(name) => match funnel_stage(&text) {
                Some(stage) => self.action.funnel_stage = Some(stage),
                None => self.ledger.add(field.line, NO_STAGE),
            },
            name => put(&mut self.action.metadata, name, field.value()),
        }
    }

    /// Reads a key that has one value on one line; a second one is ledgered.
    fn single(&mut self, field: &Field, key: &'static str, read: impl Fn(&mut Self, &str, usize)) {
        if self.seen.contains(&key) {
            self.ledger.add(field.line, "this is said of the action already: the first line counts");
            put(&mut self.action.metadata, &format!("{key}_notes"), field.text().into());
            return;
        }
        self.seen.push(key);
        let whole = field.text();
        read(self, if field.inline.is_empty() { &whole } else { &field.inline }, field.line);
        put_body(&mut self.action.metadata, field);
    }

    fn status(&mut self, text: &str, line: usize) {
        if let Some(more) = cancelled(text) {
            if !more.is_empty() {
                put(&mut self.action.metadata, "status_line", text.into());
            }
            return cancel(&mut self.action);
        }
        let held_up = holds_up(text.trim_start_matches(|c: char| !c.is_alphanumeric()));
        if let (Some(by), None) = (held_up, &self.action.blocker) {
            self.action.blocker = Some(by.to_owned());
        }
        let Some((status, more)) = action_status(text).or(held_up.map(|_| (ActionStatus::Blocked, Some(text)))) else {
            put(&mut self.action.metadata, "status_line", text.into());
            return self.ledger.add(line, "unknown status: write PENDING, IN PROGRESS, BLOCKED or COMPLETED");
        };
        // An empty box says no more than that the action is not completed.
        let done = |status| status == ActionStatus::Completed;
        let disagree = match self.ticked {
            None => false,
            Some(ActionStatus::Pending) => done(status),
            Some(ticked) => ticked != status,
        };
        if disagree {
            self.ledger.add(line, "the box of this action says otherwise: the written status counts");
        }
        if let Some(more) = more {
            put(&mut self.action.metadata, "status_line", text.into());
            let day = completion_day(more).filter(|_| status == ActionStatus::Completed && self.action.completed_at.is_none());
            self.action.completed_at =
                self.action.completed_at.or_else(|| instant(day?, self.frame, DayMeans::Noon).map(|(at, _)| at));
        }
        self.action.status = Some(status);
    }

    fn due(&mut self, text: &str, line: usize) {
        match instant(text, self.frame, DayMeans::End) {
            Some((at, beside)) => {
                self.action.due = Some(at);
                if beside == Beside::Words || beside == Beside::Remark && !is_day_remark(text) {
                    put(&mut self.action.metadata, "due_notes", text.into());
                }
            }
            None => {
                put(&mut self.action.metadata, "due_notes", text.into());
                self.ledger
                    .add(line, "this due date cannot be read: write it as `2025-10-27`, `2025-10-27 AM` or `Oct 27, 2025`");
            }
        }
    }

    fn completion(&mut self, text: &str, line: usize) {
        let read = instant(text, self.frame, DayMeans::Noon);
        self.action.completed_at = read.map(|(at, _)| at);
        if read.is_none_or(|(_, beside)| beside != Beside::Nothing) {
            put(&mut self.action.metadata, "completion_notes", text.into());
        }
        if read.is_none() {
            self.ledger.add(line, "this date of completion cannot be read: write it as `2025-10-26`");
        }
    }

    fn estimated_hours(&mut self, text: &str, line: usize) {
        self.action.estimated_hours = self.hours("estimated_hours_notes", text, line);
    }

    fn actual_hours(&mut self, text: &str, line: usize) {
        self.action.actual_hours = self.hours("actual_hours_notes", text, line);
    }

    fn hours(&mut self, notes: &str, text: &str, line: usize) -> Option<Decimal> {
        let reason = match hours(text) {
            Ok((hours, remark)) => {
                if let Some(remark) = remark {
                    put(&mut self.action.metadata, notes, remark.into());
                }
                return Some(hours);
            }
            Err(NoHours::Negative) => "hours cannot be negative",
            Err(NoHours::Unreadable) => "these hours cannot be read: write one figure up to 999.99, as in `2 hours`",
        };
        put(&mut self.action.metadata, notes, text.into());
        self.ledger.add(line, reason);
        None
    }

    fn dependencies(&mut self, field: &Field, text: &str) {
        for piece in dependencies(text).malformed {
            self.ledger.add(field.line, format!("`{piece}` is no range of codes: write it as `AREA-001a-e`"));
        }
        if wait_for(&mut self.action, text) {
            self.ledger.add(field.line, format!("{} cannot wait for itself", self.action.code));
        }
    }

    /// A date of completion makes an action completed, unless its status says that it is not.
    fn settle_completion(&mut self, fields: &[Field]) {
        if self.action.completed_at.is_none() || self.action.status == Some(ActionStatus::Completed) {
            return;
        }
        if self.action.is_cancelled() {
            self.action.completed_at = None;
            return;
        }
        if self.action.status.is_none() {
            self.action.status = Some(ActionStatus::Completed);
            return;
        }
        self.action.completed_at = None;
        for field in fields.iter().filter(|field| field.name.starts_with("complet")) {
            put(&mut self.action.metadata, "completion_notes", field.text().into());
            self.ledger.add(field.line, "a date of completion stands beside a status that is not COMPLETED: the status counts");
        }
    }
}

/// Adds text to a value, on a line of its own.
fn join(slot: &mut Option<String>, text: String) {
    match slot {
        Some(before) => {
            before.push('\n');
            before.push_str(&text);
        }
        None => *slot = Some(text),
    }
}

fn is_nothing(text: &str) -> bool {
    ["none", "n/a", "-", "–", "—"].iter().any(|word| text.trim_end_matches('.').eq_ignore_ascii_case(word))
}

/// Whether the remark behind a date only counts the days: `(Day 1)`, `(Today)`.
fn is_day_remark(text: &str) -> bool {
    text.split_once('(').is_some_and(|(_, remark)| {
        let remark = remark.trim_end().trim_end_matches(')');
        begins_with_day(remark) && remark.split_whitespace().count() <= 2
    })
}
