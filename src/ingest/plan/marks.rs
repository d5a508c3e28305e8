//! What people write around a thing to do: boxes, signs, statuses, owners, hours and days, before it and behind it.

use crate::entities::enums::ActionStatus;

use super::codes::{is_plan_code, leading_code};
use super::dates::begins_with_day;
use super::instants::begins_with_hour;
use super::markdown::{Kind, Line};
use super::people::People;
use super::phrases::{
    cancelled_before, enclosed, hour_before, hour_label, is_half_day, is_part_of_day, is_priority, is_sentence,
};
use super::tongues::word;
use super::values::{
    action_status, after_sign, bracket_cancelled, bracket_status, cancelled, completion_day, is_duration, is_urgency, tick_box,
    urgency,
};

/// A thing to do and what is written around it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Marked {
    /// The thing itself, without all below.
    pub(super) text: String,
    /// Its own code.
    pub(super) code: Option<String>,
    pub(super) status: Option<ActionStatus>,
    /// The words of a written status.
    pub(super) status_line: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) owner: Option<String>,
    /// A day or hour in words.
    pub(super) due: Option<String>,
    /// A duration in words.
    pub(super) estimate: Option<String>,
    /// A label that is neither an owner nor a time: `Post-meeting`.
    pub(super) label: Option<String>,
    /// The day in words on which it was done.
    pub(super) completed: Option<String>,
    /// Whether it says that the thing will not be done.
    pub(super) cancelled: bool,
}

/// The most bytes of a remark without brackets that says when something was done.
const LONGEST_DONE: usize = 40;

/// The most remarks that are taken off the end of a line.
const MOST_REMARKS: usize = 8;

impl Marked {
    /// Reads a line. Where `lanes` is set, a new name before a colon is an owner.
    pub(super) fn read(line: &Line, people: &People, lanes: bool) -> Self {
        let mut marked = Self::default();
        let struck = unstruck(line);
        let line = match &struck {
            Some((line, behind)) => {
                marked.status_line = behind.clone();
                line
            }
            None => line,
        };
        if let Kind::Item { ticked: Some(done), .. } = line.kind {
            marked.status = Some(if done { ActionStatus::Completed } else { ActionStatus::Pending });
        }
        let lead = line.lead.and_then(|end| line.text.get(end..)).map_or(0, str::len);
        let mut text = marked.take_signs(&line.text);
        if let Some((code, rest)) = leading_code(text).filter(|(code, _)| !is_plan_code(code)) {
            marked.code = Some(code.to_owned());
            text = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—'));
        }
        let in_bold = text.len().saturating_sub(lead);
        let kept = marked.take_head(text, if line.lead.is_some() { in_bold } else { 0 }, people, lanes);
        let kept = marked.take_tail(&kept, people);
        if marked.owner.is_none() {
            marked.owner = people.subject(&kept).map(str::to_owned);
        }
        marked.text = if kept.contains(char::is_alphanumeric) { kept } else { line.text.clone() };
        // What is done may be struck out too.
        marked.cancelled |= struck.is_some() && marked.status != Some(ActionStatus::Completed);
        if marked.cancelled {
            marked.status = None;
        }
        marked
    }

    /// Takes boxes, urgency and a status in words (`COMPLETE:`) off the beginning.
    fn take_signs<'a>(&mut self, mut text: &'a str) -> &'a str {
        loop {
            text = text.trim_start();
            if let Some(rest) = cancelled_before(text) {
                self.cancelled = true;
                text = rest;
                continue;
            }
            let (sign, rest) = tick_box(text);
            if let Some(sign) = sign {
                // A written box counts before a sign behind it.
                self.status = Some(self.status.filter(|status| *status == ActionStatus::Completed).unwrap_or(sign));
                text = rest;
                continue;
            }
            if let Some(sign) = text.chars().next().filter(|sign| is_urgency(*sign)) {
                self.priority.get_or_insert_with(|| sign.to_string());
                text = after_sign(&text[sign.len_utf8()..]);
                continue;
            }
            if let Some((word, rest)) = text.split_once([':', ']']) {
                let word = word.trim_start_matches('[');
                if word.len() <= 4 && word.starts_with(['P', 'p']) && word[1..].parse::<u8>().is_ok() {
                    self.priority.get_or_insert_with(|| word.to_owned());
                    text = rest;
                    continue;
                }
                if word.len() <= 20
                    && !rest.trim().is_empty()
                    && let Some((status, None)) = action_status(word)
                {
                    self.status = Some(status);
                    text = rest;
                    continue;
                }
            }
            return text;
        }
    }

    /// Takes an owner, a day or an hour before a colon off the beginning, and a remark right behind the bold words there.
    fn take_head(&mut self, text: &str, bold: usize, people: &People, lanes: bool) -> String {
        let (head, rest) = text.split_at_checked(bold).unwrap_or(("", text));
        // `**Hybrid** (TODAY, 15 min): text` says something of the whole.
        if let Some((remark, behind)) = rest.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'))
            && bold > 0
            && (self.take_remark(remark, people) || self.take_part_of_remark(remark, people))
        {
            return format!("{}{behind}", head.trim_end());
        }
        if hour_label(text).is_none_or(|(label, _)| label.len() > 15)
            && let Some((hour, rest)) = hour_before(text)
        {
            self.due = Some(hour.to_owned());
            return self.take_owner(rest, people, lanes).unwrap_or(rest).to_owned();
        }
        // `AM – Stand-up` keeps its words; the half of the day is when.
        if let Some((half, rest)) = text.split_once(char::is_whitespace)
            && is_half_day(half)
            && rest.trim_start().starts_with(['-', '–', '—', '|'])
        {
            self.due = Some(half.to_owned());
            return text.to_owned();
        }
        // `8:45am: x` has a colon of its own.
        let Some((label, rest)) = hour_label(text).or_else(|| text.split_once(':')).filter(|(_, rest)| !rest.trim().is_empty())
        else {
            return self.take_owner(text, people, lanes).unwrap_or(text).to_owned();
        };
        if label.len() > 80 || rest.starts_with("//") {
            return text.to_owned();
        }
        let bold = bold > 0 && bold >= label.len();
        if is_half_day(label) {
            self.due = Some(label.trim().to_owned());
            return self.take_owner(rest.trim_start(), people, lanes).unwrap_or(rest.trim_start()).to_owned();
        }
        if (begins_with_hour(label) || begins_with_day(label)) && (bold || label.split_whitespace().count() <= 4) {
            self.due = Some(label.trim().to_owned());
            let rest = rest.trim_start();
            return self.take_owner(rest, people, lanes).unwrap_or(rest).to_owned();
        }
        if let Some((rank, remark)) = label.split_once('(').filter(|_| bold)
            && urgency(rank).is_some()
        {
            self.priority = Some(rank.trim().to_owned());
            self.due = Some(remark.trim_end_matches(')').trim().to_owned()).filter(|remark| begins_with_day(remark));
            return rest.trim_start().to_owned();
        }
        if bold && is_part_of_day(label) {
            self.label = Some(label.trim().to_owned());
            return rest.trim_start().to_owned();
        }
        self.take_owner(text, people, lanes).unwrap_or(text).to_owned()
    }

    fn take_owner<'a>(&mut self, text: &'a str, people: &People, lanes: bool) -> Option<&'a str> {
        let (name, rest) = text.split_once([':', '→']).filter(|(_, rest)| !rest.trim().is_empty())?;
        let lanes = lanes && text[name.len()..].starts_with(':');
        if !(people.are_named(name) || lanes && people.may_be_named(name)) {
            return None;
        }
        self.owner = Some(name.trim().to_owned());
        Some(rest.trim_start())
    }

    /// Takes statuses, owners, durations and days off the end.
    fn take_tail(&mut self, text: &str, people: &People) -> String {
        let mut text = text.trim();
        for _ in 0..MOST_REMARKS {
            let Some(shorter) = self.take_last(text, people) else { break };
            text = shorter.trim_end();
        }
        if self.estimate.is_none() {
            self.estimate = enclosed(text).find(|inside| is_duration(inside)).map(str::to_owned);
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
        text.to_owned()
    }

    fn take_last<'a>(&mut self, text: &'a str, people: &People) -> Option<&'a str> {
        if let Some((before, inside)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
            if bracket_cancelled(inside) {
                self.cancelled = true;
                if cancelled(inside) != Some("") {
                    self.status_line = Some(inside.to_owned());
                }
                return Some(before);
            }
            if done_on(inside).is_some() {
                return self.take_remark(inside, people).then_some(before);
            }
            let status = bracket_status(inside);
            let neutral = ["approved", "rejected"];
            let is_neutral = neutral.iter().any(|word| inside.to_lowercase().starts_with(word));
            if status.is_some() || is_neutral {
                // A box that is ticked stays ticked, whatever the approval waits for.
                let done = self.status == Some(ActionStatus::Completed);
                self.status = status.filter(|_| !done).or(self.status);
                if action_status(inside).is_none_or(|(_, more)| more.is_some()) {
                    // The last remark is read first.
                    let behind = self.status_line.take().map(|line| format!("; {line}"));
                    self.status_line = Some(format!("{inside}{}", behind.unwrap_or_default()));
                }
                return Some(before);
            }
            return self.take_remark(inside, people).then_some(before);
        }
        if let Some((before, inside)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
            return self.take_remark(inside, people).then_some(before);
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
            && self.owner.is_none()
        {
            self.owner = Some(name.to_owned());
            return Some(before);
        }
        if let Some((before, last)) = text.rsplit_once(" ~")
            && is_duration(last)
        {
            self.estimate.get_or_insert_with(|| last.to_owned());
            return Some(before.trim_end_matches([' ', '-', '–', '—']));
        }
        let (before, last) =
            [" - ", " – ", " — ", " | "].iter().filter_map(|dash| text.rsplit_once(dash)).min_by_key(|(_, last)| last.len())?;
        if self.owner.is_none()
            && before.ends_with(|c: char| c != ' ')
            && text[before.len()..].starts_with(" |")
            && people.may_be_named(last)
        {
            self.owner = Some(last.trim().to_owned());
            return Some(before);
        }
        self.take_remark(last, people).then_some(before)
    }

    /// Takes a remark, if all of its pieces are understood: `TODAY, 15 min`, `Owner: Ana`, `Ana, due Oct 3`, `P1`.
    fn take_remark(&mut self, remark: &str, people: &People) -> bool {
        if remark.len() > 80 {
            return false;
        }
        if self.owner.is_none() && people.are_named(remark) {
            self.owner = Some(remark.trim().to_owned());
            return true;
        }
        let mut found = Self::default();
        let understood = remark.split([',', ';', '·']).all(|piece| found.take_piece(piece.trim(), people))
            || (begins_with_day(remark) && !is_sentence(remark) || done_on(remark).is_some())
                && found.take_piece(remark.trim(), people);
        if understood {
            self.owner = self.owner.take().or(found.owner);
            self.due = self.due.take().or(found.due);
            self.estimate = self.estimate.take().or(found.estimate);
            self.priority = self.priority.take().or(found.priority);
            self.status = if found.completed.is_some() { found.status } else { self.status.or(found.status) };
            self.completed = self.completed.take().or(found.completed);
            self.cancelled |= found.cancelled;
        }
        understood
    }

    /// Takes what is understood of a remark that gives a duration; the rest of it is a label: `Week 2, 6-8 hours`.
    fn take_part_of_remark(&mut self, remark: &str, people: &People) -> bool {
        if remark.len() > 80 || !remark.split(',').any(|piece| is_duration(piece.trim())) {
            return false;
        }
        let mut rest = Vec::new();
        for piece in remark.split(',').map(str::trim) {
            if !self.take_piece(piece, people) {
                rest.push(piece);
            }
        }
        self.label = Some(rest.join(", "));
        true
    }

    fn take_piece(&mut self, piece: &str, people: &People) -> bool {
        let labelled = |labels: &[&str]| {
            let (label, value) = piece.split_once([':', ' '])?;
            labels.contains(&word(&label.to_lowercase())).then_some(value.trim_start_matches(':').trim())
        };
        if is_duration(piece) {
            self.estimate = Some(piece.to_owned());
        } else if let Some(value) = labelled(&["est", "est.", "estimate", "effort"]).filter(|value| is_duration(value)) {
            self.estimate = Some(value.to_owned());
        } else if let Some(value) = labelled(&["due", "by", "deadline", "target"]).filter(|value| begins_with_day(value)) {
            self.due = Some(value.to_owned());
        } else if begins_with_day(piece) && !is_sentence(piece) {
            self.due = Some(piece.to_owned());
        } else if let Some(value) =
            labelled(&["owner", "owners", "assignee", "assigned", "who"]).filter(|value| !value.is_empty())
        {
            self.owner = Some(value.to_owned());
        } else if self.owner.is_none() && people.are_named(piece) {
            self.owner = Some(piece.to_owned());
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

/// A line without the strokes around its words (`~~words~~`), and what stands behind them; remarks in brackets stay with the words.
fn unstruck(line: &Line) -> Option<(Line, Option<String>)> {
    let (before, rest) = line.text.split_once("~~").filter(|(before, _)| !before.contains(char::is_alphanumeric))?;
    let (words, behind) = rest.split_once("~~").filter(|(words, _)| words.contains(char::is_alphanumeric))?;
    let remark = behind.trim_start().starts_with(['(', '[']);
    let text = format!("{before}{words}{}", if remark { behind } else { "" });
    let lead = line.lead.map(|end| if end > before.len() { (end - "~~".len()).min(text.len()) } else { end });
    let lead = lead.filter(|end| text.is_char_boundary(*end));
    let said = behind.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | ':' | '→'));
    let said = (!remark && said.contains(char::is_alphanumeric)).then(|| said.to_owned());
    Some((Line { text, lead, ..line.clone() }, said))
}

/// The day in words of a remark that says that something was done on it: `done 3/8`, `✅ 3/8`, `completed on Mar 8`.
fn done_on(remark: &str) -> Option<&str> {
    match action_status(remark)? {
        (ActionStatus::Completed, Some(more)) => completion_day(more).filter(|day| !is_sentence(day)),
        _ => None,
    }
}

/// Whether a list item shows by what is written around it that it is a thing to do.
pub(super) fn is_marked(text: &str) -> bool {
    let begins = tick_box(text).0.is_some() || text.trim_start().starts_with(is_urgency) || text.trim_start().starts_with("[-]");
    begins
        || text
            .trim_end()
            .strip_suffix(']')
            .and_then(|text| text.rsplit_once('['))
            .is_some_and(|(_, inside)| bracket_status(inside).is_some())
}

/// Whether a list item gives a time that it takes, at its end or behind its bold words.
pub(super) fn has_estimate(line: &Line) -> bool {
    let behind = line.lead.and_then(|end| line.text.get(end..)).unwrap_or(&line.text).trim_start();
    let pieces = |text: &str| text.split(',').any(|piece| is_duration(piece.trim()));
    if line.lead.is_some()
        && behind.strip_prefix('(').and_then(|rest| rest.split_once(')')).is_some_and(|(inside, _)| pieces(inside))
    {
        return true;
    }
    let text = line.text.trim_end();
    let last = match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((_, inside)) => inside,
        None => [" - ", " – ", " ~"].iter().filter_map(|dash| text.rsplit_once(dash)).map(|(_, last)| last).next().unwrap_or(""),
    };
    pieces(last)
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
