//! The load step of agents: every report into the history, the newest into the agent's row.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::document::{AgentDocument, ParsedAgents};
use super::{fold, health, names};
use crate::entities::enums::OwnerKind;
use crate::entities::{agents, heartbeats, ingested_files, owners};
use crate::error::Result;
use crate::ids::ActionId;
use crate::ingest::fields::unread;
use crate::ingest::load::{ACTOR, READER, Source};
use crate::ingest::merge::{clip, micros};
use crate::ingest::report::Report;
use crate::store::{LockedAgent, Store, Tx};

/// How far a clock may be ahead of ours. A report from further ahead would keep out all that come after it.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The longest name of an agent, in characters.
const MAX_NAME: usize = 100;

/// Loads what a parser made of a file about agents, in one transaction. The same file twice changes nothing.
///
/// Each report with a time goes into the history once; the newest becomes what the agent is, where it is newer than what is
/// known. A report without a time makes an agent known, and is kept beside what the agent reports; a file that is written
/// over and changed its word without a newer time counts from when it was changed. Unknown agents are made.
///
/// # Errors
/// When the database fails; the transaction is then undone as a whole.
pub async fn load_agents(store: &Store, source: &Source, parsed: &ParsedAgents, now: DateTime<Utc>) -> Result<Report> {
    let input = (source, parsed, micros(now));
    store.transaction(ACTOR, &input, |(source, parsed, now), tx| load(tx, source, parsed, *now).boxed()).await
}

async fn load(tx: &mut Tx, source: &Source, parsed: &ParsedAgents, now: DateTime<Utc>) -> Result<Report> {
    let mut report =
        Report { path: source.path.clone(), raw: source.raw.clone(), unread: parsed.unread.clone(), ..Report::default() };
    if parsed.documents.is_empty() {
        return Ok(report);
    }
    let base: Vec<AgentDocument> = match tx.ingested_file(&source.path).await? {
        Some(file) => serde_json::from_value(file.parsed).unwrap_or_default(),
        None => Vec::new(),
    };
    let owners = owners_of(tx, &parsed.documents).await?;
    let actions = tx.actions_with_codes(&codes(&parsed.documents)).await?;
    let mut said: BTreeMap<String, Vec<Said<'_>>> = BTreeMap::new();
    for document in &parsed.documents {
        let Some(owner) = owners.get(&document.name) else { continue };
        if owner.kind == OwnerKind::Person {
            let reason = format!("{} is a person, not an agent", owner.name);
            report.unread.push(unread(document.line, &document.name, reason));
            continue;
        }
        let at = reported_at(document, &base, source, now);
        if at.is_some_and(|at| at > now + AHEAD) {
            report.unread.push(unread(document.line, &document.name, "this report comes from the future; it is left out"));
            continue;
        }
        let action = document.current_action.as_ref().and_then(|code| actions.get(code)).copied();
        said.entry(owner.name.clone()).or_default().push(Said { document, at: at.map(micros), action });
    }
    report.agents = said.len();
    report.heartbeats = said.values().map(Vec::len).sum();
    let names: Vec<String> = said.keys().cloned().collect();
    let ids: HashMap<&str, &owners::Model> = owners.values().map(|owner| (owner.name.as_str(), owner)).collect();
    for agent in tx.lock_agents(&names, now).await? {
        let (Some(said), Some(owner)) = (said.get(&agent.row.agent_name), ids.get(agent.row.agent_name.as_str())) else {
            continue;
        };
        load_agent(tx, &agent, owner, said, source, now, &mut report).await?;
    }
    save(tx, source, parsed, &report).await?;
    Ok(report)
}

/// One report and what the database knows about it.
pub(super) struct Said<'a> {
    pub(super) document: &'a AgentDocument,
    /// When it counts from, in microseconds; absent for one without a time.
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) action: Option<ActionId>,
}

/// When a report counts from. A file that is written over and says something else than last time, but names no newer time,
/// says so since it was changed.
fn reported_at(document: &AgentDocument, base: &[AgentDocument], source: &Source, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let changed = base.iter().find(|base| base.name == document.name).is_some_and(|base| {
        let is_same = AgentDocument { line: base.line, ..document.clone() } == *base;
        !is_same && document.reported_at <= base.reported_at
    });
    if changed { document.reported_at.max(Some(source.modified_at.min(now))) } else { document.reported_at }
}

async fn load_agent(
    tx: &mut Tx,
    agent: &LockedAgent,
    owner: &owners::Model,
    said: &[Said<'_>],
    source: &Source,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<()> {
    // Of two reports at one time the later in the document counts.
    let dated: BTreeMap<DateTime<Utc>, &Said<'_>> = said.iter().filter_map(|said| Some((said.at?, said))).collect();
    let lines: Vec<heartbeats::ActiveModel> = dated.iter().map(|(at, said)| heartbeat(agent, *at, said)).collect();
    let added = tx.add_heartbeats(lines).await?;
    report.created += added + usize::from(agent.is_new);
    report.unchanged += said.len() - added;
    let next = fold::row(agent, said, &dated, source.modified_at.min(now), now);
    if !agent.is_new && next == agent.row {
        report.unchanged += 1;
        return Ok(());
    }
    report.updated += usize::from(!agent.is_new);
    let row = tx.update::<_, agents::ActiveModel>(agents::Model { updated_at: now, ..next }).await?;
    tx.emit_agent((!agent.is_new).then_some(&agent.row), &row, owner.id);
    Ok(())
}

/// A line of the history. A health score that is not stated is what it was then: nobody had been silent yet.
fn heartbeat(agent: &LockedAgent, at: DateTime<Utc>, said: &Said<'_>) -> heartbeats::ActiveModel {
    let document = said.document;
    let score = || health::score(document.status, document.faults.len(), TimeDelta::zero());
    heartbeats::ActiveModel {
        agent_id: Set(agent.row.id),
        reported_at: Set(at),
        status: Set(document.status),
        health_score: Set(document.health_score.unwrap_or_else(score)),
        current_action_id: Set(said.action),
        error: Set(fold::error_log(&document.faults)),
        metadata: Set(json!(document.metadata)),
        ..Default::default()
    }
}

fn codes(documents: &[AgentDocument]) -> Vec<String> {
    let mut codes: Vec<String> = documents.iter().filter_map(|document| document.current_action.clone()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Whom the names in the documents mean; a name that nobody has in any of its spellings becomes a new agent.
async fn owners_of(tx: &Tx, documents: &[AgentDocument]) -> Result<HashMap<String, owners::Model>> {
    let mut written: Vec<&str> = documents.iter().map(|document| document.name.as_str()).collect();
    written.sort_unstable();
    written.dedup();
    let spellings: Vec<String> = written.iter().flat_map(|name| names::spellings(name)).collect();
    let known = tx.known_owners(&spellings).await?;
    let mut owners = HashMap::new();
    for name in written {
        let found = names::spellings(name).iter().find_map(|spelling| known.get(spelling)).cloned();
        let owner = match found {
            Some(owner) => owner,
            None => tx.owner(&clip(&names::bare(name), MAX_NAME), OwnerKind::Agent).await?,
        };
        owners.insert(name.to_owned(), owner);
    }
    Ok(owners)
}

/// Notes what was read. Of histories nothing need be known the next time: their lines have their times.
async fn save(tx: &Tx, source: &Source, parsed: &ParsedAgents, report: &Report) -> Result<()> {
    let documents: &[AgentDocument] = if parsed.is_history { &[] } else { &parsed.documents };
    tx.save_ingested_file(ingested_files::ActiveModel {
        id: Set(Uuid::new_v4()),
        path: Set(source.path.clone()),
        sha256: Set(source.sha256.clone()),
        kind: Set("agents".to_owned()),
        week_id: Set(None),
        parsed: Set(json!(documents)),
        report: Set(json!(report)),
        modified_at: Set(micros(source.modified_at)),
        ingested_at: Set(Utc::now()),
        reader: Set(READER),
    })
    .await
}
