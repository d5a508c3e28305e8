//! Everything that has a global id.

use async_graphql::{ID, Interface};

use super::{Action, Agent, Deliverable, IngestRun, Owner, Period, PlanResult, Project, Song, Week};

/// Anything that has a global id, for `node` and `nodes`.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", method = "global_id", desc = "Global id."))]
pub enum Node {
    /// A week.
    Week(Week),
    /// A result.
    Result(PlanResult),
    /// An action.
    Action(Action),
    /// An owner.
    Owner(Owner),
    /// An agent.
    Agent(Agent),
    /// A deliverable.
    Deliverable(Deliverable),
    /// A song.
    Song(Song),
    /// A period.
    Period(Period),
    /// A project.
    Project(Project),
    /// A look at the files.
    IngestRun(IngestRun),
}

macro_rules! global_id {
    ($($node:ident),+) => {$(
        impl $node {
            async fn global_id(&self, _: &async_graphql::Context<'_>) -> async_graphql::Result<ID> {
                Ok(ID(self.id.to_string()))
            }
        }
    )+};
}

global_id!(Week, PlanResult, Action, Owner, Agent, Deliverable, Song, Period, Project, IngestRun);
