//! What the headings of a document open: results, phases, sections, lanes, days, blocks.

use std::rc::Rc;

use super::cards::Topic;
use super::context::{Context, Label, priority_label};
use super::cutter::{Cutter, Open};
use super::heads;
use super::markdown::Line;
use super::sections::{Section, is_work_label, section, section_of_work, words};
use super::verbs::is_prose;

impl Cutter<'_> {
    /// Takes a heading that carries no code.
    pub(super) fn heading(&mut self, level: u8, line: &Line, rest: &[Line]) {
        while self.path.pop_if(|open| open.level >= level).is_some() {}
        let outer = self.around().clone();
        let kind = if outer.work || outer.scope.is_some() { section_of_work(&line.text) } else { section(&line.text) };
        if self.aside() && !self.turns(outer.section, kind, &line.text) {
            return self.push(Open { level, ..outer.clone() }, Topic::Section(outer.section), line);
        }
        let own = Some(self.cards.len());
        if !self.aside() {
            if let Some(head) = heads::phase(line) {
                let work = !self.codes.below(line);
                let open = Open { level, section: Section::Actions, scope: own, work, appointment: false, ..outer };
                return self.push(open, Topic::Phase(head), line);
            }
            if let Some(head) = heads::result(line).or_else(|| self.codes.result(line)) {
                let work = !self.codes.below(line);
                let open = Open { level, section: Section::Results, scope: own, work, appointment: false, ..outer };
                return self.push(open, Topic::Result(head), line);
            }
        }
        let outer = if self.aside() { Open { scope: None, work: false, ..outer } } else { outer };
        let label = if self.codes.below(line) { None } else { Label::read(&line.text, self.people, outer.context.day.is_some()) };
        if let Some(label) = label.filter(|label| !label.is_rank()) {
            let appointment = label.is_appointment();
            // A lane on the plan's first level is a section; below one, it is a part of it.
            let topic = if label.is_time() || outer.topic > 0 { outer.topic } else { self.cards.len() };
            let context = Rc::new(label.within(&outer.context));
            let open = Open { level, section: Section::Actions, topic, context, work: true, appointment, ..outer };
            return self.push(open, plain_topic(outer.scope, Section::Actions), line);
        }
        if kind == Section::Unknown && self.is_block(line, rest, &outer) {
            let context = Rc::new(outer.context.named(&line.text));
            return self.push_block(Open { level, context, appointment: false, ..outer }, line);
        }
        self.section_heading(level, line, kind, outer);
    }

    /// A heading that names a section and nothing else.
    fn section_heading(&mut self, level: u8, line: &Line, kind: Section, outer: Open) {
        // `Evidence-Based Timeframe:` is a label for what stands below it, `Marketing` is a part of the work.
        let is_label = line.text.trim_end().ends_with(':') && !is_work_label(&line.text);
        let section = if kind == Section::Unknown { outer.section } else { kind };
        let rank = priority_label(&line.text).filter(|_| kind == Section::Unknown && !self.codes.below(line));
        let section = if rank.is_some() && !self.coded { Section::Actions } else { section };
        let work = match kind {
            Section::Unknown if rank.is_some() => !self.coded || outer.work,
            Section::Unknown => outer.work && !is_label,
            Section::Actions => !self.codes.below(line),
            _ => false,
        };
        let mut context = match (outer.scope, kind) {
            (Some(_), Section::Unknown) => Rc::new(outer.context.named(&line.text)),
            _ => Rc::clone(&outer.context),
        };
        if rank.is_some() {
            context = Rc::new(Context { priority: rank, ..(*context).clone() });
        }
        let topic = match kind {
            Section::Unknown => plain_topic(outer.scope, section),
            known => Topic::Section(known),
        };
        let open = Open { level, section, topic: self.cards.len(), context, work, appointment: false, ..outer };
        self.push(open, topic, line);
    }

    /// Whether a heading inside prose begins something that is not: the next steps, the criteria of success.
    fn turns(&self, outer: Section, kind: Section, heading: &str) -> bool {
        let words = words(heading);
        let has = |word: &str| words.iter().any(|own| own == word);
        match kind {
            Section::Criteria => outer == Section::Beside,
            Section::Upcoming => true,
            Section::Actions => outer == Section::Beside && !self.coded && (has("next") || has("items") || has("immediate")),
            _ => false,
        }
    }

    fn push(&mut self, mut open: Open, topic: Topic, line: &Line) {
        open.prose |= is_prose(&line.text);
        let name = [" — ", " – ", " - "].iter().find_map(|dash| line.text.split_once(dash)).map_or(&*line.text, |(name, _)| name);
        open.person = Some(name.to_owned()).filter(|name| self.people.are_named(name));
        let under = match topic {
            Topic::Result(_) | Topic::Phase(_) => None,
            _ => open.scope,
        };
        self.path.push(open);
        self.open(topic, line, under);
    }

    /// A heading that is a thing to do, with its key lines below.
    fn push_block(&mut self, open: Open, line: &Line) {
        let head = self.head(line, true);
        self.push(open, Topic::Task(Box::new(head)), line);
    }
}

fn plain_topic(scope: Option<usize>, section: Section) -> Topic {
    if scope.is_some() { Topic::Aside } else { Topic::Section(section) }
}
