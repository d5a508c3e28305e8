//! The document cut into cards: one for the front, and one for each result, phase, action, thing to do and section.

use std::rc::Rc;

use super::context::Context;
use super::heads::{ActionHead, PhaseHead, ResultHead};
use super::markdown::Line;
use super::sections::Section;
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
    /// The card of the section that it stands in, where it stands under no result.
    pub(super) section: usize,
    /// Whether that section is prose beside the plan.
    pub(super) aside: bool,
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
    /// A thing to do that is written in another way.
    Task(Box<TaskHead>),
    Section(Section),
    /// A bold label and what stands below it; whether it is about how something is checked.
    Slot {
        criteria: bool,
        /// The card that the label stands in.
        within: usize,
    },
    /// What follows a rule or an unknown heading inside a phase.
    Aside,
}

/// A thing to do, and where it stands.
#[derive(Debug)]
pub(super) struct TaskHead {
    /// Its words.
    pub(super) line: Line,
    /// For a table row, each cell with the key that its column is.
    pub(super) row: Option<Vec<(String, String)>>,
    /// What the headings and labels around it say.
    pub(super) context: Rc<Context>,
    /// The card whose key lines (`Owner`, `Timeline`) count for it too.
    pub(super) home: usize,
    /// Whether a name before a colon is an owner here, whoever it is.
    pub(super) lanes: bool,
    /// The list or table that it stands in, by its number in the document.
    pub(super) list: usize,
    /// The card of the thing to do whose list it stands in.
    pub(super) parent: Option<usize>,
}

/// The front of a document beside its key lines.
#[derive(Debug, Default)]
pub(super) struct Headings {
    pub(super) title: Option<Line>,
    /// The headings between the title and the key lines.
    pub(super) subtitles: Vec<Line>,
}

impl Card {
    pub(super) fn new(topic: Topic, line: &Line, under: Option<usize>, section: usize, aside: bool) -> Self {
        // Sentences of prose may begin in bold; only where key lines are expected are they read as such.
        let keyed = match topic {
            Topic::Section(section) => !matches!(
                section,
                Section::Purpose
                    | Section::Outcomes
                    | Section::Objective
                    | Section::Results
                    | Section::Criteria
                    | Section::Beside
            ),
            Topic::Slot { criteria, .. } => !criteria,
            _ => true,
        };
        Self { topic, line: line.number, title: line.text.clone(), under, section, aside, sheet: Sheet::new(keyed) }
    }

    /// The card before the first heading.
    pub(super) fn front() -> Self {
        Self { topic: Topic::Front, line: 1, title: String::new(), under: None, section: 0, aside: false, sheet: Sheet::front() }
    }
}
