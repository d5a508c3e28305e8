//! How much of what looks like work in a document was read. What looks like work is told from the lines alone.

use crate::ingest::document::Coverage;

use super::actions::is_own_key;
use super::asks::{asked, is_nothing_to_do};
use super::codes::{dependencies, is_plan_code, leading_code};
use super::dates::begins_with_day;
use super::heads;
use super::ledger::{Fate, Ledger};
use super::markdown::{Kind, Line};
use super::marks::is_marked;
use super::people::People;
use super::sections::{Section, is_some_day_label, is_work_label, section, words};
use super::statuses::tick_box;
use super::tables::columns;
use super::values::snake;
use super::verbs::{asks, is_now, is_prose};

/// Why a line is named that ended as prose.
const LEFT: &str = "this looks like something to do and is kept as prose: write it as `- [ ] what is to be done`";

/// Counts the lines that look like work, and those of them whose words are in a field. The others are named in the ledger.
///
/// Beside what has the marks of work, every item, row and line that asks counts that does not stand where clearly nothing is asked
/// for, whatever the reader takes it for.
pub(super) fn measure(lines: &[Line], ledger: &mut Ledger<'_>) -> Coverage {
    let mut judge = Judge::of(lines);
    let mut coverage = Coverage::default();
    for line in lines {
        let fate = ledger.fate(line.number);
        let (work, may_be) = (judge.looks_like_work(line), judge.may_be_work(line));
        let read = matches!(fate, Some(Fate::Field | Fate::Structure));
        if !work && !may_be {
            continue;
        }
        coverage.actionable += 1;
        coverage.read += usize::from(read);
        let boxed = matches!(line.kind, Kind::Item { ticked: Some(_), .. });
        if !read && (may_be || boxed) && fate != Some(Fate::Unread) {
            ledger.add(line.number, LEFT);
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
    /// For each heading around a line whether nothing is asked for, where it says so; and the same for the label above the line.
    prose: Vec<(u8, Option<bool>)>,
    label: Option<bool>,
    /// Whether the rows here have a column for what is done, who does it or by when.
    rows: bool,
}

impl Judge {
    fn of(lines: &[Line]) -> Self {
        Self { coded: lines.iter().any(|line| heads::action(line).is_some()), people: People::of(lines), ..Self::default() }
    }

    /// Whether a line may be work, by no more than what it is and what stands above it.
    fn may_be_work(&self, line: &Line) -> bool {
        // Where actions carry codes, a line that names one speaks of it once more.
        let again = || {
            self.coded
                && (!dependencies(&line.text).codes.is_empty() || words(&line.text).iter().any(|word| word.starts_with("phase")))
        };
        if self.label.unwrap_or_else(|| self.is_prose()) || line.text.trim().is_empty() || again() {
            return false;
        }
        let named = |key: &str| self.people.are_named(key) || begins_with_day(key);
        match &line.kind {
            Kind::Item { .. }
                if is_nothing_to_do(line.bold_key().or_else(|| line.plain_key()).map_or(&line.text, |(_, value)| value)) =>
            {
                false
            }
            Kind::Item { ticked: Some(_), .. } => true,
            Kind::Item { .. } if line.text.trim_end().ends_with('?') => false,
            Kind::Item { .. } if line.depth > 1 => asked(&line.text).is_some() || asks(&line.text),
            // `Price: 40` describes, `Otto: labels` and `Shop: order labels` ask.
            Kind::Item { .. } => {
                match line.bold_key().or_else(|| line.plain_key()).filter(|(key, _)| key.split_whitespace().count() <= 4) {
                    Some((key, value)) => named(key) && !value.is_empty() || asks(value) || asked(&line.text).is_some(),
                    None => !self.people.are_named(&line.text),
                }
            }
            Kind::Row { head: false, .. } => self.rows,
            Kind::Text => asked(&line.text).is_some(),
            _ => false,
        }
    }

    /// Whether the innermost heading that says so is one under which nothing is asked for.
    fn is_prose(&self) -> bool {
        self.prose.iter().rev().find_map(|(_, prose)| *prose).unwrap_or(false)
    }

    /// Notes the headings, labels and heads of tables that say what stands below them.
    fn pass(&mut self, line: &Line) {
        match &line.kind {
            Kind::Heading(level) => {
                while self.prose.pop_if(|(open, _)| *open >= *level).is_some() {}
                let about = section(&line.text);
                let day = begins_with_day(line.text.trim_start_matches(|c: char| !c.is_alphanumeric()));
                let asks = about == Section::Actions
                    && words(&line.text).iter().any(|word| matches!(word.as_str(), "next" | "items" | "immediate"));
                // Where actions carry codes, days speak of them once more.
                let again = self.coded && (about == Section::Schedule || day);
                let nothing = about == Section::Upcoming || again || is_prose(&line.text);
                self.prose.push((*level, Some(nothing).filter(|nothing| *nothing || asks)));
                self.label = None;
            }
            Kind::Rule => self.label = None,
            Kind::Text if line.depth == 0 => {
                let whole = line.text.trim_end().ends_with(':') || line.lead == Some(line.text.len());
                let nothing = || {
                    is_prose(&line.text)
                        || is_some_day_label(&line.text)
                        || self.is_prose() && (self.coded || !is_now(&line.text))
                };
                self.label = whole.then(nothing);
            }
            Kind::Row { cells, head: true } => self.rows = is_of_work(cells),
            _ => {}
        }
    }

    fn looks_like_work(&mut self, line: &Line) -> bool {
        self.pass(line);
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
        let coded = leading_code(tick_box(&line.text).1).is_some_and(|(code, _)| !is_plan_code(code));
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
                    Some((key, value)) => work && self.people.are_named(key) && !is_nothing_to_do(value),
                    None if self.people.are_named(&line.text) || is_nothing_to_do(&line.text) => false,
                    None if line.text.trim_end().ends_with('?') => false,
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

/// Whether a table's head has a column for what is done, who does it or by when, and none for figures and risks.
fn is_of_work(head: &[String]) -> bool {
    let words: Vec<String> = head.iter().flat_map(|cell| words(cell)).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&[
        "task",
        "tasks",
        "action",
        "actions",
        "todo",
        "step",
        "activity",
        "deliverable",
        "milestone",
        "initiative",
        "owner",
        "owners",
        "who",
        "assignee",
        "responsible",
        "due",
        "deadline",
    ]) && !has(&["metric", "metrics", "kpi", "risk", "probability", "likelihood", "severity", "song", "episode", "bpm"])
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
