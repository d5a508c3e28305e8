//! An action as it is found when it is to be changed, with what its change has to know.

use std::sync::OnceLock;

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ActiveEnum, DbBackend, FromQueryResult, QuerySelect, QueryTrait, Select, Statement, Value};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use super::db::Db;
use super::scope::{Scope, Scoped};
use super::{ActionKey, Tx};
use crate::entities::actions;
use crate::error::{ClientError, Error, Result};
use crate::ids::{ActionId, OwnerId, ResultId, WeekId};

/// The version of a row: another one after every change, whoever makes it.
const VERSION: &str = r#""rpm_action_items"."xmin"::text"#;
const WEEK: &str = r#"(SELECT weekly_plan_id FROM rpm_results WHERE id = "rpm_action_items"."result_id")"#;
const OWNERS: &str = r#"ARRAY(SELECT owner_id FROM action_owners WHERE action_id = "rpm_action_items"."id" ORDER BY position)"#;

/// An action as it was found.
#[derive(FromQueryResult)]
pub(super) struct Found {
    #[sea_orm(nested)]
    pub(super) action: actions::Model,
    pub(super) version: String,
    pub(super) week: WeekId,
    owners: Vec<Uuid>,
}

impl Found {
    /// The action in scope, as it is now: over the connections that reads share, else through the pool.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub(super) async fn read(db: &Db, scope: Scope, key: &ActionKey) -> Result<Self> {
        let statement = statement(scope, key);
        let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
        if let Some(row) = db.shared_row_soon(&statement.sql, values).await {
            match row.as_ref().map(Self::of).transpose() {
                Ok(found) => return one(found, key),
                // An instant beyond all years, as SQL may have set it: the other driver says what is to be said of it.
                Err(error) => tracing::warn!(%error, ?key, "an action's row cannot be read over a shared connection"),
            }
        }
        one(select(scope, key).into_model().one(db).await?, key)
    }

    /// The same in a transaction, with its row locked until the end of that.
    pub(super) async fn locked(tx: &Tx, scope: Scope, key: &ActionKey) -> Result<Self> {
        one(select(scope, key).lock(LockType::NoKeyUpdate).into_model().one(&tx.db).await?, key)
    }

    /// Whom it means, in their order.
    pub(super) fn owners(&self) -> Vec<OwnerId> {
        self.owners.iter().copied().map(OwnerId).collect()
    }

    /// Reads the row of [`select`].
    fn of(row: &Row) -> Result<Self> {
        let mut columns = Columns { row, at: 0 };
        // In the order of the entity.
        let action = actions::Model {
            id: ActionId(columns.next()?),
            result_id: ResultId(columns.next()?),
            position: columns.next()?,
            action_code: columns.next()?,
            action_text: columns.next()?,
            description: columns.next()?,
            owner: columns.next()?,
            due_date: columns.next()?,
            funnel_stage: columns.member()?,
            status: columns.member()?,
            started_at: columns.next()?,
            completion_date: columns.next()?,
            estimated_hours: columns.next()?,
            actual_hours: columns.next()?,
            dependencies: columns.next()?,
            blocker_description: columns.next()?,
            verification_criteria: columns.next()?,
            evidence_path: columns.next()?,
            created_at: columns.next()?,
            updated_at: columns.next()?,
            metadata: columns.next()?,
        };
        Ok(Self { action, version: columns.next()?, week: WeekId(columns.next()?), owners: columns.next()? })
    }
}

fn one(found: Option<Found>, key: &ActionKey) -> Result<Found> {
    Ok(found.ok_or_else(|| ClientError::not_found("action", key))?)
}

fn select(scope: Scope, key: &ActionKey) -> Select<actions::Entity> {
    let select = key.filter(actions::Entity::visible(scope)).expr_as(Expr::cust(VERSION), "version");
    select.expr_as(Expr::cust(WEEK), "week").expr_as(Expr::cust(OWNERS), "owners")
}

/// The same as a statement. Its text is made once for each form.
fn statement(scope: Scope, key: &ActionKey) -> Statement {
    static TEXTS: [[OnceLock<String>; 2]; 2] = [const { [const { OnceLock::new() }; 2] }; 2];
    let written_out = || select(scope, key).build(DbBackend::Postgres);
    let (key_form, value): (_, Value) = match key {
        ActionKey::Id(id) => (0, id.0.into()),
        ActionKey::Code(code) => (1, code.as_str().into()),
    };
    let (scope_form, values) = match scope {
        Scope::All => (0, vec![value]),
        Scope::Owner(owner) => (1, vec![owner.0.into(), value]),
        Scope::Nothing => return written_out(),
    };
    let text = TEXTS[scope_form][key_form].get_or_init(|| written_out().sql);
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, text, values);
    debug_assert_eq!(statement, written_out(), "the order of the values");
    statement
}

/// A row's columns, one after the other.
struct Columns<'a> {
    row: &'a Row,
    at: usize,
}

impl<'a> Columns<'a> {
    fn next<T: FromSql<'a>>(&mut self) -> Result<T> {
        let value = self.row.try_get(self.at).map_err(Error::internal)?;
        self.at += 1;
        Ok(value)
    }

    /// One that holds a member of a closed set.
    fn member<T: ActiveEnum<Value = String>>(&mut self) -> Result<T> {
        Ok(T::try_from_value(&self.next()?)?)
    }
}
