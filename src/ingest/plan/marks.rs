//! What people write around a thing to do: boxes, signs, statuses, owners, hours and days, before it and behind it.

use crate::entities::enums::ActionStatus;

use super::asks::asked;
use super::codes::{is_plan_code, leading_code};
use super::dates::begins_with_day;
use super::instants::begins_with_hour;
use super::markdown::{Kind, Line};
use super::people::People;
use super::phrases::{cancelled_before, hour_before, hour_label, is_half_day, is_part_of_day};
use super::pieces::{is_mark, split_outside};
use super::statuses::{action_status, after_sign, bracket_cancelled, bracket_status, is_urgency, tick_box};
use super::values::{is_duration, urgency};

/// A thing to do and what is written around it.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// What holds it up, in words.
    pub(super) blocker: Option<String>,
    /// What it waits for, codes among it.
    pub(super) waits: Option<String>,
    /// Whether the owner stands before the thing to do, as that of a lane.
    pub(super) in_front: bool,
    /// Somebody who is named beside the owner.
    pub(super) other_owner: Option<String>,
}

impl Marked {
    /// Reads a line. Where `lanes` is set, a new name before a colon is an owner.
    pub(super) fn read(line: &Line, people: &People, lanes: bool) -> Self {
        let struck = unstruck(line);
        let line = struck.as_ref().map_or(line, |(line, _)| line);
        let (mut marked, kept) = Self::front(line, people, lanes);
        if let Some((_, behind)) = &struck {
            marked.status_line.clone_from(behind);
        }
        let kept = marked.take_tail(&kept, people);
        if marked.owner.is_none() {
            marked.owner = people.subject(&kept).map(str::to_owned);
        }
        marked.text = if kept.contains(char::is_alphanumeric) { kept } else { line.text.clone() };
        marked.settle_cancelled(struck.is_some());
        marked
    }

    /// Reads a line that may be a lane: the things that one names behind the owner, one after the other, each with its own marks
    /// (`stocktake, 2h; labels (Bo); the pier`).
    pub(super) fn read_lane(line: &Line, people: &People, lanes: bool) -> Vec<Self> {
        let (front, kept) = Self::front(line, people, lanes);
        if front.owner.is_none() || front.code.is_some() || line.lead.is_none() {
            return vec![Self::read(line, people, lanes)];
        }
        let mut parts: Vec<Self> = Vec::new();
        for piece in split_outside(&kept, &[';']).into_iter().map(|piece| piece.trim().trim_end_matches('.')) {
            if !piece.contains(char::is_alphanumeric) {
                continue;
            }
            if parts.last_mut().is_some_and(|last| is_mark(piece) && last.take_remark(piece, people, false)) {
                continue;
            }
            let mut part = front.clone();
            let struck = unstruck(&Line { text: piece.to_owned(), lead: None, ..line.clone() });
            let piece = struck.as_ref().map_or(piece, |(line, _)| &line.text);
            let text = part.take_signs(piece).to_owned();
            part.text = part.take_tail(&text, people);
            if !part.text.contains(char::is_alphanumeric) {
                part.text = piece.to_owned();
            }
            part.settle_cancelled(struck.is_some());
            parts.push(part);
        }
        if parts.len() < 2 { vec![Self::read(line, people, lanes)] } else { parts }
    }

    /// What will not be done has no status; what is done may be struck out too.
    fn settle_cancelled(&mut self, struck: bool) {
        self.cancelled |= struck && self.status != Some(ActionStatus::Completed);
        if self.cancelled {
            self.status = None;
        }
    }

    /// What stands before a thing to do, and the words behind that.
    fn front(line: &Line, people: &People, lanes: bool) -> (Self, String) {
        let mut marked = Self::default();
        if let Kind::Item { ticked: Some(done), .. } = line.kind {
            marked.status = Some(if done { ActionStatus::Completed } else { ActionStatus::Pending });
        }
        let lead = line.lead.and_then(|end| line.text.get(end..)).map_or(0, str::len);
        let mut text = marked.take_signs(&line.text);
        if let Some((words, name)) = asked(text) {
            let word = &text[..text.len() - words.len()];
            marked.status = marked.status.or(action_status(word.split('(').next().unwrap_or_default()).map(|(status, _)| status));
            text = words;
            marked.owner = name.or_else(|| charged(words)).map(str::to_owned);
        }
        if let Some((code, rest)) = leading_code(text).filter(|(code, _)| !is_plan_code(code)) {
            marked.code = Some(code.to_owned());
            text = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '–' | '—'));
        }
        let in_bold = text.len().saturating_sub(lead);
        let kept = marked.take_head(text, if line.lead.is_some() { in_bold } else { 0 }, people, lanes);
        (marked, kept)
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
                // `TODO: Bo to write` names somebody too.
                if word.len() <= 20
                    && asked(text).is_none()
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
            && (self.take_remark(remark, people, false) || self.take_part_of_remark(remark, people))
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
            let rest = rest.trim_start();
            // `9:00am - Vera: words`
            if let Some((hour, name)) = hour_before(label)
                && (people.are_named(name) || lanes && people.may_be_named(name))
            {
                (self.due, self.owner, self.in_front) = (Some(hour.to_owned()), Some(name.trim().to_owned()), true);
                return rest.to_owned();
            }
            self.due = Some(label.trim().to_owned());
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
        if let Some((name, rest)) = handle(text) {
            (self.owner, self.in_front) = (Some(name.to_owned()), true);
            return Some(rest);
        }
        let (name, rest) = text.split_once([':', '→']).filter(|(_, rest)| !rest.trim().is_empty())?;
        let lanes = lanes && text[name.len()..].starts_with(':');
        if !(people.are_named(name) || lanes && people.may_be_named(name)) {
            return None;
        }
        (self.owner, self.in_front) = (Some(name.trim().to_owned()), true);
        Some(rest.trim_start())
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

/// Whom `ACTION: Bo to write the letter` charges with it.
fn charged(words: &str) -> Option<&str> {
    let (name, _) = words.split_once(" to ")?;
    People::could_be(name).then_some(name)
}

/// Splits `@ana: words` or `@ana words` behind the name.
fn handle(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('@')?.split_once([':', ' '])?;
    let rest = rest.trim_start_matches([':', ' ', '-', '–', '—']);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    (is_name && rest.contains(char::is_alphanumeric)).then_some((name, rest))
}

/// Whether a list item shows by what is written around it that it is a thing to do.
pub(super) fn is_marked(text: &str) -> bool {
    let begins = tick_box(text).0.is_some() || text.trim_start().starts_with(is_urgency) || text.trim_start().starts_with("[-]");
    begins
        || text
            .trim_end()
            .strip_suffix(']')
            .and_then(|text| text.rsplit_once('['))
            .is_some_and(|(_, inside)| bracket_status(inside).is_some() || bracket_cancelled(inside))
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
