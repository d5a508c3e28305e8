//! The questions of the cockpit, and of what each request asks.

use clap::ValueEnum;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// A week with its results, their actions, and the agents with what they work on.
    Q1,
    /// The first 50 actions by status and owner, by due date.
    Q2,
    /// One action.
    Q3,
    /// An action is completed.
    M1,
}

impl Workload {
    pub(crate) fn name(self) -> &'static str {
        ["Q1", "Q2", "Q3", "M1"][self as usize]
    }

    /// The operation of this name in a text of operations with an empty line between them.
    pub(crate) fn operation(self, documents: &str) -> String {
        let named = |operation: &&str| operation.split(['(', ' ', '{']).nth(1) == Some(self.name());
        documents.split("\n\n").find(named).unwrap_or_else(|| panic!("no operation {}", self.name())).trim().to_owned()
    }
}

/// Of what a request asks.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    /// The id of a week.
    Week(String),
    /// A status as the database has it, and an owner's name.
    Status(&'static str, &'static str),
    /// The code of an action.
    Action(String),
}

/// What there is to ask for.
pub(crate) struct Keys {
    pub weeks: Vec<String>,
    pub actions: Vec<String>,
}

const STATUS: [&str; 4] = ["pending", "in_progress", "blocked", "completed"];
const OWNERS: [&str; 10] =
    ["Jesse", "Andrew", "Christopher", "Charlie", "Liv Hana", "Planning", "Research", "Artifacts", "ExecMon", "QA"];

/// Actions that one measurement completes, each once.
const COMPLETED: usize = 1_000;

impl Keys {
    /// Each of them once.
    pub(crate) fn of(&self, workload: Workload) -> Vec<Key> {
        match workload {
            Workload::Q1 => self.weeks.iter().cloned().map(Key::Week).collect(),
            Workload::Q2 => OWNERS.iter().flat_map(|owner| STATUS.map(|status| Key::Status(status, owner))).collect(),
            Workload::Q3 => self.actions.iter().cloned().map(Key::Action).collect(),
            Workload::M1 => self.actions.iter().take(COMPLETED).cloned().map(Key::Action).collect(),
        }
    }
}
