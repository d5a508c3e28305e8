//! Three-way merge: what the document said last time, what it says now, and what the database holds.
//!
//! A field moves only when the document's own word about it changed. So reading a file again never undoes what people
//! did since, and editing one line of it changes that one field.

use chrono::{DateTime, Duration, DurationRound, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::document::{ActionDocument, PlanDocument, ResultDocument};
use crate::entities::enums::ActionStatus;
use crate::entities::{actions, results, weeks};

/// What the document said last time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base<T> {
    /// This.
    Said(T),
    /// It has not been read before. Then it fills in what is not there, and its word counts against what is only where
    /// it is newer than the last change of the row.
    Unknown {
        /// Whether it is.
        newer: bool,
    },
}

impl<T> Base<T> {
    /// What it said last time of a part of the whole.
    pub(super) fn map<U>(self, part: impl FnOnce(T) -> U) -> Base<U> {
        match self {
            Self::Said(base) => Base::Said(part(base)),
            Self::Unknown { newer } => Base::Unknown { newer },
        }
    }

    /// What it said, if it has been read before.
    pub(super) fn said(self) -> Option<T> {
        match self {
            Self::Said(base) => Some(base),
            Self::Unknown { .. } => None,
        }
    }
}

/// The value a field should have.
pub(super) fn pick<T: PartialEq + Clone>(base: Base<&Option<T>>, said: &Option<T>, held: Option<T>) -> Option<T> {
    match base {
        Base::Said(base) if base == said => held,
        // Taken out of the document: only what the document itself put there goes with it.
        Base::Said(base) if said.is_none() && held != *base => held,
        Base::Said(_) => said.clone(),
        Base::Unknown { newer: true } => said.clone().or(held),
        Base::Unknown { newer: false } => held.or_else(|| said.clone()),
    }
}

/// The same for a field that always has a value.
pub(super) fn pick_value<T: PartialEq + Clone>(base: Base<&T>, said: &T, held: T) -> T {
    match base {
        Base::Said(base) if base == said => held,
        Base::Unknown { newer: false } => held,
        _ => said.clone(),
    }
}

/// At most as many characters as the column holds.
pub(super) fn clip(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// The value of a field that the column holds in another form than the document.
pub(super) fn pick_form<T, U: PartialEq + Clone>(
    form: impl Fn(&T) -> Option<U>,
    base: Base<&T>,
    said: &T,
    held: Option<U>,
) -> Option<U> {
    match base {
        Base::Said(base) => pick(Base::Said(&form(base)), &form(said), held),
        Base::Unknown { newer } => pick(Base::Unknown { newer }, &form(said), held),
    }
}

/// The value of a text whose column holds so many characters.
pub(super) fn pick_clipped(
    characters: usize,
    base: Base<&Option<String>>,
    said: &Option<String>,
    held: Option<String>,
) -> Option<String> {
    pick_form(|text| text.as_deref().map(|text| clip(text, characters)), base, said, held)
}

/// Microseconds, as the database holds them.
pub(super) fn micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.duration_trunc(Duration::microseconds(1)).unwrap_or(instant)
}

/// Metadata with what the document says of it: its keys follow the document, keys of others stay.
fn merge_metadata(base: Base<&Map<String, Json>>, said: &Map<String, Json>, held: &Json) -> Json {
    let mut merged = held.as_object().cloned().unwrap_or_default();
    for (key, value) in said {
        let moves = match base {
            Base::Said(base) => base.get(key) != Some(value),
            Base::Unknown { newer } => newer || !merged.contains_key(key),
        };
        if moves {
            merged.insert(key.clone(), value.clone());
        }
    }
    for key in base.said().into_iter().flat_map(Map::keys) {
        if !said.contains_key(key) {
            merged.remove(key);
        }
    }
    Json::Object(merged)
}

/// The week's row in line with its document.
pub(super) fn week(base: Base<&PlanDocument>, said: &PlanDocument, row: &weeks::Model) -> weeks::Model {
    let mut next = row.clone();
    next.code = pick_clipped(100, base.map(|base| &base.code), &said.code, row.code.clone());
    next.title = pick_value(base.map(|base| &base.title), &said.title, row.title.clone());
    // Another first day than the row's: the document was corrected, and is the same plan.
    next.week_start_date = said.week_start;
    next.week_end_date = pick_value(base.map(|base| &base.week_end), &said.week_end, row.week_end_date);
    next.classification =
        pick_clipped(100, base.map(|base| &base.classification), &said.classification, row.classification.clone());
    let owner = pick_clipped(255, base.map(|base| &base.owner), &said.owner, Some(row.owner.clone()));
    next.owner = owner.unwrap_or_default();
    next.version = pick_clipped(50, base.map(|base| &base.version), &said.version, row.version.clone());
    let target = row.revenue_target_low.zip(row.revenue_target_high);
    let target = pick(base.map(|base| &base.revenue_target), &said.revenue_target, target);
    (next.revenue_target_low, next.revenue_target_high) = target.unzip();
    next.metadata = merge_metadata(base.map(|base| &base.metadata), &said.metadata, &row.metadata);
    next
}

/// The row of a result in line with its document.
pub(super) fn result(base: Base<&ResultDocument>, said: &ResultDocument, position: i32, row: &results::Model) -> results::Model {
    let mut next = row.clone();
    next.position = position;
    next.result_text = pick_value(base.map(|base| &base.text), &said.text, row.result_text.clone());
    next.purpose = pick(base.map(|base| &base.purpose), &said.purpose, Some(row.purpose.clone())).unwrap_or_default();
    next.outcome = pick(base.map(|base| &base.outcome), &said.outcome, row.outcome.clone());
    next.verification_criteria = pick(base.map(|base| &base.verification), &said.verification, row.verification_criteria.clone());
    next.owner = pick_clipped(255, base.map(|base| &base.owner), &said.owner, row.owner.clone());
    next.priority = pick(base.map(|base| &base.priority), &said.priority, Some(row.priority)).unwrap_or(0);
    next.category = pick_clipped(100, base.map(|base| &base.category), &said.category, row.category.clone());
    next.status = pick(base.map(|base| &base.status), &said.status, Some(row.status)).unwrap_or(row.status);
    next.metadata = merge_metadata(base.map(|base| &base.metadata), &said.metadata, &row.metadata);
    next
}

/// The row of an action in line with its document, its status included.
///
/// `document_time` is when the document was last changed: what people did to the action after that stands, and so does a
/// completion that is newer than the document. What is completed is not cancelled any more.
pub(super) fn action(
    base: Base<&ActionDocument>,
    said: &ActionDocument,
    position: i32,
    document_time: DateTime<Utc>,
    row: &actions::Model,
) -> actions::Model {
    let mut next = row.clone();
    next.position = position;
    next.action_text = pick_value(base.map(|base| &base.text), &said.text, row.action_text.clone());
    next.description = pick(base.map(|base| &base.description), &said.description, row.description.clone());
    next.owner = pick_clipped(255, base.map(|base| &base.owner), &said.owner, row.owner.clone());
    next.due_date = pick_form(|due| due.map(micros), base.map(|base| &base.due), &said.due, row.due_date);
    next.funnel_stage =
        pick(base.map(|base| &base.funnel_stage), &said.funnel_stage, Some(row.funnel_stage)).unwrap_or(row.funnel_stage);
    next.estimated_hours =
        pick_form(|said| hours(*said), base.map(|base| &base.estimated_hours), &said.estimated_hours, row.estimated_hours);
    next.actual_hours = pick_form(|said| hours(*said), base.map(|base| &base.actual_hours), &said.actual_hours, row.actual_hours);
    next.dependencies = {
        let held = Some(row.dependencies.clone());
        pick_form(|codes| Some(json!(codes)), base.map(|base| &base.dependencies), &said.dependencies, held)
    }
    .unwrap_or_else(|| json!([]));
    next.blocker_description = pick(base.map(|base| &base.blocker), &said.blocker, row.blocker_description.clone());
    next.verification_criteria = pick(base.map(|base| &base.verification), &said.verification, row.verification_criteria.clone());
    next.evidence_path = pick(base.map(|base| &base.evidence), &said.evidence, row.evidence_path.clone());
    next.metadata = merge_metadata(base.map(|base| &base.metadata), &said.metadata, &row.metadata);
    let base = base.said();
    let changed = base.is_none_or(|base| base.status != said.status);
    let untouched = base.is_some_and(|base| base.status.unwrap_or(ActionStatus::Pending) == row.status);
    let last_touched = row.completion_date.filter(|_| row.status == ActionStatus::Completed).unwrap_or(row.updated_at);
    // A mark that is taken away needs no other in its place.
    let revived = base.is_some_and(ActionDocument::is_cancelled).then_some(ActionStatus::Pending);
    let undone = row.status == ActionStatus::Completed && said.is_cancelled();
    if let Some(status) = said.status.or(revived)
        && changed
        && !undone
        && (untouched || document_time > last_touched)
    {
        set_status(&mut next, said, status, document_time);
    }
    if next.status == ActionStatus::Completed {
        next.blocker_description = None;
    }
    next
}

/// Gives an action a status, and the times that go with it.
pub(super) fn set_status(row: &mut actions::Model, said: &ActionDocument, status: ActionStatus, document_time: DateTime<Utc>) {
    let was = row.status;
    row.status = status;
    match status {
        ActionStatus::Completed if was != ActionStatus::Completed || row.completion_date.is_none() => {
            row.completion_date = Some(micros(said.completed_at.unwrap_or(document_time)));
        }
        ActionStatus::Completed => {}
        ActionStatus::InProgress => {
            row.started_at = row.started_at.or(Some(micros(document_time)));
            row.completion_date = None;
        }
        ActionStatus::Pending | ActionStatus::Blocked | ActionStatus::Cancelled => row.completion_date = None,
    }
    // What blocked it is over; a blocker that the document itself names for an open action stands.
    if status == ActionStatus::Completed {
        row.blocker_description = None;
    } else if was == ActionStatus::Blocked && status != ActionStatus::Blocked {
        row.blocker_description.clone_from(&said.blocker);
    }
}

/// Hours as the column holds them: two decimals, at most 999.99. What is larger was reported and is left out.
pub(super) fn hours(hours: Option<Decimal>) -> Option<Decimal> {
    let mut hours = hours.filter(|hours| !hours.is_sign_negative() && *hours <= Decimal::new(99_999, 2))?.round_dp(2);
    hours.rescale(2);
    Some(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_moves_only_with_the_documents_word() {
        let (a, b, c) = (Some("a"), Some("b"), Some("c"));
        let unknown = |newer| Base::Unknown { newer };
        assert_eq!(pick(unknown(false), &a, None), a, "first reading");
        assert_eq!(pick(unknown(false), &a, b), b, "first reading of an old document about a known row");
        assert_eq!(pick(unknown(true), &a, b), a, "first reading of a newer document");
        assert_eq!(pick(unknown(true), &None, b), b, "silence says nothing");
        assert_eq!(pick(Base::Said(&a), &a, b), b, "people changed it, the document did not");
        assert_eq!(pick(Base::Said(&a), &c, b), c, "the document changed its word");
        assert_eq!(pick(Base::Said(&a), &None, a), None, "taken out of the document");
        assert_eq!(pick(Base::Said(&a), &None, b), b, "taken out, but people had changed it");
    }
}
