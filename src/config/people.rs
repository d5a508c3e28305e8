//! The commands about who may come in.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::seconds;

/// What is done about members.
#[derive(Subcommand, Debug, Clone)]
pub enum Member {
    /// Add a member; one whose e-mail is known already stays as it is.
    Add {
        /// E-mail address.
        email: String,
        /// What the member may see and do.
        #[arg(value_enum)]
        role: MemberRole,
        /// Name to show; the e-mail address where absent.
        #[arg(long)]
        name: Option<String>,
        /// For `team` and `agent`: the owner whose actions the member sees, in any known spelling.
        #[arg(long, required_if_eq_any([("role", "team"), ("role", "agent")]))]
        owner: Option<String>,
    },
    /// Let a member in no longer, wherever it is signed in.
    Revoke {
        /// E-mail address.
        email: String,
    },
    /// End every session and token of a member, who may sign in again.
    SignOut {
        /// E-mail address.
        email: String,
    },
    /// Let a revoked member in again.
    Restore {
        /// E-mail address.
        email: String,
    },
    /// Give a member another role.
    #[command(alias = "role")]
    SetRole {
        /// E-mail address.
        email: String,
        /// What the member may see and do.
        #[arg(value_enum)]
        role: MemberRole,
        /// For `team` and `agent`: the owner whose actions the member sees, in any known spelling.
        #[arg(long, required_if_eq_any([("role", "team"), ("role", "agent")]))]
        owner: Option<String>,
    },
    /// Print every member: e-mail, role, name, and whether it is revoked.
    List,
}

/// The roles, as the command line writes them.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberRole {
    /// Sees and does everything.
    Admin,
    /// Sees everything.
    Vip,
    /// Sees the actions of its owner and what hangs on them.
    Team,
    /// The same, works on them and reports its heartbeat.
    Agent,
    /// Sees sums only.
    Investor,
}

/// What is done about API keys.
#[derive(Subcommand, Debug, Clone)]
pub enum Key {
    /// Create a key that acts as an agent or investor member, and print it: it is not shown again.
    Create {
        /// E-mail address of the member.
        email: String,
        /// What the key is for.
        name: String,
        /// How long it lasts, in days.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
        /// Requests a minute; the budget of the role where absent.
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
        requests_per_minute: Option<i32>,
        /// Cost a minute; the budget of the role where absent.
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
        cost_per_minute: Option<i32>,
    },
    /// Let a key in no longer.
    Revoke {
        /// Id of the key, as `list` shows it.
        id: crate::ids::ApiKeyId,
    },
    /// Show every key.
    List,
}

/// Settings of `token`.
#[derive(Args, Debug, Clone)]
pub struct Token {
    /// E-mail address of the member.
    pub email: String,
    /// How long the token is valid, in seconds.
    #[arg(long, default_value = "3600", value_parser = seconds)]
    pub lifetime: Duration,
}
