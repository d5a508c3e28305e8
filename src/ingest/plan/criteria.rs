//! How the plan, or one of its results, is checked: the lists below `Success Criteria`, `Acceptance Criteria` and the like.

use serde_json::{Map, Value, json};

use crate::entities::enums::ActionStatus;
use crate::ingest::document::ResultDocument;

use super::cards::{Card, Topic};
use super::ledger::{Fate, Ledger};
use super::markdown::{Kind, Line};
use super::metadata::put;
use super::results::Places;
use super::sections::{Section, words};
use super::statuses::tick_box;

/// Adds the criteria that stand under results to their verification.
pub(super) fn of_results(results: &mut [ResultDocument], cards: &[Card], places: &Places, ledger: &mut Ledger<'_>) {
    for card in cards.iter().filter(|card| is_criteria(card)) {
        let place = card.under.and_then(|under| places.get(&under));
        if let Some(result) = place.and_then(|(place, _)| results.get_mut(*place)) {
            add_to_result(result, &items(card, ledger));
        }
    }
}

/// Adds the criteria of the plan as a whole to its metadata.
pub(super) fn of_plan(metadata: &mut Map<String, Value>, cards: &[Card], ledger: &mut Ledger<'_>) {
    for card in cards.iter().filter(|card| is_criteria(card) && card.under.is_none()) {
        add_to_plan(metadata, card, &items(card, ledger));
    }
}

/// The list below a card's headline.
fn items<'a>(card: &'a Card, ledger: &mut Ledger<'_>) -> Vec<&'a Line> {
    let items: Vec<&Line> = card.sheet.loose.iter().filter(|line| matches!(line.kind, Kind::Item { .. })).collect();
    if !items.is_empty() {
        ledger.mark(card.line, card.line, Fate::Structure);
    }
    items.iter().for_each(|line| ledger.field(line));
    items
}

fn is_criteria(card: &Card) -> bool {
    matches!(card.topic, Topic::Section(Section::Criteria) | Topic::Slot { criteria: true, .. })
}

fn add_to_result(result: &mut ResultDocument, items: &[&Line]) {
    for line in items {
        let text = tick_box(&line.text).1;
        match &mut result.verification {
            Some(before) => {
                before.push('\n');
                before.push_str(text);
            }
            None => result.verification = Some(text.to_owned()),
        }
    }
}

fn add_to_plan(metadata: &mut Map<String, Value>, card: &Card, items: &[&Line]) {
    let words = words(&card.title);
    let key = if words.iter().any(|word| word == "acceptance") { "acceptance_criteria" } else { "success_criteria" };
    // Where every line has the same sign, it is a bullet and says nothing of what has been reached.
    let boxed = items.iter().any(|line| {
        matches!(line.kind, Kind::Item { ticked: Some(_), .. })
            || tick_box(&line.text).0.is_some_and(|sign| sign != ActionStatus::Completed)
    });
    let is_part = !words.iter().any(|word| matches!(word.as_str(), "criteria" | "success" | "acceptance"));
    for line in items {
        let (sign, text) = tick_box(&line.text);
        let mut entry = json!({ "text": text });
        if is_part {
            entry["group"] = card.title.clone().into();
        }
        if boxed {
            let ticked = if let Kind::Item { ticked, .. } = line.kind { ticked } else { None };
            entry["done"] = ticked.unwrap_or(sign == Some(ActionStatus::Completed)).into();
        }
        put(metadata, key, json!([entry]));
    }
}
