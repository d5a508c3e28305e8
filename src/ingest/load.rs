//! The load step: brings the database in line with a document, in one transaction.

mod rows;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::document::{Parsed, PlanDocument};
use super::merge::micros;
use super::pairing::{self, Paired, alike, pair};
use super::report::Report;
use crate::entities::enums::{ActionStatus, EventType};
use crate::entities::{ingested_files, weeks};
use crate::error::Result;
use crate::ids::ProjectId;
use crate::store::{NewEvent, Store, Tx};
use rows::Load;

/// Name of the job in events.
pub(super) const ACTOR: &str = "ingest";

/// Version of the reader. A file that an older one has read is read again although it is as it was: raise this with what readers learn.
pub(super) const READER: i32 = 3;

/// Where a document comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, as it shall be known: the same path is the same document.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// When it was last changed.
    pub modified_at: DateTime<Utc>,
    /// The project it is put into, whatever its name says.
    pub project: Option<String>,
    /// Where in the lake its copy is; none without a lake.
    pub raw: Option<String>,
}

/// Loads what a parser made of a document. The same document twice changes nothing.
///
/// A document without a plan is reported and nothing else.
///
/// # Errors
/// When the database fails; the transaction is then undone as a whole.
pub async fn load(store: &Store, source: &Source, parsed: &Parsed) -> Result<Report> {
    let report = Report {
        path: source.path.clone(),
        raw: source.raw.clone(),
        coverage: Some(parsed.coverage),
        unread: parsed.unread.clone(),
        ..Report::default()
    };
    let Some(plan) = &parsed.plan else { return Ok(report) };
    let input = (source, plan, report);
    store.transaction(ACTOR, &input, |(source, plan, report), tx| load_plan(tx, source, plan, report.clone()).boxed()).await
}

async fn load_plan(tx: &mut Tx, source: &Source, plan: &PlanDocument, mut report: Report) -> Result<Report> {
    let project = tx.project(source.project.as_deref().or(plan.project.as_deref())).await?;
    report.results = plan.results.len();
    report.cancelled = plan.actions().filter(|action| action.is_cancelled()).count();
    report.actions = plan.actions().count() - report.cancelled;
    report.completed = plan.actions().filter(|action| action.status == Some(ActionStatus::Completed)).count();

    let Known { week: row, base, sha256 } = find_week(tx, source, plan, project.id).await?;
    let Paired { mut plan, written, notes } = pair(plan.clone(), base.as_ref(), sha256.as_ref() == Some(&source.sha256));
    report.unread.extend(notes);
    let known = match &row {
        Some(row) => tx.results_of(row.id).await?,
        None => Vec::new(),
    };
    report.unread.extend(pairing::set_apart(&mut plan, base.as_ref(), |said| {
        known.iter().any(|row| row.result_code == said.code && !alike(&row.result_text, &said.text))
    }));
    let plan = &plan;
    let codes = plan.actions().map(|action| action.code.clone()).collect();
    let elsewhere: HashMap<_, _> = tx.codes_elsewhere(row.as_ref().map(|row| row.id), codes).await?.into_iter().collect();
    let mut load = Load {
        document_time: document_time(source, plan, base.is_some()),
        base: base.as_ref(),
        plan,
        written,
        elsewhere,
        report,
    };
    if row.is_none() && plan.actions().all(|action| load.elsewhere.contains_key(&action.code)) {
        // Nothing of it could be taken over: a week without actions would only be in the way.
        for action in plan.actions() {
            load.belongs_elsewhere(action);
        }
        return Ok(load.report);
    }
    load.report.project = Some(project.code);
    load.report.week_start = Some(plan.week_start);
    let week = load.week(tx, project.id, row).await?;
    load.contents(tx, week, known).await?;
    let report = load.report;
    if report.created + report.updated > 0 {
        tx.emit(NewEvent {
            week_id: Some(week),
            payload: json!({
                "path": source.path,
                "created": report.created,
                "updated": report.updated,
                "results": report.results,
                "actions": report.actions,
            }),
            ..NewEvent::new(EventType::WeekIngested)
        });
    }
    tx.save_ingested_file(ingested_files::ActiveModel {
        id: Set(Uuid::new_v4()),
        path: Set(source.path.clone()),
        sha256: Set(source.sha256.clone()),
        kind: Set("plan".to_owned()),
        week_id: Set(Some(week)),
        parsed: Set(json!(plan)),
        report: Set(json!(report)),
        modified_at: Set(micros(source.modified_at)),
        ingested_at: Set(Utc::now()),
        reader: Set(READER),
    })
    .await?;
    Ok(report)
}

/// What is known of a document.
#[derive(Default)]
struct Known {
    /// The week that it tells of, locked; none when it is a new one.
    week: Option<weeks::Model>,
    /// What it said last time.
    base: Option<PlanDocument>,
    /// The hash of its bytes at that time.
    sha256: Option<String>,
}

impl Known {
    fn new(week: weeks::Model, file: Option<ingested_files::Model>) -> Self {
        let Some(file) = file else { return Self { week: Some(week), ..Self::default() } };
        let (base, sha256) = (serde_json::from_value(file.parsed).ok(), Some(file.sha256));
        Self { week: Some(week), base, sha256 }
    }
}

/// The week that a document tells of, and what the document said last time.
///
/// A document is known by its path; one that was moved or copied by its content or its title. One whose first day was
/// corrected takes its week along; it was not corrected when the new days are others and so is most of what is to be done: then
/// the file is used for the next week's plan.
async fn find_week(tx: &Tx, source: &Source, plan: &PlanDocument, project: ProjectId) -> Result<Known> {
    let file = tx.ingested_file(&source.path).await?;
    let known_week = file.as_ref().and_then(|file| file.week_id);
    if let Some(row) = tx.lock_week(project, plan.week_start).await? {
        let file = match file.filter(|file| file.week_id == Some(row.id)) {
            Some(file) => Some(file),
            None => tx.ingested_elsewhere(row.id, &source.sha256, &plan.title).await?,
        };
        return Ok(Known::new(row, file));
    }
    if let Some(id) = known_week
        && let Some(row) = tx.lock_week_by_id(id).await?
        && row.project_id == project
    {
        let known = Known::new(row, file);
        let is_correction = known.base.as_ref().is_none_or(|base| {
            let overlap = plan.week_start <= base.week_end && base.week_start <= plan.week_end;
            overlap || pairing::is_same_work(plan, base)
        });
        if is_correction {
            return Ok(known);
        }
    }
    Ok(Known::default())
}

/// When the document was last changed. A file that has not been read before may be an old one that was copied just now:
/// then what it says of itself counts more than the file's time.
fn document_time(source: &Source, plan: &PlanDocument, known: bool) -> DateTime<Utc> {
    match plan.last_updated {
        Some(stated) if known => stated.max(source.modified_at),
        Some(stated) => stated,
        None => source.modified_at,
    }
}
