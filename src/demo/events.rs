//! The last seven days as the log tells them, in the words of the store (`store::transitions`, `store::deliverables`,
//! `store::agents`).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::agents::Agent;
use super::calendar::Calendar;
use super::outputs::Deliverable;
use super::plan::{Action, Plan};
use crate::entities::enums::{ActionStatus, AgentState, EventType};
use crate::ids::WeekId;
use crate::store::NewEvent;

/// How far back the log reaches.
const DAYS: i64 = 7;

/// What happened, in the order in which it did.
pub(super) fn events(calendar: &Calendar, plan: &Plan, made: &[Deliverable], agents: &[Agent]) -> Vec<NewEvent> {
    let mut events: Vec<NewEvent> = plan.actions.iter().flat_map(|action| of_action(plan, action)).collect();
    events.extend(made.iter().flat_map(|item| of_deliverable(plan, item)));
    events.extend(agents.iter().flat_map(of_agent));
    let since = calendar.now - TimeDelta::days(DAYS);
    events.retain(|event| event.occurred_at.is_some_and(|at| at >= since && at <= calendar.now));
    events.sort_by_key(|event| event.occurred_at);
    events
}

fn week_of(plan: &Plan, action: &Action) -> Option<WeekId> {
    plan.weeks.get(action.week).map(|week| week.id)
}

fn ids(action: &Action) -> Vec<Uuid> {
    action.owners.iter().map(|id| id.0).collect()
}

fn of_action(plan: &Plan, action: &Action) -> Vec<NewEvent> {
    let event = |event_type, at: Option<DateTime<Utc>>, change: &str, status: ActionStatus, before: ActionStatus| NewEvent {
        week_id: week_of(plan, action),
        result_id: Some(action.row.result_id),
        action_id: Some(action.row.id),
        owner_ids: ids(action),
        occurred_at: at,
        payload: json!({
            "change": change,
            "code": action.row.action_code,
            "status": status.as_str(),
            "previousStatus": before.as_str(),
        }),
        ..NewEvent::new(event_type)
    };
    use ActionStatus::{Blocked, Completed, InProgress, Pending};
    // What never happened has no time, and falls out with what is too old.
    vec![
        event(EventType::ActionUpdated, action.row.started_at, "STARTED", InProgress, Pending),
        event(EventType::ActionBlocked, action.blocked_at, "BLOCKED", Blocked, InProgress),
        event(EventType::ActionCompleted, action.row.completion_date, "COMPLETED", Completed, InProgress),
    ]
}

fn of_deliverable(plan: &Plan, item: &Deliverable) -> Vec<NewEvent> {
    let action = &plan.actions[item.action];
    let event = |event_type, at, payload| NewEvent {
        week_id: week_of(plan, action),
        result_id: Some(action.row.result_id),
        action_id: Some(action.row.id),
        deliverable_id: Some(item.row.id),
        owner_ids: ids(action),
        occurred_at: at,
        payload,
        ..NewEvent::new(event_type)
    };
    let row = &item.row;
    let published = json!({ "title": row.title, "type": row.deliverable_type.as_str() });
    let mut events = vec![event(EventType::DeliverablePublished, row.published_at, published)];
    if let Some(actual) = row.revenue_actual {
        let earned = json!({ "title": row.title, "revenueActual": actual, "previousRevenueActual": Json::Null });
        events.push(event(EventType::RevenueUpdate, Some(row.updated_at), earned));
    }
    events
}

/// Into an error and out of it, and the last change before now; the log of every rest would tell nobody anything.
fn of_agent(agent: &Agent) -> Vec<NewEvent> {
    let changes: Vec<_> = agent.beats.windows(2).filter(|pair| pair[0].status != pair[1].status).collect();
    let last = changes.len().saturating_sub(1);
    let told = changes
        .into_iter()
        .enumerate()
        .filter(|(index, pair)| *index == last || pair[0].status == AgentState::Error || pair[1].status == AgentState::Error);
    told.map(|(_, pair)| NewEvent {
        agent_id: Some(agent.row.id),
        action_id: pair[1].action,
        owner_ids: vec![agent.owner.0],
        occurred_at: Some(pair[1].at),
        payload: json!({
            "agent": agent.row.agent_name,
            "status": pair[1].status.as_str(),
            "previousStatus": pair[0].status.as_str(),
            "healthScore": pair[1].health,
            "previousHealthScore": pair[0].health,
        }),
        ..NewEvent::new(EventType::AgentStatusChange)
    })
    .collect()
}
