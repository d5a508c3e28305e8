//! What a change of an action moves with it: its result, its week's completion rate, its agents' totals.

use rust_decimal::Decimal;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

use super::{ActionKey, Scope, Store, Tx};
use crate::error::Result;
use crate::ids::{ActionId, ResultId, WeekId};

/// How many actions stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Counts {
    /// All actions.
    pub total: i64,
    /// Not begun.
    pub pending: i64,
    /// Being worked on.
    pub in_progress: i64,
    /// Held up.
    pub blocked: i64,
    /// Done.
    pub completed: i64,
}

#[derive(FromQueryResult)]
struct KeyedCounts {
    key: Uuid,
    #[sea_orm(nested)]
    counts: Counts,
}

impl Store {
    /// Counts of the visible actions of many results.
    pub async fn counts_by_result(&self, scope: Scope, results: &[ResultId]) -> Result<Vec<(ResultId, Counts)>> {
        let keys: Vec<Uuid> = results.iter().map(|id| id.0).collect();
        Ok(self.counts("action.result_id", scope, keys).await?.into_iter().map(|row| (ResultId(row.key), row.counts)).collect())
    }

    /// Counts of the visible actions of many weeks.
    pub async fn counts_by_week(&self, scope: Scope, weeks: &[WeekId]) -> Result<Vec<(WeekId, Counts)>> {
        let keys: Vec<Uuid> = weeks.iter().map(|id| id.0).collect();
        Ok(self
            .counts("result.weekly_plan_id", scope, keys)
            .await?
            .into_iter()
            .map(|row| (WeekId(row.key), row.counts))
            .collect())
    }

    async fn counts(&self, key: &'static str, scope: Scope, keys: Vec<Uuid>) -> Result<Vec<KeyedCounts>> {
        let owner = match scope {
            Scope::All => None,
            Scope::Owner(owner) => Some(owner.0),
            Scope::Nothing => return Ok(Vec::new()),
        };
        let sql = include_str!("sql/count_actions.sql").replace("{key}", key);
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [keys.into(), owner.into()]);
        let rows = self.db.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| KeyedCounts::from_query_result(row, "")).collect::<Result<_, _>>()?)
    }
}

impl Tx {
    /// Locks a week's row: the first lock of every transaction that changes what is in it, so that two of them never wait
    /// for each other crosswise, and of two completions at once the second counts the first.
    pub(super) async fn lock_week_row(&self, week: WeekId) -> Result<()> {
        self.call("SELECT id FROM rpm_weekly_plans WHERE id = $1 FOR NO KEY UPDATE", [week.0.into()]).await
    }

    /// The same for the week of an action, if there is such an action.
    pub(super) async fn lock_week_of_action(&self, key: &ActionKey) -> Result<()> {
        let (column, value) = match key {
            ActionKey::Id(id) => ("id", id.0.into()),
            ActionKey::Code(code) => ("action_code", code.as_str().into()),
        };
        let lock = include_str!("sql/lock_week_of_action.sql").replace("{column}", column);
        self.call(&lock, [value]).await
    }

    /// Brings the status of a week's results and its completion rate in line with the actions. The caller holds the week's lock.
    pub async fn roll_up(&self, results: &[ResultId], week: WeekId) -> Result<()> {
        let results: Vec<Uuid> = results.iter().map(|id| id.0).collect();
        self.call("SELECT roll_up($1, $2)", [results.into(), vec![week.0].into()]).await
    }

    /// How many actions an agent has completed so far, and the sum of their hours.
    pub(super) async fn agent_totals(&self, name: &str) -> Result<(i32, Decimal)> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, include_str!("sql/agent_totals.sql"), [name.into()]);
        let Some(row) = self.db.query_one_raw(statement).await? else { return Ok((0, Decimal::ZERO)) };
        Ok((row.try_get("", "completed")?, row.try_get("", "hours")?))
    }

    /// Adds actions with their hours to their agents' totals when they are completed (`sign` 1), or takes them off them when they are reopened (−1).
    ///
    /// Every agent among the owners gets the whole of it: the hours are those of the action, not of a share.
    pub async fn credit_agents(&self, actions: impl IntoIterator<Item = (ActionId, Decimal, i32)>) -> Result<()> {
        let (mut ids, mut signs, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        for (id, hours, sign) in actions {
            ids.push(id.0);
            signs.push(sign);
            sums.push(hours * Decimal::from(sign));
        }
        if ids.is_empty() {
            return Ok(());
        }
        self.call("SELECT credit_agents($1, $2, $3)", [ids.into(), signs.into(), sums.into()]).await
    }

    /// Runs a statement for what it does, not for what it gives back.
    async fn call<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<()> {
        self.db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        Ok(())
    }
}
