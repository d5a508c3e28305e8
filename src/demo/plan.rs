//! Weeks, results and actions.

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::json;

use super::calendar::{Calendar, PAST_WEEKS};
use super::fate::{Fate, Slot, current_fates, past_fates};
use super::owners::{AGENTS, Owners, PEOPLE};
use super::random::Random;
use super::songs::{ALBUMS, CURRENT_ALBUM};
use super::texts::{self, ActionText, CATEGORIES, ResultText, Words};
use crate::entities::enums::{ActionStatus, DeliverableType, ResultStatus, WeekStatus};
use crate::entities::{actions, results, weeks};
use crate::ids::{ActionId, OwnerId, ProjectId, ResultId, WeekId};

/// Results in a week, each with so many actions: 28 in all.
pub(super) const ACTIONS_OF_RESULT: [usize; 6] = [5, 5, 5, 5, 4, 4];

const RALLY_CRIES: [&str; 4] = ["Grow, Sell, Heal", "Stay TOONED", "One shot, one plan", "Done beats perfect"];

/// An action and what its row does not say.
#[derive(Debug)]
pub(super) struct Action {
    pub row: actions::Model,
    /// Index of its week.
    pub week: usize,
    pub owners: Vec<OwnerId>,
    /// When it was blocked, if it is.
    pub blocked_at: Option<DateTime<Utc>>,
}

/// Something that is to come out of a result.
#[derive(Debug)]
pub(super) struct Output {
    /// Index of its result.
    pub result: usize,
    pub kind: DeliverableType,
    /// Empty for a song, which the catalogue names.
    pub title: String,
}

/// All weeks, oldest first, and all that is in them, in order.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub weeks: Vec<weeks::Model>,
    pub results: Vec<results::Model>,
    pub actions: Vec<Action>,
    /// Of the weeks before now.
    pub outputs: Vec<Output>,
}

/// A result as it goes into a week.
struct Draft {
    text: ResultText,
    words: Words,
}

impl Plan {
    pub(super) fn new(random: &mut Random, calendar: &Calendar, owners: &Owners, project: ProjectId) -> Self {
        let mut plan = Self::default();
        let library = texts::library();
        let offsets = CATEGORIES.map(|_| random.index(5));
        for week in 0..PAST_WEEKS {
            let drafts = past_drafts(random, &library, &offsets, week);
            let slots = slots(&drafts);
            let fates = past_fates(random, calendar, week, &slots);
            plan.add_week(random, calendar, owners, (project, week), drafts, fates);
        }
        let drafts: Vec<Draft> = texts::current()
            .into_iter()
            .map(|text| Draft { text, words: Words::new(random, PAST_WEEKS, ALBUMS[CURRENT_ALBUM].0) })
            .collect();
        let slots = slots(&drafts);
        let fates = current_fates(random, calendar, &slots);
        plan.add_week(random, calendar, owners, (project, PAST_WEEKS), drafts, fates);
        plan
    }

    fn add_week(
        &mut self,
        random: &mut Random,
        calendar: &Calendar,
        owners: &Owners,
        (project, week): (ProjectId, usize),
        drafts: Vec<Draft>,
        fates: Vec<Fate>,
    ) {
        let monday = calendar.monday(week);
        let planned_at = calendar.planned_at(week);
        let theme = drafts.first().map(|draft| draft.words.fill(draft.text.text)).unwrap_or_default();
        let (low, high) = revenue_target(random, week);
        let mut row = weeks::Model {
            id: WeekId(random.uuid()),
            project_id: project,
            code: Some(format!("RPM-{}-W{:02}", monday.iso_week().year(), monday.iso_week().week())),
            title: format!("RPM weekly plan: {theme}"),
            week_start_date: monday,
            week_end_date: monday + Days::new(6),
            status: if week == PAST_WEEKS { WeekStatus::Active } else { WeekStatus::Completed },
            classification: Some("TIER 1 ABSOLUTE STANDARD".to_owned()),
            owner: "Jesse CEO".to_owned(),
            version: Some("1.0".to_owned()),
            completion_rate: None,
            revenue_target_low: Some(low),
            revenue_target_high: Some(high),
            created_at: planned_at,
            updated_at: planned_at,
            metadata: json!({ "rallyCry": random.pick(&RALLY_CRIES), "madeBy": super::ACTOR }),
        };
        let mut fates = fates.into_iter();
        let first = self.actions.len();
        for (position, draft) in (0..).zip(drafts) {
            self.add_result(random, owners, &row, (week, position), &draft, &mut fates);
        }
        let actions = &self.actions[first..];
        let completed = actions.iter().filter(|action| action.row.status == ActionStatus::Completed).count();
        row.completion_rate = rate(completed, actions.len());
        row.updated_at = actions.iter().map(|action| action.row.updated_at).max().unwrap_or(planned_at);
        self.weeks.push(row);
    }

    fn add_result(
        &mut self,
        random: &mut Random,
        owners: &Owners,
        week_row: &weeks::Model,
        (week, position): (usize, i32),
        draft: &Draft,
        fates: &mut impl Iterator<Item = Fate>,
    ) {
        let Draft { text, words } = draft;
        let index = self.results.len();
        let mut row = results::Model {
            id: ResultId(random.uuid()),
            weekly_plan_id: week_row.id,
            position,
            result_code: format!("R{}", position + 1),
            result_text: words.fill(text.text),
            purpose: words.fill(text.purpose),
            outcome: Some(words.fill(text.outcome)),
            verification_criteria: text.actions.last().map(|action| words.fill(action.check)),
            owner: Some(text.owner.to_owned()),
            priority: position / 2 + 1,
            category: Some(text.category.to_owned()),
            status: ResultStatus::NotStarted,
            completion_date: None,
            created_at: week_row.created_at,
            updated_at: week_row.created_at,
            metadata: json!({}),
        };
        let prefix = format!("{}-W{:02}-{:03}", text.category, week_row.week_start_date.iso_week().week(), position + 1);
        let first = self.actions.len();
        for ((letter, place), action) in ('a'..='z').zip(0..).zip(&text.actions) {
            let Some(fate) = fates.next() else { break };
            let dependencies = self.dependencies(random, first, week, &fate);
            let named = owners.named(action.owner);
            let code = format!("{prefix}{letter}");
            let evidence = (fate.status == ActionStatus::Completed).then(|| {
                let by = named.first().map_or("", |id| owners.name(*id));
                evidence_path(by, &code, fate.updated_at)
            });
            let hours = Decimal::from(action.hours);
            let estimate = if week == PAST_WEEKS { hours } else { random.quarters(hours, 85..=125) };
            self.actions.push(Action {
                row: action_row(random, row.id, place, (code, words, action), &fate, (estimate, dependencies, evidence)),
                week,
                owners: named,
                blocked_at: (fate.status == ActionStatus::Blocked).then_some(fate.updated_at),
            });
        }
        settle(&mut row, &self.actions[first..]);
        self.results.push(row);
        self.outputs.extend(text.outputs.iter().map(|(kind, title)| Output {
            result: index,
            kind: *kind,
            title: words.fill(title),
        }));
    }

    /// Codes of earlier actions of the week. What is done waited only for what is done.
    fn dependencies(&self, random: &mut Random, first_of_result: usize, week: usize, fate: &Fate) -> Vec<String> {
        let fits = |action: &&Action| {
            let before = match (action.row.completion_date, fate.completion) {
                (Some(earlier), Some(later)) => earlier <= later,
                (None, Some(_)) => false,
                (_, None) => true,
            };
            action.week == week && before
        };
        let mut codes = Vec::new();
        let inside = self.actions[first_of_result..].last().filter(fits);
        if let Some(action) = inside.filter(|_| random.chance(60)) {
            codes.push(action.row.action_code.clone());
        }
        let elsewhere = first_of_result.checked_sub(1 + random.index(9)).and_then(|index| self.actions.get(index)).filter(fits);
        if let Some(action) = elsewhere.filter(|_| random.chance(15)) {
            codes.push(action.row.action_code.clone());
        }
        codes
    }
}

fn action_row(
    random: &mut Random,
    result_id: ResultId,
    position: i32,
    (code, words, text): (String, &Words, &ActionText),
    fate: &Fate,
    (estimate, dependencies, evidence_path): (Decimal, Vec<String>, Option<String>),
) -> actions::Model {
    actions::Model {
        id: ActionId(random.uuid()),
        result_id,
        position,
        action_code: code,
        action_text: words.fill(text.text),
        description: None,
        owner: Some(text.owner.to_owned()),
        due_date: Some(fate.due),
        funnel_stage: text.stage,
        status: fate.status,
        started_at: fate.started,
        completion_date: fate.completion,
        estimated_hours: Some(estimate),
        actual_hours: fate.completion.map(|_| random.quarters(estimate, 70..=130)),
        dependencies: json!(dependencies),
        blocker_description: text.blocker.map(|blocker| words.fill(blocker)),
        verification_criteria: Some(words.fill(text.check)),
        evidence_path,
        created_at: fate.created,
        updated_at: fate.updated_at,
        metadata: json!({}),
    }
}

/// One result of each category, in an order of their own, cut to size.
fn past_drafts(random: &mut Random, library: &[ResultText], offsets: &[usize; 6], week: usize) -> Vec<Draft> {
    let mut order = CATEGORIES.map(Some);
    random.shuffle(&mut order);
    let mut drafts = Vec::new();
    for (category, size) in order.into_iter().flatten().zip(ACTIONS_OF_RESULT) {
        let place = CATEGORIES.iter().position(|name| *name == category).unwrap_or_default();
        let results: Vec<&ResultText> = library.iter().filter(|result| result.category == category).collect();
        let Some(text) = results.get((week + offsets[place]) % results.len().max(1)) else { continue };
        let mut text: ResultText = (*text).clone();
        while text.actions.len() > size {
            // Neither the first step nor the last.
            text.actions.remove(1 + random.index(text.actions.len() - 2));
        }
        drafts.push(Draft { text, words: Words::new(random, week, ALBUMS[week / 2].0) });
    }
    drafts
}

fn slots(drafts: &[Draft]) -> Vec<Slot> {
    let actions = drafts.iter().flat_map(|draft| draft.text.actions.iter().enumerate());
    let slot = |(place, action): (usize, &ActionText)| Slot {
        place,
        stage: action.stage,
        hours: action.hours,
        status: action.status,
        by_people: PEOPLE.iter().any(|name| action.owner.contains(name)),
    };
    actions.map(slot).collect()
}

/// What a week is to bring, from and to, in US dollars: growing, and $125K–175K in the current week.
fn revenue_target(random: &mut Random, week: usize) -> (Decimal, Decimal) {
    if week == PAST_WEEKS {
        return (Decimal::from(125_000), Decimal::from(175_000));
    }
    let low = 80 + 5 * (week as i64 * 7 / 10) + 5 * random.between(0..=2);
    let high = low + 5 * random.between(6..=10);
    (Decimal::from(1000 * low), Decimal::from(1000 * high))
}

/// A share of a whole as a percentage, rounded as PostgreSQL rounds; `None` when there is no whole.
pub(super) fn rate(part: usize, whole: usize) -> Option<Decimal> {
    let percent = Decimal::from(100 * part).checked_div(Decimal::from(whole))?;
    Some(percent.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// Brings a result in line with its actions, by the rules of `roll_up` (migration 28).
fn settle(row: &mut results::Model, actions: &[Action]) {
    let count = |status| actions.iter().filter(|action| action.row.status == status).count();
    let (completed, blocked) = (count(ActionStatus::Completed), count(ActionStatus::Blocked));
    row.status = if completed == actions.len() {
        ResultStatus::Completed
    } else if blocked > 0 && blocked == actions.len() - completed {
        ResultStatus::Blocked
    } else if count(ActionStatus::Pending) < actions.len() {
        ResultStatus::InProgress
    } else {
        ResultStatus::NotStarted
    };
    if row.status == ResultStatus::Completed {
        row.completion_date = actions.iter().filter_map(|action| action.row.completion_date).max();
    }
    row.updated_at = actions.iter().map(|action| action.row.updated_at).max().unwrap_or(row.created_at);
}

/// Where the evidence of a completed action lies: agents leave it in the lake, people among the documents.
pub(super) fn evidence_path(owner: &str, code: &str, at: DateTime<Utc>) -> String {
    if AGENTS.contains(&owner) {
        format!("gs://livhana-rpm-datalake/agent-outputs/{}/{}/{code}.md", owner.to_lowercase(), at.format("%Y/%m"))
    } else {
        format!("/docs/evidence/{}/{code}.md", at.format("%Y/%m"))
    }
}

/// A whole number of hours before an instant, as far as a limit.
pub(super) fn hours_before(instant: DateTime<Utc>, hours: i64, limit: DateTime<Utc>) -> DateTime<Utc> {
    (instant - TimeDelta::hours(hours)).max(limit)
}
