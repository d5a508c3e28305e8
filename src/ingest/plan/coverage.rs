//! How much of what looks like work in a document was read. What looks like work is told from the lines alone.

use crate::ingest::document::Coverage;

use super::actions::is_own_key;
use super::codes::{is_plan_code, leading_code};
use super::dates::begins_with_day;
use super::heads;
use super::ledger::{Fate, Ledger};
use super::markdown::{Kind, Line};
use super::marks::is_marked;
use super::people::People;
use super::sections::{Section, is_work_label, section};
use super::tables::columns;
use super::values::snake;

/// Counts the lines that look like work, and those of them whose words are in a field.
pub(super) fn measure(lines: &[Line], ledger: &Ledger<'_>) -> Coverage {
    let mut judge = Judge::of(lines);
    let mut coverage = Coverage::default();
    for line in lines {
        if judge.looks_like_work(line) {
            coverage.actionable += 1;
            if matches!(ledger.fate(line.number), Some(Fate::Field | Fate::Structure)) {
                coverage.read += 1;
            }
        }
    }
    coverage
}

#[derive(Default)]
struct Judge {
    /// The headings around a line: level, and what it is about.
    path: Vec<(u8, Section)>,
    /// Whether the rows here are of a table of things to do.
    table: bool,
    /// Whether key lines here belong to an action.
    in_action: bool,
    /// Whether actions carry codes, so that numbered steps and schedules speak of them once more.
    coded: bool,
    /// Whether we are below a heading that is a day.
    day: bool,
    /// Whether the last label announces steps.
    steps: bool,
    people: People,
}

impl Judge {
    fn of(lines: &[Line]) -> Self {
        Self { coded: lines.iter().any(|line| heads::action(line).is_some()), people: People::of(lines), ..Self::default() }
    }

    fn looks_like_work(&mut self, line: &Line) -> bool {
        if let Kind::Heading(level) = line.kind {
            while self.path.pop_if(|(open, _)| *open >= level).is_some() {}
            self.day = begins_with_day(line.text.trim_start_matches(|c: char| !c.is_alphanumeric()));
            self.path.push((level, if self.day { Section::Schedule } else { section(&line.text) }));
            self.steps = false;
        }
        let about = |wanted: Section| self.path.iter().any(|(_, section)| *section == wanted);
        if about(Section::Upcoming) {
            return false;
        }
        let prose = about(Section::Beside) || about(Section::Purpose) || about(Section::Outcomes) || about(Section::Metrics);
        let coded = leading_code(super::values::tick_box(&line.text).1).is_some_and(|(code, _)| !is_plan_code(code));
        match &line.kind {
            Kind::Heading(_) => {
                self.in_action = heads::action(line).is_some();
                self.in_action
            }
            Kind::Text if heads::action(line).is_some() => {
                self.in_action = true;
                true
            }
            Kind::Rule => {
                self.in_action = false;
                false
            }
            Kind::Item { ticked: Some(_), .. } => true,
            Kind::Item { .. } if !prose && (is_marked(&line.text) || coded && self.in_action) => true,
            Kind::Item { ordered, .. } if !self.coded && !prose && line.depth == 1 => {
                let work = self.path.iter().any(|(_, section)| section.is_work());
                match line.bold_key() {
                    Some((key, _)) => work && self.people.are_named(key),
                    None => {
                        *ordered && (self.steps || self.path.last().is_some_and(|(_, section)| section.is_work())) || self.day
                    }
                }
            }
            Kind::Text if !self.in_action && line.bold_key().is_some_and(|(_, value)| value.is_empty()) => {
                self.steps = line.bold_key().is_some_and(|(label, _)| is_work_label(label));
                false
            }
            Kind::Item { .. } | Kind::Text => {
                self.in_action && line.bold_key().is_some_and(|(key, _)| is_action_key(&snake(key)))
            }
            Kind::Row { cells, head: true } => {
                self.table = columns(cells).is_some();
                false
            }
            Kind::Row { .. } => self.table,
            Kind::Code => false,
        }
    }
}

fn is_action_key(name: &str) -> bool {
    is_own_key(name) || matches!(name, "action" | "agent" | "owner" | "verification" | "verification_criteria")
}

/// Whether a document says anything at all that looks like work, for a report about one that is none.
pub(super) fn of_nothing(lines: &[Line]) -> Coverage {
    let mut judge = Judge::of(lines);
    let actionable = lines.iter().filter(|line| judge.looks_like_work(line)).count();
    Coverage { actionable, read: 0 }
}
