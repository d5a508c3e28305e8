//! Rows written as JSON. Columns are by place: see the statements.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio_postgres::Row;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WeekAnswer<'a> {
    week: Week<'a>,
    agents: Vec<Agent<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Week<'a> {
    code: &'a str,
    title: &'a str,
    start_date: &'a str,
    end_date: &'a str,
    status: &'a str,
    completion_rate: Option<&'a str>,
    results: Vec<WeekResult<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WeekResult<'a> {
    code: &'a str,
    text: &'a str,
    purpose: &'a str,
    status: &'a str,
    actions: Vec<WeekAction<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WeekAction<'a> {
    code: &'a str,
    text: &'a str,
    status: &'a str,
    funnel_stage: &'a str,
    owner_text: Option<&'a str>,
    due_date: Option<DateTime<Utc>>,
    completion_date: Option<DateTime<Utc>>,
    estimated_hours: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Agent<'a> {
    name: &'a str,
    status: &'a str,
    health_score: i32,
    current_action: Option<CurrentAction<'a>>,
}

#[derive(Serialize)]
struct CurrentAction<'a> {
    code: &'a str,
    text: &'a str,
    status: &'a str,
}

/// The answer of Q1.
pub(super) fn week(actions: &[Row], agents: &[Row]) -> Bytes {
    let mut results: Vec<WeekResult<'_>> = Vec::new();
    for row in actions {
        let code = row.get(6);
        if results.last().is_none_or(|result| result.code != code) {
            results.push(WeekResult { code, text: row.get(7), purpose: row.get(8), status: row.get(9), actions: Vec::new() });
        }
        let Some(code) = row.get::<_, Option<&str>>(10) else { continue };
        results.last_mut().unwrap().actions.push(WeekAction {
            code,
            text: row.get(11),
            status: row.get(12),
            funnel_stage: row.get(13),
            owner_text: row.get(14),
            due_date: row.get(15),
            completion_date: row.get(16),
            estimated_hours: row.get(17),
        });
    }
    let row = &actions[0];
    let week = Week {
        code: row.get(0),
        title: row.get(1),
        start_date: row.get(2),
        end_date: row.get(3),
        status: row.get(4),
        completion_rate: row.get(5),
        results,
    };
    let agent = |row| Agent {
        name: Row::get(row, 0),
        status: row.get(1),
        health_score: row.get(2),
        current_action: row.get::<_, Option<&str>>(3).map(|code| CurrentAction { code, text: row.get(4), status: row.get(5) }),
    };
    bytes(&WeekAnswer { week, agents: agents.iter().map(agent).collect() })
}

#[derive(Serialize)]
struct ActionsAnswer<'a> {
    actions: Vec<ListedAction<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedAction<'a> {
    code: &'a str,
    text: &'a str,
    status: &'a str,
    due_date: Option<DateTime<Utc>>,
    estimated_hours: Option<&'a str>,
    result: ResultOfAction<'a>,
}

#[derive(Serialize)]
struct ResultOfAction<'a> {
    code: &'a str,
    week: WeekOfAction<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WeekOfAction<'a> {
    code: &'a str,
    start_date: &'a str,
}

/// The answer of Q2.
pub(super) fn actions(rows: &[Row]) -> Bytes {
    let action = |row| ListedAction {
        code: Row::get(row, 0),
        text: row.get(1),
        status: row.get(2),
        due_date: row.get(3),
        estimated_hours: row.get(4),
        result: ResultOfAction { code: row.get(5), week: WeekOfAction { code: row.get(6), start_date: row.get(7) } },
    };
    bytes(&ActionsAnswer { actions: rows.iter().map(action).collect() })
}

#[derive(Serialize)]
struct ActionAnswer<'a> {
    action: Action<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Action<'a> {
    code: &'a str,
    text: &'a str,
    description: Option<&'a str>,
    status: &'a str,
    funnel_stage: &'a str,
    owner_text: Option<&'a str>,
    due_date: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    completion_date: Option<DateTime<Utc>>,
    estimated_hours: Option<&'a str>,
    actual_hours: Option<&'a str>,
    blocker_description: Option<&'a str>,
}

/// The answer of Q3.
pub(super) fn action(row: &Row) -> Bytes {
    bytes(&ActionAnswer {
        action: Action {
            code: row.get(0),
            text: row.get(1),
            description: row.get(2),
            status: row.get(3),
            funnel_stage: row.get(4),
            owner_text: row.get(5),
            due_date: row.get(6),
            started_at: row.get(7),
            completion_date: row.get(8),
            estimated_hours: row.get(9),
            actual_hours: row.get(10),
            blocker_description: row.get(11),
        },
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Completed<'a> {
    code: &'a str,
    status: &'a str,
    actual_hours: &'a str,
}

/// The answer of M1.
pub(super) fn completed(row: &Row) -> Bytes {
    let action = Completed { code: row.get(0), status: row.get(1), actual_hours: row.get(2) };
    bytes(&serde_json::json!({ "completeAction": { "action": action } }))
}

fn bytes(answer: &impl Serialize) -> Bytes {
    serde_json::to_vec(answer).unwrap().into()
}
