//! Finds in an edited document what it said before under another code.
//!
//! A code that no one wrote is made of the words, the section's heading or the first day. When these are mended, or a reader that
//! knows more cuts the text differently, the same thing would get another code, and stand in the database twice. So what is
//! gone and what is new are laid side by side, and what belongs together keeps the code that the database has.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use strsim::sorensen_dice;

use super::document::{ActionDocument, PlanDocument, ResultDocument, Unread};
use super::plan::{code_of_plan, is_made_code, words};
use crate::entities::enums::ActionStatus;

/// How alike words must be to be the same, mended: the share of pairs of letters that they have in common (Dice's coefficient).
const ALIKE: f64 = 0.7;

/// The most comparisons of words within a section; where more is gone and new at once, it is another section.
const COMPARISONS: usize = 40_000;

/// A plan whose parts have the codes of what they were before.
pub(super) struct Paired {
    pub plan: PlanDocument,
    /// The codes that the database has, by those that have since been written for them.
    pub written: HashMap<String, String>,
    /// What was taken for the same although its words are others.
    pub notes: Vec<Unread>,
}

/// Gives the parts of a plan the codes that they had when the document was last read. `same_text`: its bytes are as they were then, and it is the
/// reader that knows more.
pub(super) fn pair(mut plan: PlanDocument, base: Option<&PlanDocument>, same_text: bool) -> Paired {
    let Some(base) = base else { return Paired { plan, written: HashMap::new(), notes: Vec::new() } };
    let (mut codes, notes) = action_codes(&plan, base, same_text);
    let written: HashMap<_, _> = codes.extract_if(|new, _| !is_made_code(new)).collect();
    rename_actions(&mut plan, &codes);
    let results = result_codes(&plan, base, &written);
    for result in &mut plan.results {
        if let Some(held) = results.get(&result.code) {
            result.code.clone_from(held);
        }
    }
    Paired { plan, written, notes }
}

/// Gives results a code of their own where another plan of the same week has theirs: those that are named.
///
/// The codes that were given last time are given again.
pub(super) fn set_apart(
    plan: &mut PlanDocument,
    base: Option<&PlanDocument>,
    taken: impl Fn(&ResultDocument) -> bool,
) -> Vec<Unread> {
    let stem = code_of_plan(plan.project.as_deref(), Some(plan.code.as_deref().unwrap_or(&plan.title)));
    let said = |code: &str| base.is_some_and(|base| base.results.iter().any(|result| result.code == code));
    let used: HashSet<String> = plan.results.iter().map(|result| result.code.clone()).collect();
    let mut notes = Vec::new();
    for result in &mut plan.results {
        let own: String = format!("{stem}-{}", result.code).chars().take(100).collect();
        if used.contains(&own) || said(&result.code) || !(said(&own) || taken(result)) {
            continue;
        }
        let reason =
            format!("another plan of this week has a result {} with other words; this one is kept as {own}", result.code);
        notes.push(Unread { line: result.line, text: result.text.chars().take(200).collect(), reason });
        result.code = own;
    }
    notes
}

/// Whether two texts are the same words, or the same, mended.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    one == other || sorensen_dice(&one, &other) >= ALIKE
}

/// Whether most actions of a plan are those of another: then another first day is a correction, and not the next week's plan in the
/// same file.
pub(super) fn is_same_work(plan: &PlanDocument, base: &PlanDocument) -> bool {
    let known: HashSet<String> = actions(base).map(|(_, action)| words(&action.text)).collect();
    let kept = actions(plan).filter(|(_, action)| known.contains(&words(&action.text))).count();
    2 * kept >= actions(plan).count().min(known.len())
}

/// An action and the result that it is for.
type Placed<'a> = (&'a ResultDocument, &'a ActionDocument);

fn actions(plan: &PlanDocument) -> impl Iterator<Item = Placed<'_>> {
    plan.results.iter().flat_map(|result| result.actions.iter().map(move |action| (result, action)))
}

/// The codes that actions had, by those they have now.
fn action_codes(plan: &PlanDocument, base: &PlanDocument, same_text: bool) -> (HashMap<String, String>, Vec<Unread>) {
    let codes = |plan| -> HashSet<&str> { actions(plan).map(|(_, action)| action.code.as_str()).collect() };
    let (now, before) = (codes(plan), codes(base));
    let mut pairs = Pairs {
        gone: actions(base).filter(|(_, action)| !now.contains(action.code.as_str())).collect(),
        new: actions(plan).filter(|(_, action)| !before.contains(action.code.as_str())).collect(),
        found: HashMap::new(),
        notes: Vec::new(),
    };
    pairs.same_words();
    if same_text {
        pairs.same_lines();
    }
    pairs.mended();
    (pairs.found, pairs.notes)
}

/// What is gone from a document, what is new in it, and what of it is the same.
struct Pairs<'a> {
    gone: Vec<Placed<'a>>,
    new: Vec<Placed<'a>>,
    found: HashMap<String, String>,
    notes: Vec<Unread>,
}

/// What somebody renamed by writing another code is another action.
fn may_be(gone: Placed<'_>, new: Placed<'_>) -> bool {
    is_made_code(&gone.1.code) || is_made_code(&new.1.code)
}

impl<'a> Pairs<'a> {
    fn same_words(&mut self) {
        let mut known: HashMap<String, Vec<Placed<'a>>> = HashMap::new();
        for gone in &self.gone {
            known.entry(words(&gone.1.text)).or_default().push(*gone);
        }
        for new in std::mem::take(&mut self.new) {
            let same = known.get_mut(&words(&new.1.text));
            let found = same.and_then(|same| {
                let fits = |gone: &&Placed<'a>| may_be(**gone, new);
                let at_home = |gone: &Placed<'a>| gone.0.code == new.0.code && may_be(*gone, new);
                let at = same.iter().position(at_home).or_else(|| same.iter().position(|gone| fits(&gone)))?;
                Some(same.remove(at))
            });
            match found {
                Some(gone) => self.enter(gone, new),
                None => self.new.push(new),
            }
        }
        self.forget_found();
    }

    fn same_lines(&mut self) {
        let known: HashMap<usize, Placed<'a>> = self.gone.iter().rev().map(|gone| (gone.1.line, *gone)).collect();
        let mut used = HashSet::new();
        for new in std::mem::take(&mut self.new) {
            match known.get(&new.1.line).filter(|gone| may_be(**gone, new) && used.insert(gone.1.line)) {
                Some(gone) => self.enter(*gone, new),
                None => self.new.push(new),
            }
        }
        self.forget_found();
    }

    /// Within a section, the most alike first. What was done or cancelled and stands open in other words is something else to do.
    fn mended(&mut self) {
        let mut sections: HashMap<&str, (Vec<Placed<'a>>, Vec<Placed<'a>>)> = HashMap::new();
        for gone in &self.gone {
            sections.entry(&gone.0.code).or_default().0.push(*gone);
        }
        for new in &self.new {
            sections.entry(&new.0.code).or_default().1.push(*new);
        }
        let is_over = |action: &ActionDocument| action.status == Some(ActionStatus::Completed) || action.is_cancelled();
        let mut candidates: Vec<(f64, Placed<'a>, Placed<'a>)> = Vec::new();
        for (gone, new) in sections.into_values().filter(|(gone, new)| gone.len() * new.len() <= COMPARISONS) {
            let texts: Vec<String> = new.iter().map(|new| words(&new.1.text)).collect();
            for one in &gone {
                let text = words(&one.1.text);
                for (other, words) in new.iter().zip(&texts) {
                    let likeness = sorensen_dice(&text, words);
                    if likeness >= ALIKE && may_be(*one, *other) && (is_over(other.1) || !is_over(one.1)) {
                        candidates.push((likeness, *one, *other));
                    }
                }
            }
        }
        candidates.sort_by(|(one, gone, new), (other, gone_too, new_too)| {
            other.total_cmp(one).then_with(|| (gone.1.line, new.1.line).cmp(&(gone_too.1.line, new_too.1.line)))
        });
        let mut used = HashSet::new();
        for (_, gone, new) in candidates {
            if used.contains(gone.1.code.as_str()) || self.found.contains_key(&new.1.code) {
                continue;
            }
            used.insert(gone.1.code.as_str());
            let reason = format!("taken for the action {}, whose words were “{}”", gone.1.code, gone.1.text);
            self.notes.push(Unread { line: new.1.line, text: new.1.text.chars().take(200).collect(), reason });
            self.enter(gone, new);
        }
        self.notes.sort_by_key(|note| note.line);
    }

    fn enter(&mut self, gone: Placed<'a>, new: Placed<'a>) {
        self.found.insert(new.1.code.clone(), gone.1.code.clone());
    }

    fn forget_found(&mut self) {
        let found: HashSet<&String> = self.found.values().collect();
        self.gone.retain(|gone| !found.contains(&gone.1.code));
    }
}

/// Puts the codes that actions had in the place of those that were made for them, wherever the plan speaks of them.
fn rename_actions(plan: &mut PlanDocument, codes: &HashMap<String, String>) {
    let rename = |code: &mut String| {
        if let Some(held) = codes.get(code) {
            code.clone_from(held);
        }
    };
    for action in plan.results.iter_mut().flat_map(|result| &mut result.actions) {
        rename(&mut action.code);
        action.dependencies.iter_mut().for_each(rename);
        if let Some(Value::String(parent)) = action.metadata.get_mut("parent") {
            rename(parent);
        }
    }
}

/// The codes that results had, by those they have now: a section that is gone and one that is new are the same when it is headed alike, or
/// when most of what is to be done in the new one was in the old.
fn result_codes(plan: &PlanDocument, base: &PlanDocument, written: &HashMap<String, String>) -> HashMap<String, String> {
    let codes = |plan: &PlanDocument| -> HashSet<String> { plan.results.iter().map(|result| result.code.clone()).collect() };
    let (now, before) = (codes(plan), codes(base));
    let home: HashMap<&str, &str> = actions(base).map(|(result, action)| (action.code.as_str(), result.code.as_str())).collect();
    let mut found = HashMap::new();
    let mut used = HashSet::new();
    for new in plan.results.iter().filter(|result| !before.contains(&result.code)) {
        let mut free = base.results.iter().filter(|gone| !now.contains(&gone.code) && !used.contains(gone.code.as_str()));
        let from = |gone: &ResultDocument| {
            let code = |action: &ActionDocument| written.get(&action.code).unwrap_or(&action.code).clone();
            new.actions.iter().filter(|action| home.get(code(action).as_str()) == Some(&gone.code.as_str())).count()
        };
        let same = |gone: &&ResultDocument| {
            let of_same_actions = 2 * from(gone) > new.actions.len().min(gone.actions.len());
            of_same_actions || alike(&gone.text, &new.text)
        };
        if let Some(gone) = free.find(same).filter(|gone| !(is_numbered(&gone.code) && is_numbered(&new.code))) {
            used.insert(gone.code.as_str());
            found.insert(new.code.clone(), gone.code.clone());
        }
    }
    found
}

/// Whether a result's code was written, as `R1` is: then another one means another result.
fn is_numbered(code: &str) -> bool {
    let digits = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
    code.len() - digits.len() == 1 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[path = "pairing_tests.rs"]
mod tests;
