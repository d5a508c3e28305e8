//! What of the data a caller may see, as conditions of the queries themselves.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Select};

use crate::entities::enums::Role;
use crate::entities::{action_owners, actions, agents, deliverables, owners, projects, results, songs, weeks};
use crate::ids::OwnerId;

/// The rows that a caller may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything.
    All,
    /// The actions of one owner and what hangs on them: their results, weeks, deliverables, agents and co-owners.
    Owner(OwnerId),
    /// No rows at all; sums are another matter.
    Nothing,
}

impl Scope {
    /// What a member of a role sees; `owner` is whose actions a TEAM or AGENT member may see.
    #[must_use]
    pub const fn of(role: Role, owner: Option<OwnerId>) -> Self {
        match (role, owner) {
            (Role::Admin | Role::Vip, _) => Self::All,
            (Role::Team | Role::Agent, Some(owner)) => Self::Owner(owner),
            (Role::Team | Role::Agent, None) | (Role::Investor, _) => Self::Nothing,
        }
    }

    /// Its name, by which two scopes are known to be the same.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Owner(owner) => owner.to_string(),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

/// An entity whose rows are readable by scope.
pub(super) trait Scoped: EntityTrait {
    /// The condition that a row must meet, given that the scope is one owner's.
    fn owned_by(owner: OwnerId) -> SimpleExpr;

    /// A select that sees only what the scope allows.
    fn visible(scope: Scope) -> Select<Self> {
        let select = Self::find();
        match scope {
            Scope::All => select,
            Scope::Owner(owner) => select.filter(Self::owned_by(owner)),
            Scope::Nothing => select.filter(Expr::value(false)),
        }
    }
}

/// `SELECT action_id FROM action_owners WHERE owner_id = …`
fn owned_actions(owner: OwnerId) -> SelectStatement {
    Query::select()
        .column(action_owners::Column::ActionId)
        .from(action_owners::Entity)
        .and_where(action_owners::Column::OwnerId.eq(owner))
        .take()
}

impl Scoped for actions::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        actions::Column::Id.in_subquery(owned_actions(owner))
    }
}

/// `SELECT result_id FROM rpm_action_items WHERE id IN (owned)`
fn owned_results(owner: OwnerId) -> SelectStatement {
    Query::select()
        .column(actions::Column::ResultId)
        .from(actions::Entity)
        .and_where(actions::Column::Id.in_subquery(owned_actions(owner)))
        .take()
}

impl Scoped for results::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        results::Column::Id.in_subquery(owned_results(owner))
    }
}

impl Scoped for weeks::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        weeks::Column::Id.in_subquery(
            Query::select()
                .column(results::Column::WeeklyPlanId)
                .from(results::Entity)
                .and_where(results::Column::Id.in_subquery(owned_results(owner)))
                .take(),
        )
    }
}

impl Scoped for projects::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        let weeks =
            weeks::Entity::visible(Scope::Owner(owner)).into_query().clear_selects().column(weeks::Column::ProjectId).take();
        projects::Column::Id.in_subquery(weeks)
    }
}

impl Scoped for deliverables::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        deliverables::Column::ActionItemId.in_subquery(owned_actions(owner))
    }
}

impl Scoped for owners::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        let co_owners = Query::select()
            .column(action_owners::Column::OwnerId)
            .from(action_owners::Entity)
            .and_where(action_owners::Column::ActionId.in_subquery(owned_actions(owner)))
            .take();
        Condition::any().add(owners::Column::Id.eq(owner)).add(owners::Column::Id.in_subquery(co_owners)).into()
    }
}

impl Scoped for agents::Entity {
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        let names = owners::Entity::visible(Scope::Owner(owner)).into_query().clear_selects().column(owners::Column::Name).take();
        agents::Column::AgentName.in_subquery(names)
    }
}

impl Scoped for songs::Entity {
    /// Songs hang on no action.
    fn owned_by(_: OwnerId) -> SimpleExpr {
        Expr::value(false)
    }
}

impl Scoped for crate::entities::periods::Entity {
    /// Periods sum up everybody's actions.
    fn owned_by(_: OwnerId) -> SimpleExpr {
        Expr::value(false)
    }
}

impl Scoped for crate::entities::ingest_runs::Entity {
    /// Files hold everybody's plans.
    fn owned_by(_: OwnerId) -> SimpleExpr {
        Expr::value(false)
    }
}

impl Scoped for crate::entities::events::Entity {
    /// Events carry the owners of their action at that moment.
    fn owned_by(owner: OwnerId) -> SimpleExpr {
        Expr::value(owner.0).eq(sea_orm::sea_query::extension::postgres::PgFunc::any(Expr::col((
            crate::entities::events::Entity,
            crate::entities::events::Column::OwnerIds,
        ))))
    }
}
