//! What clients were told against what the database holds.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::load::Told;

/// What is done to an action, or beside it, once it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// With these hours.
    Complete(String),
    /// For this reason.
    Block(String),
    /// A heartbeat of the client's own agent with this error.
    Beat(String),
}

/// An action that a client asked for, and how far it got.
#[derive(Clone, Debug)]
pub struct Entry {
    pub code: String,
    pub then: Then,
    /// That it is there was acknowledged.
    pub is_created: bool,
    /// So was what came then.
    pub is_done: bool,
}

/// The same in the database.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub code: String,
    pub status: String,
    pub hours: Option<String>,
    pub blocker: Option<String>,
    pub created: i64,
    pub completed: i64,
    pub blocked: i64,
    pub others: i64,
    pub traces: i64,
}

/// As [`HELD`] gives it.
type Row = (String, String, Option<String>, Option<String>, i64, i64, i64, i64, i64);

impl From<Row> for Held {
    fn from((code, status, hours, blocker, created, completed, blocked, others, traces): Row) -> Self {
        Self { code, status, hours, blocker, created, completed, blocked, others, traces }
    }
}

const HELD: &str = "SELECT action_code::text AS code, status::text, actual_hours::text AS hours, blocker_description AS blocker,
    (SELECT count(*) FROM events WHERE action_id = action.id AND payload->>'change' = 'CREATED') AS created,
    (SELECT count(*) FROM events WHERE action_id = action.id AND event_type = 'ACTION_COMPLETED') AS completed,
    (SELECT count(*) FROM events WHERE action_id = action.id AND event_type = 'ACTION_BLOCKED') AS blocked,
    (SELECT count(*) FROM events WHERE action_id = action.id AND event_type NOT IN ('ACTION_COMPLETED', 'ACTION_BLOCKED')
        AND payload->>'change' <> 'CREATED') AS others,
    (SELECT count(*) FROM audit_log WHERE action_id = action.id) AS traces
    FROM rpm_action_items AS action WHERE action_code LIKE $1 || '-%'";

/// Errors that heartbeats told, and how often each is there.
const BEATS: &str = "SELECT error AS error, count(*) FROM agent_heartbeats WHERE error LIKE $1 || '-%' GROUP BY error";

/// Everything in which the two differ, one sentence each. `name` is what all codes begin with.
pub async fn differences(connection: &mut PgConnection, name: &str, told: &Told) -> Vec<String> {
    let held: Vec<Row> = sqlx::query_as(HELD).bind(name).fetch_all(&mut *connection).await.unwrap();
    let held = held.into_iter().map(Held::from).collect();
    let beats: Vec<(String, i64)> = sqlx::query_as(BEATS).bind(name).fetch_all(connection).await.unwrap();
    let mut wrong = told.wrong.clone();
    wrong.extend(compare(&told.entries, held, &beats.into_iter().collect()));
    wrong
}

fn compare(entries: &[Entry], held: Vec<Held>, beats: &BTreeMap<String, i64>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut held: BTreeMap<String, Held> = held.into_iter().map(|held| (held.code.clone(), held)).collect();
    for entry in entries {
        let mut say = |what: &str| wrong.push(format!("{}: {what}; {entry:?}", entry.code));
        let Some(held) = held.remove(&entry.code) else {
            if entry.is_created {
                say("acknowledged and not there");
            }
            continue;
        };
        if held.created != 1 {
            say(&format!("created {} times in the log", held.created));
        }
        if held.others != 0 {
            say("other events than were asked for");
        }
        if held.traces != held.created + held.completed + held.blocked {
            say(&format!("{} lines in the audit log", held.traces));
        }
        let (status, effects, detail) = match &entry.then {
            Then::Complete(hours) => ("completed", held.completed, held.hours.as_ref() == Some(hours)),
            Then::Block(reason) => ("blocked", held.blocked, held.blocker.as_ref() == Some(reason)),
            Then::Beat(error) => ("pending", beats.get(error).copied().unwrap_or_default(), true),
        };
        let is_done = effects == 1 && held.status == status && detail;
        if entry.is_done && !is_done {
            say(&format!("acknowledged, and then {held:?}, {effects} effects"));
        }
        if effects > 1 {
            say(&format!("{effects} effects of one change"));
        }
        // Done or not, but not by halves.
        if !entry.is_done && !is_done && (effects != 0 || held.status != "pending") {
            say(&format!("by halves: {held:?}, {effects} effects"));
        }
    }
    wrong.extend(held.into_keys().map(|code| format!("{code}: nobody has asked for it")));
    wrong
}

/// The comparison finds what it is there to find.
#[test]
fn every_kind_of_difference_is_found() {
    let entry = |then: Then, is_created, is_done| Entry { code: "T-1".to_owned(), then, is_created, is_done };
    let completed = Held {
        code: "T-1".to_owned(),
        status: "completed".to_owned(),
        hours: Some("1.25".to_owned()),
        created: 1,
        completed: 1,
        traces: 2,
        ..Held::default()
    };
    let pending = Held { status: "pending".to_owned(), hours: None, completed: 0, traces: 1, ..completed.clone() };
    let complete = || Then::Complete("1.25".to_owned());
    let found = |entry: Entry, held: Option<Held>| compare(&[entry], held.into_iter().collect(), &BTreeMap::new()).join("; ");
    assert_eq!(found(entry(complete(), true, true), Some(completed.clone())), "");
    assert_eq!(found(entry(complete(), true, false), Some(completed.clone())), "", "done though nobody said so");
    assert_eq!(found(entry(complete(), true, false), Some(pending.clone())), "");
    assert_eq!(found(entry(complete(), false, false), None), "");
    assert!(found(entry(complete(), true, false), None).contains("acknowledged and not there"));
    assert!(found(entry(complete(), true, true), Some(pending.clone())).contains("acknowledged, and then"));
    assert!(
        found(entry(complete(), true, true), Some(Held { completed: 2, traces: 3, ..completed.clone() })).contains("2 effects")
    );
    assert!(
        found(entry(complete(), true, true), Some(Held { created: 2, traces: 3, ..completed.clone() }))
            .contains("created 2 times")
    );
    assert!(
        found(entry(complete(), true, true), Some(Held { traces: 1, ..completed.clone() })).contains("1 lines in the audit log")
    );
    assert!(
        found(entry(complete(), true, true), Some(Held { hours: None, ..completed.clone() })).contains("acknowledged, and then")
    );
    assert!(
        found(entry(complete(), true, false), Some(Held { completed: 0, traces: 1, ..completed.clone() })).contains("by halves")
    );
    assert!(compare(&[], vec![completed], &BTreeMap::new()).join("; ").contains("nobody has asked for it"));
    let beat = |times: i64| {
        let beats = BTreeMap::from([("T-1 went wrong".to_owned(), times)]);
        compare(&[entry(Then::Beat("T-1 went wrong".to_owned()), true, true)], vec![pending.clone()], &beats).join("; ")
    };
    assert_eq!(beat(1), "");
    assert!(beat(0).contains("acknowledged, and then") && beat(2).contains("2 effects"));
}
