//! What each role may do: the one table that guards, introspection, the schema's `@access` and `docs/access.md` come from.
//!
//! A permission lets a role ask a root field at all. Which rows it then sees is the viewer's [`Scope`](crate::store::Scope), in
//! the store.

use Role::{Admin, Agent, Investor, Team, Vip};

use crate::entities::enums::Role;
use crate::error::ClientError;

/// What a root field does, as far as permission is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See who one is.
    ReadSelf,
    /// Read plans, what they led to and what happens: TEAM and AGENT their own actions and what hangs on them.
    ReadPlans,
    /// Read what is about everybody at once, or hangs on no action: songs and periods.
    ReadCompany,
    /// Read sums that name nobody and nothing.
    ReadSums,
    /// Be told of what happens, and have it in one's calendar.
    SubscribeToAlerts,
    /// Start, complete, block or unblock an action.
    WorkOnActions,
    /// Create, cancel, reopen, reassign or reschedule actions.
    PlanActions,
    /// Report how an agent is.
    ReportHeartbeat,
    /// Record revenue, publish deliverables.
    ManageOutputs,
    /// Add, change and list members and API keys, end their sessions, read the audit log.
    ManageAccess,
}

impl Permission {
    /// Who has it.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::ReadSelf => &[Admin, Vip, Team, Agent, Investor],
            Self::ReadPlans | Self::SubscribeToAlerts => &[Admin, Vip, Team, Agent],
            Self::ReadCompany => &[Admin, Vip],
            Self::ReadSums => &[Admin, Vip, Investor],
            Self::WorkOnActions | Self::ReportHeartbeat => &[Admin, Agent],
            Self::PlanActions | Self::ManageOutputs | Self::ManageAccess => &[Admin],
        }
    }

    /// Whether a role has it.
    #[must_use]
    pub fn is_of(self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// Lets a role pass or not.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn require(self, role: Role) -> Result<(), ClientError> {
        if self.is_of(role) {
            Ok(())
        } else {
            Err(ClientError::Forbidden(format!("The role {} may not do this", role.as_str().to_uppercase())))
        }
    }
}

/// Writes a role as the GraphQL API does (`ADMIN`).
///
/// # Errors
/// The serializer's.
pub fn role_as_in_graphql<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&role.as_str().to_uppercase())
}
