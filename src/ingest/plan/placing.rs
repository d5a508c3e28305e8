//! Which actions stand under which result: those with codes, and the things to do without.

use std::collections::{HashMap, HashSet};

use crate::ingest::document::{PlanDocument, ResultDocument};

use super::actions;
use super::cards::{Card, Topic};
use super::criteria;
use super::ledger::{Fate, Ledger};
use super::results::{self, Inherited, Places};
use super::sections::Section;
use super::shelf::{Shelf, Weak};
use super::stable::Codes;
use super::tasks::Desk;

/// Reads the results of a plan with their actions, in document order.
pub(super) fn read(plan: &PlanDocument, desk: &Desk<'_>, coded: bool, ledger: &mut Ledger<'_>) -> Vec<ResultDocument> {
    let (results, places) = results::stated(desk.cards, ledger);
    let mut sections = Codes::default();
    for result in &results {
        sections.take(&result.code);
    }
    let mut placing = Placing { plan, desk, shelf: Shelf::new(plan, results), places, sections };
    placing.headlines(ledger);
    placing.tasks(ledger);
    if !coded {
        placing.reports(ledger);
    }
    placing.shelf.dependencies();
    criteria::of_results(&mut placing.shelf.results, desk.cards, &placing.places, ledger);
    let mut results = placing.shelf.results;
    results::settle(&mut results, &Inherited::of(&plan.metadata));
    results
}

struct Placing<'a> {
    plan: &'a PlanDocument,
    desk: &'a Desk<'a>,
    shelf: Shelf,
    places: Places,
    /// Codes of results.
    sections: Codes,
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
                    if let Some(line) = self.shelf.line_of(&head.code) {
                        ledger.add(card.line, format!("{} is used twice: the one in line {line} counts", head.code));
                        continue;
                    }
                    let (place, stage) = place.unwrap_or_else(|| (self.section(card.section, ledger), None));
                    ledger.mark(card.line, card.line, Fate::Field);
                    let action = actions::read(card, head, stage, self.desk.frame, ledger);
                    self.shelf.add(place, action, Weak::default());
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
        let mut codes: HashMap<usize, String> = HashMap::new();
        for (at, card) in desk.cards.iter().enumerate() {
            let Topic::Task(head) = &card.topic else { continue };
            let place = card.under.and_then(|under| self.places.get(&under)).copied();
            let (place, stage) = place.unwrap_or_else(|| (self.section(card.section, ledger), None));
            for mut task in desk.read(card, head, ledger) {
                task.action.funnel_stage = task.action.funnel_stage.or(stage);
                let code = self.shelf.place(place, task);
                if let Some(parent) = head.parent.and_then(|parent| codes.get(&parent)) {
                    self.shelf.put_below(&code, parent);
                }
                codes.insert(at, code);
            }
        }
    }

    /// The result that a section is.
    fn section(&mut self, at: usize, ledger: &mut Ledger<'_>) -> usize {
        if let Some((place, _)) = self.places.get(&at) {
            return *place;
        }
        let card = &self.desk.cards[at];
        let code = self.sections.section(&card.title);
        self.shelf.results.push(results::from_section(card, &code, &self.plan.title, ledger));
        self.places.insert(at, (self.shelf.results.len() - 1, None));
        self.shelf.results.len() - 1
    }

    /// Sections without actions that report how far they are.
    fn reports(&mut self, ledger: &mut Ledger<'_>) {
        for (at, card) in self.desk.cards.iter().enumerate() {
            if matches!(card.topic, Topic::Section(Section::Unknown)) && card.sheet.field(&["status"]).is_some() {
                self.section(at, ledger);
            }
        }
    }
}

/// Whether any card is an action or a thing to do.
pub(super) fn has_actions(cards: &[Card]) -> bool {
    cards.iter().any(|card| matches!(card.topic, Topic::Action(_) | Topic::Task(_)))
}
