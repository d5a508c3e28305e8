//! Remarks at the end of a thing to do: `(Ana, due Oct 3, P1)`, `[DONE]`, `· owner Bo · 2h`, `, blocked by the permit`.

use crate::entities::enums::ActionStatus;

use super::dates::begins_with_day;
use super::markdown::{Kind, Line};
use super::marks::Marked;
use super::people::People;
use super::phrases::{done_on, enclosed, is_sentence};
use super::pieces::{COMMAS, Found, holds_up, is_mark, is_waiting, pieces};
use super::statuses::{action_status, bracket_cancelled, bracket_status, cancelled, tick_box};
use super::values::is_duration;

/// The most remarks that are taken off the end of a line.
const MOST_REMARKS: usize = 8;

/// The most bytes of a remark without brackets that says when something was done.
const LONGEST_DONE: usize = 40;

/// The most bytes of one remark.
const LONGEST: usize = 120;

impl Marked {
    /// Takes statuses, owners, durations, days, priorities and blockers off the end.
    pub(super) fn take_tail(&mut self, text: &str, people: &People) -> String {
        let mut text = text.trim();
        // Whether marks in a row stand behind what is left.
        let mut listed = false;
        for _ in 0..MOST_REMARKS {
            let Some(shorter) = self.take_last(text, people, listed) else { break };
            let sign = text[shorter.len()..].trim_start().chars().next();
            listed =
                sign.is_some_and(|sign| COMMAS.contains(&sign) || !shorter.ends_with(')') && matches!(sign, '-' | '–' | '—'));
            text = shorter.trim_end();
        }
        let text = self.take_some(text, people).unwrap_or_else(|| text.to_owned());
        if self.estimate.is_none() {
            self.estimate = enclosed(&text).find(|inside| is_duration(inside)).map(str::to_owned);
        }
        if self.due.is_none() {
            self.due = [" by ", " before ", " due ", " bis ", " hasta ", " antes del "]
                .iter()
                .find_map(|word| text.rsplit_once(word))
                // The last dot of `14.04.` is none of a sentence.
                .map(|(_, day)| if begins_with_day(day) { day } else { day.trim_end_matches('.') })
                .filter(|day| day.len() <= 30 && begins_with_day(day))
                .map(str::to_owned);
        }
        text
    }

    fn take_last<'a>(&mut self, text: &'a str, people: &People, listed: bool) -> Option<&'a str> {
        if let Some((before, inside)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
            return self.take_brackets(inside, people).then_some(before);
        }
        if text.ends_with(')') {
            let (before, inside) = in_parentheses(text)?;
            return self.take_remark(inside, people, listed).then_some(before);
        }
        let done = ["✅", " completed on ", " done on ", " finished on "].iter().find_map(|word| {
            let at = text.rfind(word).filter(|at| *at > 0 && text.len() - at <= LONGEST_DONE)?;
            done_on(text[at..].trim_start()).map(|day| (&text[..at], day))
        });
        if let Some((before, day)) = done.filter(|_| self.completed.is_none()) {
            (self.completed, self.status) = (Some(day.to_owned()), Some(ActionStatus::Completed));
            return Some(before);
        }
        let sign = text.char_indices().rev().find(|(_, c)| *c != '\u{fe0f}')?;
        if tick_box(&text[sign.0..]).0.is_some() && self.status.is_none() {
            self.status = tick_box(&text[sign.0..]).0;
            return Some(&text[..sign.0]);
        }
        if let Some((before, name)) = text.rsplit_once(" @")
            && !name.contains(char::is_whitespace)
            && (self.owner.is_none() || self.in_front)
        {
            self.set_owner(name.trim_end_matches([',', ';']));
            return Some(before);
        }
        if let Some((before, last)) = text.rsplit_once(" ~")
            && is_duration(last)
        {
            self.estimate.get_or_insert_with(|| last.to_owned());
            return Some(before.trim_end_matches([' ', '-', '–', '—']));
        }
        let last_of = |signs: &[&str]| signs.iter().filter_map(|sign| text.rsplit_once(*sign)).min_by_key(|(_, last)| last.len());
        let dash = last_of(&[" - ", " – ", " — ", " | ", " · ", " • "]);
        // Behind a comma stands a mark only where nothing else can be meant.
        let comma = last_of(&[", ", "; "]).filter(|(_, last)| dash.is_none_or(|(_, behind)| last.len() < behind.len()));
        if let Some((before, last)) = comma.filter(|(before, last)| is_whole(before) && is_mark(last.trim())) {
            return self.take_remark(last, people, false).then_some(before);
        }
        let (before, last) = dash?;
        if self.owner.is_none()
            && before.ends_with(|c: char| c != ' ')
            && text[before.len() + 1..].starts_with(['|', '·', '•'])
            && people.may_be_named(last)
        {
            self.set_owner(last);
            return Some(before);
        }
        self.take_remark(last, people, listed && self.owner.is_none()).then_some(before)
    }

    /// Takes what stands in square brackets: a status, else any remark.
    fn take_brackets(&mut self, inside: &str, people: &People) -> bool {
        if bracket_cancelled(inside) {
            self.cancelled = true;
            if cancelled(inside) != Some("") {
                self.status_line = Some(inside.to_owned());
            }
            return true;
        }
        if done_on(inside).is_some() {
            return self.take_remark(inside, people, false);
        }
        let status = bracket_status(inside);
        let neutral = ["approved", "rejected"];
        let is_neutral = neutral.iter().any(|word| inside.to_lowercase().starts_with(word));
        if status.is_none() && !is_neutral || is_waiting(inside) {
            return self.take_remark(inside, people, false);
        }
        // A box that is ticked stays ticked, whatever the approval waits for.
        let done = self.status == Some(ActionStatus::Completed);
        self.status = status.filter(|_| !done).or(self.status);
        if let (Some(ActionStatus::Blocked), Some((_, Some(by)))) = (self.status, action_status(inside)) {
            let by = by.trim_start_matches(|c: char| !c.is_alphanumeric());
            self.blocker.get_or_insert_with(|| holds_up(by).unwrap_or(by).to_owned());
        }
        if action_status(inside).is_none_or(|(_, more)| more.is_some()) {
            // The last remark is read first.
            let behind = self.status_line.take().map(|line| format!("; {line}"));
            self.status_line = Some(format!("{inside}{}", behind.unwrap_or_default()));
        }
        true
    }

    /// Takes a remark, if all of its pieces are understood: `TODAY, 15 min`, `Owner: Ana`, `Ana, due Oct 3`, `P1`. A new name counts
    /// where it is `listed` with marks, inside the remark or behind it.
    pub(super) fn take_remark(&mut self, remark: &str, people: &People, listed: bool) -> bool {
        if remark.len() > LONGEST {
            return false;
        }
        if people.are_named(remark) || listed && People::could_be(remark) {
            self.set_owner(remark);
            return true;
        }
        let mut found = Found::default();
        if pieces(remark).into_iter().all(|piece| found.take(piece, people)) {
            return found.settle(self);
        }
        let mut whole = Self::default();
        let dated = begins_with_day(remark) && !is_sentence(remark) || done_on(remark).is_some();
        let understood = dated && whole.take_piece(remark.trim());
        if understood {
            self.merge(whole);
        }
        understood
    }

    /// Takes what is surely a mark out of the parentheses at the end, and leaves the rest of them in the text.
    fn take_some(&mut self, text: &str, people: &People) -> Option<String> {
        let (before, inside) = in_parentheses(text).filter(|(before, inside)| !before.is_empty() && inside.len() <= LONGEST)?;
        let mut found = Found::default();
        let (taken, rest): (Vec<&str>, Vec<&str>) = pieces(inside).into_iter().partition(|piece| found.take(piece, people));
        let sure = taken.len() > usize::from(found.new.is_some());
        if rest.is_empty() || taken.len() < 2 || !sure || !found.settle(self) {
            return None;
        }
        Some(format!("{before} ({})", rest.join(", ")))
    }

    /// Takes what is understood of a remark that gives a duration; the rest of it is a label: `Week 2, 6-8 hours`.
    pub(super) fn take_part_of_remark(&mut self, remark: &str, people: &People) -> bool {
        if remark.len() > LONGEST || !remark.split(',').any(|piece| is_duration(piece.trim())) {
            return false;
        }
        let mut found = Found::default();
        let rest: Vec<&str> = remark
            .split(',')
            .map(str::trim)
            .filter(|piece| people.may_be_named(piece) && !people.are_named(piece) || !found.take(piece, people))
            .collect();
        found.settle(self);
        self.label = Some(rest.join(", "));
        true
    }

    /// Takes over the marks of a remark; what was read before counts.
    pub(super) fn merge(&mut self, found: Self) {
        if let Some(owner) = &found.owner {
            self.set_owner(owner);
        }
        self.due = self.due.take().or(found.due);
        self.estimate = self.estimate.take().or(found.estimate);
        self.priority = self.priority.take().or(found.priority);
        self.status = if found.completed.is_some() { found.status } else { self.status.or(found.status) };
        self.completed = self.completed.take().or(found.completed);
        self.cancelled |= found.cancelled;
        self.blocker = self.blocker.take().or(found.blocker);
        self.waits = self.waits.take().or(found.waits);
    }

    /// Takes an owner: one behind the thing to do counts before one in front of it, whose lane it is.
    fn set_owner(&mut self, name: &str) {
        let name = name.trim().trim_start_matches('@').to_owned();
        match self.owner.take() {
            Some(known) if known.eq_ignore_ascii_case(&name) => self.owner = Some(known),
            Some(front) if self.in_front => (self.owner, self.other_owner, self.in_front) = (Some(name), Some(front), false),
            Some(known) => (self.owner, self.other_owner) = (Some(known), Some(name)),
            None => self.owner = Some(name),
        }
    }
}

/// Makes those known who are named in remarks with other marks: `(José, 4/1, P1)`.
pub(super) fn introduce(people: &mut People, lines: &[Line]) {
    let nobody = People::default();
    for line in lines.iter().filter(|line| matches!(line.kind, Kind::Item { .. }) && !line.text.contains('|')) {
        let mut marked = Marked::default();
        marked.take_tail(&line.text, &nobody);
        if let Some(owner) = marked.owner {
            people.learn(&owner);
        }
        // `@otto` is somebody wherever it stands.
        for handle in line.text.split_whitespace().filter(|word| word.starts_with('@')) {
            people.learn(handle.trim_end_matches(|c: char| !c.is_alphanumeric()));
        }
    }
}

/// Whether a text says something and leaves no parenthesis open.
fn is_whole(text: &str) -> bool {
    !text.trim().is_empty() && text.matches('(').count() == text.matches(')').count()
}

/// Splits a text that ends with parentheses into what stands before and in them.
fn in_parentheses(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_suffix(')')?;
    let mut depth = 1_usize;
    let open = inside.char_indices().rev().find(|(_, c)| {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    Some((inside[..open.0].trim_end(), &inside[open.0 + 1..]))
}
