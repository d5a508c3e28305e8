//! What is to be told, and to whom: out of the rows, as of an instant.
//!
//! What a subscriber may not see is looked for in its scope, and not found. Nothing is decided twice: what was decided is known by
//! its subject, and the database holds each once.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::digest::DigestAt;
use super::message::Message;
use super::quiet;
use crate::analytics::Basis;
use crate::entities::enums::{AlertKind, EventType};
use crate::entities::{actions, agents, alert_subscriptions, events};
use crate::error::Result;
use crate::ids::ActionId;
use crate::store::{EventFilter, FailingJob, NewAlertDelivery, Scope, Store, Watcher};

/// Events that are looked at in one go.
const EVENTS_AT_ONCE: u64 = 500;
/// Overdue actions of one scope that are told of in one round.
const OVERDUE_AT_ONCE: u64 = 1000;
/// What has been overdue or silent for longer is not looked at any more. Less than deliveries are remembered for: nothing is told again
/// because it was forgotten that it had been told.
const LOOK_BACK: TimeDelta = TimeDelta::days(30);

/// Decides.
#[derive(Clone, Debug)]
pub struct Decider {
    /// The database.
    pub store: Store,
    /// The zone of dates, and how long an agent may be silent.
    pub basis: Basis,
    /// The address of the cockpit, where it is known.
    pub link: Option<String>,
    /// When the weekly digest goes out.
    pub digest: DigestAt,
}

/// What came of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// How many deliveries are new.
    pub new: u64,
    /// Whether somebody is to be told of events.
    pub follows: bool,
}

/// An alert by which somebody tries whether a subscription works. `scope` is what its member may see, `by` who tries it.
#[must_use]
pub fn test_alert(subscription: &alert_subscriptions::Model, scope: Scope, by: &str, now: DateTime<Utc>) -> NewAlertDelivery {
    let text = format!("{by} tries whether alerts of rpm-api arrive here. They do.");
    let message = Message::new("A test alert of rpm-api", &text, now, json!({ "by": by }));
    NewAlertDelivery {
        subscription_id: subscription.id,
        scope,
        kind: AlertKind::Test,
        subject: Uuid::new_v4().to_string(),
        payload: json!(message),
        send_at: now,
    }
}

impl Decider {
    /// A round for what events tell, and nothing else.
    ///
    /// # Errors
    /// The database's own; what was decided until then stands.
    pub async fn decide_on_events(&self, now: DateTime<Utc>) -> Result<Decided> {
        let watchers = self.store.alert_watchers().await?;
        let new = self.blocked(&watchers, now).await?;
        Ok(Decided { new, follows: wanting(&watchers, AlertKind::ActionBlocked).next().is_some() })
    }

    /// One round: everything that is to be told as of `now` and was not decided before is.
    ///
    /// # Errors
    /// The database's own; what was decided until then stands.
    pub async fn decide(&self, now: DateTime<Utc>) -> Result<Decided> {
        let watchers = self.store.alert_watchers().await?;
        if watchers.is_empty() {
            return Ok(Decided::default());
        }
        let blocked = self.blocked(&watchers, now).await?;
        let mut new = self.overdue(&watchers, now).await?;
        new.extend(self.silent(&watchers, now).await?);
        new.extend(self.failing(&watchers, now).await?);
        let mut new = self.store.undecided(new).await?;
        new.extend(self.digests(&watchers, now).await?);
        let others = if new.is_empty() { 0 } else { self.store.decide_alerts(&new, None).await? };
        let follows = wanting(&watchers, AlertKind::ActionBlocked).next().is_some();
        Ok(Decided { new: blocked + others, follows })
    }

    /// What the event log says was blocked, from where it was left.
    async fn blocked(&self, watchers: &[Watcher], now: DateTime<Utc>) -> Result<u64> {
        let wanting: Vec<&Watcher> = wanting(watchers, AlertKind::ActionBlocked).collect();
        if wanting.is_empty() {
            return Ok(0);
        }
        let filter = EventFilter { types: Some(vec![EventType::ActionBlocked]), ..EventFilter::default() };
        let mut after = self.store.alerts_looked_through().await?;
        let mut written = 0;
        loop {
            // Before the events: all of them up to here are seen.
            let newest = self.store.last_event().await?;
            let events = self.store.events_after(Scope::All, &filter, Some(after), EVENTS_AT_ONCE).await?;
            let is_full = events.len() as u64 == EVENTS_AT_ONCE;
            let last = events.last().map_or(after, |event| event.id);
            let through = if is_full { last } else { last.max(newest) };
            if through == after {
                return Ok(written);
            }
            let ids: Vec<ActionId> = events.iter().filter_map(|event| event.action_id).collect();
            let actions = self.store.actions_by_id(Scope::All, &ids).await?;
            let mut new = Vec::new();
            for event in &events {
                let action = actions.iter().find(|action| Some(action.id) == event.action_id);
                for watcher in &wanting {
                    let is_new = event.occurred_at >= watcher.subscription.told_from;
                    if is_new && filter.admits(watcher.scope(), event) {
                        let message = self.of_blocked(event, action);
                        new.push(self.delivery(watcher, AlertKind::ActionBlocked, event.id.to_string(), message, now));
                    }
                }
            }
            written += self.store.decide_alerts(&new, Some(through)).await?;
            if !is_full {
                return Ok(written);
            }
            after = through;
        }
    }

    /// What is past its due date and open: once for each date.
    async fn overdue(&self, watchers: &[Watcher], now: DateTime<Utc>) -> Result<Vec<NewAlertDelivery>> {
        let mut new = Vec::new();
        for (scope, watchers) in by_scope(wanting(watchers, AlertKind::ActionOverdue)) {
            let Some(from) = watchers.iter().map(|watcher| watcher.subscription.told_from).min() else { continue };
            let from = from.max(now - LOOK_BACK);
            for action in self.store.overdue_actions(scope, (from, now), OVERDUE_AT_ONCE).await? {
                let Some(due) = action.due_date else { continue };
                for watcher in watchers.iter().filter(|watcher| due >= watcher.subscription.told_from) {
                    let subject = format!("{}@{}", action.id, instant(due));
                    new.push(self.delivery(watcher, AlertKind::ActionOverdue, subject, self.of_overdue(&action, due), now));
                }
            }
        }
        Ok(new)
    }

    /// Agents that have not reported for too long: once for each silence.
    async fn silent(&self, watchers: &[Watcher], now: DateTime<Utc>) -> Result<Vec<NewAlertDelivery>> {
        let mut new = Vec::new();
        for (scope, watchers) in by_scope(wanting(watchers, AlertKind::AgentSilent)) {
            for agent in self.store.silent_agents(scope, now - self.basis.agent_stale_after).await? {
                let silent_from = agent.last_heartbeat + self.basis.agent_stale_after;
                if silent_from < now - LOOK_BACK {
                    continue;
                }
                for watcher in watchers.iter().filter(|watcher| silent_from >= watcher.subscription.told_from) {
                    let subject = format!("{}@{}", agent.id, instant(agent.last_heartbeat));
                    let message = self.of_silent(&agent, silent_from);
                    new.push(self.delivery(watcher, AlertKind::AgentSilent, subject, message, now));
                }
            }
        }
        Ok(new)
    }

    /// Jobs that do not work: once until they have worked again. They are about everybody's data.
    async fn failing(&self, watchers: &[Watcher], now: DateTime<Utc>) -> Result<Vec<NewAlertDelivery>> {
        let kinds = [AlertKind::IngestFailed, AlertKind::ExportFailed];
        if kinds.iter().all(|kind| wanting(watchers, *kind).next().is_none()) {
            return Ok(Vec::new());
        }
        let mut new = Vec::new();
        for job in self.store.failing_jobs().await? {
            let (kind, what) = match job.job.as_str() {
                "sync" => (AlertKind::IngestFailed, "The server's look at the files"),
                "ingest" => (AlertKind::IngestFailed, "The look at the files by `rpm-api ingest --watch`"),
                "export" => (AlertKind::ExportFailed, "The export into the warehouse"),
                _ => continue,
            };
            for watcher in wanting(watchers, kind).filter(|watcher| watcher.scope() == Scope::All) {
                let subject = format!("{}@{}", job.job, instant(job.failing_since));
                new.push(self.delivery(watcher, kind, subject, self.of_failing(&job, what), now));
            }
        }
        Ok(new)
    }

    /// A delivery of something to somebody: now, or when the quiet hours are over.
    pub(super) fn delivery(
        &self,
        watcher: &Watcher,
        kind: AlertKind,
        subject: String,
        mut message: Message,
        now: DateTime<Utc>,
    ) -> NewAlertDelivery {
        message.link.clone_from(&self.link);
        let held = quiet::held_until(&watcher.subscription, kind, now, self.basis.zone);
        let payload = json!(message);
        let (subscription_id, scope) = (watcher.subscription.id, watcher.scope());
        NewAlertDelivery { subscription_id, scope, kind, subject, payload, send_at: held.unwrap_or(now) }
    }

    fn of_blocked(&self, event: &events::Model, action: Option<&actions::Model>) -> Message {
        let said = |key: &str| event.payload[key].as_str().unwrap_or_default();
        let (code, reason) = (said("code"), said("blockerDescription"));
        let text = action.map_or("", |action| action.action_text.as_str());
        let owner = action.and_then(|action| action.owner.as_deref());
        let mut lines = format!("{code}: {text}\nBlocked by {} on {}.", event.actor, self.shown(event.occurred_at));
        if !reason.is_empty() {
            lines.push_str(&format!("\nReason: {reason}"));
        }
        if let Some(owner) = owner {
            lines.push_str(&format!("\nOwner: {owner}"));
        }
        let data = json!({
            "actionId": event.action_id,
            "code": code,
            "text": text,
            "owner": owner,
            "blockerDescription": reason,
            "actor": event.actor,
            "weekId": event.week_id,
        });
        let title =
            if reason.is_empty() { format!("Blocked: {code} {text}") } else { format!("Blocked: {code} ({reason}) {text}") };
        Message::new(&title, &lines, event.occurred_at, data)
    }

    fn of_overdue(&self, action: &actions::Model, due: DateTime<Utc>) -> Message {
        let actions::Model { action_code: code, action_text: text, .. } = action;
        let mut lines = format!("{code}: {text}\nIt was due on {} and is {}.", self.shown(due), worded(action.status.as_str()));
        if let Some(owner) = &action.owner {
            lines.push_str(&format!("\nOwner: {owner}"));
        }
        let data = json!({
            "actionId": action.id,
            "code": code,
            "text": text,
            "owner": action.owner,
            "dueDate": instant(due),
            "status": action.status.as_str().to_uppercase(),
        });
        Message::new(&format!("Overdue: {code} {text}"), &lines, due, data)
    }

    fn of_silent(&self, agent: &agents::Model, silent_from: DateTime<Utc>) -> Message {
        let name = &agent.agent_name;
        let minutes = self.basis.agent_stale_after.as_secs().div_ceil(60);
        let lines = format!(
            "{name} reported last on {}, as {}; an agent counts as offline after {minutes} min without a word.",
            self.shown(agent.last_heartbeat),
            agent.status.as_str(),
        );
        let data = json!({
            "agentId": agent.id,
            "agent": name,
            "lastHeartbeat": instant(agent.last_heartbeat),
            "status": agent.status.as_str().to_uppercase(),
            "currentActionId": agent.current_action_id,
        });
        Message::new(&format!("Silent: {name} has not reported for {minutes} min"), &lines, silent_from, data)
    }

    fn of_failing(&self, job: &FailingJob, what: &str) -> Message {
        let since = self.shown(job.failing_since);
        let lines = format!(
            "{what} has not worked since {since}: {}\nIt is tried again by the clock. You are not told again until it has worked once.",
            job.failure
        );
        let data = json!({ "job": job.job, "failingSince": instant(job.failing_since), "failure": job.failure });
        Message::new(&format!("{what} does not work: {}", job.failure), &lines, job.failing_since, data)
    }

    /// An instant as people read it, by the plans' clocks.
    fn shown(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.basis.zone).format("%a %-d %b %Y, %H:%M %Z").to_string()
    }
}

/// Those that want to be told of a kind.
pub(super) fn wanting(watchers: &[Watcher], kind: AlertKind) -> impl Iterator<Item = &Watcher> {
    watchers.iter().filter(move |watcher| watcher.wants(kind))
}

pub(super) fn by_scope<'a>(watchers: impl Iterator<Item = &'a Watcher>) -> HashMap<Scope, Vec<&'a Watcher>> {
    let mut groups: HashMap<Scope, Vec<&Watcher>> = HashMap::new();
    watchers.for_each(|watcher| groups.entry(watcher.scope()).or_default().push(watcher));
    groups
}

/// An instant as machines read it.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn worded(status: &str) -> String {
    status.replace('_', " ")
}
