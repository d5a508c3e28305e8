//! Things to do that carry no code: list items, table rows, headings with key lines.

use chrono::NaiveDate;

use crate::entities::enums::ActionStatus;
use crate::ingest::document::ActionDocument;

use super::actions;
use super::cards::{Card, TaskHead, Topic};
use super::instants::{Beside, Clock, DayMeans, Frame, begins_with_hour, hour, instant};
use super::ledger::{Fate, Ledger};
use super::markdown::{Kind, Line};
use super::marks::Marked;
use super::metadata::{put, put_loose};
use super::people::People;
use super::phrases::is_half_day;
use super::sheet::Field;
use super::statuses::{action_status, tick_box};
use super::tables::TASK;
use super::values::{hours, priority};

/// What things to do are read with.
pub(super) struct Desk<'a> {
    pub(super) cards: &'a [Card],
    pub(super) people: &'a People,
    pub(super) frame: &'a Frame,
}

const OWNERS: [&str; 5] = ["owner", "owners", "agent", "assignee", "assigned_to"];
const DATES: [&str; 11] = [
    "due",
    "due_date",
    "deadline",
    "timeline",
    "date",
    "send_time",
    "launch_date",
    "launch_time",
    "start_time",
    "meeting_time",
    "when",
];

/// Whether a key tells when an action is due.
pub(super) fn is_date_key(name: &str) -> bool {
    DATES.contains(&name)
}

/// An action, and what of it is only taken over from the headings and key lines around it.
pub(super) struct Task {
    pub(super) action: ActionDocument,
    pub(super) owner_is_inherited: bool,
    pub(super) due_is_inherited: bool,
    /// Whether a remark says what it is blocked by.
    pub(super) is_blocked: bool,
    /// The number of the list that it stands in, among those of its document.
    pub(super) list: Option<usize>,
}

impl Desk<'_> {
    /// Reads a thing to do from its card: several, where a lane names them one after the other. Their codes are their own, or empty.
    pub(super) fn read(&self, card: &Card, head: &TaskHead, ledger: &mut Ledger<'_>) -> Vec<Task> {
        ledger.field(&head.line);
        let (parts, cells) = self.marked(head);
        let Some(first) = parts.first().filter(|first| !first.text.trim().is_empty()) else {
            ledger.add(head.line.number, "this row names no thing to do");
            return Vec::new();
        };
        let mut start = actions::empty(first.code.as_deref().unwrap_or_default(), &first.text, head.line.number);
        start.status = first.status;
        let fields: Vec<Field> = cells.into_iter().chain(card.sheet.fields.iter().cloned()).collect();
        let mut base = actions::with_fields(start, &fields, self.frame, ledger);
        put_loose(&mut base.metadata, card, Fate::Field, ledger);
        let mut tasks = Vec::with_capacity(parts.len());
        for (at, marked) in parts.iter().enumerate() {
            let mut action = base.clone();
            if at > 0 {
                action.text.clone_from(&marked.text);
                action.status = marked.status.or(action.status);
            }
            action.status = action.status.or(head.context.status);
            self.take_marks(&mut action, marked, head);
            let (owner_is_inherited, due_is_inherited) =
                (action.owner.is_none(), action.due.is_none() && head.context.day.is_none());
            self.inherit(&mut action, card, head, ledger);
            for (key, value) in [("group", &head.context.group), ("priority", &head.context.priority)] {
                if let Some(value) = value {
                    action.metadata.entry(key).or_insert_with(|| value.clone().into());
                }
            }
            let is_blocked = marked.blocker.is_some();
            tasks.push(Task { action, owner_is_inherited, due_is_inherited, is_blocked, list: Some(head.list) });
        }
        tasks
    }

    /// What is written around the words of a thing to do, and the other cells of its row as key lines.
    fn marked(&self, head: &TaskHead) -> (Vec<Marked>, Vec<Field>) {
        let Some(row) = &head.row else {
            return (Marked::read_lane(&head.line, self.people, head.lanes), Vec::new());
        };
        let mut words = Line { kind: Kind::Text, lead: None, text: String::new(), ..head.line.clone() };
        let (mut cells, mut hour_of_day) = (Vec::new(), None);
        for (key, value) in row {
            let value = value.trim();
            if key == TASK {
                words.text = value.to_owned();
            } else if !matches!(value, "" | "-" | "–" | "—" | "n/a" | "N/A" | "TBD" | "tbd") {
                // A column of priorities may hold names for the rows.
                let key = match key.as_str() {
                    "priority" if priority(value).is_none() => "group",
                    // A column of boxes needs no head.
                    "" if action_status(value).is_some_and(|(_, more)| more.is_none()) => "status",
                    key => key,
                };
                if key == "due" && begins_with_hour(value) && head.context.day.is_some() {
                    hour_of_day = Some(value.to_owned());
                    continue;
                }
                // `✅ Mon`: done, and when it was due.
                let value = match tick_box(value) {
                    (Some(_), day) if key == "due" && !day.is_empty() => {
                        let sign = &value[..value.len() - day.len()];
                        cells.push(Field::of("status", head.line.number, sign.trim().to_owned()));
                        day
                    }
                    _ => value,
                };
                let value = if key == "owner" { value.trim_start_matches('@') } else { value };
                cells.push(Field::of(key, head.line.number, value.to_owned()));
            }
        }
        let mut marked = if words.text.is_empty() { Marked::default() } else { Marked::read(&words, &People::default(), false) };
        marked.due = hour_of_day.or(marked.due);
        if let Some(at) = cells.iter().position(|cell| cell.name == "id" && super::codes::is_code(&cell.inline)) {
            marked.code = Some(cells.remove(at).inline);
        }
        (vec![marked], cells)
    }

    fn take_marks(&self, action: &mut ActionDocument, marked: &Marked, head: &TaskHead) {
        take_marks(action, marked, self.frame);
        if head.context.cancelled {
            actions::cancel(action);
        }
        if let (None, Some(words)) = (action.due, &marked.due) {
            action.due = self.when(words, head);
            let labelled = head.line.text.contains(&format!("{words}:")) && !is_half_day(words);
            if action.due.is_none() && labelled && !action.text.contains(words) {
                // `Day 16` of a series is part of the thing to do.
                action.text = format!("{words}: {}", action.text);
            } else if action.due.is_none() && !action.text.contains(words) {
                put(&mut action.metadata, "when", words.clone().into());
            }
        }
    }

    /// The instant of words that are a day, or an hour of the day around them.
    fn when(&self, words: &str, head: &TaskHead) -> Option<chrono::DateTime<chrono::Utc>> {
        if is_half_day(words) {
            let half = if words.starts_with(['A', 'a']) { Clock::Morning } else { Clock::Afternoon };
            return self.frame.at(self.day(head)?, half, DayMeans::End);
        }
        if !begins_with_hour(words) {
            return instant(words, self.frame, DayMeans::End).map(|(at, _)| at);
        }
        self.frame.at(self.day(head)?, hour(words).unwrap_or(Clock::None), DayMeans::End)
    }

    /// The day that the headings around name.
    fn day(&self, head: &TaskHead) -> Option<NaiveDate> {
        let (at, _) = instant(head.context.day.as_deref()?, self.frame, DayMeans::End)?;
        Some(at.with_timezone(&self.frame.zone).date_naive())
    }

    /// Takes over what the headings, labels and key lines around say.
    fn inherit(&self, action: &mut ActionDocument, card: &Card, head: &TaskHead, ledger: &mut Ledger<'_>) {
        let around = self.around(card, head);
        if action.owner.is_none() {
            action.owner = head.context.owner.clone().or_else(|| {
                let field = around.iter().find_map(|card| card.sheet.field(&OWNERS))?;
                field.mark(ledger);
                Some(field.text())
            });
        }
        if action.due.is_none() {
            let day = head.context.day.as_deref();
            action.due = match (day, head.context.hour.as_deref()) {
                (Some(_), Some(hour)) => self.when(hour, head),
                (Some(day), None) => self.when(day, head),
                _ => std::iter::once(&card)
                    .chain(&around)
                    .flat_map(|card| card.sheet.first_fields())
                    .filter(|field| is_date_key(&field.name))
                    .find_map(|field| {
                        let (at, beside) = instant(&field.text(), self.frame, DayMeans::End)?;
                        if beside == Beside::Nothing {
                            field.mark(ledger);
                        }
                        Some(at)
                    }),
            };
        }
        for card in around.iter().filter(|card| matches!(card.topic, Topic::Slot { .. })) {
            ledger.mark(card.line, card.line, Fate::Structure);
            for field in
                card.sheet.first_fields().filter(|field| matches!(field.name.as_str(), "output" | "outputs" | "deliverable"))
            {
                field.mark(ledger);
                put(&mut action.metadata, &field.name, field.value());
            }
        }
    }

    /// The cards whose key lines count for what stands in them, the nearest first.
    fn around(&self, card: &Card, head: &TaskHead) -> Vec<&Card> {
        let home = self.cards.get(head.home);
        let within = match home.map(|home| &home.topic) {
            Some(Topic::Slot { within, .. }) => self.cards.get(*within),
            _ => None,
        };
        let mut around: Vec<&Card> = Vec::new();
        for card in home.into_iter().chain(within).chain(card.under.and_then(|under| self.cards.get(under))) {
            // The plan's own owner and dates are no single action's.
            let known = around.iter().any(|known| std::ptr::eq(*known, card));
            if !known && !matches!(card.topic, Topic::Front) {
                around.push(card);
            }
        }
        around
    }
}

/// Enters what is written around the words of a thing to do, but for its day; what its key lines say counts before.
pub(super) fn take_marks(action: &mut ActionDocument, marked: &Marked, frame: &Frame) {
    match (&action.owner, &marked.owner) {
        (None, _) => action.owner = marked.owner.clone(),
        (Some(owner), Some(other)) if !owner.eq_ignore_ascii_case(other) => {
            put(&mut action.metadata, "owner_notes", other.clone().into())
        }
        _ => {}
    }
    if let (None, Some(Ok((time, remark)))) = (action.estimated_hours, marked.estimate.as_deref().map(hours)) {
        action.estimated_hours = Some(time);
        if let Some(remark) = remark {
            put(&mut action.metadata, "estimated_hours_notes", remark.into());
        }
    }
    for (key, value) in [
        ("owner_notes", &marked.other_owner),
        ("status_line", &marked.status_line),
        ("priority", &marked.priority),
        ("when", &marked.label),
    ] {
        if let Some(value) = value {
            put(&mut action.metadata, key, value.clone().into());
        }
    }
    if let Some(waits) = &marked.waits {
        actions::wait_for(action, waits);
    }
    if let Some(more) = &marked.blocker {
        match &mut action.blocker {
            Some(known) => known.extend(["\n", more.as_str()]),
            none => *none = Some(more.clone()),
        }
    }
    if let Some(words) = marked.completed.as_deref().filter(|_| action.completed_at.is_none()) {
        let read = instant(words, frame, DayMeans::Noon).filter(|_| action.status == Some(ActionStatus::Completed));
        action.completed_at = read.map(|(at, _)| at);
        if read.is_none_or(|(_, beside)| beside != Beside::Nothing) {
            put(&mut action.metadata, "completion_notes", words.into());
        }
    }
    if marked.cancelled {
        actions::cancel(action);
    }
}
