//! Tables of things to do: which they are, and which column says what.

use super::sections::words;
use super::values::snake;

/// The columns of a table of things to do: for each, the key of an action that it holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns(pub(super) Vec<String>);

/// The key of the column that names the thing to do.
pub(super) const TASK: &str = "task";

/// Words of a head by which a table tells of something else: songs, figures, risks.
const OTHER: [&str; 18] = [
    "album",
    "artist",
    "bpm",
    "episode",
    "genre",
    "kpi",
    "likelihood",
    "lyrics",
    "metric",
    "metrics",
    "price",
    "probability",
    "risk",
    "severity",
    "sku",
    "song",
    "track",
    "url",
];

/// Heads that name the thing to do, the surest first.
const TASKS: [&[&str]; 4] = [
    &["task", "tasks", "action", "actions", "todo", "todos", "activity", "step", "steps"],
    &["title", "item", "items", "work", "what"],
    &[
        "deliverable",
        "deliverables",
        "milestone",
        "milestones",
        "initiative",
        "objective",
        "summary",
        "goal",
        "feature",
        "result",
        "name",
    ],
    &["description", "details"],
];

/// Heads of the other columns, and the key that each is.
const KEYS: [(&str, &[&str]); 12] = [
    ("owner", &["owner", "owners", "who", "assignee", "assigned", "responsible", "agent", "agents", "lead", "dri", "person"]),
    ("status", &["status", "state", "progress", "done"]),
    ("depends_on", &["depends", "blocked", "dependency", "dependencies", "prerequisite", "prerequisites", "requires", "waiting"]),
    ("due", &["due", "deadline", "when", "date", "timeline", "eta", "by", "finish", "day", "time", "timeframe", "schedule"]),
    ("priority", &["priority", "prio", "urgency", "rank"]),
    ("blocker", &["blocker", "blockers", "issue", "issues"]),
    ("actual_hours", &["actual", "spent"]),
    ("estimated_hours", &["estimate", "estimated", "est", "hours", "effort", "duration"]),
    ("id", &["id", "no", "nr", "code", "ref", "key", "ticket"]),
    ("verification", &["verification", "criteria", "verify"]),
    ("evidence", &["evidence", "proof", "link"]),
    ("description", &["description", "details"]),
];

/// The columns below a head, where the table is one of things to do: it names them, and tells of each an owner, a status, a
/// due date, a priority, an estimate or what it waits for.
pub(super) fn columns(head: &[String]) -> Option<Columns> {
    let heads: Vec<Vec<String>> = head.iter().map(|cell| words(&spaced(cell))).collect();
    if heads.iter().flatten().any(|word| OTHER.contains(&word.as_str())) {
        return None;
    }
    let task = TASKS.iter().find_map(|names| heads.iter().position(|words| is_one_of(words, names)))?;
    let mut keys: Vec<String> = Vec::with_capacity(head.len());
    for (at, words) in heads.iter().enumerate() {
        let known = || KEYS.iter().find(|(_, names)| is_one_of(words, names)).map(|(key, _)| (*key).to_owned());
        // A key that means nothing here stays as it is written, whatever single words of it mean.
        let own = || snake(&spaced(&head[at]));
        let key = if at == task { TASK.to_owned() } else { known().unwrap_or_else(own) };
        // Of two columns with one meaning (`Owner`, `Lead`) the second keeps its own name.
        keys.push(if keys.contains(&key) { own() } else { key });
    }
    let telling = ["owner", "status", "due", "priority", "depends_on", "estimated_hours", "blocker"];
    // A column without a head, or with a box for one, is for ticks.
    let ticks = keys.iter().any(String::is_empty) && is_one_of(&heads[task], TASKS[0]);
    (ticks || keys.iter().any(|key| telling.contains(&key.as_str()))).then_some(Columns(keys))
}

/// Whether a head of few words is one of these, or begins or ends with it.
fn is_one_of(words: &[String], names: &[&str]) -> bool {
    let named = |word: Option<&String>| word.is_some_and(|word| names.contains(&word.as_str()));
    words.len() <= 3 && (named(words.first()) || named(words.last()))
}

/// A head with its words apart: `DependsOn` → `Depends On`; `#` is a number.
fn spaced(head: &str) -> String {
    if head.trim() == "#" {
        return "no".to_owned();
    }
    let mut text = String::with_capacity(head.len() + 4);
    let mut small = false;
    for c in head.chars() {
        if c.is_uppercase() && small {
            text.push(' ');
        }
        small = c.is_lowercase();
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_tables() {
        let cases = [
            ("Priority|Owners|Tasks|Timeline", Some("priority owner task due")),
            ("ID|Title|Owners|Status|Due|Priority|DependsOn|Tide", Some("id task owner status due priority depends_on tide")),
            ("#|Action Item|Assigned To|Blocked by|Due Date|Est. Hours", Some("id task owner depends_on due estimated_hours")),
            ("Status|Who|What", Some("status owner task")),
            ("Task|Description|Owner", Some("task description owner")),
            ("Milestone|Date|Lead|Owner", Some("task due owner owner")),
            ("Nr.|Aufgabe|Verantwortlich|Fällig|Status|Priorität", Some("id task owner due status priority")),
            ("Was|Wer|Bis wann|Ort", Some("task owner due ort")),
            ("Tarea|Responsable|Fecha límite|Estado|Prioridad", Some("task owner due status priority")),
            ("Metric|Target|Actual|Status", None),
            ("Day|Episode Title|City|BPM|Key", None),
            ("Song|Title|Status", None),
            ("Silo|Domains|Redirect Target|Priority", None),
            ("Path|What", None),
            ("Risk|Owner|Action|Status", None),
            ("", None),
        ];
        for (head, expected) in cases {
            let cells: Vec<String> = head.split('|').map(str::to_owned).collect();
            assert_eq!(columns(&cells).map(|columns| columns.0.join(" ")).as_deref(), expected, "{head}");
        }
    }
}
