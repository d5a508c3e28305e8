//! What a document says of the plan as a whole.

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};

use crate::ingest::document::PlanDocument;

use super::cards::{Card, Headings, Topic};
use super::codes::{is_code, leading_code};
use super::dates::{self, Span};
use super::instants::{DayMeans, Frame, instant};
use super::ledger::Ledger;
use super::markdown::{Kind, Line};
use super::metadata::{put, put_object};
use super::name::{Name, project_of};
use super::sections::Section;
use super::sheet::Field;
use super::values::{OTHER_CURRENCY, is_other_currency, money, sum};

const WEEK_KEYS: [&str; 10] = [
    "week_of",
    "week",
    "dates",
    "date_range",
    "period",
    "plan_period",
    "plan_week",
    "plan_window",
    "week_starting",
    "sprint_dates",
];

/// What a document says of its week, and where its days without a year belong.
pub(super) struct Calendar {
    pub(super) week: Span,
    /// The day that `today` means.
    pub(super) today: Option<NaiveDate>,
}

/// Finds the plan's first and last day: in its front lines, its headings, its timeline, its file's name, in this order.
pub(super) fn calendar(headings: &Headings, cards: &[Card], name: &Name, ledger: &mut Ledger<'_>) -> Option<Calendar> {
    let written = written(cards);
    // Days without a year are near the day of writing, else near a day of the file's name, else near any day of the text.
    let hint = written
        .or(name.day)
        .or(name.week.map(|(start, _)| start))
        .or_else(|| name.year_hint())
        .or_else(|| (1..=ledger.len()).find_map(|line| dates::first_full_day(ledger.text(line))));
    let named = |text: &str| dates::span(text, hint).or_else(|| seven_days(text, hint));
    let front = front_fields(cards).find(|field| WEEK_KEYS.contains(&field.name.as_str()));
    if let Some(field) = front {
        let text = field.text();
        // “Week of” a day alone is the seven days that begin with it.
        match named(&text).or_else(|| dates::only_day(&text, hint).and_then(seven_from)) {
            Some(week) => {
                if dates::is_only_days(&text, hint) {
                    field.mark(ledger);
                }
                return Some(Calendar { week, today: written });
            }
            None => ledger.add(field.line, "the week cannot be read: write it as `2025-10-26 to 2025-11-02`"),
        }
    }
    let heading = || headings.title.iter().chain(&headings.subtitles).find_map(|line| named(&line.text));
    let loose = || cards.first().into_iter().flat_map(|card| &card.sheet.loose).take(10).find_map(|line| named(&line.text));
    let timeline = || {
        let about = |topic: &Topic| matches!(topic, Topic::Front | Topic::Section(Section::Metrics | Section::Metadata));
        fields(cards, about).filter(|field| field.name == "timeline").find_map(|field| dates::span(&field.text(), hint))
    };
    let stated = |names: &[&str]| {
        let field = front_fields(cards).find(|field| names.contains(&field.name.as_str()))?;
        dates::only_day(&field.text(), hint)
    };
    let of_days = || {
        let start = stated(&["week_start", "week_start_date", "start", "start_date", "starts"])?;
        let end = stated(&["week_end", "week_end_date", "end", "end_date", "ends"]).filter(|end| start <= *end);
        end.map(|end| (start, end)).or_else(|| seven_from(start))
    };
    let of_name = || name.week.or_else(|| name.short_week(hint)).or_else(|| name.day.and_then(seven_from));
    let dated = || front_fields(cards).find(|field| field.name == "date").and_then(|field| dates::first_full_day(&field.text()));
    let week =
        heading().or_else(loose).or_else(timeline).or_else(of_days).or_else(of_name).or_else(|| dated().and_then(seven_from))?;
    Some(Calendar { week, today: written })
}

/// The day on which a document was written, by its own word.
fn written(cards: &[Card]) -> Option<NaiveDate> {
    let about = |topic: &Topic| matches!(topic, Topic::Front | Topic::Section(Section::Metadata));
    let mut dated = fields(cards, about).filter(|field| {
        matches!(field.name.as_str(), "date" | "updated" | "last_updated" | "document_generated" | "generated" | "created")
    });
    dated.find_map(|field| dates::first_full_day(&field.text()))
}

/// The seven days that `Week of Oct 6` means.
fn seven_days(text: &str, hint: Option<NaiveDate>) -> Option<Span> {
    let lower = text.to_ascii_lowercase();
    let at = ["week of", "week starting", "woche vom", "woche ab", "semana del"].iter().find_map(|words| lower.find(words))?;
    dates::only_day(text.get(at..)?, hint).and_then(seven_from)
}

fn seven_from(day: NaiveDate) -> Option<Span> {
    Some((day, day.checked_add_days(Days::new(6))?))
}

fn front_fields(cards: &[Card]) -> impl Iterator<Item = &Field> {
    let front = fields(cards, |topic| matches!(topic, Topic::Front));
    front.chain(fields(cards, |topic| matches!(topic, Topic::Section(Section::Metadata))))
}

/// Reads everything but the results.
pub(super) fn plan(headings: &Headings, cards: &[Card], name: Name, frame: &Frame, ledger: &mut Ledger<'_>) -> PlanDocument {
    let headline = headings.title.as_ref().map(|line| line.text.trim());
    let (code, title) = match headline.map(|text| (leading_code(text), text)) {
        Some((Some((code, rest)), _)) => (Some(code), rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '"')),
        Some((None, text)) => (None, text),
        None => (None, name.title.as_str()),
    };
    let code = code.map(str::to_owned).or(name.code);
    let mut plan = PlanDocument {
        project: None,
        title: if title.is_empty() { name.title.clone() } else { title.to_owned() },
        code: code.filter(|code| is_code(code)),
        week_start: frame.week.0,
        week_end: frame.week.1,
        owner: None,
        classification: None,
        version: None,
        last_updated: None,
        revenue_target: None,
        metadata: Map::new(),
        results: Vec::new(),
    };
    headings.title.iter().for_each(|line| ledger.field(line));
    for (key, line) in ["subtitle", "tagline"].iter().zip(&headings.subtitles) {
        ledger.field(line);
        plan.metadata.insert((*key).to_owned(), line.text.trim_matches(['"', '“', '”']).into());
    }
    let keyed = |topic: &Topic| matches!(topic, Topic::Front | Topic::Section(Section::Metadata));
    for field in fields(cards, keyed) {
        take_field(&mut plan, field, frame, ledger);
    }
    match plan.project.as_deref() {
        None => plan.project = name.project.or_else(|| plan.code.as_deref().and_then(project_of)),
        Some(NONE) => plan.project = None,
        Some(_) => {}
    }
    if let Some(Value::String(owner)) = plan.metadata.get("plan_owner") {
        plan.owner.get_or_insert_with(|| owner.clone());
    }
    let mut metrics = Map::new();
    for field in fields(cards, |topic| matches!(topic, Topic::Section(Section::Metrics))) {
        field.mark(ledger);
        take_revenue(&mut plan, field, ledger);
        put(&mut metrics, &field.name, field.value());
    }
    if !metrics.is_empty() {
        plan.metadata.insert("strategic_metrics".to_owned(), metrics.into());
    }
    take_sections(&mut plan, cards, ledger);
    if plan.revenue_target.is_none() {
        plan.revenue_target = revenue_in_words(&plan, headings).or_else(|| revenue_in_keys(cards));
    }
    plan
}

/// Takes one key line of the front or of the metadata section; what stands first in the document wins, and what says something
/// else further down is left for the prose.
fn take_field(plan: &mut PlanDocument, field: &Field, frame: &Frame, ledger: &mut Ledger<'_>) {
    let text = field.text();
    if text.is_empty() {
        return field.mark(ledger);
    }
    let slot = match field.name.as_str() {
        "week_of" => return,
        name if WEEK_KEYS.contains(&name) && dates::span(&text, Some(frame.week.0)) == Some(frame.week) => return,
        "owner" => &mut plan.owner,
        "classification" => &mut plan.classification,
        "version" => &mut plan.version,
        "project" if is_project(&text) || text == NONE => &mut plan.project,
        "title" if plan.metadata.get("title").is_none() => {
            plan.title = text;
            return field.mark(ledger);
        }
        "code" if is_code(&text) => {
            plan.code = Some(text);
            return field.mark(ledger);
        }
        "revenue" if plan.revenue_target.is_none() && sum(&text).is_some() => {
            plan.revenue_target = sum(&text);
            return field.mark(ledger);
        }
        "metadata" => {
            put_object(&mut plan.metadata, field);
            return field.mark(ledger);
        }
        "last_updated" | "updated" => {
            match instant(&text, frame, DayMeans::Noon) {
                Some((at, _)) if *plan.last_updated.get_or_insert(at) == at => field.mark(ledger),
                Some(_) => {}
                None => {
                    ledger.add(field.line, "this date cannot be read: write it as `2025-10-26` or `2025-10-26T20:23:00Z`");
                    plan.metadata.entry(field.name.clone()).or_insert_with(|| text.into());
                }
            }
            return;
        }
        name => {
            take_revenue(plan, field, ledger);
            let key = if name == "status" { "status_line" } else { name };
            let value = field.value();
            if *plan.metadata.entry(key).or_insert_with(|| value.clone()) == value {
                field.mark(ledger);
            }
            return;
        }
    };
    if *slot.get_or_insert_with(|| text.clone()) == text {
        field.mark(ledger);
    }
}

/// A sum under a key such as `Weekly Revenue Target`, wherever it stands.
fn revenue_in_keys(cards: &[Card]) -> Option<(rust_decimal::Decimal, rust_decimal::Decimal)> {
    let is_target = |key: &str| {
        let key = key.to_lowercase();
        key.contains("revenue") && ["target", "goal"].iter().any(|word| key.contains(word))
    };
    cards.iter().find_map(|card| {
        let lines = || card.sheet.loose.iter().filter_map(|line| line.bold_key().or_else(|| line.plain_key()));
        let fields = card.sheet.fields.iter().filter(|field| is_target(&field.key)).find_map(|field| money(&field.text()));
        fields.or_else(|| lines().filter(|(key, _)| is_target(key)).find_map(|(_, value)| money(value)))
    })
}

/// A project line that says that there is none.
const NONE: &str = "none";

fn is_project(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
}

/// A sum right beside the word revenue, in the headings or in what the plan wants.
fn revenue_in_words(plan: &PlanDocument, headings: &Headings) -> Option<(rust_decimal::Decimal, rust_decimal::Decimal)> {
    let objective = plan.metadata.get("primary_objective").and_then(Value::as_str);
    let texts = headings.title.iter().chain(&headings.subtitles).map(|line| line.text.as_str()).chain(objective);
    texts.into_iter().find_map(|text| {
        text.match_indices('$').find_map(|(at, _)| {
            let words = text.get(at..)?.to_lowercase();
            let beside = words.split_whitespace().skip(1).take(3).any(|word| word.starts_with("revenue"));
            beside.then(|| money(&text[at..]))?
        })
    })
}

/// Takes a revenue target; the first figure in the document wins.
fn take_revenue(plan: &mut PlanDocument, field: &Field, ledger: &mut Ledger<'_>) {
    let is_target = matches!(field.name.as_str(), "revenue_target" | "revenue_impact");
    if (is_target || field.name == "revenue") && money(&field.text()).is_none() && is_other_currency(&field.text()) {
        return ledger.add(field.line, OTHER_CURRENCY);
    }
    if !is_target {
        return;
    }
    match money(&field.text()) {
        Some(target) => {
            plan.revenue_target.get_or_insert(target);
        }
        None if field.name == "revenue_target" => {
            ledger.add(field.line, "this sum cannot be read: write it as `$125K-175K` or `$150,000`");
        }
        None => {}
    }
}

/// Takes the prose sections that describe the plan.
fn take_sections(plan: &mut PlanDocument, cards: &[Card], ledger: &mut Ledger<'_>) {
    let of = |wanted: Section| {
        cards.iter().filter(
            move |card| matches!(card.topic, Topic::Section(section) if section == wanted && !card.sheet.loose.is_empty()),
        )
    };
    let is_item = |line: &&Line| matches!(line.kind, Kind::Item { .. });
    let is_numbered = |line: &&Line| matches!(line.kind, Kind::Item { ordered: true, .. });
    let said = |section| of(section).map(|card| card.sheet.loose.iter().filter(|line| !is_item(line)).collect::<Vec<_>>());
    let listed = |section| of(section).flat_map(|card| card.sheet.loose.iter().filter(is_item)).collect::<Vec<_>>();

    let objective =
        of(Section::Objective).map(all_lines).next().or_else(|| said(Section::Results).find(|lines| !lines.is_empty()));
    let outcomes = Some(listed(Section::Outcomes)).filter(|list| !list.is_empty()).unwrap_or_else(|| listed(Section::Results));
    let numbered = of(Section::Purpose)
        .map(|card| card.sheet.loose.iter().filter(is_numbered).collect::<Vec<_>>())
        .find(|lines| !lines.is_empty());
    let purpose = numbered.or_else(|| of(Section::Purpose).map(all_lines).next());
    objective.iter().chain(&purpose).chain([&outcomes]).flatten().for_each(|line| ledger.field(line));
    let text = |lines: Vec<&Line>| Value::from(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"));
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            plan.metadata.insert(key.to_owned(), value);
        }
    };
    put("primary_objective", objective.map(text));
    put("outcomes", (!outcomes.is_empty()).then(|| outcomes.iter().map(|line| line.text.as_str()).collect()));
    put("purpose", purpose.map(text));
    super::criteria::of_plan(&mut plan.metadata, cards, ledger);
}

fn all_lines(card: &Card) -> Vec<&Line> {
    card.sheet.loose.iter().collect()
}

fn fields<'a>(cards: &'a [Card], about: impl Fn(&Topic) -> bool + 'a) -> impl Iterator<Item = &'a Field> {
    cards.iter().filter(move |card| about(&card.topic)).flat_map(|card| &card.sheet.fields)
}
