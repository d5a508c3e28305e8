//! The actions of a plan as they are put under its results: each with a code of its own, none twice.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::entities::enums::ActionStatus;
use crate::ingest::document::{ActionDocument, PlanDocument, ResultDocument};

use super::metadata::put;
use super::stable::{Codes, normal, stem};
use super::tasks::Task;

/// How many actions of the same words are compared before another one is its own.
const COMPARED: usize = 8;

/// The most lists in lists that are looked through.
const MOST_ABOVE: usize = 32;

/// Results, and the actions that were put under them so far.
pub(super) struct Shelf {
    pub(super) results: Vec<ResultDocument>,
    /// Codes of actions.
    codes: Codes,
    /// What made codes begin with, and the day in them.
    stem: String,
    week_start: NaiveDate,
    /// Where the action of each code stands: result, action.
    coded: HashMap<String, (usize, usize)>,
    /// The actions of the same words.
    same: HashMap<String, Vec<Same>>,
    /// The codes behind the ids of table rows and the words of actions.
    ids: HashMap<String, String>,
    /// Codes of the actions whose blocker stands in a remark, where it may be another action.
    blocked: HashSet<String>,
}

impl Shelf {
    /// The results of a plan, without actions.
    pub(super) fn new(plan: &PlanDocument, results: Vec<ResultDocument>) -> Self {
        Self {
            results,
            codes: Codes::default(),
            stem: stem(plan.project.as_deref(), plan.code.as_deref()),
            week_start: plan.week_start,
            coded: HashMap::new(),
            same: HashMap::new(),
            ids: HashMap::new(),
            blocked: HashSet::new(),
        }
    }

    /// The line of the action that has a code already.
    pub(super) fn line_of(&self, code: &str) -> Option<usize> {
        let (result, at) = self.coded.get(code)?;
        Some(self.results[*result].actions[*at].line)
    }

    /// Adds an action, or what it says to the one that says the same in another list. Returns its code.
    pub(super) fn place(&mut self, place: usize, task: Task) -> String {
        let blocked = task.is_blocked;
        let code = self.place_or_merge(place, task);
        if blocked {
            self.blocked.insert(code.clone());
        }
        code
    }

    fn place_or_merge(&mut self, place: usize, task: Task) -> String {
        let weak = Weak { owner: task.owner_is_inherited, due: task.due_is_inherited, list: task.list };
        let mut action = task.action;
        let words = normal(&action.text);
        let written = !action.code.is_empty();
        if written && self.codes.is_taken(&action.code) {
            let code = action.code.clone();
            // A list that ticks off an action by its code says how far it is.
            if let Some((result, at)) = self.coded.get(&action.code) {
                merge(&mut self.results[*result].actions[*at], action);
            }
            return code;
        }
        if let Some(at) = self.twin(&words, &action, weak).filter(|_| !written) {
            let Some(twin) = self.same.get_mut(&words).and_then(|same| same.get_mut(at)) else { return action.code };
            twin.mentioned = weak.list;
            let known = &mut self.results[twin.result].actions[twin.action];
            // What one says itself counts before what the other takes over.
            if twin.weak.owner && !weak.owner {
                known.owner = action.owner.take();
            } else if weak.owner && known.owner.is_some() {
                action.owner = None;
            }
            if twin.weak.due && !weak.due {
                known.due = action.due.take();
            }
            merge(known, action);
            return known.code.clone();
        }
        if !written {
            action.code = self.codes.action(&self.stem, self.week_start, &words);
        }
        let code = action.code.clone();
        self.add(place, action, weak);
        code
    }

    /// The action that one more mention of the same words means: none of the same list, and of several in one list the first that
    /// is left.
    fn twin(&self, words: &str, action: &ActionDocument, weak: Weak) -> Option<usize> {
        let same = self.same.get(words)?;
        let meant = |at: &usize| {
            let twin = same[*at];
            let known = self.results.get(twin.result).and_then(|result| result.actions.get(twin.action));
            let here = weak.list.is_some() && (twin.weak.list == weak.list || twin.mentioned == weak.list);
            !here && known.is_some_and(|known| agree((known, twin.weak), (action, weak)))
        };
        let compared = same.len().saturating_sub(COMPARED)..same.len();
        let last = compared.clone().rev().find(meant)?;
        compared.filter(meant).find(|at| same[*at].weak.list == same[last].weak.list)
    }

    /// Notes that an action stands in the list of another one.
    pub(super) fn put_below(&mut self, code: &str, parent: &str) {
        let above = |code: &str| {
            let (result, at) = self.coded.get(code)?;
            self.results[*result].actions[*at].metadata.get("parent")?.as_str().map(str::to_owned)
        };
        let mut next = Some(parent.to_owned());
        for _ in 0..MOST_ABOVE {
            match next {
                Some(ancestor) if ancestor == code => return,
                Some(ancestor) => next = above(&ancestor),
                None => break,
            }
        }
        if let Some((result, at)) = self.coded.get(code) {
            let metadata = &mut self.results[*result].actions[*at].metadata;
            metadata.entry("parent").or_insert_with(|| parent.into());
        }
    }

    /// Adds an action under its code.
    pub(super) fn add(&mut self, place: usize, action: ActionDocument, weak: Weak) {
        self.codes.take(&action.code);
        self.coded.insert(action.code.clone(), (place, self.results[place].actions.len()));
        let words = normal(&action.text);
        self.ids.entry(words.clone()).or_insert_with(|| action.code.clone());
        if let Some(id) = action.metadata.get("id").and_then(serde_json::Value::as_str) {
            self.ids.entry(normal(id)).or_insert_with(|| action.code.clone());
        }
        let action_at = self.results[place].actions.len();
        self.same.entry(words).or_default().push(Same { result: place, action: action_at, weak, mentioned: None });
        self.results[place].actions.push(action);
    }

    /// Finds the actions that others wait for by their ids and words.
    pub(super) fn dependencies(&mut self) {
        for action in self.results.iter_mut().flat_map(|result| &mut result.actions) {
            // `blocked by Order the labels`, which a key line never means.
            let words = action.blocker.as_deref().filter(|_| self.blocked.contains(&action.code));
            if let Some(code) = words.and_then(|words| self.ids.get(&normal(words)))
                && *code != action.code
                && !action.dependencies.contains(code)
            {
                action.dependencies.push(code.clone());
            }
            let Some(notes) = action.metadata.get("dependency_notes").and_then(serde_json::Value::as_str) else { continue };
            let pieces = notes.split([',', ';', '+', '&', '\n']).map(str::trim).filter(|piece| !piece.is_empty());
            let (mut codes, mut all) = (Vec::new(), true);
            for piece in pieces {
                match self.ids.get(&normal(piece)) {
                    Some(code) => codes.push(code),
                    None => all &= action.dependencies.iter().any(|code| code == piece),
                }
            }
            for code in codes {
                if *code != action.code && !action.dependencies.contains(code) {
                    action.dependencies.push(code.clone());
                }
            }
            if all {
                action.metadata.remove("dependency_notes");
            }
        }
    }
}

/// What of an action is only taken over from around it, and where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weak {
    owner: bool,
    due: bool,
    /// The number of the list that it stands in.
    list: Option<usize>,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug)]
struct Same {
    result: usize,
    action: usize,
    weak: Weak,
    /// The last other list that it was found in.
    mentioned: Option<usize>,
}

/// Whether two actions of the same words can be one: what one says itself of owner and day, the other leaves open or says too.
fn agree((one, weak): (&ActionDocument, Weak), (other, other_weak): (&ActionDocument, Weak)) -> bool {
    let owners = weak.owner || other_weak.owner || one.owner.is_none() || other.owner.is_none() || one.owner == other.owner;
    let days = weak.due || other_weak.due || one.due.is_none() || other.due.is_none() || one.due == other.due;
    owners && days
}

/// Adds what a second mention says: what is further counts, and what was open is filled in.
fn merge(known: &mut ActionDocument, other: ActionDocument) {
    let rank = |status: Option<ActionStatus>| match status {
        None => 0,
        Some(ActionStatus::Pending) => 1,
        Some(ActionStatus::Blocked) => 2,
        Some(ActionStatus::InProgress) => 3,
        Some(ActionStatus::Cancelled) => 4,
        Some(ActionStatus::Completed) => 5,
    };
    if rank(other.status) > rank(known.status) {
        known.status = other.status;
    }
    let metadata = &mut known.metadata;
    let mut fill = |slot: &mut Option<String>, more: Option<String>, key: &str| match (&slot, more) {
        (None, more) => *slot = more,
        (Some(before), Some(more)) if *before != more => put(metadata, key, more.into()),
        _ => {}
    };
    fill(&mut known.description, other.description, "notes");
    fill(&mut known.owner, other.owner, "owner_notes");
    fill(&mut known.blocker, other.blocker, "notes");
    fill(&mut known.verification, other.verification, "notes");
    fill(&mut known.evidence, other.evidence, "notes");
    if normal(&known.text) != normal(&other.text) {
        put(metadata, "notes", other.text.into());
    }
    known.due = known.due.or(other.due);
    known.completed_at = known.completed_at.or(other.completed_at);
    known.estimated_hours = known.estimated_hours.or(other.estimated_hours);
    known.actual_hours = known.actual_hours.or(other.actual_hours);
    for code in other.dependencies {
        if code != known.code && !known.dependencies.contains(&code) {
            known.dependencies.push(code);
        }
    }
    for (key, value) in other.metadata {
        // Of two headings that it stands below, the first is its group.
        if !matches!(key.as_str(), "group" | "parent") || !known.metadata.contains_key(&key) {
            put(&mut known.metadata, &key, value);
        }
    }
}
