//! What headings and labels say of the things to do below them: whose they are, on which day, how far they are.

use crate::entities::enums::ActionStatus;

use super::dates::begins_with_day;
use super::instants::begins_with_hour;
use super::names::OF_SOMEBODY;
use super::people::People;
use super::statuses::{action_status, cancelled};

/// What is said of all that stands below a heading or label.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Context {
    pub(super) owner: Option<String>,
    pub(super) status: Option<ActionStatus>,
    /// Whether it will not be done: `### DROPPED`.
    pub(super) cancelled: bool,
    /// Words that begin with a day.
    pub(super) day: Option<String>,
    /// Words that begin with an hour.
    pub(super) hour: Option<String>,
    /// The heading or label as a name for the group.
    pub(super) group: Option<String>,
    /// A priority in words.
    pub(super) priority: Option<String>,
}

/// What a heading or label is, beside a name for what stands below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Label {
    owner: Option<String>,
    status: Option<ActionStatus>,
    cancelled: bool,
    day: Option<String>,
    hour: Option<String>,
    /// What is left as a name: `8:00am - 10:00am | Kickoff` → `Kickoff`.
    name: Option<String>,
    priority: Option<String>,
}

impl Label {
    /// Reads a heading or label; `None` when it is a name and nothing more. On a day (`in_day`), a new name counts too.
    pub(super) fn read(text: &str, people: &People, in_day: bool) -> Option<Self> {
        let announces = text.trim_end().ends_with(':');
        let text = text.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end().trim_end_matches(':').trim_end();
        if begins_with_hour(text) {
            let (hour, name) = text.split_once('|').unwrap_or((text, ""));
            let mut label = Self { hour: Some(hour.trim().to_owned()), name: named(name), ..Self::default() };
            label.take_owner_behind(text, announces, people);
            return Some(label);
        }
        if begins_with_day(text) {
            let mut label = Self { day: Some(text.to_owned()), ..Self::default() };
            label.take_owner_behind(text, announces && text.contains(':'), people);
            return Some(label);
        }
        if let Some((status, more)) = action_status(text)
            && more.is_none_or(|more| more.starts_with('(') && more.ends_with(')'))
        {
            return Some(Self { status: Some(status), owner: in_parentheses(text, people), ..Self::default() });
        }
        if let Some("") = cancelled(text.split('(').next().unwrap_or_default()) {
            return Some(Self { cancelled: true, owner: in_parentheses(text, people), ..Self::default() });
        }
        let new = || (in_day && announces && is_one_name(text) && people.may_be_named(text)).then(|| text.to_owned());
        if let Some(owner) = somebody(text, people).or_else(new) {
            return Some(Self { owner: Some(owner), ..Self::default() });
        }
        priority_label(text).map(|priority| Self { priority: Some(priority), name: named(text), ..Self::default() })
    }

    /// Takes the names behind a dash. Behind an hour and before a colon (`9:00am - Ines:`) a new name counts too.
    fn take_owner_behind(&mut self, text: &str, announces: bool, people: &People) {
        self.owner = [" - ", " – ", " — ", " | "]
            .iter()
            .filter_map(|dash| text.rsplit_once(dash).map(|(_, last)| (dash, last.trim())))
            .find(|(dash, last)| people.are_named(last) || announces && **dash != " | " && people.may_be_named(last))
            .map(|(_, last)| last)
            .map(str::to_owned);
        if self.owner.is_some() {
            self.name = None;
        }
    }

    /// Whether it names both a time and somebody, so that a sentence below is theirs to do.
    pub(super) const fn is_appointment(&self) -> bool {
        self.is_time() && self.owner.is_some()
    }

    /// Whether it names a day or an hour.
    pub(super) const fn is_time(&self) -> bool {
        self.day.is_some() || self.hour.is_some()
    }

    /// Whether it is only a priority.
    pub(super) const fn is_rank(&self) -> bool {
        self.priority.is_some()
    }

    /// The context below this label.
    pub(super) fn within(self, outer: &Context) -> Context {
        Context {
            owner: self.owner.or_else(|| outer.owner.clone()),
            status: self.status.or(outer.status),
            cancelled: self.cancelled || outer.cancelled && self.status.is_none(),
            // Another day has other hours.
            hour: if self.day.is_some() { self.hour } else { self.hour.or_else(|| outer.hour.clone()) },
            day: self.day.or_else(|| outer.day.clone()),
            group: self.name.or_else(|| outer.group.clone()),
            priority: self.priority.or_else(|| outer.priority.clone()),
        }
    }
}

impl Context {
    /// The context below a heading or label that is only a name.
    pub(super) fn named(&self, name: &str) -> Self {
        Self { group: named(name), ..self.clone() }
    }
}

/// The priority that a heading or label gives to all below it: `P0 – must`, `High priority`, `🔴 Critical`, `Must have`.
pub(super) fn priority_label(text: &str) -> Option<String> {
    let words = super::sections::words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let level = |word: &str| matches!(word, "critical" | "urgent" | "high" | "medium" | "low" | "top" | "highest" | "lowest");
    let rank =
        |word: &str| word.strip_prefix('p').is_some_and(|rank| rank.len() == 1 && rank.bytes().all(|b| b.is_ascii_digit()));
    let whole = || named(text);
    match words.as_slice() {
        [first, ..] if rank(first) => Some(first.to_uppercase()),
        [word] if level(word) || matches!(*word, "must" | "should" | "could") => whole(),
        [word, "priority" | "prio"] | [word, "priority" | "prio", "items" | "tasks" | "actions"] if level(word) => {
            Some((*word).to_owned())
        }
        ["priority", word] if level(word) => Some((*word).to_owned()),
        ["must" | "should" | "could", "have" | "do" | "haves" | "win" | "wins"] | ["nice", "to", "have"] => whole(),
        _ => None,
    }
}

fn named(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '"' | '“' | '(' | '['));
    let text = text.trim_end().trim_end_matches(':').trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whose lane a heading announces: `Ana (CEO)`, `MACHINE WORK (Pressbot Auto-Executes)`, `Otto's tasks`.
fn somebody(text: &str, people: &People) -> Option<String> {
    if people.are_named(text) {
        return Some(text.to_owned());
    }
    let head = text.split('(').next().unwrap_or_default().trim();
    let name = until_somebodys(head)?;
    // What is everybody's is nobody's lane: `Team Actions`.
    let lane = people.are_named(name) && !matches!(name.to_lowercase().as_str(), "team" | "all" | "everyone");
    lane.then(|| in_parentheses(text, people).unwrap_or_else(|| name.to_owned()))
}

/// `Ana`, `Print Bot (autonomous)`: one word, or more with a remark behind them.
fn is_one_name(text: &str) -> bool {
    !text.contains(' ') || text.ends_with(')')
}

/// The words before `work`, `tasks` …: `Otto's tasks` → `Otto`.
fn until_somebodys(text: &str) -> Option<&str> {
    let (name, last) = text.rsplit_once(' ')?;
    OF_SOMEBODY.contains(&last.to_lowercase().as_str()).then(|| name.trim_end_matches("'s").trim_end_matches("’s"))
}

/// Whom the parentheses at the end of a heading name: `(Ana Required)`, `(Machine + Human)`, `(Machine Work)`.
fn in_parentheses(text: &str, people: &People) -> Option<String> {
    let inside = text.trim_end().strip_suffix(')')?.rsplit_once('(')?.1.trim();
    let mut name = inside;
    while let Some(shorter) = until_somebodys(name) {
        name = shorter;
    }
    let sure = name.len() < inside.len();
    if people.are_named(name) {
        return Some(name.to_owned());
    }
    (sure && people.may_be_named(name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::markdown::outline;
    use super::*;

    #[test]
    fn labels() {
        let people = People::of(&outline("**Owner:** Ana Lind\n**Support:** Otto\n"));
        // text, owner, status, day or hour, name
        let cases = [
            ("MACHINE WORK (Pressbot Auto-Executes)", Some("Pressbot"), None, None, None),
            ("HUMAN WORK (Ana Required)", Some("Ana"), None, None, None),
            ("COMPLETED (Machine Work)", Some("Machine"), Some(ActionStatus::Completed), None, None),
            ("IN PROGRESS (Machine + Human)", Some("Machine + Human"), Some(ActionStatus::InProgress), None, None),
            ("PENDING (Human Decision Required)", Some("Human"), Some(ActionStatus::Pending), None, None),
            ("Ana's tasks", Some("Ana"), None, None, None),
            ("Bo (Store Manager) — Counter:", Some("Bo (Store Manager) — Counter"), None, None, None),
            ("TODAY 9:00am - Ana + Otto:", Some("Ana + Otto"), None, Some("TODAY 9:00am - Ana + Otto"), None),
            ("8:00am - 10:00am | Kickoff", None, None, Some("8:00am - 10:00am"), Some("Kickoff")),
            ("Monday Oct 7 (TODAY)", None, None, Some("Monday Oct 7 (TODAY)"), None),
        ];
        for (text, owner, status, when, name) in cases {
            let label = Label::read(text, &people, false).expect("a valid example");
            assert_eq!(label.owner.as_deref(), owner, "{text}");
            assert_eq!(label.status, status, "{text}");
            assert_eq!(label.day.or(label.hour).as_deref(), when, "{text}");
            assert_eq!(label.name.as_deref(), name, "{text}");
        }
        for text in
            ["Corrective Action", "Products Flagged", "WORK ALLOCATION: MACHINE vs HUMAN", "Shipped on Oct 3", "Marketing push"]
        {
            assert_eq!(Label::read(text, &people, false), None, "{text}");
        }
    }
}
