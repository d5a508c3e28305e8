//! The pieces of a remark, each of them a mark or a name.

use crate::entities::enums::ActionStatus;

use super::codes::dependencies;
use super::dates::begins_with_day;
use super::marks::Marked;
use super::people::People;
use super::phrases::{done_on, is_priority, is_sentence};
use super::statuses::{action_status, cancelled};
use super::tongues::word;
use super::values::{is_duration, priority};

/// What stands between the pieces of a remark.
pub(super) const COMMAS: [char; 5] = [',', ';', '·', '•', '|'];

impl Marked {
    /// Takes a mark that names nobody without saying so.
    pub(super) fn take_piece(&mut self, piece: &str) -> bool {
        if let Some(value) =
            labelled(piece, &["est", "est.", "estimate", "estimated", "effort", "time"]).filter(|value| is_duration(value))
        {
            self.estimate = Some(value.to_owned());
        } else if is_duration(piece) {
            self.estimate = Some(piece.to_owned());
        } else if let Some(value) = labelled(piece, &["due", "by", "deadline", "target"]).filter(|value| begins_with_day(value)) {
            self.due = Some(value.to_owned());
        } else if begins_with_day(piece) && !is_sentence(piece) {
            self.due = Some(piece.to_owned());
        } else if let Some(value) = owner(piece) {
            self.owner = Some(value.to_owned());
        } else if let Some(value) = holds_up(piece).or_else(|| after(piece, &["blocker"])) {
            if dependencies(value).codes.is_empty() { &mut self.blocker } else { &mut self.waits }.replace(value.to_owned());
        } else if let Some(value) = after(piece, &["depends on"]) {
            self.waits = Some(value.to_owned());
        } else if let Some(value) = labelled(piece, &["priority", "prio"]).filter(|value| priority(value).is_some()) {
            self.priority = Some(value.to_owned());
        } else if is_priority(piece) {
            self.priority = Some(piece.to_owned());
        } else if let Some((status, None)) = action_status(piece) {
            self.status = Some(status);
        } else if let Some(day) = done_on(piece) {
            (self.status, self.completed) = (Some(ActionStatus::Completed), Some(day.to_owned()));
        } else if cancelled(piece) == Some("") {
            self.cancelled = true;
        } else {
            return false;
        }
        true
    }
}

/// What the pieces of a remark say.
#[derive(Default)]
pub(super) struct Found<'a> {
    marks: Marked,
    names: Vec<&'a str>,
    /// A name that the document gives nowhere else.
    pub(super) new: Option<&'a str>,
}

impl<'a> Found<'a> {
    pub(super) fn take(&mut self, piece: &'a str, people: &People) -> bool {
        let known = people.are_named(piece) || piece.strip_prefix('@').is_some_and(|name| !name.contains(char::is_whitespace));
        let new = || People::could_be(piece) && !is_priority(piece) && action_status(piece).is_none() && !begins_with_day(piece);
        if known && !begins_with_day(piece) {
            self.names.push(piece);
        } else if self.marks.take_piece(piece) {
        } else if self.new.is_none() && new() {
            self.new = Some(piece);
            self.names.push(piece);
        } else {
            return false;
        }
        true
    }

    /// Enters all in what is known of the thing to do; a new name alone is none.
    pub(super) fn settle(mut self, marked: &mut Marked) -> bool {
        let silent = self.marks == Marked::default() && self.new.is_some_and(|_| self.names.len() == 1);
        if silent {
            return false;
        }
        if !self.names.is_empty() && self.marks.owner.is_none() {
            self.marks.owner = Some(self.names.iter().map(|name| name.trim_start_matches('@')).collect::<Vec<_>>().join(", "));
        }
        marked.merge(self.marks);
        true
    }
}

/// Whether a piece behind a comma can only be a mark.
pub(super) fn is_mark(piece: &str) -> bool {
    let dated =
        || piece.contains(|c: char| c.is_ascii_digit()) && piece.split_whitespace().count() <= 3 && begins_with_day(piece);
    let ranked = || is_priority(piece) && piece.starts_with(['P', 'p']) && piece.contains(|c: char| c.is_ascii_digit());
    let due = || labelled(piece, &["due", "by", "deadline"]).is_some_and(begins_with_day);
    let named = || piece.split_once(':').is_some() && owner(piece).is_some() || piece.starts_with("owner ");
    is_duration(piece) || done_on(piece).is_some() || ranked() || due() || dated() || named() || is_waiting(piece)
}

/// Whether a piece says what is waited for.
pub(super) fn is_waiting(piece: &str) -> bool {
    after(piece, &["blocker:", "depends on"]).or_else(|| holds_up(piece)).is_some()
}

/// What holds something up, in the words of a status: `waiting on the city`, `blocked by rain`.
pub(super) fn holds_up(piece: &str) -> Option<&str> {
    let beginnings = [
        "blocked by",
        "blocked on",
        "waiting for",
        "waiting on",
        "awaiting",
        "wartet auf",
        "blockiert durch",
        "bloqueado por",
        "bloqueada por",
        "a la espera de",
    ];
    after(piece, &beginnings)
}

/// The value behind one of these labels and a colon or space.
fn labelled<'a>(piece: &'a str, labels: &[&str]) -> Option<&'a str> {
    let (label, value) = piece.split_once([':', ' '])?;
    let value = value.trim_start_matches(':').trim();
    (labels.contains(&word(&label.to_lowercase())) && !value.is_empty()).then_some(value)
}

/// The owner that a piece names in so many words.
fn owner(piece: &str) -> Option<&str> {
    let value = labelled(piece, &["owner", "owners", "assignee", "assigned", "who", "lead"])?;
    Some(value.strip_prefix("to ").or_else(|| value.strip_prefix("to:")).unwrap_or(value).trim())
        .filter(|value| !value.is_empty())
}

/// What follows one of these beginnings.
fn after<'a>(piece: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    beginnings.iter().find_map(|beginning| {
        let (head, rest) = piece.split_at_checked(beginning.len())?;
        let value = rest.trim_start_matches([':', ' ']).trim_end();
        (head.eq_ignore_ascii_case(beginning) && (rest.starts_with([':', ' ']) || head.ends_with(':')) && !value.is_empty())
            .then_some(value)
    })
}

/// The pieces of a remark.
pub(super) fn pieces(remark: &str) -> Vec<&str> {
    split_outside(remark, &COMMAS).into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// Splits a text at signs that stand outside of all brackets.
pub(super) fn split_outside<'a>(text: &'a str, signs: &[char]) -> Vec<&'a str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && signs.contains(&c)
    })
    .collect()
}
