//! Which lines below a heading are things to do, and which labels there are.

use std::rc::Rc;

use super::asks::asked;
use super::cards::{Card, Topic};
use super::context::Label;
use super::cutter::{Cutter, Slot};
use super::dates::begins_with_day;
use super::heads;
use super::instants::begins_with_hour;
use super::markdown::{Kind, Line};
use super::marks::{has_estimate, is_marked};
use super::sections::{Section, is_criteria_label, is_some_day_label, is_work_label};
use super::sheet::is_plan_key;
use super::statuses::tick_box;
use super::tables::columns;
use super::values::snake;
use super::verbs::asks;

/// Keys of list items that describe and ask for nothing.
const DETAILS: [&str; 17] = [
    "deliverable",
    "duration",
    "example",
    "format",
    "goal",
    "goals",
    "impact",
    "note",
    "notes",
    "objective",
    "output",
    "outputs",
    "reason",
    "result",
    "rpm_dna",
    "theme",
    "why",
];

impl Cutter<'_> {
    /// Takes a line that is no heading.
    pub(super) fn body(&mut self, line: &Line, rest: &[Line]) {
        self.leave_lanes(line);
        if let Kind::Item { .. } = line.kind {
            self.parents.retain(|(_, depth)| *depth < line.depth);
        }
        match &line.kind {
            Kind::Row { cells, head: true } if !self.is_closed() => {
                self.table = columns(cells);
                if self.table.is_some() {
                    self.shape.push(line.number);
                    return;
                }
            }
            Kind::Row { cells, head: false } if self.table.is_some() => {
                let keys = self.table.iter().flat_map(|columns| &columns.0).cloned().chain(std::iter::repeat("notes".to_owned()));
                let row = Some(keys.zip(cells.iter().cloned()).collect());
                let mut head = self.head(line, false);
                head.row = row;
                return self.add_task(Topic::Task(Box::new(head)), line);
            }
            Kind::Text if self.takes_label(line) => return,
            Kind::Code if self.takes_steps(line) => return,
            _ => {}
        }
        if self.takes_lane(line, rest) || self.names_people(line) || !self.is_detail(line) && self.says_nothing(line) {
            return;
        }
        if self.is_surely_task(line) || !self.is_detail(line) && self.is_likely_task(line) {
            let head = self.head(line, false);
            return self.add_task(Topic::Task(Box::new(head)), line);
        }
        let card = match self.task {
            Some((card, _)) if self.is_detail(line) => card,
            Some(_) if matches!(line.kind, Kind::Item { .. }) && !self.parents.is_empty() => {
                // What follows the boxes below a thing to do says more of that one.
                self.task = self.parents.last().copied();
                self.task.map_or(self.home, |(card, _)| card)
            }
            _ => {
                self.task = None;
                self.home
            }
        };
        if let Some(card) = self.cards.get_mut(card) {
            card.sheet.take(line);
        }
    }

    /// Whether nothing here is an action of its own: what comes after the plan or is for no week, or an action with its code.
    pub(super) fn is_closed(&self) -> bool {
        self.around().section == Section::Upcoming || matches!(self.home_topic(), Some(Topic::Action(_))) || self.is_some_day()
    }

    /// Whether the label here names what is for no week yet.
    fn is_some_day(&self) -> bool {
        let group = self.slot.as_ref().and_then(|slot| slot.context.group.as_deref());
        let label = self.cards.get(self.home).and_then(|card| card.sheet.label());
        group.or(label).is_some_and(is_some_day_label)
    }

    pub(super) fn home_topic(&self) -> Option<&Topic> {
        self.cards.get(self.home).map(|card| &card.topic)
    }

    pub(super) fn add_task(&mut self, topic: Topic, line: &Line) {
        self.task = Some((self.cards.len(), line.depth));
        if let Kind::Item { .. } = line.kind {
            self.parents.push((self.cards.len(), line.depth));
        }
        if let Some(home) = self.cards.get_mut(self.home) {
            home.sheet.end_value();
        }
        let around = self.around();
        let (scope, section, aside) = (around.scope, around.topic, self.aside());
        self.cards.push(Card::new(topic, line, scope, section, aside));
    }

    /// Whether a line stands below the last thing to do and says more of it.
    fn is_detail(&self, line: &Line) -> bool {
        let Some((_, depth)) = self.task else { return false };
        match line.kind {
            Kind::Item { .. } => line.depth > depth,
            // A key line at the margin belongs to what is around the list, whatever markdown makes of it.
            Kind::Text if line.flush && line.bold_key().is_some() => false,
            Kind::Text if self.opens_lane(line) => false,
            Kind::Text | Kind::Code => line.follows || depth > 0 && line.depth >= depth,
            _ => false,
        }
    }

    /// Whether a line carries a box, a sign or a written status.
    fn is_surely_task(&self, line: &Line) -> bool {
        let section = self.around().section;
        if self.is_asked(line) {
            return true;
        }
        if self.is_closed() || section == Section::Criteria || self.below_criteria() {
            return false;
        }
        // At the front of a plan, `- **Status**: ACTIVE [DONE]` is a key line.
        let is_key =
            matches!(self.home_topic(), Some(Topic::Front)) && line.bold_key().is_some() && tick_box(&line.text).0.is_none();
        match line.kind {
            Kind::Item { ticked: None, .. } if is_key => false,
            Kind::Item { ticked: Some(_), .. } => !section.is_description(),
            Kind::Item { .. } => !section.is_description() && section != Section::Beside && is_marked(&line.text),
            _ => false,
        }
    }

    /// Whether a line asks in so many words, wherever it stands; of an action with its code, `Action:` is a key line.
    fn is_asked(&self, line: &Line) -> bool {
        let below = matches!(self.home_topic(), Some(Topic::Action(_) | Topic::Task(_)));
        matches!(line.kind, Kind::Item { .. } | Kind::Text)
            && self.around().section != Section::Upcoming
            && asked(&line.text).is_some()
            && (line.lead.is_none() || !line.bold_key().is_some_and(|(key, _)| is_plan_key(&snake(key))))
            && !(below || self.aside() && is_plan_key(&snake(line.plain_key().map_or("", |(key, _)| key))))
    }

    /// Whether the list here tells how something is checked.
    fn below_criteria(&self) -> bool {
        let label = self.cards.get(self.home).and_then(|card| card.sheet.label());
        self.slot.as_ref().is_some_and(|slot| slot.criteria) || label.is_some_and(is_criteria_label)
    }

    /// Whether a line without box or sign is a thing to do, by where it stands.
    fn is_likely_task(&self, line: &Line) -> bool {
        let around = self.around();
        let work = self.slot.as_ref().map_or(around.work, |slot| slot.work);
        if self.coded && !work
            || self.aside() && !self.slot.as_ref().is_some_and(|slot| slot.work)
            || self.is_closed()
            || around.section.is_description() && !around.work
            || self.below_criteria()
        {
            return false;
        }
        let ordered = match line.kind {
            // A question asks for an answer, and for nothing to be done.
            Kind::Item { .. } if line.text.trim_end().ends_with('?') => return false,
            Kind::Item { ordered, .. } => ordered,
            Kind::Text => {
                let home = matches!(self.home_topic(), Some(Topic::Section(_) | Topic::Slot { .. }));
                let lane = || {
                    home && line.flush
                        && line.bold_key().is_some_and(|(key, value)| !value.is_empty() && self.people.are_named(key))
                };
                return line.depth == 0
                    && (around.appointment && line.bold_key().is_none() || work && (lane() || self.opens_lane(line)));
            }
            _ => return false,
        };
        let label = self.cards.get(self.home).and_then(|card| card.sheet.label());
        if line.depth > self.slot.as_ref().map_or(0, |slot| slot.depth) + 1 || label.is_some_and(|label| !is_work_label(label)) {
            return false;
        }
        // Somebody's name and role ask for nothing.
        let (name, role) = line.text.split_once('(').unwrap_or((&line.text, ")"));
        if role.ends_with(')') && self.people.are_named(name) {
            return false;
        }
        let key = line.bold_key().map(|(key, _)| key);
        // Right below a result, `- **Budget:** …` says something of it.
        if !ordered
            && matches!(self.home_topic(), Some(Topic::Result(_) | Topic::Phase(_)))
            && key.is_some_and(|key| !self.people.are_named(key))
        {
            return false;
        }
        if work {
            return key.is_none_or(|key| ordered || !is_detail_key(key)) && (key.is_some() || !begins_with_detail(line));
        }
        let named = key.is_some_and(|key| self.people.are_named(key));
        let timed = around.section == Section::Schedule && line.plain_key().is_some_and(|(key, _)| self.opens_schedule(key));
        let asked = around.section == Section::Unknown && !around.prose && key.is_none() && asks(&line.text);
        named || timed || asked || (ordered || line.lead.is_some()) && has_estimate(line)
    }

    /// Whether a line of a paragraph says among things to do what somebody does: `Ana: check the till`, `Ana → check the till`.
    fn opens_lane(&self, line: &Line) -> bool {
        let work = self.slot.as_ref().map_or(self.around().work, |slot| slot.work);
        let named = |name: &str| self.people.are_named(name) && !is_plan_key(&snake(name));
        line.kind == Kind::Text
            && line.depth == 0
            && line.lead.is_none()
            && work
            && matches!(self.home_topic(), Some(Topic::Section(_) | Topic::Slot { .. }))
            && line.text.split_once(['→', ':']).is_some_and(|(name, rest)| named(name) && !rest.trim().is_empty())
    }

    fn opens_schedule(&self, key: &str) -> bool {
        begins_with_day(key) || begins_with_hour(key) || self.people.are_named(key)
    }

    /// A bold line that is a label for what stands below it, or a step with its own details.
    fn takes_label(&mut self, line: &Line) -> bool {
        if !line.flush || line.depth > 0 || line.lead.is_none() {
            return false;
        }
        // Key lines below the list of a label say something of what is around the label.
        if let (Some(Topic::Slot { within, .. }), Some(_)) = (self.home_topic(), line.bold_key()) {
            (self.home, self.slot, self.task) = (*within, None, None);
        }
        if self.aside() {
            return self.takes_week(line);
        }
        let around = self.around();
        if heads::is_headless_action(line) && !around.section.is_description() && self.takes_headless(line) {
            return true;
        }
        let around = self.around();
        let whole = line.lead.and_then(|end| line.text.get(end..)).is_some_and(|rest| matches!(rest.trim(), "" | ":"));
        if !whole || self.coded && !around.work || around.section.is_description() && !around.work {
            return false;
        }
        if let Some(Topic::Action(_)) = self.home_topic() {
            return false;
        }
        let text = line.text.trim_end_matches(':').trim_end();
        let label = Label::read(&line.text, self.people, around.context.day.is_some());
        let (criteria, asks) = (is_criteria_label(text), is_work_label(text));
        let part = is_numbered(text, &["phase", "part", "stage"]) && around.scope.is_some();
        let step = is_numbered(text, &["step", "task", "action"]) && (around.work || around.scope.is_some());
        let known = label.is_some() || criteria || asks || part || step;
        if is_plan_key(&snake(text)) || !known && (self.keeps_labels() || line.text.ends_with(':')) {
            return false;
        }
        if step {
            let head = self.head(line, true);
            let scope = around.scope;
            self.open(Topic::Task(Box::new(head)), line, scope);
            return true;
        }
        let work = !criteria && (known || around.work);
        let context = Rc::new(match label {
            Some(label) => label.within(&around.context),
            None if asks && !part => (*around.context).clone(),
            None => around.context.named(text),
        });
        let (scope, within) = (around.scope, self.base());
        self.open(Topic::Slot { criteria, within }, line, scope);
        self.slot = Some(Slot { criteria, work, context, depth: 0, outer: None });
        true
    }

    /// A bold line with a box and no code.
    fn takes_headless(&mut self, line: &Line) -> bool {
        let around = self.around();
        if around.scope.is_none() && !around.work && self.coded {
            return false;
        }
        let head = self.head(line, true);
        let scope = around.scope;
        self.open(Topic::Task(Box::new(head)), line, scope);
        true
    }

    /// Whether labels belong to the card here, as fields.
    fn keeps_labels(&self) -> bool {
        matches!(self.home_topic(), Some(Topic::Front | Topic::Action(_) | Topic::Result(_) | Topic::Task(_)))
    }

    /// The card around the label that we are in.
    pub(super) fn base(&self) -> usize {
        match self.home_topic() {
            Some(Topic::Slot { within, .. }) => *within,
            _ => self.home,
        }
    }
}

/// Whether a label begins with one of these words and a number: `Step 3: …`.
fn is_numbered(text: &str, names: &[&str]) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let named = words.next().is_some_and(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)));
    named && words.next().is_some_and(|word| word.parse::<u16>().is_ok())
}

pub(super) fn is_detail_key(key: &str) -> bool {
    let name = snake(key);
    DETAILS.contains(&name.as_str()) || is_plan_key(&name) || is_criteria_label(key)
}

/// Whether a list item says something of the list instead of asking for something: `Output: …`.
fn begins_with_detail(line: &Line) -> bool {
    line.plain_key().is_some_and(|(key, _)| key.len() <= 30 && is_detail_key(key))
}
