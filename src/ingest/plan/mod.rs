//! Plan documents: markdown as people write it, in; what it says, out.
//!
//! The way down: `markdown` makes flat lines of the text, `cards` cuts them at the headlines that `heads` knows, a
//! `sheet` holds the key lines below each, and `front`, `results` and `actions` say what they mean.

mod actions;
mod cards;
mod codes;
mod dates;
mod front;
mod heads;
mod markdown;
mod metadata;
mod name;
mod results;
mod sheet;
mod unread;
mod values;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chrono_tz::Tz;

use crate::ingest::document::Parsed;

use unread::Report;

/// Reads a plan document.
///
/// Of `path` only the file's name is used: for the project and code that it names, and for a week that the text does not
/// state. Days and hours without a zone are taken in `zone`. Any text at all may come in; what comes out without a plan
/// says why in `unread`.
pub fn parse_plan(path: &str, text: &str, zone: Tz) -> Parsed {
    let text = normal(text);
    let lines = markdown::outline(&text);
    let (headings, cards) = cards::cut(&lines);
    let name = name::read(path);
    let mut report = Report::new(&text);
    let Some(week) = front::week(&headings, &cards, &name, &mut report) else {
        report.add(1, "no week found: state it in a line such as `Week of: 2025-10-26 to 2025-11-02`");
        if !cards.iter().any(|card| matches!(card.topic, cards::Topic::Action(_))) {
            report.add(1, NO_ACTIONS);
        }
        return Parsed { plan: None, unread: report.finish() };
    };
    let mut plan = front::plan(&headings, &cards, name, week, zone, &mut report);
    let inherited = results::Inherited::of(&plan.metadata);
    plan.results = results::read(&cards, &inherited, week, zone, &mut report);
    let has_actions = plan.results.iter().any(|result| !result.actions.is_empty());
    if !has_actions {
        report.add(1, NO_ACTIONS);
    }
    Parsed { plan: has_actions.then_some(plan), unread: report.finish() }
}

const NO_ACTIONS: &str = "no action found: an action is a heading or a bold line such as `**□ AREA-001a**: what is to be done`";

/// The text with line ends as everywhere else, so that lines count as in editors.
fn normal(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}
