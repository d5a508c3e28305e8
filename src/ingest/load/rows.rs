//! The rows of a plan: made, or brought in line with its document.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::IntoActiveModel;
use serde_json::json;
use uuid::Uuid;

use crate::entities::enums::{ActionStatus, EventType, FunnelStage, ResultStatus, WeekStatus};
use crate::entities::{actions, results, weeks};
use crate::error::Result;
use crate::ids::{ActionId, ProjectId, ResultId, WeekId};
use crate::ingest::document::{ActionDocument, NO_LINE, PlanDocument, ResultDocument, Unread};
use crate::ingest::merge::{self, Base, clip, micros};
use crate::ingest::report::Report;
use crate::store::Tx;

/// A document on its way into the rows.
pub(super) struct Load<'a> {
    /// What it said last time.
    pub(super) base: Option<&'a PlanDocument>,
    pub(super) plan: &'a PlanDocument,
    /// The codes that actions have in the database, by those that the document has since written for them.
    pub(super) written: HashMap<String, String>,
    /// Codes that actions of other weeks have, with the first day of theirs.
    pub(super) elsewhere: HashMap<String, NaiveDate>,
    pub(super) document_time: DateTime<Utc>,
    pub(super) report: Report,
}

impl Load<'_> {
    fn unread(&mut self, line: usize, text: &str, reason: String) {
        self.report.unread.push(Unread { line, text: clip(text, 200), reason });
    }

    pub(super) fn belongs_elsewhere(&mut self, action: &ActionDocument) {
        let Some(start) = self.elsewhere.get(&action.code) else { return };
        let reason = format!("the code {} belongs to an action of the plan that begins on {start}", action.code);
        self.unread(action.line, &action.text, reason);
    }

    /// What a part of the document said last time, for a row that was last changed at some time.
    fn base_of<T>(&self, base: Option<T>, updated_at: DateTime<Utc>) -> Base<T> {
        base.map_or(Base::Unknown { newer: self.document_time > updated_at }, Base::Said)
    }

    /// The week's row, made or brought in line.
    pub(super) async fn week(&mut self, tx: &Tx, project: ProjectId, row: Option<weeks::Model>) -> Result<WeekId> {
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

    /// The results and actions of the week, made or brought in line. `known` are its results; a week without results has no actions.
    pub(super) async fn contents(&mut self, tx: &mut Tx, week: WeekId, known: Vec<results::Model>) -> Result<()> {
        let (plan, base) = (self.plan, self.base);
        let held = if known.is_empty() { Vec::new() } else { tx.lock_actions_of(week).await? };
        let known: HashMap<String, results::Model> = known.into_iter().map(|row| (row.result_code.clone(), row)).collect();
        let mut held: HashMap<String, actions::Model> = held.into_iter().map(|row| (row.action_code.clone(), row)).collect();
        let (mut ids, mut new_results, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for (said, position) in plan.results.iter().zip(0..) {
            let base_result = base.and_then(|base| base.results.iter().find(|result| result.code == said.code));
            let id = match known.get(&clip(&said.code, 100)) {
                Some(row) => self.merge_result(tx, said, base_result, position, row).await?,
                None => {
                    let row = new_result(week, said, position);
                    let id = row.id;
                    new_results.push(row);
                    id
                }
            };
            ids.push(id);
            for (action, position) in said.actions.iter().zip(0..) {
                if self.elsewhere.contains_key(&action.code) {
                    self.belongs_elsewhere(action);
                    continue;
                }
                let code = self.written.get(&action.code).unwrap_or(&action.code);
                let base_action = base.and_then(|base| base.actions().find(|known| known.code == *code));
                match held.remove(code) {
                    Some(row) => self.merge_action(tx, week, id, action, base_action, position, row).await?,
                    None => new.push(self.new_action(id, action, position)),
                }
            }
        }
        self.report.created += new_results.len();
        tx.insert_many(new_results.into_iter().map(IntoActiveModel::into_active_model).collect::<Vec<results::ActiveModel>>())
            .await?;
        self.insert(tx, new).await?;
        tx.roll_up(&ids, week).await?;
        if let Some(base) = base {
            self.say_what_is_gone(base);
        }
        Ok(())
    }

    /// Names what the document does not say any more.
    fn say_what_is_gone(&mut self, base: &PlanDocument) {
        let plan = self.plan;
        let mut gone = |what: &str, code: &str, text: &str| {
            let reason = format!("the {what} {code} is no longer in the document; it stays in the database");
            self.report.unread.push(Unread { line: NO_LINE, text: clip(text, 200), reason });
        };
        let results: HashSet<&str> = plan.results.iter().map(|result| result.code.as_str()).collect();
        for result in base.results.iter().filter(|result| !results.contains(result.code.as_str())) {
            gone("result", &result.code, &result.text);
        }
        let said: HashSet<&str> =
            plan.actions().map(|action| &action.code).chain(self.written.values()).map(String::as_str).collect();
        for action in base.actions().filter(|action| !said.contains(action.code.as_str())) {
            gone("action", &action.code, &action.text);
        }
    }

    async fn merge_result(
        &mut self,
        tx: &Tx,
        said: &ResultDocument,
        base: Option<&ResultDocument>,
        position: i32,
        row: &results::Model,
    ) -> Result<ResultId> {
        let mut next = merge::result(self.base_of(base, row.updated_at), said, position, row);
        if next == *row {
            self.report.unchanged += 1;
        } else {
            next.updated_at = micros(Utc::now());
            tx.update::<_, results::ActiveModel>(next).await?;
            self.report.updated += 1;
        }
        Ok(row.id)
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
        let completed = new.iter().filter(|row| row.status == ActionStatus::Completed);
        tx.credit_agents(completed.map(|row| (row.id, row.actual_hours.unwrap_or_default(), 1))).await
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
        if said.is_cancelled() && next.status != ActionStatus::Cancelled {
            let reason = format!("cancelled in the document; {} stays in the database as {}", said.code, next.status.as_str());
            self.unread(said.line, &said.text, reason);
        }
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
            tx.credit_agents([(next.id, hours.unwrap_or_default(), sign)]).await?;
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

fn new_result(week: WeekId, said: &ResultDocument, position: i32) -> results::Model {
    let now = micros(Utc::now());
    results::Model {
        id: ResultId(Uuid::new_v4()),
        weekly_plan_id: week,
        position,
        result_code: clip(&said.code, 100),
        result_text: said.text.clone(),
        purpose: said.purpose.clone().unwrap_or_default(),
        outcome: said.outcome.clone(),
        verification_criteria: said.verification.clone(),
        owner: said.owner.as_deref().map(|text| clip(text, 255)),
        priority: said.priority.unwrap_or(0),
        category: said.category.as_deref().map(|text| clip(text, 100)),
        status: said.status.unwrap_or(ResultStatus::NotStarted),
        completion_date: None,
        created_at: now,
        updated_at: now,
        metadata: json!(said.metadata),
    }
}
