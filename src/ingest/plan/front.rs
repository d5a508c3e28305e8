//! What a document says of the plan as a whole.

use chrono::Days;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use crate::entities::enums::ActionStatus;
use crate::ingest::document::PlanDocument;

use super::cards::{Card, Headings, Topic};
use super::codes::{is_code, leading_code};
use super::dates::{self, DayMeans, Span};
use super::heads::Section;
use super::markdown::Kind;
use super::name::{Name, project_of};
use super::sheet::Field;
use super::unread::Report;
use super::values::{money, tick_box};

/// Finds the plan's first and last day: in its front lines, its headings, its timeline, its file's name, in this order.
pub(super) fn week(headings: &Headings, cards: &[Card], name: &Name, report: &mut Report<'_>) -> Option<Span> {
    let front =
        fields(cards, |topic| matches!(topic, Topic::Front)).find(|field| matches!(field.name.as_str(), "week_of" | "week"));
    if let Some(field) = front {
        let text = field.text();
        // “Week of” a day alone is the seven days that begin with it.
        let seven = || dates::only_day(&text).and_then(|day| Some((day, day.checked_add_days(Days::new(6))?)));
        match dates::span(&text).or_else(seven) {
            Some(week) => return Some(week),
            None => report.add(field.line, "the week cannot be read: write it as `2025-10-26 to 2025-11-02`"),
        }
    }
    let heading = headings.title.iter().chain(&headings.subtitles).find_map(|line| dates::span(&line.text));
    let timeline = || {
        let about = |topic: &Topic| matches!(topic, Topic::Front | Topic::Section(Section::Metrics | Section::Metadata));
        fields(cards, about).filter(|field| field.name == "timeline").find_map(|field| dates::span(&field.text()))
    };
    heading.or_else(timeline).or(name.week)
}

/// Reads everything but the results.
pub(super) fn plan(
    headings: &Headings,
    cards: &[Card],
    name: Name,
    week: Span,
    zone: Tz,
    report: &mut Report<'_>,
) -> PlanDocument {
    let headline = headings.title.as_ref().map(|line| line.text.trim());
    let (code, title) = match headline.map(|text| (leading_code(text), text)) {
        Some((Some((code, rest)), _)) => (Some(code), rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '"')),
        Some((None, text)) => (None, text),
        None => (None, name.title.as_str()),
    };
    let code = code.map(str::to_owned).or(name.code);
    let mut plan = PlanDocument {
        project: name.project.or_else(|| code.as_deref().and_then(project_of)),
        title: if title.is_empty() { name.title.clone() } else { title.to_owned() },
        code: code.filter(|code| is_code(code)),
        week_start: week.0,
        week_end: week.1,
        owner: None,
        classification: None,
        version: None,
        last_updated: None,
        revenue_target: None,
        metadata: Map::new(),
        results: Vec::new(),
    };
    for (key, line) in ["subtitle", "tagline"].iter().zip(&headings.subtitles) {
        plan.metadata.insert((*key).to_owned(), line.text.trim_matches(['"', '“', '”']).into());
    }
    let keyed = |topic: &Topic| matches!(topic, Topic::Front | Topic::Section(Section::Metadata));
    for field in fields(cards, keyed) {
        take_field(&mut plan, field, zone, report);
    }
    if let Some(Value::String(owner)) = plan.metadata.get("plan_owner") {
        plan.owner.get_or_insert_with(|| owner.clone());
    }
    let metrics: Map<_, _> = fields(cards, |topic| matches!(topic, Topic::Section(Section::Metrics)))
        .inspect(|field| take_revenue(&mut plan, field, report))
        .map(|field| (field.name.clone(), field.value()))
        .collect();
    if !metrics.is_empty() {
        plan.metadata.insert("strategic_metrics".to_owned(), metrics.into());
    }
    take_sections(&mut plan, cards);
    plan
}

/// Takes one key line of the front or of the metadata section; what stands first in the document wins.
fn take_field(plan: &mut PlanDocument, field: &Field, zone: Tz, report: &mut Report<'_>) {
    let text = field.text();
    if text.is_empty() {
        return;
    }
    let slot = match field.name.as_str() {
        "week_of" | "week" => return,
        "owner" => &mut plan.owner,
        "classification" => &mut plan.classification,
        "version" => &mut plan.version,
        "last_updated" | "updated" => {
            let week = (plan.week_start, plan.week_end);
            match dates::instant(&text, week, zone, DayMeans::Noon) {
                Some((at, _)) => {
                    plan.last_updated.get_or_insert(at);
                }
                None => {
                    report.add(field.line, "this date cannot be read: write it as `2025-10-26` or `2025-10-26T20:23:00Z`");
                    plan.metadata.entry(field.name.clone()).or_insert_with(|| text.into());
                }
            }
            return;
        }
        name => {
            take_revenue(plan, field, report);
            let key = if name == "status" { "status_line" } else { name };
            plan.metadata.entry(key).or_insert_with(|| field.value());
            return;
        }
    };
    slot.get_or_insert(text);
}

/// Takes a revenue target; the first figure in the document wins.
fn take_revenue(plan: &mut PlanDocument, field: &Field, report: &mut Report<'_>) {
    if !matches!(field.name.as_str(), "revenue_target" | "revenue_impact") {
        return;
    }
    match money(&field.text()) {
        Some(target) => {
            plan.revenue_target.get_or_insert(target);
        }
        None if field.name == "revenue_target" => {
            report.add(field.line, "this sum cannot be read: write it as `$125K-175K` or `$150,000`");
        }
        None => {}
    }
}

/// Takes the prose sections that describe the plan.
fn take_sections(plan: &mut PlanDocument, cards: &[Card]) {
    let of = |wanted: Section| {
        cards.iter().filter(
            move |card| matches!(card.topic, Topic::Section(section) if section == wanted && !card.sheet.loose.is_empty()),
        )
    };
    let texts = |card: &Card, listed: bool| -> Vec<String> {
        let wanted = card.sheet.loose.iter().filter(|line| matches!(line.kind, Kind::Item { .. }) == listed);
        wanted.map(|line| line.text.clone()).collect()
    };
    let all = |card: &Card| card.sheet.loose.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    let listed = |section| of(section).flat_map(|card| texts(card, true)).collect::<Vec<_>>();

    let said = || of(Section::Results).map(|card| texts(card, false).join("\n")).find(|text| !text.is_empty());
    let objective = of(Section::Objective).map(all).next().or_else(said);
    let outcomes = Some(listed(Section::Outcomes)).filter(|list| !list.is_empty()).unwrap_or_else(|| listed(Section::Results));
    let numbered = of(Section::Purpose).find_map(|card| {
        let lines = card.sheet.loose.iter().filter(|line| matches!(line.kind, Kind::Item { ordered: true, .. }));
        Some(lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty())
    });
    let purpose = numbered.or_else(|| of(Section::Purpose).map(all).next());
    let criteria: Vec<_> = of(Section::Acceptance)
        .flat_map(|card| &card.sheet.loose)
        .filter_map(|line| {
            let Kind::Item { ticked, .. } = line.kind else { return None };
            let (sign, text) = tick_box(&line.text);
            let done = ticked.unwrap_or(sign == Some(ActionStatus::Completed));
            Some(json!({ "text": text, "done": done }))
        })
        .collect();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            plan.metadata.insert(key.to_owned(), value);
        }
    };
    put("primary_objective", objective.map(Value::from));
    put("outcomes", (!outcomes.is_empty()).then(|| outcomes.into()));
    put("purpose", purpose.map(Value::from));
    put("acceptance_criteria", (!criteria.is_empty()).then(|| criteria.into()));
}

fn fields<'a>(cards: &'a [Card], about: impl Fn(&Topic) -> bool + 'a) -> impl Iterator<Item = &'a Field> {
    cards.iter().filter(move |card| about(&card.topic)).flat_map(|card| &card.sheet.fields)
}
