//! What is asked about: weeks of 6 results and 28 actions, by plain SQL through the migrated tables.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};

use super::workload::Keys;
use crate::process;
use crate::stage::Database;

/// Actions of a project: 104 weeks.
const OF_A_PROJECT: usize = 104 * 28;

/// A million actions and some.
pub(super) const LARGE: usize = 344;

/// Keys that are asked for at most.
const ASKED: usize = 104;

/// A connection beside those of the servers.
pub(crate) struct Data {
    connection: PgConnection,
}

impl Data {
    /// Fills a migrated database.
    pub(crate) async fn load(database: &Database, projects: usize) -> Self {
        let options: PgConnectOptions = database.url().parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        let sql = include_str!("data.sql").replace("{projects}", &projects.to_string());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        sqlx::raw_sql("VACUUM ANALYZE").execute(&mut connection).await.unwrap();
        let loaded = sqlx::query("SELECT count(*) FROM rpm_action_items").fetch_one(&mut connection).await.unwrap();
        assert_eq!(loaded.get::<i64, _>(0), i64::try_from(projects * OF_A_PROJECT).unwrap());
        Self { connection }
    }

    /// As many weeks and their actions from whatever there is, spread evenly, so that little and much data are asked for the same.
    pub(crate) async fn keys(&mut self) -> Keys {
        let weeks = self.texts(
            "SELECT id::text FROM (SELECT id, row_number() OVER (ORDER BY week_start_date, code) AS n, count(*) OVER () AS weeks
             FROM rpm_weekly_plans) AS week WHERE n % (weeks / $1) = 0 ORDER BY n LIMIT $1",
        );
        let weeks = weeks.await;
        let actions = "SELECT action_code FROM rpm_action_items AS action JOIN rpm_results AS result ON result.id = result_id
             WHERE weekly_plan_id::text = ANY ($1) ORDER BY md5(action_code)";
        let actions = sqlx::query_scalar(actions).bind(&weeks).fetch_all(&mut self.connection).await.unwrap();
        Keys { weeks, actions }
    }

    async fn texts(&mut self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).bind(i64::try_from(ASKED).unwrap()).fetch_all(&mut self.connection).await.unwrap()
    }

    /// Opens every action that is asked for, without a trace.
    pub(super) async fn reopen(&mut self, keys: &Keys) {
        sqlx::raw_sql("SET session_replication_role = replica").execute(&mut self.connection).await.unwrap();
        for sql in [
            "UPDATE rpm_action_items SET status = 'pending', completion_date = NULL, actual_hours = NULL WHERE action_code = ANY ($1)",
            "UPDATE action_owners SET action_status = 'pending' WHERE action_id IN (SELECT id FROM rpm_action_items WHERE action_code = ANY ($1))",
            "UPDATE action_stages SET left_at = NULL WHERE action_id IN (SELECT id FROM rpm_action_items WHERE action_code = ANY ($1))",
        ] {
            sqlx::query(sql).bind(&keys.actions).execute(&mut self.connection).await.unwrap();
        }
        for sql in [
            "UPDATE rpm_results SET status = 'in_progress', completion_date = NULL WHERE status = 'completed'",
            "TRUNCATE period_touches",
            "RESET session_replication_role",
            "VACUUM rpm_action_items, rpm_results, rpm_weekly_plans, action_owners, action_stages, agent_status",
            "CHECKPOINT",
        ] {
            sqlx::raw_sql(sql).execute(&mut self.connection).await.unwrap();
        }
    }

    /// The processes that serve connections to the database, but for this one.
    pub(super) async fn backends(&mut self) -> Backends {
        let pids = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        let pids: Vec<i32> = sqlx::query_scalar(pids).fetch_all(&mut self.connection).await.unwrap();
        Backends(pids.into_iter().map(|pid| (pid, process::cpu(pid.cast_unsigned()))).collect())
    }
}

/// What each of PostgreSQL's processes has used.
pub(super) struct Backends(std::collections::HashMap<i32, std::time::Duration>);

impl Backends {
    /// What they have used since then.
    pub(super) fn since(&self, before: &Self) -> std::time::Duration {
        self.0.iter().map(|(pid, used)| used.saturating_sub(before.0.get(pid).copied().unwrap_or_default())).sum()
    }
}
