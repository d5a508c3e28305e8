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

/// The value a field should have. `base` is absent when the document has not been read before.
pub(super) fn pick<T: PartialEq + Clone>(base: Option<&Option<T>>, said: &Option<T>, held: Option<T>) -> Option<T> {
    match base {
        Some(base) if base == said => held,
        // Taken out of the document: only what the document itself put there goes with it.
        Some(base) if said.is_none() && held != *base => held,
        Some(_) => said.clone(),
        None => said.clone().or(held),
    }
}

/// The same for a field that always has a value.
fn pick_value<T: PartialEq + Clone>(base: Option<&T>, said: &T, held: T) -> T {
    if base == Some(said) { held } else { said.clone() }
}

/// At most as many characters as the column holds.
pub(super) fn clip(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

fn clipped(text: &Option<String>, characters: usize) -> Option<String> {
    text.as_deref().map(|text| clip(text, characters))
}

/// Microseconds, as the database holds them.
pub(super) fn micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.duration_trunc(Duration::microseconds(1)).unwrap_or(instant)
}

/// Metadata with what the document says of it: its keys follow the document, keys of others stay.
fn merge_metadata(base: Option<&Map<String, Json>>, said: &Map<String, Json>, held: &Json) -> Json {
    let mut merged = held.as_object().cloned().unwrap_or_default();
    for (key, value) in said {
        if base.and_then(|base| base.get(key)) != Some(value) {
            merged.insert(key.clone(), value.clone());
        }
    }
    for key in base.into_iter().flat_map(Map::keys) {
        if !said.contains_key(key) {
            merged.remove(key);
        }
    }
    Json::Object(merged)
}

/// The week's row in line with its document.
pub(super) fn week(base: Option<&PlanDocument>, said: &PlanDocument, row: &weeks::Model) -> weeks::Model {
    let mut next = row.clone();
    next.code = pick(base.map(|base| clipped(&base.code, 100)).as_ref(), &clipped(&said.code, 100), row.code.clone());
    next.title = pick_value(base.map(|base| &base.title), &said.title, row.title.clone());
    next.week_end_date = pick_value(base.map(|base| &base.week_end), &said.week_end, row.week_end_date);
    next.classification = pick(
        base.map(|base| clipped(&base.classification, 100)).as_ref(),
        &clipped(&said.classification, 100),
        row.classification.clone(),
    );
    let owner = pick(base.map(|base| clipped(&base.owner, 255)).as_ref(), &clipped(&said.owner, 255), Some(row.owner.clone()));
    next.owner = owner.unwrap_or_default();
    next.version = pick(base.map(|base| clipped(&base.version, 50)).as_ref(), &clipped(&said.version, 50), row.version.clone());
    let target = row.revenue_target_low.zip(row.revenue_target_high);
    let target = pick(base.map(|base| &base.revenue_target), &said.revenue_target, target);
    (next.revenue_target_low, next.revenue_target_high) = target.unzip();
    next.metadata = merge_metadata(base.map(|base| &base.metadata), &said.metadata, &row.metadata);
    next
}

/// The row of a result in line with its document.
pub(super) fn result(
    base: Option<&ResultDocument>,
    said: &ResultDocument,
    position: i32,
    row: &results::Model,
) -> results::Model {
    let mut next = row.clone();
    next.position = position;
    next.result_text = pick_value(base.map(|base| &base.text), &said.text, row.result_text.clone());
    next.purpose = pick(base.map(|base| &base.purpose), &said.purpose, Some(row.purpose.clone())).unwrap_or_default();
    next.outcome = pick(base.map(|base| &base.outcome), &said.outcome, row.outcome.clone());
    next.verification_criteria = pick(base.map(|base| &base.verification), &said.verification, row.verification_criteria.clone());
    next.owner = pick(base.map(|base| clipped(&base.owner, 255)).as_ref(), &clipped(&said.owner, 255), row.owner.clone());
    next.priority = pick(base.map(|base| &base.priority), &said.priority, Some(row.priority)).unwrap_or(0);
    next.category =
        pick(base.map(|base| clipped(&base.category, 100)).as_ref(), &clipped(&said.category, 100), row.category.clone());
    next.status = pick(base.map(|base| &base.status), &said.status, Some(row.status)).unwrap_or(row.status);
    next.metadata = merge_metadata(base.map(|base| &base.metadata), &said.metadata, &row.metadata);
    next
}

/// The row of an action in line with its document, its status included.
///
/// `document_time` is when the document was last changed: what people did to the action after that stands, and so does a
/// completion that is newer than the document.
pub(super) fn action(
    base: Option<&ActionDocument>,
    said: &ActionDocument,
    position: i32,
    document_time: DateTime<Utc>,
    row: &actions::Model,
) -> actions::Model {
    let mut next = row.clone();
    next.position = position;
    next.action_text = pick_value(base.map(|base| &base.text), &said.text, row.action_text.clone());
    next.description = pick(base.map(|base| &base.description), &said.description, row.description.clone());
    next.owner = pick(base.map(|base| clipped(&base.owner, 255)).as_ref(), &clipped(&said.owner, 255), row.owner.clone());
    next.due_date = pick(base.map(|base| base.due.map(micros)).as_ref(), &said.due.map(micros), row.due_date);
    next.funnel_stage =
        pick(base.map(|base| &base.funnel_stage), &said.funnel_stage, Some(row.funnel_stage)).unwrap_or(row.funnel_stage);
    next.estimated_hours =
        pick(base.map(|base| hours(base.estimated_hours)).as_ref(), &hours(said.estimated_hours), row.estimated_hours);
    next.actual_hours = pick(base.map(|base| hours(base.actual_hours)).as_ref(), &hours(said.actual_hours), row.actual_hours);
    next.dependencies =
        pick_value(base.map(|base| json!(base.dependencies)).as_ref(), &json!(said.dependencies), row.dependencies.clone());
    next.blocker_description = pick(base.map(|base| &base.blocker), &said.blocker, row.blocker_description.clone());
    next.verification_criteria = pick(base.map(|base| &base.verification), &said.verification, row.verification_criteria.clone());
    next.evidence_path = pick(base.map(|base| &base.evidence), &said.evidence, row.evidence_path.clone());
    next.metadata = merge_metadata(base.map(|base| &base.metadata), &said.metadata, &row.metadata);
    let changed = base.is_none_or(|base| base.status != said.status);
    let untouched = base.is_some_and(|base| base.status.unwrap_or(ActionStatus::Pending) == row.status);
    let last_touched = row.completion_date.filter(|_| row.status == ActionStatus::Completed).unwrap_or(row.updated_at);
    if let Some(status) = said.status
        && changed
        && (untouched || document_time > last_touched)
    {
        set_status(&mut next, said, status, document_time);
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
        ActionStatus::Pending | ActionStatus::Blocked => row.completion_date = None,
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
        let a = || Some("a");
        let b = || Some("b");
        let c = || Some("c");
        assert_eq!(pick(None, &a(), None), a(), "first reading");
        assert_eq!(pick(None, &a(), b()), a(), "first reading of a document about a known row");
        assert_eq!(pick(None, &None, b()), b(), "silence says nothing");
        assert_eq!(pick(Some(&a()), &a(), b()), b(), "people changed it, the document did not");
        assert_eq!(pick(Some(&a()), &c(), b()), c(), "the document changed its word");
        assert_eq!(pick(Some(&a()), &None, a()), None, "taken out of the document");
        assert_eq!(pick(Some(&a()), &None, b()), b(), "taken out, but people had changed it");
    }
}
