//! Whose the items of a list are: lanes that somebody's name opens, and those that say that there is nothing to do.

use std::rc::Rc;

use super::asks::is_nothing_to_do;
use super::cards::Topic;
use super::context::Context;
use super::cutter::{Cutter, Slot};
use super::evidence::is_detail_key;
use super::markdown::{Kind, Line};
use super::sections::{Section, is_work_label};
use super::statuses::tick_box;
use super::verbs::is_now;

impl Cutter<'_> {
    /// An item that is only a name, with a list below it: `- **Ana (Director):**`.
    pub(super) fn takes_lane(&mut self, line: &Line, rest: &[Line]) -> bool {
        let below = rest.first().is_some_and(|next| matches!(next.kind, Kind::Item { .. }) && next.depth > line.depth);
        if !below || !matches!(line.kind, Kind::Item { ticked: None, .. }) || self.aside() || self.is_closed() {
            return false;
        }
        let work = self.slot.as_ref().map_or(self.around().work, |slot| slot.work);
        let text = tick_box(&line.text).1.trim();
        let name = text.trim_end_matches(':').trim_end();
        let below_result = matches!(self.home_topic(), Some(Topic::Result(_) | Topic::Phase(_)));
        let new = || work && !below_result && name.len() < text.len() && self.people.may_be_named(name);
        if self.coded && !work || name.contains(':') || is_detail_key(name) || !(self.people.are_named(name) || new()) {
            return false;
        }
        let context = Context { owner: Some(name.to_owned()), ..self.context() };
        let (within, scope) = (self.base(), self.around().scope);
        let outer = self.slot.take();
        self.open(Topic::Slot { criteria: false, within }, line, scope);
        self.slot =
            Some(Slot { criteria: false, work: true, context: Rc::new(context), depth: line.depth, outer: outer.map(Box::new) });
        true
    }

    /// `**This week:**` below somebody's name, among roles: what they have to do.
    pub(super) fn takes_week(&mut self, line: &Line) -> bool {
        let around = self.around();
        let whole = line.lead.and_then(|end| line.text.get(end..)).is_some_and(|rest| matches!(rest.trim(), "" | ":"));
        if !whole || self.coded || around.section != Section::Beside || !is_now(&line.text) {
            return false;
        }
        let Some(person) = around.person.clone() else { return false };
        let context = Context { owner: Some(person), ..self.context() };
        let (within, scope) = (self.base(), around.scope);
        self.open(Topic::Slot { criteria: false, within }, line, scope);
        self.slot = Some(Slot { criteria: false, work: true, context: Rc::new(context), depth: 0, outer: None });
        true
    }

    /// Ends the lanes that a line stands outside of.
    pub(super) fn leave_lanes(&mut self, line: &Line) {
        let outside = |slot: &Slot| slot.depth > 0 && line.depth <= slot.depth && !line.follows;
        while let Some(slot) = self.slot.take_if(|slot| outside(slot)) {
            self.home = self.base();
            self.slot = slot.outer.map(|outer| *outer);
            self.task = None;
        }
    }

    /// An item below a label that is only names says whose the others are; its line is kept with the prose.
    pub(super) fn names_people(&mut self, line: &Line) -> bool {
        let Some(slot) = self.slot.as_mut().filter(|slot| slot.work && !slot.criteria) else { return false };
        if !matches!(line.kind, Kind::Item { ticked: None, .. })
            || !line.text.contains(['+', '&', ','])
            || !self.people.are_named(&line.text)
        {
            return false;
        }
        let names = line.text.split('(').next().unwrap_or_default().trim().to_owned();
        slot.context = Rc::new(Context { owner: Some(names), ..(*slot.context).clone() });
        true
    }

    /// An item that says that there is nothing to do, for somebody or at all; its line is kept with the prose.
    pub(super) fn says_nothing(&self, line: &Line) -> bool {
        let work = self.slot.as_ref().map_or(self.around().work, |slot| slot.work);
        if !matches!(line.kind, Kind::Item { .. } | Kind::Text) || self.is_closed() {
            return false;
        }
        // The list below a label is the label's.
        let label = self.cards.get(self.home).and_then(|card| card.sheet.label());
        let depth = self.slot.as_ref().map_or(0, |slot| slot.depth) + 1;
        if line.depth > depth || label.is_some_and(|label| !is_work_label(label)) {
            return false;
        }
        match line.bold_key().or_else(|| line.plain_key()) {
            Some((key, value)) => {
                is_nothing_to_do(value) && (self.people.are_named(key) || work && self.people.may_be_named(key))
            }
            None => work && is_nothing_to_do(tick_box(&line.text).1),
        }
    }

    fn context(&self) -> Context {
        (**self.slot.as_ref().map_or(&self.around().context, |slot| &slot.context)).clone()
    }
}
