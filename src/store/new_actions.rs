//! Actions that people add to a result.

use chrono::{DateTime, SubsecRound, Utc};
use futures_util::FutureExt;
use rust_decimal::Decimal;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::changing::action_event;
use super::scope::{Scope, Scoped};
use super::transitions::snapshot;
use super::{Actor, Store, Tx};
use crate::entities::enums::{EventType, FunnelStage};
use crate::entities::{actions, results};
use crate::error::{ClientError, Result};
use crate::ids::{ActionId, ResultId};

/// An action that somebody adds to a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAction {
    /// The result it belongs to.
    pub result_id: ResultId,
    /// Its code, new everywhere.
    pub code: String,
    /// Its headline.
    pub text: String,
    /// What exactly is to be done.
    pub description: Option<String>,
    /// Owners as text.
    pub owner: Option<String>,
    /// When it is due.
    pub due_date: Option<DateTime<Utc>>,
    /// Its funnel stage.
    pub funnel_stage: FunnelStage,
    /// Estimate in hours.
    pub estimated_hours: Option<Decimal>,
    /// Codes of the actions it waits for.
    pub dependencies: Vec<String>,
    /// How it is checked.
    pub verification_criteria: Option<String>,
}

impl Store {
    /// Adds an action to a result.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such result in scope; `CONFLICT` when another action has the code.
    pub async fn create_action(
        &self,
        scope: Scope,
        actor: &Actor,
        new: &NewAction,
        now: DateTime<Utc>,
    ) -> Result<actions::Model> {
        self.transaction(actor, new, move |new, tx| create_action(tx, scope, new, now).boxed()).await
    }
}

async fn create_action(tx: &mut Tx, scope: Scope, new: &NewAction, now: DateTime<Utc>) -> Result<actions::Model> {
    let result = results::Entity::visible(scope)
        .filter(results::Column::Id.eq(new.result_id))
        .one(&tx.db)
        .await?
        .ok_or_else(|| ClientError::not_found("result", new.result_id))?;
    let week = result.weekly_plan_id;
    tx.lock_week_row(week).await?;
    if let Some(existing) = actions::Entity::find().filter(actions::Column::ActionCode.eq(&new.code)).one(&tx.db).await? {
        if new.is(&existing) {
            return Ok(existing);
        }
        return Err(ClientError::Conflict {
            message: format!("Another action has the code {}", new.code),
            current: if scope == Scope::All { snapshot(&existing) } else { Json::Null },
        }
        .into());
    }
    let position = tx.next_position(result.id).await?;
    let action = actions::ActiveModel {
        id: Set(ActionId(Uuid::new_v4())),
        result_id: Set(new.result_id),
        position: Set(position),
        action_code: Set(new.code.clone()),
        action_text: Set(new.text.clone()),
        description: Set(new.description.clone()),
        owner: Set(new.owner.clone()),
        due_date: Set(new.due_date),
        funnel_stage: Set(new.funnel_stage),
        estimated_hours: Set(new.estimated_hours),
        dependencies: Set(json!(new.dependencies)),
        verification_criteria: Set(new.verification_criteria.clone()),
        created_at: Set(now.trunc_subsecs(6)),
        updated_at: Set(now.trunc_subsecs(6)),
        ..Default::default()
    }
    .insert(&tx.db)
    .await?;
    let owner_ids = tx.set_owners(action.id, new.owner.as_deref()).await?;
    tx.roll_up(&[action.result_id], week).await?;
    let mut event = action_event(EventType::ActionUpdated, "CREATED", &action, &owner_ids);
    event.week_id = Some(week);
    tx.emit(event);
    Ok(action)
}

impl NewAction {
    /// Whether a row is what this would make.
    fn is(&self, row: &actions::Model) -> bool {
        row.result_id == self.result_id
            && row.action_text == self.text
            && row.description == self.description
            && row.owner == self.owner
            && row.due_date == self.due_date.map(|due| due.trunc_subsecs(6))
            && row.funnel_stage == self.funnel_stage
            && row.estimated_hours == self.estimated_hours
            && row.dependencies == json!(self.dependencies)
            && row.verification_criteria == self.verification_criteria
    }
}
