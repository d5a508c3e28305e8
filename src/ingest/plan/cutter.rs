//! Cuts the lines of a document into cards.

use std::rc::Rc;

use super::cards::{Card, Headings, TaskHead, Topic};
use super::coded::Codes;
use super::context::Context;
use super::heads;
use super::markdown::{Kind, Line};
use super::people::People;
use super::sections::{Section, section};
use super::tables::Columns;

/// A document in cards, in document order; the first is always the front.
pub(super) struct Cut {
    pub(super) headings: Headings,
    pub(super) cards: Vec<Card>,
    /// Lines that only give shape: the heads of tables that were read.
    pub(super) shape: Vec<usize>,
    /// Whether the plan's actions carry codes; then its schedule and its steps speak of them once more.
    pub(super) coded: bool,
}

/// An open heading.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) level: u8,
    pub(super) section: Section,
    /// The card of the result or phase around us.
    pub(super) scope: Option<usize>,
    /// The card of the section that things to do belong to where no result is around us.
    pub(super) topic: usize,
    pub(super) context: Rc<Context>,
    /// Whether plain list items are things to do here.
    pub(super) work: bool,
    /// Whether the heading names a time and somebody, so that a sentence below is a thing to do.
    pub(super) appointment: bool,
    /// Whether it is clearly prose, whatever its section is.
    pub(super) prose: bool,
    /// Whose part of the document it is, where the heading is somebody's name.
    pub(super) person: Option<String>,
}

/// An open bold label below a heading.
pub(super) struct Slot {
    pub(super) criteria: bool,
    pub(super) work: bool,
    pub(super) context: Rc<Context>,
    /// How deep in lists it stands: 0 for a line of its own.
    pub(super) depth: usize,
    /// The label around it.
    pub(super) outer: Option<Box<Slot>>,
}

/// Where we are in a document.
pub(super) struct Cutter<'a> {
    pub(super) people: &'a People,
    pub(super) coded: bool,
    pub(super) codes: Codes,
    headings: Headings,
    pub(super) cards: Vec<Card>,
    /// The headings around us; the first stands for the document.
    pub(super) path: Vec<Open>,
    /// Whether the last line was the title or a subtitle.
    below_title: bool,
    /// The card that lines go to which begin nothing new.
    pub(super) home: usize,
    pub(super) slot: Option<Slot>,
    /// The card of the last thing to do in a list, and how deep it stands.
    pub(super) task: Option<(usize, usize)>,
    pub(super) table: Option<Columns>,
    /// The number of the list or table that we are in.
    pub(super) list: usize,
    /// The things to do of this list that a deeper item stands below: card and depth.
    pub(super) parents: Vec<(usize, usize)>,
    pub(super) shape: Vec<usize>,
}

/// Cuts the lines of a document.
pub(super) fn cut(lines: &[Line], people: &People) -> Cut {
    let root = Open {
        level: 0,
        section: Section::Unknown,
        scope: None,
        topic: 0,
        context: Rc::default(),
        work: false,
        appointment: false,
        prose: false,
        person: None,
    };
    let codes = Codes::of(lines);
    let mut cutter = Cutter {
        people,
        coded: codes.any,
        codes,
        headings: Headings::default(),
        cards: vec![Card::front()],
        path: vec![root],
        below_title: false,
        home: 0,
        slot: None,
        task: None,
        table: None,
        list: 0,
        parents: Vec::new(),
        shape: Vec::new(),
    };
    for (at, line) in lines.iter().enumerate() {
        cutter.take(line, &lines[at + 1..]);
    }
    Cut { headings: cutter.headings, cards: cutter.cards, shape: cutter.shape, coded: cutter.coded }
}

impl Cutter<'_> {
    fn take(&mut self, line: &Line, rest: &[Line]) {
        if !matches!(line.kind, Kind::Row { head: false, .. }) && self.table.take().is_some() {
            self.task = None;
        }
        if !matches!(line.kind, Kind::Item { .. } | Kind::Row { head: false, .. }) && line.depth == 0 && !line.follows {
            self.list += 1;
            self.parents.clear();
        }
        if line.kind == Kind::Rule {
            return self.rule(line);
        }
        if let Kind::Heading(level) = line.kind
            && self.is_front_heading(level, line, rest)
        {
            match &self.headings.title {
                None => self.headings.title = Some(line.clone()),
                Some(_) => self.headings.subtitles.push(line.clone()),
            }
            self.below_title = true;
            return;
        }
        self.below_title = false;
        if self.takes_action(line) || self.takes_result(line) {
            return;
        }
        match line.kind {
            Kind::Heading(level) => self.heading(level, line, rest),
            _ => self.body(line, rest),
        }
    }

    /// An action's headline with its code.
    fn takes_action(&mut self, line: &Line) -> bool {
        let Some(head) = heads::action(line).filter(|_| !self.codes.results.contains(&line.number)) else { return false };
        // Whatever its level, an action's heading never ends the phase it stands in, but it ends prose beside it.
        while let Kind::Heading(level) = line.kind
            && self.path.pop_if(|open| open.level >= level && is_aside(open.section, true)).is_some()
        {}
        let section = self.around().section;
        let beside = matches!(section, Section::Beside | Section::Schedule);
        if is_aside(section, true) && !(beside && head.ticked.is_some()) {
            return false;
        }
        let scope = self.around().scope;
        self.open(Topic::Action(head), line, scope);
        true
    }

    /// A result announced by a bold line; inside its section a list item will do.
    fn takes_result(&mut self, line: &Line) -> bool {
        let section = self.around().section;
        let announced = match line.kind {
            Kind::Text => true,
            Kind::Item { .. } => section == Section::Results,
            _ => false,
        };
        if !announced || self.aside() {
            return false;
        }
        let Some(head) = heads::result(line) else { return false };
        let scope = Some(self.cards.len());
        self.open(Topic::Result(head), line, None);
        if self.path.len() == 1 {
            self.path.push(Open { level: 6, scope, ..self.around().clone() });
        } else if let Some(open) = self.path.last_mut() {
            open.scope = scope;
        }
        true
    }

    /// A rule ends an action, the key lines of a phase or a label's list; in prose it only separates.
    fn rule(&mut self, line: &Line) {
        let home = self.cards.get(self.home).map(|card| &card.topic);
        let ends =
            matches!(home, Some(Topic::Action(_) | Topic::Phase(_) | Topic::Result(_) | Topic::Task(_) | Topic::Slot { .. }));
        if ends {
            self.open(Topic::Aside, line, self.around().scope);
        }
        self.task = None;
    }

    /// The title, and the headings between it and the key lines that describe the plan.
    fn is_front_heading(&self, level: u8, line: &Line, rest: &[Line]) -> bool {
        if self.cards.len() > 1 || self.path.len() > 1 {
            return false;
        }
        let next = rest.iter().find(|line| !matches!(line.kind, Kind::Heading(_)));
        match self.headings.title {
            None => level == 1,
            // A short plan may come to its phases right away: those, and bold actions below them, are not its front.
            Some(_) => {
                let is_key = |line: &Line| line.kind == Kind::Text && line.bold_key().is_some() && heads::action(line).is_none();
                let begins = heads::phase(line).is_some() || heads::result(line).is_some() || section(&line.text).is_work();
                self.below_title && !begins && next.is_some_and(is_key)
            }
        }
    }

    /// Begins the card of a heading, a label or an action: what was open below the last one ends.
    pub(super) fn open(&mut self, topic: Topic, line: &Line, under: Option<usize>) {
        self.slot = None;
        self.task = None;
        self.home = self.cards.len();
        let (section, aside) = (self.around().topic, self.aside());
        self.cards.push(Card::new(topic, line, under, section, aside));
    }

    /// The head of a thing to do that stands here.
    pub(super) fn head(&self, line: &Line, block: bool) -> TaskHead {
        let around = self.around();
        let context = self.slot.as_ref().map_or(&around.context, |slot| &slot.context);
        // In somebody's lane, a word before a colon is what it is about, unless the document knows somebody of that name.
        let lane = context.owner.is_some();
        let lanes = !block && !lane && (around.work || self.slot.as_ref().is_some_and(|slot| slot.work));
        // What stands below a headline of its own takes nothing over from the one before it.
        let home = if block { around.scope.unwrap_or(around.topic) } else { self.home };
        let parent = self.parents.iter().rev().find(|(_, depth)| *depth < line.depth && !block).map(|(card, _)| *card);
        TaskHead { line: line.clone(), row: None, context: Rc::clone(context), home, lanes, list: self.list, parent }
    }

    /// The innermost heading around us.
    pub(super) fn around(&self) -> &Open {
        // The document itself is never closed.
        &self.path[self.path.len() - 1]
    }

    /// Whether we are in prose beside the plan.
    pub(super) fn aside(&self) -> bool {
        is_aside(self.around().section, self.coded)
    }
}

/// Where the actions carry codes, a schedule tells of them once more.
fn is_aside(section: Section, coded: bool) -> bool {
    section.is_aside() || coded && section == Section::Schedule
}
