//! The load step: brings the database in line with a document, in one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::FutureExt;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::document::{ActionDocument, Parsed, PlanDocument, ResultDocument, Unread};
use super::merge::{self, Base, clip, micros};
use super::pairing::{self, Paired, alike, pair};
use super::report::Report;
use crate::entities::enums::{ActionStatus, EventType, FunnelStage, ResultStatus, WeekStatus};
use crate::entities::{actions, ingested_files, results, weeks};
use crate::error::Result;
use crate::ids::{ActionId, ProjectId, ResultId, WeekId};
use crate::store::{NewEvent, Store, Tx};

/// Name of the job in events.
pub(super) const ACTOR: &str = "ingest";

/// Version of the reader. A file that an older one has read is read again although it is as it was: raise this with what readers learn.
pub(super) const READER: i32 = 2;

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
    let said = || plan.results.iter().flat_map(|result| &result.actions);
    report.results = plan.results.len();
    report.actions = said().filter(|action| !action.is_cancelled()).count();
    report.cancelled = said().filter(|action| action.is_cancelled()).count();
    report.completed = said().filter(|action| action.status == Some(ActionStatus::Completed)).count();

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
    let said = || plan.results.iter().flat_map(|result| &result.actions);
    let codes = said().map(|action| action.code.clone()).collect();
    let elsewhere: HashMap<_, _> = tx.codes_elsewhere(row.as_ref().map(|row| row.id), codes).await?.into_iter().collect();
    let mut load = Load {
        document_time: document_time(source, plan, base.is_some()),
        base: base.as_ref(),
        plan,
        written,
        elsewhere,
        report,
    };
    if row.is_none() && said().all(|action| load.elsewhere.contains_key(&action.code)) {
        // Nothing of it could be taken over: a week without actions would only be in the way.
        for action in said() {
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

struct Load<'a> {
    base: Option<&'a PlanDocument>,
    plan: &'a PlanDocument,
    /// The codes that actions have in the database, by those that the document has since written for them.
    written: HashMap<String, String>,
    /// Codes that actions of other weeks have, with the first day of theirs.
    elsewhere: HashMap<String, NaiveDate>,
    document_time: DateTime<Utc>,
    report: Report,
}

impl Load<'_> {
    fn unread(&mut self, line: usize, text: &str, reason: String) {
        self.report.unread.push(Unread { line, text: clip(text, 200), reason });
    }

    fn belongs_elsewhere(&mut self, action: &ActionDocument) {
        let Some(start) = self.elsewhere.get(&action.code) else { return };
        let reason = format!("the code {} belongs to an action of the plan that begins on {start}", action.code);
        self.unread(action.line, &action.text, reason);
    }

    /// What a part of the document said last time, for a row that was last changed at some time.
    fn base_of<T>(&self, base: Option<T>, updated_at: DateTime<Utc>) -> Base<T> {
        base.map_or(Base::Unknown { newer: self.document_time > updated_at }, Base::Said)
    }

    /// The week's row, made or brought in line.
    async fn week(&mut self, tx: &Tx, project: ProjectId, row: Option<weeks::Model>) -> Result<WeekId> {
        let plan = self.plan;
        if let Some(row) = row {
            let mut next = merge::week(self.base_of(self.base, row.updated_at), plan, &row);
            if next == row {
                self.report.unchanged += 1;
            } else {
                next.updated_at = micros(Utc::now());
                tx.update::<_, weeks::ActiveModel>(next).await?;
                self.report.updated += 1;
            }
            return Ok(row.id);
        }
        let id = WeekId(Uuid::new_v4());
        let (low, high) = plan.revenue_target.unzip();
        tx.insert(weeks::ActiveModel {
            id: Set(id),
            project_id: Set(project),
            code: Set(plan.code.as_deref().map(|code| clip(code, 100))),
            title: Set(plan.title.clone()),
            week_start_date: Set(plan.week_start),
            week_end_date: Set(plan.week_end),
            status: Set(WeekStatus::Active),
            classification: Set(plan.classification.as_deref().map(|text| clip(text, 100))),
            owner: Set(clip(plan.owner.as_deref().unwrap_or_default(), 255)),
            version: Set(plan.version.as_deref().map(|text| clip(text, 50))),
            revenue_target_low: Set(low),
            revenue_target_high: Set(high),
            metadata: Set(json!(plan.metadata)),
            ..Default::default()
        })
        .await?;
        self.report.created += 1;
        Ok(id)
    }

    /// The results and actions of the week, made or brought in line.
    async fn contents(&mut self, tx: &mut Tx, week: WeekId, known: Vec<results::Model>) -> Result<()> {
        let (plan, base) = (self.plan, self.base);
        let known: HashMap<String, results::Model> = known.into_iter().map(|row| (row.result_code.clone(), row)).collect();
        let mut held: HashMap<String, actions::Model> =
            tx.lock_actions_of(week).await?.into_iter().map(|row| (row.action_code.clone(), row)).collect();
        let (mut ids, mut new) = (Vec::new(), Vec::new());
        for (said, position) in plan.results.iter().zip(0..) {
            let base_result = base.and_then(|base| base.results.iter().find(|result| result.code == said.code));
            let id = self.result(tx, week, said, base_result, position, known.get(&clip(&said.code, 100))).await?;
            ids.push(id);
            for (action, position) in said.actions.iter().zip(0..) {
                if self.elsewhere.contains_key(&action.code) {
                    self.belongs_elsewhere(action);
                    continue;
                }
                let code = self.written.get(&action.code).unwrap_or(&action.code);
                let base_action = base
                    .and_then(|base| base.results.iter().flat_map(|result| &result.actions).find(|known| known.code == *code));
                match held.remove(code) {
                    None if action.is_cancelled() => {
                        self.unread(action.line, &action.text, "cancelled in the document: it makes no action".to_owned());
                    }
                    Some(row) if action.is_cancelled() => {
                        let status = row.status.as_str();
                        let reason = format!("cancelled in the document; {} stays in the database as {status}", action.code);
                        self.unread(action.line, &action.text, reason);
                        self.merge_action(tx, week, id, action, base_action, position, row).await?;
                    }
                    Some(row) => self.merge_action(tx, week, id, action, base_action, position, row).await?,
                    None => new.push(self.new_action(id, action, position)),
                }
            }
        }
        self.insert(tx, new).await?;
        for id in ids {
            tx.roll_up(id, week).await?;
        }
        let results: HashSet<&str> = plan.results.iter().map(|result| result.code.as_str()).collect();
        for gone in base.iter().flat_map(|base| &base.results).filter(|gone| !results.contains(gone.code.as_str())) {
            let reason = format!("the result {} is no longer in the document; it stays in the database", gone.code);
            self.unread(1, &gone.text, reason);
        }
        let said: HashSet<&str> =
            plan.results.iter().flat_map(|result| &result.actions).map(|action| action.code.as_str()).collect();
        for gone in base.iter().flat_map(|base| &base.results).flat_map(|result| &result.actions) {
            if !said.contains(gone.code.as_str()) && !self.written.values().any(|code| *code == gone.code) {
                let reason = format!("the action {} is no longer in the document; it stays in the database", gone.code);
                self.unread(1, &gone.text, reason);
            }
        }
        Ok(())
    }

    async fn result(
        &mut self,
        tx: &Tx,
        week: WeekId,
        said: &ResultDocument,
        base: Option<&ResultDocument>,
        position: i32,
        row: Option<&results::Model>,
    ) -> Result<ResultId> {
        if let Some(row) = row {
            let mut next = merge::result(self.base_of(base, row.updated_at), said, position, row);
            if next == *row {
                self.report.unchanged += 1;
            } else {
                next.updated_at = micros(Utc::now());
                tx.update::<_, results::ActiveModel>(next).await?;
                self.report.updated += 1;
            }
            return Ok(row.id);
        }
        let id = ResultId(Uuid::new_v4());
        tx.insert(results::ActiveModel {
            id: Set(id),
            weekly_plan_id: Set(week),
            position: Set(position),
            result_code: Set(clip(&said.code, 100)),
            result_text: Set(said.text.clone()),
            purpose: Set(said.purpose.clone().unwrap_or_default()),
            outcome: Set(said.outcome.clone()),
            verification_criteria: Set(said.verification.clone()),
            owner: Set(said.owner.as_deref().map(|text| clip(text, 255))),
            priority: Set(said.priority.unwrap_or(0)),
            category: Set(said.category.as_deref().map(|text| clip(text, 100))),
            status: Set(said.status.unwrap_or(ResultStatus::NotStarted)),
            metadata: Set(json!(said.metadata)),
            ..Default::default()
        })
        .await?;
        self.report.created += 1;
        Ok(id)
    }

    fn new_action(&mut self, result: ResultId, said: &ActionDocument, position: i32) -> actions::Model {
        self.check_hours(said);
        let now = micros(Utc::now());
        let mut row = actions::Model {
            id: ActionId(Uuid::new_v4()),
            result_id: result,
            position,
            action_code: said.code.clone(),
            action_text: said.text.clone(),
            description: said.description.clone(),
            owner: said.owner.as_deref().map(|text| clip(text, 255)),
            due_date: said.due.map(micros),
            funnel_stage: said.funnel_stage.unwrap_or(FunnelStage::Top),
            status: ActionStatus::Pending,
            started_at: None,
            completion_date: None,
            estimated_hours: merge::hours(said.estimated_hours),
            actual_hours: merge::hours(said.actual_hours),
            dependencies: json!(said.dependencies),
            blocker_description: said.blocker.clone(),
            verification_criteria: said.verification.clone(),
            evidence_path: said.evidence.clone(),
            created_at: now,
            updated_at: now,
            metadata: json!(said.metadata),
        };
        merge::set_status(&mut row, said, said.status.unwrap_or(ActionStatus::Pending), self.document_time);
        row
    }

    async fn insert(&mut self, tx: &Tx, new: Vec<actions::Model>) -> Result<()> {
        self.report.created += new.len();
        tx.insert_actions(new.clone()).await?;
        for row in new.iter().filter(|row| row.status == ActionStatus::Completed) {
            tx.credit_agents(row, row.actual_hours.unwrap_or_default(), 1).await?;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    async fn merge_action(
        &mut self,
        tx: &mut Tx,
        week: WeekId,
        result: ResultId,
        said: &ActionDocument,
        base: Option<&ActionDocument>,
        position: i32,
        row: actions::Model,
    ) -> Result<()> {
        self.check_hours(said);
        let base = self.base_of(base, row.updated_at);
        let mut next = merge::action(base, said, position, self.document_time, &row);
        next.action_code.clone_from(&said.code);
        next.result_id = result;
        if next == row {
            self.report.unchanged += 1;
            return Ok(());
        }
        next.updated_at = micros(Utc::now());
        let owners = if next.owner == row.owner {
            tx.owners_of(row.id).await?
        } else {
            tx.set_owners(row.id, next.owner.as_deref()).await?
        };
        let completed = |row: &actions::Model| row.status == ActionStatus::Completed;
        let next = tx.update::<_, actions::ActiveModel>(next).await?;
        if completed(&next) != completed(&row) {
            let (hours, sign) = if completed(&next) { (next.actual_hours, 1) } else { (row.actual_hours, -1) };
            tx.credit_agents(&next, hours.unwrap_or_default(), sign).await?;
        }
        let event = match next.status {
            ActionStatus::Completed if next.status != row.status => EventType::ActionCompleted,
            ActionStatus::Blocked if next.status != row.status => EventType::ActionBlocked,
            _ => EventType::ActionUpdated,
        };
        tx.emit_action(event, "INGESTED", week, &next, &owners);
        self.report.updated += 1;
        Ok(())
    }

    /// Hours that the column cannot hold are left out, and said so.
    fn check_hours(&mut self, said: &ActionDocument) {
        for (hours, what) in [(said.estimated_hours, "estimated"), (said.actual_hours, "actual")] {
            if hours.is_some() && merge::hours(hours).is_none() {
                self.unread(said.line, &said.text, format!("the {what} hours are not from 0 to 999.99"));
            }
        }
    }
}
