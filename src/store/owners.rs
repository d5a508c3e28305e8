//! Owners: from the text that people write to the canonical person or agent.

use std::collections::HashMap;

use sea_orm::sea_query::{OnConflict, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::scope::{Scope, Scoped};
use super::{Store, Tx};
use crate::entities::enums::OwnerKind;
use crate::entities::{action_owners, actions, owner_aliases, owners};
use crate::error::{Error, Result};
use crate::ids::{ActionId, OwnerId};

/// The longest name of an owner, in characters.
const MAX_NAME: usize = 100;

/// What is written where nobody is named yet.
const NOBODY: [&str; 9] = ["", "-", "—", "tbd", "n", "a", "none", "nobody", "unassigned"];

/// The names in an owner text: `Artifacts Agent + QA Agent (support)` is two. What stands in parentheses is left out.
#[must_use]
pub fn split_owners(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let bare: String = text
        .chars()
        .filter(|character| match character {
            '(' | '[' => {
                depth += 1;
                false
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let mut names: Vec<String> = Vec::new();
    for part in bare.replace(" and ", "+").split(['+', ',', '&', '/', ';']) {
        let name: String = part.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect();
        let nobody = NOBODY.contains(&normalise(&name).as_str());
        if !nobody && !names.iter().any(|known| normalise(known) == normalise(&name)) {
            names.push(name);
        }
    }
    names
}

/// A name as aliases are held: lower case, single-spaced.
#[must_use]
pub fn normalise(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `SELECT owner_id FROM owner_aliases WHERE alias IN (…)`
pub(super) fn ids_by_alias(names: &[String]) -> SelectStatement {
    owner_aliases::Entity::find()
        .select_only()
        .column(owner_aliases::Column::OwnerId)
        .filter(owner_aliases::Column::Alias.is_in(names.iter().map(|name| normalise(name))))
        .into_query()
}

impl Store {
    /// Owners for many ids.
    pub async fn owners_by_id(&self, scope: Scope, ids: &[OwnerId]) -> Result<Vec<owners::Model>> {
        Ok(owners::Entity::visible(scope).filter(owners::Column::Id.is_in(ids.iter().copied())).all(&self.db).await?)
    }

    /// Every owner by name: there are as many as people and agents, so the list is not paged.
    pub async fn owners(&self, scope: Scope) -> Result<Vec<owners::Model>> {
        Ok(owners::Entity::visible(scope).order_by_asc(owners::Column::Name).limit(1000).all(&self.db).await?)
    }

    /// The spellings of many owners.
    pub async fn aliases_by_owner(&self, ids: &[OwnerId]) -> Result<Vec<owner_aliases::Model>> {
        Ok(owner_aliases::Entity::find()
            .filter(owner_aliases::Column::OwnerId.is_in(ids.iter().copied()))
            .order_by_asc(owner_aliases::Column::Alias)
            .all(&self.db)
            .await?)
    }

    /// The owner that a name means, if any.
    pub async fn owner_by_name(&self, scope: Scope, name: &str) -> Result<Option<owners::Model>> {
        Ok(owners::Entity::visible(scope)
            .filter(owners::Column::Id.in_subquery(ids_by_alias(&[name.to_owned()])))
            .one(&self.db)
            .await?)
    }

    /// The ids that names mean, for filters that are not SQL. Unknown names mean nobody.
    pub async fn owner_ids_by_name(&self, names: &[String]) -> Result<Vec<OwnerId>> {
        let rows = owner_aliases::Entity::find()
            .filter(owner_aliases::Column::Alias.is_in(names.iter().map(|name| normalise(name))))
            .all(&self.db)
            .await?;
        let mut ids: Vec<OwnerId> = rows.into_iter().map(|row| row.owner_id).collect();
        // Who is meant, not how it was written.
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }
}

impl Tx {
    /// The canonical owner of a name; a name that nobody has yet becomes a new owner.
    pub async fn owner(&self, name: &str, kind: OwnerKind) -> Result<owners::Model> {
        let (alias, name) = (normalise(name), name.split_whitespace().collect::<Vec<_>>().join(" "));
        for _ in 0..2 {
            let known = owners::Entity::find()
                .filter(owners::Column::Id.in_subquery(ids_by_alias(std::slice::from_ref(&alias))))
                .one(&self.db)
                .await?;
            if let Some(owner) = known {
                return Ok(owner);
            }
            let id = OwnerId(Uuid::new_v4());
            let row = owners::ActiveModel { id: Set(id), name: Set(name.clone()), kind: Set(kind), ..Default::default() };
            let conflict = OnConflict::new().do_nothing().to_owned();
            owners::Entity::insert(row).on_conflict(conflict.clone()).exec_without_returning(&self.db).await?;
            // The name may have been taken by another transaction meanwhile: the alias goes to whoever holds it. What is lower case
            // is the database's to say here, whose index it is; it knows of no É where its locale is C.
            let owner = owners::Entity::find()
                .filter(sea_orm::sea_query::Expr::cust_with_values("lower(name) = lower($1)", [name.clone()]))
                .one(&self.db)
                .await?;
            if let Some(owner) = owner {
                let row = owner_aliases::ActiveModel { alias: Set(alias.clone()), owner_id: Set(owner.id) };
                owner_aliases::Entity::insert(row).on_conflict(conflict).exec_without_returning(&self.db).await?;
            }
        }
        Err(Error::internal(format!("no owner could be made for {name:?}")))
    }

    /// Makes the owners of an action those that a text names, and returns them in the order written.
    pub async fn set_owners(&self, action: ActionId, text: Option<&str>) -> Result<Vec<OwnerId>> {
        let ids = self.owners_named(text.unwrap_or_default(), &mut HashMap::new()).await?;
        action_owners::Entity::delete_many().filter(action_owners::Column::ActionId.eq(action)).exec(&self.db).await?;
        if !ids.is_empty() {
            action_owners::Entity::insert_many(owner_rows(action, &ids)).exec_without_returning(&self.db).await?;
        }
        Ok(ids)
    }

    /// Inserts actions with the owners that their texts name.
    pub async fn insert_actions(&self, rows: Vec<actions::Model>) -> Result<()> {
        let (mut known, mut owners) = (HashMap::new(), Vec::new());
        for row in &rows {
            let ids = self.owners_named(row.owner.as_deref().unwrap_or_default(), &mut known).await?;
            owners.extend(owner_rows(row.id, &ids));
        }
        self.insert_many(rows.into_iter().map(IntoActiveModel::into_active_model).collect::<Vec<actions::ActiveModel>>()).await?;
        self.insert_many(owners).await
    }

    /// The owners that a text names, each once, in the order written. `known` spares asking for a name twice.
    async fn owners_named(&self, text: &str, known: &mut HashMap<String, OwnerId>) -> Result<Vec<OwnerId>> {
        let mut ids: Vec<OwnerId> = Vec::new();
        for name in split_owners(text) {
            let id = match known.get(&name) {
                Some(id) => *id,
                None => self.owner(&name, OwnerKind::Person).await?.id,
            };
            if !ids.contains(&id) {
                ids.push(id);
            }
            known.insert(name, id);
        }
        Ok(ids)
    }

    /// The owners of an action, in the order written.
    pub async fn owners_of(&self, action: ActionId) -> Result<Vec<OwnerId>> {
        let rows = action_owners::Entity::find()
            .filter(action_owners::Column::ActionId.eq(action))
            .order_by_asc(action_owners::Column::Position)
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| row.owner_id).collect())
    }
}

fn owner_rows(action: ActionId, owners: &[OwnerId]) -> impl Iterator<Item = action_owners::ActiveModel> {
    owners.iter().zip(0..).map(move |(owner, position)| action_owners::ActiveModel {
        action_id: Set(action),
        owner_id: Set(*owner),
        position: Set(position),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_texts_are_split_into_names() {
        let cases: &[(&str, &[&str])] = &[
            ("Artifacts Agent + QA Agent", &["Artifacts Agent", "QA Agent"]),
            ("Artifacts Agent (implementation) + QA Agent (validation)", &["Artifacts Agent", "QA Agent"]),
            ("Liv Hana (Orchestrator)", &["Liv Hana"]),
            ("Jesse, Andrew and Charlie", &["Jesse", "Andrew", "Charlie"]),
            ("QA Agent + qa  agent", &["QA Agent"]),
            ("(nobody)", &[]),
            ("", &[]),
            ("x) + y", &["x", "y"]),
            ("TBD", &[]),
            ("N/A", &[]),
        ];
        for (text, names) in cases {
            assert_eq!(split_owners(text), *names, "{text}");
        }
    }
}
