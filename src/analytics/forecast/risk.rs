//! Results that are not likely to be reached in time, and why.

use std::collections::HashMap;

use super::draws::{has_begun, is_open};
use super::outlook::{ActionForecast, Flag, Moment, PlanForecast};
use crate::ids::{ActionId, ResultId};
use crate::store::PlannedAction;

/// Codes that a sentence names.
const NAMED: usize = 5;

/// Why a result is at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Open actions of it are blocked.
    Blocked,
    /// Open actions of it wait for something that is blocked.
    WaitsForBlocked,
    /// Open actions of it are past their due date.
    Overdue,
    /// Open actions of it are likely to be left behind.
    LikelyLeftBehind,
    /// It is expected behind the end of its week.
    ForecastAfterEnd,
    /// None of its actions has begun, and half of the week has passed.
    NotStartedLate,
}

/// A reason with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which.
    pub risk: Risk,
    /// In words.
    pub text: String,
    /// The open actions that it is about, by code.
    pub actions: Vec<ActionId>,
}

/// A result that is at risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtRisk {
    /// Which.
    pub result: ResultId,
    /// Why: at least one reason, each once.
    pub reasons: Vec<Reason>,
}

/// The results of a week that have open actions and a reason to worry, by the code of their first action.
pub(super) fn at_risk(
    rows: &[PlannedAction],
    actions: &HashMap<ActionId, ActionForecast>,
    results: &HashMap<ResultId, PlanForecast>,
    moment: Moment,
) -> Vec<AtRisk> {
    let mut of_result: Vec<(ResultId, Vec<&PlannedAction>)> = Vec::new();
    let mut places: HashMap<ResultId, usize> = HashMap::new();
    let mut own: Vec<&PlannedAction> = rows.iter().filter(|row| row.is_of_week).collect();
    own.sort_by(|a, b| a.code.cmp(&b.code));
    for row in own {
        let place = *places.entry(row.result_id).or_insert(of_result.len());
        if place == of_result.len() {
            of_result.push((row.result_id, Vec::new()));
        }
        of_result[place].1.push(row);
    }
    let reasons = |(result, rows): (ResultId, Vec<&PlannedAction>)| AtRisk {
        result,
        reasons: reasons(&rows, actions, results.get(&result), moment),
    };
    of_result.into_iter().map(reasons).filter(|at_risk| !at_risk.reasons.is_empty()).collect()
}

fn reasons(
    rows: &[&PlannedAction],
    actions: &HashMap<ActionId, ActionForecast>,
    forecast: Option<&PlanForecast>,
    moment: Moment,
) -> Vec<Reason> {
    let open: Vec<&PlannedAction> = rows.iter().copied().filter(|row| is_open(row)).collect();
    let Some(first) = open.first() else { return Vec::new() };
    let flagged = |flag: Flag| -> Vec<&PlannedAction> {
        let has = |row: &&PlannedAction| actions.get(&row.id).is_some_and(|forecast| forecast.flags.contains(&flag));
        open.iter().copied().filter(has).collect()
    };
    let mut reasons = Vec::new();
    for (flag, risk, what) in [
        (Flag::Blocked, Risk::Blocked, "blocked"),
        (Flag::WaitsForBlocked, Risk::WaitsForBlocked, "waiting for blocked actions"),
        (Flag::Overdue, Risk::Overdue, "overdue"),
        (Flag::LikelyLeftBehind, Risk::LikelyLeftBehind, "likely to be left behind"),
    ] {
        let about = flagged(flag);
        if !about.is_empty() {
            let text = format!("{} of {} open actions are {what}: {}", about.len(), open.len(), codes(&about));
            reasons.push(reason(risk, text, &about));
        }
    }
    let last_day = moment.day_of(first.ends_at - chrono::TimeDelta::seconds(1));
    match forecast.map(|forecast| (forecast.interval, forecast.in_time)) {
        Some((Ok(interval), _)) if interval.expected > first.ends_at => {
            let text = format!("expected on {}, the week ends on {last_day}", moment.day_of(interval.expected));
            let about = forecast.and_then(|forecast| forecast.last).into_iter();
            let about: Vec<&PlannedAction> = about.filter_map(|(id, _)| open.iter().copied().find(|row| row.id == id)).collect();
            reasons.push(reason(Risk::ForecastAfterEnd, text, &about));
        }
        _ if moment.as_of >= first.ends_at => {
            let text = format!("{} actions are open, the week ended on {last_day}", open.len());
            reasons.push(reason(Risk::ForecastAfterEnd, text, &open));
        }
        _ => {}
    }
    let middle = first.begins_at + (first.ends_at - first.begins_at) / 2;
    if moment.as_of > middle && !rows.iter().any(|row| has_begun(row)) {
        let text = format!("none of its {} actions has begun, and half of the week has passed", rows.len());
        reasons.push(reason(Risk::NotStartedLate, text, &open));
    }
    reasons
}

fn reason(risk: Risk, text: String, about: &[&PlannedAction]) -> Reason {
    Reason { risk, text, actions: about.iter().map(|row| row.id).collect() }
}

fn codes(rows: &[&PlannedAction]) -> String {
    let named: Vec<&str> = rows.iter().take(NAMED).map(|row| row.code.as_str()).collect();
    let more = rows.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}
