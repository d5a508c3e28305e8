//! Plan documents: markdown as people write it, in; what it says, out.
//!
//! The way down: `markdown` makes flat lines of the text; the `cutter` cuts them into `cards`, at the headlines that `heads` and
//! `sections` know and at the things to do that `evidence` finds; a `sheet` holds the key lines below each; `front`, `results`,
//! `actions` and `tasks` say what they mean, and `placing` puts it together. The `ledger` knows what became of every line:
//! what no field took is kept as `prose`. Plans in `yaml` say in keys what these find out; `write` is the way back.

mod actions;
mod asks;
mod blocks;
mod bullets;
mod cards;
mod coded;
mod codes;
mod context;
mod coverage;
mod criteria;
mod cutter;
mod dates;
mod evidence;
mod front;
mod headings;
mod heads;
mod ink;
mod instants;
mod lanes;
mod ledger;
mod lines;
mod markdown;
mod marks;
mod matter;
mod metadata;
mod name;
mod names;
mod people;
mod phrases;
mod pieces;
mod placing;
mod prose;
mod remarks;
mod results;
mod sections;
mod sheet;
mod shelf;
mod stable;
mod statuses;
mod tables;
mod tasks;
mod tokens;
mod tongues;
mod values;
mod verbs;
mod write;
mod yaml;

#[cfg(test)]
mod forms;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod shapes_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod traits_tests;

use std::borrow::Cow;

use chrono_tz::Tz;

use crate::ingest::document::{Parsed, PlanDocument};

use cards::Topic;
use instants::Frame;
use ledger::Ledger;
use people::People;
use sections::is_some_day_label;
use tasks::Desk;

pub(super) use stable::{is_made as is_made_code, normal as words, stem as code_of_plan};
pub(super) use tongues::key;
pub use write::to_markdown;

/// A table of a document: its head, and its rows with their lines in the document, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The cells of the head.
    pub head: Vec<String>,
    /// The other rows.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// The tables of a document, whatever they are of.
#[must_use]
pub fn tables(text: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in markdown::outline(&normal(text)) {
        match line.kind {
            markdown::Kind::Row { cells, head: true } => tables.push(Table { head: cells, rows: Vec::new() }),
            markdown::Kind::Row { cells, head: false } => {
                if let Some(table) = tables.last_mut() {
                    table.rows.push((line.number, cells));
                }
            }
            _ => {}
        }
    }
    tables
}

/// Reads a plan document.
///
/// Of `path` only the file's name is used: for the project, code and title that it names, and for a week that the text does not
/// state. Days and hours without a zone are taken in `zone`. Any text at all may come in; what comes out without a plan
/// says why in `unread`.
pub fn parse_plan(path: &str, text: &str, zone: Tz) -> Parsed {
    parse_plan_for(None, path, text, zone)
}

/// Reads a plan document that belongs to a project, whatever the document says; codes that are made begin with it.
pub fn parse_plan_for(project: Option<&str>, path: &str, text: &str, zone: Tz) -> Parsed {
    let text = normal(text);
    let mut ledger = Ledger::new(&text);
    let source = Source { project, path, zone };
    if is_data(path) {
        let (plan, coverage, is_meant) = yaml::read(&source, &text, &mut ledger);
        return Parsed { is_meant, plan, unread: ledger.finish(), coverage };
    }
    let lines = markdown::outline(&text);
    let (plan, dated) = read(&source, &lines, &mut ledger);
    let coverage = match plan {
        Some(_) => coverage::measure(&lines, &mut ledger),
        None => coverage::of_nothing(&lines),
    };
    Parsed { is_meant: dated || coverage.actionable > 0, plan, unread: ledger.finish(), coverage }
}

/// Where a document comes from, and what its days are read in.
struct Source<'a> {
    /// The project that it is put into, whatever it says.
    project: Option<&'a str>,
    path: &'a str,
    zone: Tz,
}

/// What became of every line of a document that is not blank, with its number from 1. Where there is no plan, the reasons stand for all.
#[cfg(test)]
fn account(path: &str, text: &str, zone: Tz) -> Vec<(usize, Option<ledger::Fate>)> {
    let text = normal(text);
    let mut ledger = Ledger::new(&text);
    let lines = markdown::outline(&text);
    let plan = read(&Source { project: None, path, zone }, &lines, &mut ledger).0;
    let fate = |number| if plan.is_some() { ledger.fate(number) } else { Some(ledger::Fate::Unread) };
    (1..=ledger.len()).filter(|number| !ledger.text(*number).trim().is_empty()).map(|number| (number, fate(number))).collect()
}

/// Reads the lines of a document, and enters what became of each; whether a week or something to do was found is told too.
fn read(source: &Source<'_>, lines: &[markdown::Line], ledger: &mut Ledger<'_>) -> (Option<PlanDocument>, bool) {
    let mut people = People::of(lines);
    remarks::introduce(&mut people, lines);
    let cut = cutter::cut(lines, &people);
    let name = name::read(source.path);
    let Some(calendar) = front::calendar(&cut.headings, &cut.cards, &name, ledger) else {
        ledger.add(1, "no week found: state it in a line such as `Week of: 2025-10-26 to 2025-11-02`");
        let has_actions = placing::has_actions(&cut.cards);
        if !has_actions {
            ledger.add(1, NO_ACTIONS);
        }
        return (None, has_actions);
    };
    cut.shape.iter().for_each(|line| ledger.mark(*line, *line, ledger::Fate::Structure));
    let frame = Frame { week: calendar.week, zone: source.zone, today: calendar.today };
    let mut plan = front::plan(&cut.headings, &cut.cards, name, &frame, ledger);
    plan.project = source.project.map(str::to_owned).or(plan.project);
    let desk = Desk { cards: &cut.cards, people: &people, frame: &frame };
    plan.results = placing::read(&plan, &desk, cut.coded, ledger);
    prose::keep(&mut plan.metadata, lines, ledger);
    for card in cut.cards.iter().filter(|card| matches!(card.topic, Topic::Section(_)) && is_some_day_label(&card.title)) {
        ledger.add(card.line, SOME_DAY);
    }
    if plan.results.iter().all(|result| result.actions.is_empty()) {
        ledger.add(1, NO_ACTIONS);
        return (None, true);
    }
    (Some(plan), true)
}

/// Whether a file is a plan in YAML or JSON, by the ending of its name.
fn is_data(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, ending)| ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

const NO_ACTIONS: &str = "no action found: an action is a box in a list (`- [ ] what is to be done`), a row of a table with the columns Task \
                          and Owner, Status or Due, or a headline such as `**□ AREA-001a**: what is to be done`";

const SOME_DAY: &str = "this is for no week yet: what stands below is kept, and none of it is an action of this week";

/// The text with line ends as everywhere else, so that lines count as in editors.
fn normal(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}
