//! Who is asking, and what they may do.
//!
//! An access token (a JWT, see [`token`]) or an API key names a member; the member's row decides the role and the [`Scope`] that
//! every read is bound to. What a role may do is in [`Permission`]. People get their tokens by signing in with an identity
//! provider ([`open_id`]) and keep a session going by refresh tokens ([`Authenticator::refresh`]).

mod access;
mod authenticator;
mod bucket;
mod demo;
mod open_id;
pub mod secret;
mod standing;
pub mod token;

use chrono::{DateTime, Utc};

pub use access::{Permission, role_as_in_graphql};
pub use authenticator::{Admission, AuthSettings, Authenticator, Begun, SignedIn};
pub use bucket::{Balance, Bucket};
pub use demo::{DemoMember, demo_members};
pub use open_id::{Identity, Pending, Provider, ProviderConfig, SignInError};

use crate::entities::enums::Role;
use crate::ids::{ApiKeyId, MemberId, OwnerId, SessionId};
use crate::store::Scope;

/// By what somebody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token without a session, from the command line.
    Token {
        /// When it was issued, to the microsecond.
        issued_at: DateTime<Utc>,
    },
    /// A session's access token.
    Session(SessionId),
    /// An API key.
    Key {
        /// The key.
        id: ApiKeyId,
        /// Requests a minute, where the key has a budget of its own.
        requests_per_minute: Option<u32>,
        /// Cost a minute, where the key has a budget of its own.
        cost_per_minute: Option<u32>,
    },
}

/// The member on whose behalf an operation runs.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The member.
    pub member_id: MemberId,
    /// E-mail, lower case.
    pub email: String,
    /// Name to show.
    pub name: String,
    /// Role at the moment of sign-in or renewal.
    pub role: Role,
    /// Whose actions a TEAM or AGENT member may see.
    pub owner_id: Option<OwnerId>,
    /// By what the member is signed in.
    pub credential: Credential,
    /// When the token or key ends.
    pub expires_at: DateTime<Utc>,
}

impl Viewer {
    /// Whether both are the same member with the same rights; only the token is another.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.member_id, self.role, self.owner_id) == (other.member_id, other.role, other.owner_id)
    }

    /// The rows that the viewer may read.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        Scope::of(self.role, self.owner_id)
    }
}
