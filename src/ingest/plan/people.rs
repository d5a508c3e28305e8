//! Whom a document names: whether the words before a colon are somebody, or a label.

use std::collections::{HashMap, HashSet};

use super::heads;
use super::markdown::{Kind, Line};
use super::names::{LABELS, OF_SOMEBODY, ROLES, THINGS};
use super::tables::columns;
use super::tongues::word;
use super::values::snake;

/// The names that a document uses for owners, in lower case.
#[derive(Debug, Default)]
pub(super) struct People {
    names: HashSet<String>,
}

/// Owners in every team.
const ALWAYS: [&str; 8] = ["agent", "all", "ceo", "everyone", "human", "humans", "machine", "team"];

/// Keys whose value names people.
const OWNER_KEYS: [&str; 14] = [
    "agent",
    "agents",
    "approved_by",
    "assigned_to",
    "assignee",
    "attendees",
    "lead",
    "owner",
    "owners",
    "plan_owner",
    "primary_implementer",
    "responsible",
    "support",
    "team",
];

/// The most characters of somebody's name.
const LONGEST: usize = 60;

impl People {
    /// Collects the names that a document gives to owners.
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut people = Self::default();
        let mut prefixes: HashMap<String, usize> = HashMap::new();
        let mut owners: Option<usize> = None;
        // The key lines of actions and results with codes are no lanes.
        let mut keyed = false;
        for line in lines {
            if heads::action(line).is_some() || heads::result(line).is_some() {
                keyed = true;
            } else if matches!(line.kind, Kind::Heading(_) | Kind::Rule) {
                keyed = false;
            }
            let pair = line.bold_key().or_else(|| line.plain_key());
            match (&line.kind, pair) {
                (_, Some((key, value))) if OWNER_KEYS.contains(&snake(key).as_str()) => people.learn(value),
                (_, Some((key, _))) if has_role(key) => people.learn(key),
                (Kind::Heading(_), _) if has_role(&line.text) => people.learn(&line.text),
                (Kind::Item { .. }, Some((name, value))) if !keyed && !value.is_empty() && looks_like_a_name(name) => {
                    *prefixes.entry(plain(name)).or_default() += 1
                }
                (Kind::Row { cells, head: true }, _) => {
                    owners = columns(cells).and_then(|columns| columns.0.iter().position(|key| key == "owner"));
                }
                (Kind::Row { cells, .. }, _) => {
                    if let Some(names) = owners.and_then(|at| cells.get(at)) {
                        people.learn(names);
                    }
                }
                _ => {}
            }
        }
        // A word that opens several lines of lists is somebody who has several things to do.
        people.names.extend(prefixes.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name));
        people
    }

    /// Takes the names out of an owner's text.
    pub(super) fn learn(&mut self, text: &str) {
        for part in parts(text) {
            let name = plain(part);
            if name.is_empty()
                || name.split(' ').count() > 4
                || LABELS.contains(&name.as_str())
                || !part.contains(char::is_uppercase) && !part.trim_start().starts_with('@')
            {
                continue;
            }
            if let [first, last] = name.split(' ').collect::<Vec<_>>()[..]
                && !ROLES.contains(&last)
                && !matches!(last, "agent" | "team" | "crew" | "monitor" | "cli")
                && first.len() > 2
            {
                self.names.insert(first.to_owned());
            }
            self.names.insert(name);
        }
    }

    /// Whether all that a text says is who: `Dana + Ops Team`, `Dana (CEO)`, `ALL`.
    pub(super) fn are_named(&self, text: &str) -> bool {
        let text = text.trim();
        if text.is_empty() || text.len() > 3 * LONGEST {
            return false;
        }
        let head = [" — ", " – ", " - "].iter().fold(text, |text, dash| text.split(dash).next().unwrap_or(text));
        has_role(head) || parts(head).all(|part| self.is_known(part))
    }

    /// Whether a word before a colon, among things to do, is somebody; names that are new count too.
    pub(super) fn may_be_named(&self, text: &str) -> bool {
        self.are_named(text) || parts(text).all(|part| self.is_known(part) || looks_like_a_name(part))
    }

    /// Whether a text can be somebody's name, or several, that the document has not given before: `José`, `Ana Lind + Bo`.
    pub(super) fn could_be(text: &str) -> bool {
        let is_thing = |part: &str| part.split_whitespace().any(|word| THINGS.contains(&word.to_lowercase().as_str()));
        !text.trim().is_empty()
            && parts(text).all(|part| looks_like_a_name(part.trim_start().trim_start_matches('@')) && !is_thing(part))
    }

    /// Whom a sentence says that they do it: `Ana briefs the crew`.
    pub(super) fn subject<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (name, rest) = text.split_once(' ')?;
        let verb = rest.split(' ').next()?;
        let acts = verb.len() > 2 && verb.ends_with('s') && verb.chars().all(char::is_lowercase);
        (acts && name.starts_with(char::is_uppercase) && self.names.contains(&plain(name))).then_some(name)
    }

    fn is_known(&self, part: &str) -> bool {
        let name = plain(part);
        // `Ana Lind` is somebody where `Ana` is.
        let first = || {
            let (first, last) = name.split_once(' ')?;
            let named = part.split_whitespace().take(2).all(|word| word.starts_with(char::is_uppercase));
            (named && !last.contains(' ') && !OF_SOMEBODY.contains(&last)).then(|| self.names.contains(first))
        };
        ALWAYS.contains(&name.as_str()) || self.names.contains(&name) || first() == Some(true)
    }
}

/// The names in a text.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, '+' | ',' | '&' | '/' | ';')
    })
    .flat_map(|part| part.split(" and "))
}

/// A name in lower case, without what stands in parentheses.
fn plain(name: &str) -> String {
    let name = name.split(['(', '[']).next().unwrap_or_default().trim().trim_start_matches('@');
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// One to three capitalised words without figures, none of them a common label.
fn looks_like_a_name(text: &str) -> bool {
    if text.contains('(') && !text.contains(')') {
        return false;
    }
    let name = text.split('(').next().unwrap_or_default().trim();
    let words: Vec<_> = name.split_whitespace().collect();
    (1..=3).contains(&words.len())
        && name.len() <= LONGEST
        && words
            .iter()
            .all(|word| word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\''))
        && !words.iter().any(|own| {
            let (own, single) = (own.to_lowercase(), own.trim_end_matches('s').to_lowercase());
            LABELS.contains(&single.as_str()) || LABELS.contains(&own.as_str()) || LABELS.contains(&word(&own))
        })
}

/// Whether a text is a name and a role in parentheses: `Dana (Director Ops)`.
fn has_role(text: &str) -> bool {
    let Some((name, rest)) = text.split_once('(') else { return false };
    let role: Vec<_> = super::sections::words(rest.split(')').next().unwrap_or_default());
    let name_words: Vec<_> = name.split_whitespace().collect();
    (1..=4).contains(&name_words.len())
        && name.starts_with(char::is_uppercase)
        && rest.contains(')')
        && [role.first(), role.last()].into_iter().flatten().any(|word| ROLES.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::markdown::outline;
    use super::*;

    #[test]
    fn names_and_labels() {
        let people =
            People::of(&outline("**Owner:** Ana Lind (Director) + Data Agent\n\n- Otto: a\n- Otto: b\n- Plan: x\n- Plan: y\n"));
        for text in
            ["Ana", "Ana Lind", "Data Agent", "Otto", "Ana + Otto", "ALL", "Mia (Store Manager)", "Human", "Ana (x) & Otto"]
        {
            assert!(people.are_named(text), "{text}");
        }
        for text in ["Plan", "Upload (Provided in Files)", "Day 16", "Response Components", "Note", "", "Lind"] {
            assert!(!people.are_named(text), "{text}");
        }
        assert!(people.may_be_named("Pressbot") && !people.may_be_named("Review") && !people.may_be_named("next step"));
    }
}
