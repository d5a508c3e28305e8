//! What is due as an iCalendar (RFC 5545), for calendars that subscribe to a link.
//!
//! An action is an entry of the whole day on which it is due where the plans are made; by `?as=tasks` it is a task. Its `UID` is the
//! action's id, its stamps are the row's: the same rows give the same bytes.

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::{Calendar, CalendarComponent, Component, Event, EventLike, EventStatus, Property, Todo, TodoStatus};

use crate::auth::secret;
use crate::entities::actions;
use crate::entities::enums::ActionStatus;
use crate::error::Result;
use crate::store::{Scope, Store};

/// How far back what is overdue is shown.
const BACK: TimeDelta = TimeDelta::days(90);
/// How many entries a calendar has at most: the first due.
const MAX_ENTRIES: u64 = 1000;

/// Reads calendars by their links.
#[derive(Clone, Debug)]
pub struct Calendars {
    /// The database.
    pub store: Store,
    /// The zone that days are of.
    pub zone: Tz,
    /// The address of the cockpit, where it is known.
    pub link: Option<String>,
}

/// How an action is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As an entry of the day.
    Entries,
    /// As a task, for programs that keep these apart.
    Tasks,
}

impl Calendars {
    /// What a link shows, by its secret; none where it does not stand.
    ///
    /// # Errors
    /// The database's own.
    pub async fn read(&self, secret: &str, shown: Shown, now: DateTime<Utc>) -> Result<Option<String>> {
        let Some((feed, member)) = self.store.calendar_feed_by_hash(&secret::hash(secret), now).await? else { return Ok(None) };
        let scope = Scope::of(member.role, member.owner_id);
        let due = self.store.due_actions(scope, feed.owner_id, now - BACK, MAX_ENTRIES).await?;
        Ok(Some(self.written(&feed.name, &due, shown)))
    }

    /// Actions as a calendar.
    fn written(&self, name: &str, due: &[actions::Model], shown: Shown) -> String {
        let mut calendar = Calendar::empty();
        let name = format!("RPM: {}", plain(name));
        for (key, value) in [
            ("VERSION", "2.0"),
            ("PRODID", "-//rpm-api//due actions//EN"),
            ("CALSCALE", "GREGORIAN"),
            ("METHOD", "PUBLISH"),
            ("X-WR-CALNAME", name.as_str()),
            ("X-WR-TIMEZONE", self.zone.name()),
            ("X-PUBLISHED-TTL", "PT1H"),
        ] {
            calendar.append_property((key, value));
        }
        calendar.append_property(Property::new("REFRESH-INTERVAL", "PT1H").add_parameter("VALUE", "DURATION").done());
        due.iter().filter_map(|action| self.entry(action, shown)).for_each(|entry| {
            calendar.push(entry);
        });
        calendar.to_string()
    }

    fn entry(&self, action: &actions::Model, shown: Shown) -> Option<CalendarComponent> {
        let day = action.due_date?.with_timezone(&self.zone).date_naive();
        let is_blocked = action.status == ActionStatus::Blocked;
        let mark = if is_blocked { "Blocked: " } else { "" };
        let summary = format!("{mark}{} {}", action.action_code, plain(&action.action_text));
        let description = self.description(action);
        match shown {
            Shown::Entries => {
                let mut entry = Event::new();
                self.common(&mut entry, action, &summary, &description);
                // A day of work, not a day that is taken.
                entry.starts(day).ends(day + Days::new(1)).status(EventStatus::Confirmed).add_property("TRANSP", "TRANSPARENT");
                Some(entry.done().into())
            }
            Shown::Tasks => {
                let mut task = Todo::new();
                self.common(&mut task, action, &summary, &description);
                let is_begun = action.status == ActionStatus::InProgress;
                task.due(day).status(if is_begun { TodoStatus::InProcess } else { TodoStatus::NeedsAction });
                Some(task.done().into())
            }
        }
    }

    fn common(&self, entry: &mut impl Component, action: &actions::Model, summary: &str, description: &str) {
        entry.uid(&format!("{}@rpm-api", action.id)).timestamp(action.updated_at).summary(summary).description(description);
        for (key, at) in [("CREATED", action.created_at), ("LAST-MODIFIED", action.updated_at)] {
            entry.add_property(key, at.format("%Y%m%dT%H%M%SZ").to_string());
        }
        if let Some(link) = &self.link {
            entry.add_property("URL", link);
        }
    }

    fn description(&self, action: &actions::Model) -> String {
        let mut lines = vec![format!("Status: {}", action.status.as_str().replace('_', " "))];
        if let Some(due) = action.due_date {
            lines.push(format!("Due: {}", due.with_timezone(&self.zone).format("%Y-%m-%d %H:%M %Z")));
        }
        let others = [
            ("Blocked by", &action.blocker_description),
            ("Owner", &action.owner),
            ("Done when", &action.verification_criteria),
            ("About", &action.description),
        ];
        lines.extend(others.iter().filter_map(|(what, text)| Some(format!("{what}: {}", plain(text.as_ref()?)))));
        lines.join("\n")
    }
}

/// Text without line breaks and characters that are none: what is between them stays.
fn plain(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
