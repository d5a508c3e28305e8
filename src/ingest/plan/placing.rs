//! Which actions stand under which result: those with codes, and the things to do without.

use std::collections::{HashMap, HashSet};

use crate::entities::enums::ActionStatus;
use crate::ingest::document::{ActionDocument, PlanDocument, ResultDocument};

use super::actions;
use super::cards::{Card, Topic};
use super::criteria;
use super::ledger::{Fate, Ledger};
use super::metadata::put;
use super::results::{self, Inherited, Places};
use super::sections::Section;
use super::stable::{Codes, normal, stem};
use super::tasks::{Desk, Task};

/// How many actions of the same words are compared before another one is its own.
const COMPARED: usize = 8;

/// Reads the results of a plan with their actions, in document order.
pub(super) fn read(plan: &PlanDocument, desk: &Desk<'_>, coded: bool, ledger: &mut Ledger<'_>) -> Vec<ResultDocument> {
    let (results, places) = results::stated(desk.cards, ledger);
    let mut placing = Placing {
        plan,
        desk,
        sections: Codes::default(),
        codes: Codes::default(),
        stem: stem(plan.project.as_deref(), plan.code.as_deref()),
        coded: HashMap::new(),
        same: HashMap::new(),
        ids: HashMap::new(),
        results,
        places,
    };
    for result in &placing.results {
        placing.sections.take(&result.code);
    }
    placing.headlines(ledger);
    placing.tasks(ledger);
    if !coded {
        placing.reports(ledger);
    }
    placing.dependencies();
    criteria::of_results(&mut placing.results, desk.cards, &placing.places, ledger);
    let mut results = placing.results;
    results::settle(&mut results, &Inherited::of(&plan.metadata));
    results
}

struct Placing<'a> {
    plan: &'a PlanDocument,
    desk: &'a Desk<'a>,
    results: Vec<ResultDocument>,
    places: Places,
    /// Codes of results.
    sections: Codes,
    /// Codes of actions.
    codes: Codes,
    /// What made codes begin with.
    stem: String,
    /// Where the action of each code stands: result, action.
    coded: HashMap<String, (usize, usize)>,
    /// The actions of the same words.
    same: HashMap<String, Vec<Same>>,
    /// The codes behind the ids of table rows and the words of actions.
    ids: HashMap<String, String>,
}

impl Placing<'_> {
    /// Places the actions that carry codes.
    fn headlines(&mut self, ledger: &mut Ledger<'_>) {
        let cards = self.desk.cards;
        // A code in bold that stands under no result is a mention of the action, if the plan has that action elsewhere.
        let placed: HashSet<&str> = cards
            .iter()
            .filter(|card| card.under.is_some_and(|under| self.places.contains_key(&under)))
            .filter_map(|card| if let Topic::Action(head) = &card.topic { Some(head.code.as_str()) } else { None })
            .collect();
        for card in cards {
            match &card.topic {
                Topic::Action(head) => {
                    let place = card.under.and_then(|under| self.places.get(&under)).copied();
                    if place.is_none() && placed.contains(head.code.as_str()) {
                        continue;
                    }
                    if place.is_none() && card.aside {
                        ledger.add(card.line, format!("{} stands under no result and no phase", head.code));
                        continue;
                    }
                    if let Some((result, at)) = self.coded.get(&head.code) {
                        let line = self.results[*result].actions[*at].line;
                        ledger.add(card.line, format!("{} is used twice: the one in line {line} counts", head.code));
                        continue;
                    }
                    let (place, stage) = place.unwrap_or_else(|| (self.section(card.section, ledger), None));
                    ledger.mark(card.line, card.line, Fate::Field);
                    let action = actions::read(card, head, stage, self.desk.frame, ledger);
                    self.add(place, action, Weak::default());
                }
                Topic::Aside if card.under.is_some_and(|under| self.places.contains_key(&under)) && placed.len() > 1 => {
                    if let Some(field) = card.sheet.fields.iter().find(|field| actions::is_own_key(&field.name)) {
                        ledger.add(
                            field.line,
                            "this line belongs to no action: its headline gives no code, or a rule stands between them",
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// Places the things to do that carry none.
    fn tasks(&mut self, ledger: &mut Ledger<'_>) {
        let desk = self.desk;
        for card in desk.cards {
            let Topic::Task(head) = &card.topic else { continue };
            let place = card.under.and_then(|under| self.places.get(&under)).copied();
            let (place, stage) = place.unwrap_or_else(|| (self.section(card.section, ledger), None));
            for mut task in desk.read(card, head, ledger) {
                task.action.funnel_stage = task.action.funnel_stage.or(stage);
                self.place(place, task);
            }
        }
    }

    /// Adds an action, or what it says to the one that says the same.
    fn place(&mut self, place: usize, task: Task) {
        let weak = Weak { owner: task.owner_is_inherited, due: task.due_is_inherited };
        let mut action = task.action;
        let words = normal(&action.text);
        let written = !action.code.is_empty();
        if written && self.codes.is_taken(&action.code) {
            // A list that ticks off an action by its code says how far it is.
            if let Some((result, at)) = self.coded.get(&action.code) {
                merge(&mut self.results[*result].actions[*at], action);
            }
            return;
        }
        let same = self.same.get(&words).map(Vec::as_slice).unwrap_or_default();
        let twin = same.iter().rev().take(COMPARED).copied().find(|same| {
            let known = self.results.get(same.result).and_then(|result| result.actions.get(same.action));
            known.is_some_and(|known| !written && agree((known, same.weak), (&action, weak)))
        });
        if let Some(twin) = twin {
            let known = &mut self.results[twin.result].actions[twin.action];
            // What one says itself counts before what the other takes over.
            if twin.weak.owner && !weak.owner {
                known.owner = action.owner.take();
            } else if weak.owner && known.owner.is_some() {
                action.owner = None;
            }
            if twin.weak.due && !weak.due {
                known.due = action.due.take();
            }
            return merge(known, action);
        }
        if !written {
            action.code = self.codes.action(&self.stem, self.plan.week_start, &words);
        }
        self.add(place, action, weak);
    }

    fn add(&mut self, place: usize, action: ActionDocument, weak: Weak) {
        self.codes.take(&action.code);
        self.coded.insert(action.code.clone(), (place, self.results[place].actions.len()));
        let words = normal(&action.text);
        self.ids.entry(words.clone()).or_insert_with(|| action.code.clone());
        if let Some(id) = action.metadata.get("id").and_then(serde_json::Value::as_str) {
            self.ids.entry(normal(id)).or_insert_with(|| action.code.clone());
        }
        let action_at = self.results[place].actions.len();
        self.same.entry(words).or_default().push(Same { result: place, action: action_at, weak });
        self.results[place].actions.push(action);
    }

    /// The result that a section is.
    fn section(&mut self, at: usize, ledger: &mut Ledger<'_>) -> usize {
        if let Some((place, _)) = self.places.get(&at) {
            return *place;
        }
        let card = &self.desk.cards[at];
        let code = self.sections.section(&card.title);
        self.results.push(results::from_section(card, &code, &self.plan.title, ledger));
        self.places.insert(at, (self.results.len() - 1, None));
        self.results.len() - 1
    }

    /// Sections without actions that report how far they are.
    fn reports(&mut self, ledger: &mut Ledger<'_>) {
        for (at, card) in self.desk.cards.iter().enumerate() {
            if matches!(card.topic, Topic::Section(Section::Unknown)) && card.sheet.field(&["status"]).is_some() {
                self.section(at, ledger);
            }
        }
    }

    /// Finds the actions that others wait for by their ids and words.
    fn dependencies(&mut self) {
        for action in self.results.iter_mut().flat_map(|result| &mut result.actions) {
            let Some(notes) = action.metadata.get("dependency_notes").and_then(serde_json::Value::as_str) else { continue };
            let pieces: Vec<&str> = notes.split([',', ';', '+', '&']).map(str::trim).filter(|piece| !piece.is_empty()).collect();
            let codes: Vec<&String> = pieces.iter().filter_map(|piece| self.ids.get(&normal(piece))).collect();
            let all = codes.len() == pieces.len();
            for code in codes {
                if *code != action.code && !action.dependencies.contains(code) {
                    action.dependencies.push(code.clone());
                }
            }
            if all {
                action.metadata.remove("dependency_notes");
            }
        }
    }
}

/// What of an action is only taken over from around it.
#[derive(Clone, Copy, Debug, Default)]
struct Weak {
    owner: bool,
    due: bool,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug)]
struct Same {
    result: usize,
    action: usize,
    weak: Weak,
}

/// Whether two actions of the same words can be one: what one says itself of owner and day, the other leaves open or says too.
fn agree((one, weak): (&ActionDocument, Weak), (other, other_weak): (&ActionDocument, Weak)) -> bool {
    let owners = weak.owner || other_weak.owner || one.owner.is_none() || other.owner.is_none() || one.owner == other.owner;
    let days = weak.due || other_weak.due || one.due.is_none() || other.due.is_none() || one.due == other.due;
    owners && days
}

/// Adds what a second mention says: what is further counts, and what was open is filled in.
fn merge(known: &mut ActionDocument, other: ActionDocument) {
    let rank = |status: Option<ActionStatus>| match status {
        None => 0,
        Some(ActionStatus::Pending) => 1,
        Some(ActionStatus::Blocked) => 2,
        Some(ActionStatus::InProgress) => 3,
        Some(ActionStatus::Completed) => 4,
    };
    if rank(other.status) > rank(known.status) {
        known.status = other.status;
    }
    let metadata = &mut known.metadata;
    let mut fill = |slot: &mut Option<String>, more: Option<String>, key: &str| match (&slot, more) {
        (None, more) => *slot = more,
        (Some(before), Some(more)) if *before != more => put(metadata, key, more.into()),
        _ => {}
    };
    fill(&mut known.description, other.description, "notes");
    fill(&mut known.owner, other.owner, "owner_notes");
    fill(&mut known.blocker, other.blocker, "notes");
    fill(&mut known.verification, other.verification, "notes");
    fill(&mut known.evidence, other.evidence, "notes");
    if normal(&known.text) != normal(&other.text) {
        put(metadata, "notes", other.text.into());
    }
    known.due = known.due.or(other.due);
    known.completed_at = known.completed_at.or(other.completed_at);
    known.estimated_hours = known.estimated_hours.or(other.estimated_hours);
    known.actual_hours = known.actual_hours.or(other.actual_hours);
    for code in other.dependencies {
        if code != known.code && !known.dependencies.contains(&code) {
            known.dependencies.push(code);
        }
    }
    for (key, value) in other.metadata {
        // Of two headings that it stands below, the first is its group.
        if key != "group" || !known.metadata.contains_key(&key) {
            put(&mut known.metadata, &key, value);
        }
    }
}

/// Whether any card is an action or a thing to do.
pub(super) fn has_actions(cards: &[Card]) -> bool {
    cards.iter().any(|card| matches!(card.topic, Topic::Action(_) | Topic::Task(_)))
}
