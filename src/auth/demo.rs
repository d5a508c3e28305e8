//! Who signs in to the demo.

use serde::Serialize;

use super::access::role_as_in_graphql;
use crate::entities::enums::Role;

/// A member of the demo, for its sign-in page.
#[derive(Clone, Debug, Serialize)]
pub struct DemoMember {
    /// E-mail.
    pub email: &'static str,
    /// Name to show.
    pub name: &'static str,
    /// Role.
    #[serde(serialize_with = "role_as_in_graphql")]
    pub role: Role,
    /// Name of the owner whose actions the member sees, for TEAM.
    #[serde(skip)]
    pub owner: Option<&'static str>,
}

/// The members that `serve --demo` adds, one for each kind of user.
#[must_use]
pub const fn demo_members() -> [DemoMember; 4] {
    [
        DemoMember { email: "admin@demo.rpm", name: "Demo Admin", role: Role::Admin, owner: None },
        DemoMember { email: "vip@demo.rpm", name: "Demo VIP", role: Role::Vip, owner: None },
        DemoMember { email: "team@demo.rpm", name: "Demo Team", role: Role::Team, owner: Some("Andrew") },
        DemoMember { email: "investor@demo.rpm", name: "Demo Investor", role: Role::Investor, owner: None },
    ]
}
