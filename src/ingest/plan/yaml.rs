//! Plans in YAML or JSON: the same plan, said in keys.

mod json;
mod lists;
mod node;
mod parts;

use std::borrow::Cow;

use chrono::{Days, NaiveDate};
use serde_json::Map;

use crate::ingest::document::{Coverage, PlanDocument};

use super::Source;
use super::codes::is_code;
use super::dates::{self, Span};
use super::instants::{DayMeans, Frame, instant};
use super::ledger::{Fate, Ledger};
use super::name::{self, Name, project_of};
use super::people::People;
use super::values::{OTHER_CURRENCY, is_other_currency, money};
use node::{Node, Shape};

const WRAPPERS: [&str; 5] = ["plan", "rpm_plan", "weekly_plan", "rpm_weekly_plan", "rpm"];
const RESULTS: [&str; 6] = ["results", "phases", "priorities", "objectives", "goals", "workstreams"];
const ACTIONS: [&str; 8] = ["actions", "tasks", "action_items", "massive_action_plan", "map", "todo", "todos", "steps"];
const LANES: [&str; 4] = ["lanes", "owner_lanes", "by_owner", "assignments"];
const NAMES: [&str; 7] = ["text", "title", "name", "headline", "result", "task", "action"];

/// Reads a plan in YAML, and how much of its actions could be read. Aliases, depth and size are bounded by the parser's budget.
///
/// Whether a week or something to do was found is told too.
pub(super) fn read(source: &Source<'_>, text: &str, ledger: &mut Ledger<'_>) -> (Option<PlanDocument>, Coverage, bool) {
    let is_json = source.path.to_ascii_lowercase().ends_with(".json");
    let text = if is_json { json::as_yaml(text).into() } else { Cow::from(text) };
    let root: Node = match serde_saphyr::from_str(&text) {
        Ok(root) => root,
        Err(error) => {
            let line = error.location().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
            let said = error.without_snippet().to_string();
            let what = if is_json { "JSON" } else { "YAML" };
            ledger.add(line.max(1), format!("this is no {what} that can be read: {}", said.lines().next().unwrap_or_default()));
            return (None, Coverage::default(), is_json);
        }
    };
    let root = root.get(&WRAPPERS).filter(|inner| inner.is_map()).unwrap_or(&root);
    let name = name::read(source.path);
    let Some(week) = week(root, &name) else {
        ledger.add(1, "no week found: state it in a key such as `week_of: 2025-10-26 to 2025-11-02`");
        let has_work = [&ACTIONS[..], &RESULTS, &LANES].iter().any(|names| root.get(names).is_some());
        return (None, Coverage::default(), is_json || has_work);
    };
    ledger.mark(1, ledger.len(), Fate::Field);
    let written = day(root, &["date", "updated", "last_updated", "created"], Some(week.0));
    let frame = Frame { week, zone: source.zone, today: written };
    let mut plan = front(root, name, &frame, ledger);
    plan.project = source.project.map(str::to_owned).or(plan.project);
    let mut reader = Reader { frame: &frame, people: people(root), ledger, coverage: Coverage::default(), lists: 0 };
    plan.results = reader.results(root, &plan);
    let coverage = reader.coverage;
    if plan.results.iter().all(|result| result.actions.is_empty()) {
        ledger.add(1, "no action found: an action is an entry of the list `actions` of a result");
        return (None, coverage, true);
    }
    (Some(plan), coverage, true)
}

/// The first and last day: stated as one text or as two days, else by the file's name.
fn week(root: &Node, name: &Name) -> Option<Span> {
    let hint = day(root, &["date", "updated", "last_updated"], None)
        .or(name.day)
        .or(name.week.map(|(start, _)| start))
        .or_else(|| name.year_hint());
    let stated = root.get(&["week", "week_of", "dates", "period", "weeks"]);
    let nested = stated.filter(|node| node.is_map()).unwrap_or(root);
    let start = day(nested, &["start", "week_start", "start_date", "from", "begin", "starts"], hint);
    let end = day(nested, &["end", "week_end", "end_date", "to", "until", "ends"], start.or(hint));
    let seven = |start: NaiveDate| Some((start, start.checked_add_days(Days::new(6))?));
    let text = stated.and_then(|node| node.text(" to "));
    let in_text =
        || text.as_deref().and_then(|text| dates::span(text, hint).or_else(|| dates::only_day(text, hint).and_then(seven)));
    let of_days = match (start, end) {
        (Some(start), Some(end)) if start <= end => Some((start, end)),
        (Some(start), None) => seven(start),
        _ => None,
    };
    let titled = || root.get(&["title", "name"]).and_then(|node| node.text(" ")).and_then(|text| dates::span(&text, hint));
    of_days.or_else(in_text).or_else(titled).or(name.week).or_else(|| name.short_week(hint)).or_else(|| name.day.and_then(seven))
}

fn day(node: &Node, names: &[&str], hint: Option<NaiveDate>) -> Option<NaiveDate> {
    dates::only_day(&node.get(names)?.text(" ")?, hint)
}

/// The plan without its results.
fn front(root: &Node, name: Name, frame: &Frame, ledger: &mut Ledger<'_>) -> PlanDocument {
    let text = |names: &[&str]| root.get(names).and_then(|node| node.text(" + "));
    let code = text(&["code", "plan_code", "id"]).filter(|code| is_code(code)).or_else(|| name.code.clone());
    let project =
        text(&["project", "project_code"]).or_else(|| name.project.clone()).or_else(|| code.as_deref().and_then(project_of));
    let mut plan = PlanDocument {
        project,
        title: text(&["title", "name"]).unwrap_or_else(|| name.title.clone()),
        code,
        week_start: frame.week.0,
        week_end: frame.week.1,
        owner: text(&["owner", "owners", "plan_owner"]),
        classification: text(&["classification"]),
        version: text(&["version"]),
        last_updated: None,
        revenue_target: root.get(&["revenue_target", "revenue"]).and_then(revenue),
        metadata: Map::new(),
        results: Vec::new(),
    };
    if let Some(node) = root.get(&["last_updated", "updated"]) {
        plan.last_updated = node.text(" ").and_then(|text| instant(&text, frame, DayMeans::Noon)).map(|(at, _)| at);
        if plan.last_updated.is_none() {
            ledger.add(node.line, "this date cannot be read: write it as `2025-10-26` or `2025-10-26T20:23:00Z`");
        }
    }
    if let Some(node) = root.get(&["revenue_target", "revenue"])
        && plan.revenue_target.is_none()
        && node.text(" ").is_some_and(|text| is_other_currency(&text))
    {
        ledger.add(node.line, OTHER_CURRENCY);
    }
    for (key, node) in root.entries() {
        let kept = match key.as_str() {
            "project" | "project_code" | "title" | "name" | "owner" | "owners" | "plan_owner" | "classification" | "version" => {
                false
            }
            "week" | "week_of" | "dates" | "period" | "weeks" | "start" | "week_start" | "start_date" | "from" | "begin"
            | "starts" | "end" | "week_end" | "end_date" | "to" | "until" | "ends" => false,
            "code" | "plan_code" | "id" => node.text("") != plan.code,
            "last_updated" | "updated" => plan.last_updated.is_none(),
            "revenue_target" | "revenue" => plan.revenue_target.is_none() || node.text("").is_none_or(|text| text.contains(' ')),
            key => !(lists::states_results(root, key) || ACTIONS.contains(&key) || LANES.contains(&key)),
        };
        if kept && !matches!(node.shape, Shape::Null) {
            let key = if key == "status" { "status_line".to_owned() } else { key };
            // What describes the plan is text, as in other documents.
            let described = matches!(key.as_str(), "purpose" | "primary_objective" | "status_line" | "priority");
            let value = node.text("\n").filter(|_| described).map_or_else(|| node.json(), Into::into);
            plan.metadata.insert(key, value);
        }
    }
    plan
}

/// A sum, as text or number, or its low and high end.
fn revenue(node: &Node) -> Option<(rust_decimal::Decimal, rust_decimal::Decimal)> {
    let sum = |node: &Node| {
        let text = node.text("-").filter(|text| text.contains('$') || !is_other_currency(text))?;
        money(&if text.contains('$') { text } else { format!("${text}") })
    };
    match (node.get(&["low", "min", "from"]), node.get(&["high", "max", "to"])) {
        (Some(low), Some(high)) => Some((sum(low)?.0, sum(high)?.1)),
        _ => sum(node),
    }
}

/// The names that the document gives to owners.
fn people(root: &Node) -> People {
    let mut people = People::default();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        for (key, value) in node.entries() {
            if matches!(key.as_str(), "owner" | "owners" | "assignee" | "agent" | "team" | "members" | "who")
                && let Some(names) = value.text(", ")
            {
                people.learn(&names);
            }
            open.push(value);
        }
        if let Shape::List(items) = &node.shape {
            open.extend(items);
        }
    }
    people
}

/// The keys of a map in YAML as they are written, each with its value as one line of text; `None` for anything else.
pub(super) fn keys_of(text: &str) -> Option<Vec<(String, String)>> {
    let root: Node = serde_saphyr::from_str(text).ok()?;
    let Shape::Map(entries) = root.shape else { return None };
    let value = |node: &Node| match (node.get(&["start", "from"]), node.get(&["end", "to"])) {
        (Some(start), Some(end)) => Some(format!("{} to {}", start.text(" ")?, end.text(" ")?)),
        _ => node.text(", ").or_else(|| (!matches!(node.shape, Shape::Null)).then(|| node.json().to_string())),
    };
    Some(entries.iter().map(|(key, node)| (key.clone(), value(node).unwrap_or_default().replace('\n', " "))).collect())
}

struct Reader<'a, 'b> {
    frame: &'a Frame,
    people: People,
    ledger: &'a mut Ledger<'b>,
    coverage: Coverage,
    /// How many lists of actions were begun.
    lists: usize,
}
