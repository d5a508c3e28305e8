//! The lists of a plan in YAML: results, actions and lanes, as maps or as plain texts.

use crate::ingest::document::{PlanDocument, ResultDocument};

use super::super::results::{self, Inherited};
use super::super::shelf::Shelf;
use super::super::stable::Codes;
use super::super::tasks::Task;
use super::node::{Node, Shape};
use super::{ACTIONS, LANES, NAMES, RESULTS, Reader};

/// Whether a key of the plan states its results: as maps, or, where no other key does so, as texts.
pub(super) fn states_results(root: &Node, key: &str) -> bool {
    let of_maps = |key: &str| root.get(&[key]).is_some_and(|node| node.is_list_of_maps() || node.is_map());
    let texts = || root.get(&[key]).is_some_and(|node| matches!(&node.shape, Shape::List(items) if !items.is_empty()));
    // Priorities in words are what is to be done, as in other documents.
    let described = matches!(key, "objectives" | "goals") && RESULTS.iter().any(|other| of_maps(other));
    RESULTS.contains(&key) && (of_maps(key) || texts() && !described)
}

impl Reader<'_, '_> {
    /// The results with their actions; actions beside the results are those of the plan as a whole.
    pub(super) fn results(&mut self, root: &Node, plan: &PlanDocument) -> Vec<ResultDocument> {
        let mut codes = Codes::default();
        let mut shelf = Shelf::new(plan, Vec::new());
        let mut loose: Vec<&Node> = Vec::new();
        for name in RESULTS.iter().filter(|name| states_results(root, name)) {
            let Some(list) = root.get(&[name]) else { continue };
            if *name == "priorities" && !list.is_list_of_maps() && !list.is_map() {
                loose.push(list);
                continue;
            }
            for (key, node) in entries(list) {
                let result = self.result(key, node, &mut codes);
                shelf.results.push(result);
                let place = shelf.results.len() - 1;
                let own = if matches!(node.shape, Shape::List(_)) { Some(node) } else { None };
                for list in ACTIONS.iter().filter_map(|name| node.get(&[name])).chain(own) {
                    self.actions(list, None, place, &mut shelf);
                }
            }
        }
        loose.extend(ACTIONS.iter().filter_map(|name| root.get(&[name])));
        for list in loose {
            let place = section(&plan.title, list, &mut codes, &mut shelf);
            self.actions(list, None, place, &mut shelf);
        }
        for (name, list) in LANES.iter().filter_map(|name| Some((*name, root.get(&[name])?))) {
            let place = section(if name == "assignments" { "Assignments" } else { "Lanes" }, list, &mut codes, &mut shelf);
            self.lanes(list, place, &mut shelf);
        }
        shelf.dependencies();
        let mut results = shelf.results;
        results::settle(&mut results, &Inherited::of(&plan.metadata));
        results
    }

    /// The actions of a list; under a name of a map, those of the owner of that name, or the action of that code.
    fn actions(&mut self, list: &Node, owner: Option<&str>, place: usize, shelf: &mut Shelf) {
        self.lists += 1;
        let number = self.lists;
        for (key, node) in entries(list) {
            if let (Some(owner), Shape::List(_)) = (key, &node.shape) {
                self.actions(node, Some(owner), place, shelf);
                continue;
            }
            self.coverage.actionable += 1;
            match self.action(key, node) {
                Some(mut task) => {
                    self.coverage.read += 1;
                    if let (None, Some(owner)) = (&task.action.owner, owner) {
                        task.action.owner = Some(owner.to_owned());
                        task.owner_is_inherited = true;
                    }
                    shelf.place(place, Task { list: Some(number), ..task });
                }
                None => self.ledger.add(node.line, "this entry names no thing to do: give it a `text`"),
            }
        }
    }

    /// What each owner does: a map of names, or a list of maps with an owner and their actions. A text may name several things.
    fn lanes(&mut self, lanes: &Node, place: usize, shelf: &mut Shelf) {
        let named: Vec<(Option<&str>, &Node)> = match &lanes.shape {
            Shape::Map(entries) => entries.iter().map(|(key, node)| (Some(key.as_str()), node)).collect(),
            _ => lanes.items().iter().map(|node| (None, node)).collect(),
        };
        for (name, node) in named {
            let stated = node.get(&["owner", "owners", "agent", "assignee", "name"]).and_then(|owner| owner.text(" + "));
            let owner = name.map(str::to_owned).or(stated);
            let lists: Vec<&Node> = ACTIONS.iter().filter_map(|name| node.get(&[name])).collect();
            match &node.shape {
                Shape::Map(_) if !lists.is_empty() => {
                    lists.into_iter().for_each(|list| self.actions(list, owner.as_deref(), place, shelf));
                }
                Shape::Text(text) if owner.is_some() => {
                    let pieces = text.split(';').map(str::trim).filter(|piece| !piece.is_empty());
                    let pieces = pieces.map(|piece| Node { line: node.line, shape: Shape::Text(piece.to_owned()) }).collect();
                    self.actions(&Node { line: node.line, shape: Shape::List(pieces) }, owner.as_deref(), place, shelf);
                }
                _ => self.actions(node, owner.as_deref(), place, shelf),
            }
        }
    }
}

/// A result for actions that stand beside the results.
fn section(title: &str, list: &Node, codes: &mut Codes, shelf: &mut Shelf) -> usize {
    let code = codes.section(title);
    shelf.results.push(results::empty(&code, title, list.line));
    shelf.results.len() - 1
}

/// The entries of a list, or those of a map of lists and maps with their keys; any other map is one entry.
fn entries(node: &Node) -> Vec<(Option<&str>, &Node)> {
    let named = |key: &str| NAMES.contains(&key) || ACTIONS.contains(&key);
    match &node.shape {
        Shape::Map(entries)
            if !entries.is_empty()
                && node.entries().all(|(key, value)| !named(&key) && matches!(value.shape, Shape::Map(_) | Shape::List(_))) =>
        {
            entries.iter().map(|(key, node)| (Some(key.as_str()), node)).collect()
        }
        _ => node.items().iter().map(|node| (None, node)).collect(),
    }
}
