//! What loading agents' reports needs of a transaction: many reports of some agents in a few statements.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Tx;
use super::owners::normalise;
use super::plans::ROWS_PER_STATEMENT;
use crate::entities::enums::AgentState;
use crate::entities::{actions, agents, heartbeats, owner_aliases, owners};
use crate::error::Result;
use crate::ids::{ActionId, AgentId, OwnerId};

/// An agent's row, locked until the transaction ends.
#[derive(Clone, Debug)]
pub struct LockedAgent {
    /// The row. A new one has nothing but its name and its totals.
    pub row: agents::Model,
    /// Whether it was made just now.
    pub is_new: bool,
}

impl Tx {
    /// The owners that names mean, by the name; those that mean nobody are left out.
    pub async fn known_owners(&self, names: &[String]) -> Result<HashMap<String, owners::Model>> {
        let aliases = owner_aliases::Entity::find()
            .filter(owner_aliases::Column::Alias.is_in(names.iter().map(|name| normalise(name))))
            .all(&self.db)
            .await?;
        let ids: Vec<OwnerId> = aliases.iter().map(|alias| alias.owner_id).collect();
        let rows = owners::Entity::find().filter(owners::Column::Id.is_in(ids)).all(&self.db).await?;
        let by_id: HashMap<OwnerId, &owners::Model> = rows.iter().map(|owner| (owner.id, owner)).collect();
        let by_alias: HashMap<&str, &owners::Model> =
            aliases.iter().filter_map(|alias| Some((alias.alias.as_str(), *by_id.get(&alias.owner_id)?))).collect();
        Ok(names.iter().filter_map(|name| Some((name.clone(), (*by_alias.get(normalise(name).as_str())?).clone()))).collect())
    }

    /// The actions with some codes.
    pub async fn actions_with_codes(&self, codes: &[String]) -> Result<HashMap<String, ActionId>> {
        let rows = actions::Entity::find().filter(actions::Column::ActionCode.is_in(codes)).all(&self.db).await?;
        Ok(rows.into_iter().map(|row| (row.action_code, row.id)).collect())
    }

    /// The agents with some canonical names, each made when it is new, locked in the order of their ids.
    pub async fn lock_agents(&self, names: &[String], now: DateTime<Utc>) -> Result<Vec<LockedAgent>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        // In one order: of two that make the same agents one waits for the other, and never crosswise.
        let mut names = names.to_vec();
        names.sort();
        let rows: Vec<agents::ActiveModel> = names
            .iter()
            .map(|name| agents::ActiveModel {
                id: Set(AgentId(Uuid::new_v4())),
                agent_name: Set(name.clone()),
                status: Set(AgentState::Offline),
                last_heartbeat: Set(now),
                updated_at: Set(now),
                ..Default::default()
            })
            .collect();
        let made: Vec<AgentId> = rows.iter().filter_map(|row| row.id.try_as_ref().copied()).collect();
        agents::Entity::insert_many(rows)
            .on_conflict(OnConflict::column(agents::Column::AgentName).do_nothing().to_owned())
            .exec_without_returning(&self.db)
            .await?;
        let rows = agents::Entity::find()
            .filter(agents::Column::AgentName.is_in(names))
            .order_by_asc(agents::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(&self.db)
            .await?;
        let mut locked = Vec::with_capacity(rows.len());
        for mut row in rows {
            let is_new = made.contains(&row.id);
            if is_new {
                // What it completed before anybody heard of it counts too.
                (row.total_actions_completed, row.total_hours_worked) = self.agent_totals(&row.agent_name).await?;
            }
            locked.push(LockedAgent { row, is_new });
        }
        Ok(locked)
    }

    /// Adds reports to the history, each once: an agent has one report at a time. Returns how many were new.
    pub async fn add_heartbeats(&self, rows: Vec<heartbeats::ActiveModel>) -> Result<usize> {
        let known = OnConflict::columns([heartbeats::Column::AgentId, heartbeats::Column::ReportedAt]).do_nothing().to_owned();
        let mut rows = rows.into_iter().peekable();
        let mut added = 0;
        while rows.peek().is_some() {
            let chunk: Vec<_> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
            let insert = heartbeats::Entity::insert_many(chunk).on_conflict(known.clone());
            added += insert.exec_without_returning(&self.db).await?;
        }
        Ok(usize::try_from(added).unwrap_or(usize::MAX))
    }
}
