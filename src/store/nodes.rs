//! Finding out what a global id stands for.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

use super::Store;
use crate::error::Result;

/// The kinds of rows that have a global id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A week.
    Week,
    /// A result.
    Result,
    /// An action.
    Action,
    /// An owner.
    Owner,
    /// An agent.
    Agent,
    /// A deliverable.
    Deliverable,
    /// A song.
    Song,
    /// A period.
    Period,
    /// A project.
    Project,
    /// A look at the files.
    IngestRun,
}

impl Store {
    /// What each id stands for, in one statement; ids that stand for nothing are left out.
    ///
    /// The kind alone tells a caller nothing: the row itself is then read in the caller's scope.
    pub async fn node_kinds(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, NodeKind)>> {
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, include_str!("sql/node_kinds.sql"), [ids.to_vec().into()]);
        let mut kinds = Vec::with_capacity(ids.len());
        for row in self.db.query_all_raw(statement).await? {
            let kind = match row.try_get::<String>("", "kind")?.as_str() {
                "week" => NodeKind::Week,
                "result" => NodeKind::Result,
                "action" => NodeKind::Action,
                "owner" => NodeKind::Owner,
                "agent" => NodeKind::Agent,
                "deliverable" => NodeKind::Deliverable,
                "song" => NodeKind::Song,
                "period" => NodeKind::Period,
                "ingest_run" => NodeKind::IngestRun,
                _ => NodeKind::Project,
            };
            kinds.push((row.try_get("", "id")?, kind));
        }
        Ok(kinds)
    }
}
