//! The results of a plan, and which actions stand under each.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use serde_json::{Map, Value};

use crate::entities::enums::{ActionStatus, FunnelStage, ResultStatus};
use crate::ingest::document::ResultDocument;

use super::actions;
use super::cards::{Card, Topic};
use super::dates::Span;
use super::heads::{PhaseHead, ResultHead};
use super::metadata::{put, put_loose};
use super::unread::Report;
use super::values::{action_status, as_result, funnel_stage, priority};

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

/// Reads the results in document order, with their actions.
pub(super) fn read(cards: &[Card], inherited: &Inherited, week: Span, zone: Tz, report: &mut Report<'_>) -> Vec<ResultDocument> {
    let mut results: Vec<ResultDocument> = Vec::new();
    // Which result a card of a result or phase speaks of, and the funnel stage of the actions below it.
    let mut places: HashMap<usize, (usize, Option<FunnelStage>)> = HashMap::new();
    for (at, card) in cards.iter().enumerate() {
        if let Topic::Result(head) = &card.topic {
            let place = match results.iter().position(|result| result.code == head.code) {
                Some(first) => {
                    report.add(card.line, format!("{} is used twice: only the first one counts", head.code));
                    first
                }
                None => {
                    results.push(from_result(card, head, report));
                    results.len() - 1
                }
            };
            places.insert(at, (place, stage(card, report)));
        }
    }
    let stated = results.len();
    for (at, card) in cards.iter().enumerate() {
        if let Topic::Phase(head) = &card.topic {
            let named = head.results.iter().find_map(|code| results[..stated].iter().position(|result| result.code == *code));
            if named.is_none() && stated > 0 && !head.results.is_empty() {
                let reason = format!("this plan states no {}: the phase is kept as a result of its own", head.results.join(", "));
                report.add(card.line, reason);
            }
            let place = match named.or_else(|| results.iter().position(|result| result.code == head.code)) {
                Some(place) if named.is_some() => {
                    add_phase(&mut results[place], card, head, report);
                    place
                }
                Some(first) => {
                    report.add(card.line, format!("{} is used twice: its actions are kept under the first one", head.code));
                    first
                }
                None => {
                    results.push(from_phase(card, head, report));
                    results.len() - 1
                }
            };
            places.insert(at, (place, stage(card, report)));
        }
    }
    add_actions(&mut results, cards, &places, week, zone, report);
    for result in &mut results {
        result.purpose = result.purpose.take().or_else(|| inherited.purpose.clone());
        result.priority = result.priority.or(inherited.priority);
        result.category = result.category.take().or_else(|| inherited.category.clone());
        result.status = result.status.or_else(|| implied(result));
    }
    results
}

fn add_actions(
    results: &mut [ResultDocument],
    cards: &[Card],
    places: &HashMap<usize, (usize, Option<FunnelStage>)>,
    week: Span,
    zone: Tz,
    report: &mut Report<'_>,
) {
    let mut first_lines: HashMap<&str, usize> = HashMap::new();
    // A code in bold that stands under no result is a mention of the action, if the plan has that action elsewhere.
    let placed: HashSet<&str> = cards
        .iter()
        .filter(|card| card.under.is_some_and(|under| places.contains_key(&under)))
        .filter_map(|card| if let Topic::Action(head) = &card.topic { Some(head.code.as_str()) } else { None })
        .collect();
    for card in cards {
        let place = card.under.and_then(|under| places.get(&under));
        match (&card.topic, place) {
            (Topic::Action(head), None) if placed.contains(head.code.as_str()) => {}
            (Topic::Action(head), None) => {
                report.add(card.line, format!("{} stands under no result and no phase", head.code));
            }
            (Topic::Action(head), Some((place, stage))) => match first_lines.get(head.code.as_str()) {
                Some(line) => report.add(card.line, format!("{} is used twice: the one in line {line} counts", head.code)),
                None => {
                    first_lines.insert(&head.code, card.line);
                    results[*place].actions.push(actions::read(card, head, *stage, week, zone, report));
                }
            },
            (Topic::Headless, _) => {
                report.add(card.line, "this looks like an action and gives no code such as `AREA-001a`");
            }
            (Topic::Aside, Some(_)) => {
                if let Some(field) = card.sheet.fields.iter().find(|field| actions::is_own_key(&field.name)) {
                    report.add(
                        field.line,
                        "this line belongs to no action: its headline gives no code, or a rule stands between them",
                    );
                }
            }
            _ => {}
        }
    }
}

fn empty(code: &str, text: &str, line: usize) -> ResultDocument {
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

fn from_result(card: &Card, head: &ResultHead, report: &mut Report<'_>) -> ResultDocument {
    let mut result = empty(&head.code, &head.title, card.line);
    if let Some(status) = &head.status {
        take_status(&mut result, status, card.line, report);
    }
    take_fields(&mut result, card, report);
    result
}

fn from_phase(card: &Card, head: &PhaseHead, report: &mut Report<'_>) -> ResultDocument {
    let text = if head.title.is_empty() { &card.title } else { &head.title };
    let mut result = empty(&head.code, text, card.line);
    if let Some(days) = &head.days {
        result.metadata.insert("days".to_owned(), days.clone().into());
    }
    if let Some(status) = &head.status {
        take_status(&mut result, status, card.line, report);
    }
    take_fields(&mut result, card, report);
    result
}

/// Keeps what a phase says of itself in the metadata of the result that it works for.
fn add_phase(result: &mut ResultDocument, card: &Card, head: &PhaseHead, report: &mut Report<'_>) {
    let mut phase = Map::new();
    phase.insert("code".to_owned(), head.code.clone().into());
    phase.insert("text".to_owned(), head.title.clone().into());
    for (key, value) in [("status_line", &head.status), ("days", &head.days)] {
        if let Some(value) = value {
            phase.insert(key.to_owned(), value.clone().into());
        }
    }
    for field in &card.sheet.fields {
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
            report.add(card.line, format!("the status of this phase is not that of {}, which counts", result.code));
        }
        _ => {}
    }
    match result.metadata.entry("phases").or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(phases) => phases.push(phase.into()),
        // A key line named `Phases` was there first.
        other => *other = vec![other.take(), phase.into()].into(),
    }
}

fn take_fields(result: &mut ResultDocument, card: &Card, report: &mut Report<'_>) {
    for field in &card.sheet.fields {
        let text = field.text();
        let slot = match field.name.as_str() {
            "outcome" => &mut result.outcome,
            "purpose" => &mut result.purpose,
            "verification" | "verification_criteria" | "success_criteria" => &mut result.verification,
            "owner" | "agent" => &mut result.owner,
            "status" => {
                take_status(result, &text, field.line, report);
                continue;
            }
            "priority" => {
                result.priority = priority(&text).or(result.priority);
                put(&mut result.metadata, "priority", field.value());
                continue;
            }
            "category" | "result_category" => {
                result.category = category(&text);
                continue;
            }
            "dependencies" | "depends_on" | "blocked_by" => {
                put(&mut result.metadata, "dependency_notes", field.value());
                continue;
            }
            name => {
                put(&mut result.metadata, name, field.value());
                continue;
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
    put_loose(&mut result.metadata, card);
}

/// Takes a written status; one that tells a priority instead is kept as such, in its words too.
fn take_status(result: &mut ResultDocument, text: &str, line: usize, report: &mut Report<'_>) {
    match action_status(text) {
        Some((status, more)) => {
            result.status = Some(as_result(status));
            if more.is_none() {
                return;
            }
        }
        None => match priority(text) {
            Some(rank) => result.priority = result.priority.or(Some(rank)),
            None => report.add(line, "unknown status: write Not Started, In Progress, Blocked or Completed"),
        },
    }
    put(&mut result.metadata, "status_line", text.into());
}

fn stage(card: &Card, report: &mut Report<'_>) -> Option<FunnelStage> {
    let field = card.sheet.fields.iter().find(|field| actions::is_funnel_key(&field.name))?;
    let stage = funnel_stage(&field.text());
    if stage.is_none() {
        report.add(field.line, actions::NO_STAGE);
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
    let any = |wanted: ActionStatus| result.actions.iter().any(|action| action.status == Some(wanted));
    if result.actions.is_empty() {
        None
    } else if result.actions.iter().all(|action| action.status == Some(ActionStatus::Completed)) {
        Some(ResultStatus::Completed)
    } else if any(ActionStatus::Completed) || any(ActionStatus::InProgress) {
        Some(ResultStatus::InProgress)
    } else {
        Some(ResultStatus::NotStarted)
    }
}
