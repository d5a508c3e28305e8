//! The document cut into cards: one for the front, and one for each result, phase, action and section.

use super::heads::{self, ActionHead, PhaseHead, ResultHead, Section};
use super::markdown::{Kind, Line};
use super::sheet::Sheet;

/// A stretch of the document under one headline.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) topic: Topic,
    /// Line of the headline, from 1.
    pub(super) line: usize,
    /// The headline as written.
    pub(super) title: String,
    /// The card (by its index) of the result or phase that this one stands under.
    pub(super) under: Option<usize>,
    pub(super) sheet: Sheet,
}

/// What a card is.
#[derive(Debug)]
pub(super) enum Topic {
    /// Everything before the first section.
    Front,
    Result(ResultHead),
    Phase(PhaseHead),
    Action(ActionHead),
    /// An action's headline that gives no code.
    Headless,
    Section(Section),
    /// What follows a rule or an unknown heading inside a phase.
    Aside,
}

/// The front of a document beside its key lines.
#[derive(Debug, Default)]
pub(super) struct Headings {
    pub(super) title: Option<Line>,
    /// The headings between the title and the key lines.
    pub(super) subtitles: Vec<Line>,
}

/// An open heading.
#[derive(Clone, Copy)]
struct Open {
    level: u8,
    section: Section,
    /// The card of the result or phase around us.
    scope: Option<usize>,
}

/// Cuts the lines of a document into cards, in document order; the first card is always the front.
pub(super) fn cut(lines: &[Line]) -> (Headings, Vec<Card>) {
    let mut cutter = Cutter {
        headings: Headings::default(),
        cards: vec![card(Topic::Front, 1, "", None)],
        path: Vec::new(),
        below_title: false,
    };
    for (at, line) in lines.iter().enumerate() {
        cutter.take(line, &lines[at + 1..]);
    }
    (cutter.headings, cutter.cards)
}

struct Cutter {
    headings: Headings,
    cards: Vec<Card>,
    path: Vec<Open>,
    /// Whether the last line was the title or a subtitle.
    below_title: bool,
}

impl Cutter {
    fn take(&mut self, line: &Line, rest: &[Line]) {
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
        if let Some(head) = heads::action(line) {
            // Whatever its level, an action's heading never ends the phase it stands in, but it ends prose beside it.
            while let Kind::Heading(level) = line.kind
                && self.path.pop_if(|open| open.level >= level && open.section.is_aside()).is_some()
            {}
            let section = self.section();
            if !section.is_aside() || section == Section::Beside && head.ticked.is_some() {
                return self.open(Topic::Action(head), line, self.scope());
            }
        }
        if !self.section().is_aside()
            && let Some(head) = self.bold_result(line)
        {
            self.open(Topic::Result(head), line, None);
            let scope = Some(self.cards.len() - 1);
            match self.path.last_mut() {
                Some(open) => open.scope = scope,
                None => self.path.push(Open { level: 6, section: Section::Unknown, scope }),
            }
            return;
        }
        match line.kind {
            Kind::Heading(level) => self.heading(level, line),
            Kind::Text if self.scope().is_some() && !self.section().is_aside() && heads::is_headless_action(line) => {
                self.open(Topic::Headless, line, self.scope());
            }
            _ => {
                if let Some(card) = self.cards.last_mut() {
                    card.sheet.take(line);
                }
            }
        }
    }

    /// A rule ends an action or the key lines of a phase; in prose it only separates.
    fn rule(&mut self, line: &Line) {
        let ends = self
            .cards
            .last()
            .is_some_and(|card| matches!(card.topic, Topic::Action(_) | Topic::Phase(_) | Topic::Result(_) | Topic::Headless));
        if ends {
            self.open(Topic::Aside, line, self.scope());
        }
    }

    /// The title, and the headings between it and the key lines that describe the plan.
    fn is_front_heading(&self, level: u8, line: &Line, rest: &[Line]) -> bool {
        if self.cards.len() > 1 || !self.path.is_empty() {
            return false;
        }
        let next = rest.iter().find(|line| !matches!(line.kind, Kind::Heading(_)));
        match self.headings.title {
            None => level == 1,
            // A short plan may come to its phases right away: those, and bold actions below them, are not its front.
            Some(_) => {
                let is_key = |line: &Line| line.kind == Kind::Text && line.bold_key().is_some() && heads::action(line).is_none();
                self.below_title && heads::phase(line).is_none() && next.is_some_and(is_key)
            }
        }
    }

    /// A result announced by a bold line; inside its section a list item will do.
    fn bold_result(&self, line: &Line) -> Option<ResultHead> {
        match line.kind {
            Kind::Text => heads::result(line),
            Kind::Item { .. } if self.section() == Section::Results => heads::result(line),
            _ => None,
        }
    }

    fn heading(&mut self, level: u8, line: &Line) {
        while self.path.last().is_some_and(|open| open.level >= level) {
            self.path.pop();
        }
        let (section, scope) = (self.section(), self.scope());
        if section.is_aside() {
            self.path.push(Open { level, section, scope });
            return self.open(Topic::Section(section), line, scope);
        }
        let own = Some(self.cards.len());
        if let Some(head) = heads::phase(line) {
            self.path.push(Open { level, section: Section::Actions, scope: own });
            return self.open(Topic::Phase(head), line, None);
        }
        if let Some(head) = heads::result(line) {
            self.path.push(Open { level, section: Section::Results, scope: own });
            return self.open(Topic::Result(head), line, None);
        }
        let topic = match (heads::section(&line.text), scope) {
            (Section::Unknown, Some(_)) if heads::is_headless_action(line) => Topic::Headless,
            (Section::Unknown, Some(_)) => Topic::Aside,
            (Section::Unknown, None) => Topic::Section(section),
            (known, _) => Topic::Section(known),
        };
        match topic {
            Topic::Section(section) => {
                self.path.push(Open { level, section, scope });
                self.open(Topic::Section(section), line, scope);
            }
            topic => {
                self.path.push(Open { level, section, scope });
                self.open(topic, line, scope);
            }
        }
    }

    fn section(&self) -> Section {
        self.path.last().map_or(Section::Unknown, |open| open.section)
    }

    fn scope(&self) -> Option<usize> {
        self.path.last().and_then(|open| open.scope)
    }

    fn open(&mut self, topic: Topic, line: &Line, under: Option<usize>) {
        self.cards.push(card(topic, line.number, &line.text, under));
    }
}

fn card(topic: Topic, line: usize, title: &str, under: Option<usize>) -> Card {
    // Sentences of prose may begin in bold; only where key lines are expected are they read as such.
    let keyed = !matches!(
        topic,
        Topic::Section(
            Section::Purpose | Section::Outcomes | Section::Objective | Section::Acceptance | Section::Results | Section::Beside
        )
    );
    Card { topic, line, title: title.to_owned(), under, sheet: Sheet::new(keyed) }
}
