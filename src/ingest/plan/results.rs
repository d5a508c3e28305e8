//! The results of a plan, and which actions stand under each.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::entities::enums::{ActionStatus, FunnelStage, ResultStatus};
use crate::ingest::document::ResultDocument;

use super::actions;
use super::cards::{Card, Topic};
use super::heads::{PhaseHead, ResultHead};
use super::ledger::{Fate, Ledger};
use super::metadata::{put, put_loose, put_object};
use super::sheet::Field;
use super::stable::normal;
use super::statuses::{action_status, as_result, cancelled};
use super::values::{OTHER_CURRENCY, funnel_stage, is_other_currency, priority, sum, urgency};

/// What a result takes over from its plan where it says nothing itself.
pub(super) struct Inherited {
    pub(super) purpose: Option<String>,
    pub(super) priority: Option<i32>,
    pub(super) category: Option<String>,
}

impl Inherited {
    /// Reads it from the plan's metadata.
    pub(super) fn of(metadata: &Map<String, Value>) -> Self {
        let text = |key: &str| metadata.get(key).and_then(Value::as_str);
        Self {
            purpose: text("purpose").map(str::to_owned),
            priority: text("priority").and_then(priority),
            category: text("result_category").or_else(|| text("category")).and_then(category),
        }
    }
}

/// Where cards stand: for each card of a result, phase or section, its result and the funnel stage of the actions below it.
pub(super) type Places = HashMap<usize, (usize, Option<FunnelStage>)>;

/// Reads the results and phases that the document states, in this order, without their actions.
pub(super) fn stated(cards: &[Card], ledger: &mut Ledger<'_>) -> (Vec<ResultDocument>, Places) {
    let mut results: Vec<ResultDocument> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut places = Places::new();
    for (at, card) in cards.iter().enumerate() {
        if let Topic::Result(head) = &card.topic {
            ledger.mark(card.line, card.line, Fate::Structure);
            let place = match known.get(&head.code) {
                Some(first) => {
                    // A section of work may be headed by the result again.
                    if normal(&results[*first].text) != normal(&head.title) {
                        ledger.add(card.line, format!("{} is used twice: only the first one counts", head.code));
                    }
                    *first
                }
                None => {
                    results.push(from_result(card, head, ledger));
                    known.insert(head.code.clone(), results.len() - 1);
                    results.len() - 1
                }
            };
            places.insert(at, (place, stage(card, ledger)));
        }
    }
    let stated = results.len();
    for (at, card) in cards.iter().enumerate() {
        if let Topic::Phase(head) = &card.topic {
            ledger.mark(card.line, card.line, Fate::Structure);
            let named = head.results.iter().find_map(|code| known.get(code).copied().filter(|place| *place < stated));
            if named.is_none() && stated > 0 && !head.results.is_empty() {
                let reason = format!("this plan states no {}: the phase is kept as a result of its own", head.results.join(", "));
                ledger.add(card.line, reason);
            }
            let place = match named.or_else(|| known.get(&head.code).copied()) {
                Some(place) if named.is_some() => {
                    add_phase(&mut results[place], card, head, ledger);
                    place
                }
                Some(first) => {
                    ledger.add(card.line, format!("{} is used twice: its actions are kept under the first one", head.code));
                    first
                }
                None => {
                    results.push(from_phase(card, head, ledger));
                    known.insert(head.code.clone(), results.len() - 1);
                    results.len() - 1
                }
            };
            places.insert(at, (place, stage(card, ledger)));
        }
    }
    (results, places)
}

/// What is left to be said of the results once their actions are known.
pub(super) fn settle(results: &mut Vec<ResultDocument>, inherited: &Inherited) {
    results.sort_by_key(|result| result.line);
    for result in results {
        result.purpose = result.purpose.take().or_else(|| inherited.purpose.clone());
        result.priority = result.priority.or(inherited.priority);
        result.category = result.category.take().or_else(|| inherited.category.clone());
        result.status = result.status.or_else(|| implied(result));
    }
}

/// A section that holds actions, or states how far it is, as a result with this code.
pub(super) fn from_section(card: &Card, code: &str, title: &str, ledger: &mut Ledger<'_>) -> ResultDocument {
    ledger.mark(card.line, card.line, Fate::Structure);
    let mut result = empty(code, headline(if card.title.is_empty() { title } else { &card.title }), card.line);
    if !matches!(card.topic, Topic::Front) {
        take_fields(&mut result, card, ledger);
        // `P0 — Critical`, `🔴 CRITICAL PATH`
        let ranked = card
            .title
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit()));
        let named = || priority(headline(&card.title));
        result.priority =
            result.priority.or_else(|| urgency(&card.title).filter(|_| ranked)).or_else(|| named().filter(|_| ranked));
    }
    result
}

/// A heading without the signs before it and the colon behind it.
fn headline(title: &str) -> &str {
    let text = title.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '"' | '“' | '(' | '[' | '$'));
    let text = text.trim_end().trim_end_matches(':').trim_end();
    if text.is_empty() { title } else { text }
}

/// A result that nothing is said of yet.
pub(super) fn empty(code: &str, text: &str, line: usize) -> ResultDocument {
    ResultDocument {
        code: code.to_owned(),
        text: text.to_owned(),
        purpose: None,
        outcome: None,
        verification: None,
        owner: None,
        priority: None,
        category: None,
        status: None,
        metadata: Map::new(),
        actions: Vec::new(),
        line,
    }
}

fn from_result(card: &Card, head: &ResultHead, ledger: &mut Ledger<'_>) -> ResultDocument {
    let mut result = empty(&head.code, &head.title, card.line);
    if let Some(status) = &head.status {
        take_status(&mut result, status, card.line, ledger);
    }
    take_fields(&mut result, card, ledger);
    result
}

fn from_phase(card: &Card, head: &PhaseHead, ledger: &mut Ledger<'_>) -> ResultDocument {
    let text = if head.title.is_empty() { &card.title } else { &head.title };
    let mut result = empty(&head.code, text, card.line);
    if let Some(days) = &head.days {
        result.metadata.insert("days".to_owned(), days.clone().into());
    }
    if let Some(status) = &head.status {
        take_status(&mut result, status, card.line, ledger);
    }
    take_fields(&mut result, card, ledger);
    // `PRIORITY 2` is one, where nothing else is said.
    let rank = head.code.strip_prefix("PRIORITY-").and_then(priority);
    result.priority = result.priority.or(rank);
    result
}

/// Keeps what a phase says of itself in the metadata of the result that it works for.
fn add_phase(result: &mut ResultDocument, card: &Card, head: &PhaseHead, ledger: &mut Ledger<'_>) {
    let mut phase = Map::new();
    phase.insert("code".to_owned(), head.code.clone().into());
    phase.insert("text".to_owned(), head.title.clone().into());
    for (key, value) in [("status_line", &head.status), ("days", &head.days)] {
        if let Some(value) = value {
            phase.insert(key.to_owned(), value.clone().into());
        }
    }
    for field in &card.sheet.fields {
        field.mark(ledger);
        match field.name.as_str() {
            "owner" if result.owner.is_none() => result.owner = Some(field.text()),
            "status" => put(&mut phase, "status_line", field.value()),
            name => put(&mut phase, name, field.value()),
        }
    }
    let status = phase.get("status_line").and_then(Value::as_str).and_then(action_status).map(|(status, _)| as_result(status));
    match (result.status, status) {
        (None, status) => result.status = status,
        (Some(own), Some(status)) if own != status => {
            ledger.add(card.line, format!("the status of this phase is not that of {}, which counts", result.code));
        }
        _ => {}
    }
    match result.metadata.entry("phases").or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(phases) => phases.push(phase.into()),
        // A key line named `Phases` was there first.
        other => *other = vec![other.take(), phase.into()].into(),
    }
}

fn take_fields(result: &mut ResultDocument, card: &Card, ledger: &mut Ledger<'_>) {
    for field in &card.sheet.fields {
        field.mark(ledger);
        take_field(result, field, ledger);
    }
    put_loose(&mut result.metadata, card, Fate::Note, ledger);
}

/// Takes one key line of a result.
pub(super) fn take_field(result: &mut ResultDocument, field: &Field, ledger: &mut Ledger<'_>) {
    let text = field.text();
    if text.is_empty() {
        return;
    }
    let slot = match field.name.as_str() {
        "outcome" | "result" => &mut result.outcome,
        "purpose" => &mut result.purpose,
        "verification" | "verification_criteria" | "success_criteria" => &mut result.verification,
        "owner" | "agent" => &mut result.owner,
        "headline" => {
            result.text = text;
            return;
        }
        "rank" if text.parse::<i32>().is_ok() => {
            result.priority = text.parse().ok();
            return;
        }
        "metadata" => {
            put_object(&mut result.metadata, field);
            return;
        }
        "status" => {
            take_status(result, &text, field.line, ledger);
            return;
        }
        "priority" => {
            result.priority = priority(&text).or(result.priority);
            put(&mut result.metadata, "priority", field.value());
            return;
        }
        "category" | "result_category" => {
            result.category = category(&text);
            if result.category.as_deref() != Some(text.as_str()) {
                put(&mut result.metadata, &field.name, field.value());
            }
            return;
        }
        "dependencies" | "depends_on" | "blocked_by" => {
            put(&mut result.metadata, "dependency_notes", field.value());
            return;
        }
        "revenue" if sum(&text).is_some() => {
            put(&mut result.metadata, "revenue_target", field.value());
            return;
        }
        "revenue" | "revenue_target" if is_other_currency(&text) => {
            ledger.add(field.line, OTHER_CURRENCY);
            put(&mut result.metadata, &field.name, field.value());
            return;
        }
        name => {
            put(&mut result.metadata, name, field.value());
            return;
        }
    };
    match slot {
        Some(before) => {
            before.push('\n');
            before.push_str(&text);
        }
        None => *slot = Some(text).filter(|text| !text.is_empty()),
    }
}

/// Takes a written status; one that tells a priority instead is kept as such, in its words too.
fn take_status(result: &mut ResultDocument, text: &str, line: usize, ledger: &mut Ledger<'_>) {
    match action_status(text) {
        Some((status, more)) => {
            result.status = Some(as_result(status));
            if more.is_none() {
                return;
            }
        }
        None if cancelled(text).is_some() => {
            ledger.add(line, "cancelled: a result has no such status; what is open below it counts");
        }
        None => match priority(text) {
            Some(rank) => result.priority = result.priority.or(Some(rank)),
            None => ledger.add(line, "unknown status: write Not Started, In Progress, Blocked or Completed"),
        },
    }
    put(&mut result.metadata, "status_line", text.into());
}

fn stage(card: &Card, ledger: &mut Ledger<'_>) -> Option<FunnelStage> {
    let field = card.sheet.fields.iter().find(|field| actions::is_funnel_key(&field.name))?;
    let stage = funnel_stage(&field.text());
    if stage.is_none() {
        ledger.add(field.line, actions::NO_STAGE);
    }
    stage
}

/// The word before the remark: `ARCH (Architecture & Infrastructure)` → `ARCH`.
fn category(text: &str) -> Option<String> {
    let word = text.split(['(', '-', '–', '—', ',']).next()?.trim();
    (!word.is_empty()).then(|| word.to_owned())
}

/// What the actions of a result imply for it.
fn implied(result: &ResultDocument) -> Option<ResultStatus> {
    let mut open = result.actions.iter().filter(|action| !action.is_cancelled()).peekable();
    let any = |wanted: ActionStatus| result.actions.iter().any(|action| action.status == Some(wanted));
    if open.peek().is_none() {
        None
    } else if open.all(|action| action.status == Some(ActionStatus::Completed)) {
        Some(ResultStatus::Completed)
    } else if any(ActionStatus::Completed) || any(ActionStatus::InProgress) {
        Some(ResultStatus::InProgress)
    } else {
        Some(ResultStatus::NotStarted)
    }
}
