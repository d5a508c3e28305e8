//! Every setting once: its flag, its environment variable, its default and its unit.
//!
//! What `rpm-api --help` and `rpm-api serve --help` print comes from here.

mod alerts;
mod backup;
mod doctor;
mod people;
mod places;
mod plans;
mod serve;
mod steady;
mod telemetry;

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::alerts::Alerts;
pub use self::backup::{Backup, Restore};
pub use self::doctor::Doctor;
pub use self::people::{Key, Member, MemberRole, Token};
pub use self::places::{Export, Lake, Provision, Reconcile, Rows, Warehouse};
pub use self::plans::{Backtest, ExportFormat, ExportPlan, Ingest, Report};
pub use self::serve::{Budget, Serve};
pub use self::steady::Steady;
pub use self::telemetry::{LogFormat, Telemetry, Watched};
use crate::analytics::Basis;

/// GraphQL API with subscriptions for RPM weekly plans.
#[derive(Parser, Debug)]
#[command(name = "rpm-api", version, about, max_term_width = 110)]
pub struct Cli {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
    /// Settings that every command shares.
    #[command(flatten)]
    pub common: Common,
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Serve the API, the explorer and the cockpit.
    Serve(Box<Serve>),
    /// Look at everything the server needs, and say what works, what does not, and what to do. Exit code 1 where something failed.
    Doctor(Box<Doctor>),
    /// Copy the database, as it is at one moment and while others work on it, into a file or into the lake.
    Backup(Backup),
    /// Put such a copy into the database, and compare.
    Restore(Restore),
    /// Bring the database schema up to date, or take it back.
    Migrate(Migrate),
    /// Read plans, and files about agents and songs, into the database, and copies of all of them into the lake.
    Ingest(Ingest),
    /// Print a week as the database holds it: as a document that can be read again, or as a table.
    ExportPlan(ExportPlan),
    /// Write the report on a week as a PDF.
    Report(Report),
    /// Look back at past weeks: how often the forecasts that could have been made in their middle held.
    Backtest(Backtest),
    /// Make the data lake and the warehouse, give the lake its rules and the warehouse its tables and columns. Harmless when repeated.
    Provision(Provision),
    /// Write what has changed into the warehouse, or some days again.
    Export(Export),
    /// Compare the warehouse with the database, and say where they differ.
    Reconcile(Reconcile),
    /// Print the GraphQL schema, as `schema.graphql` holds it.
    Schema {
        /// Print what each role may ask instead, as `docs/access.md` holds it.
        #[arg(long)]
        access: bool,
    },
    /// Print a bearer token for a member, for scripts.
    Token(Token),
    /// Add members, change what they may do, and list them.
    #[command(subcommand)]
    Member(Member),
    /// Create API keys for machines, revoke and list them.
    #[command(subcommand)]
    Key(Key),
}

/// Settings that every command shares.
#[derive(Args, Debug, Clone)]
pub struct Common {
    /// PostgreSQL 15 or newer (`postgres://…`). Without it a private PostgreSQL is started in RPM_HOME.
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// Folder of the private PostgreSQL and of the generated secret [default: /var/lib/rpm-api as root, else
    /// $XDG_DATA_HOME/rpm-api].
    #[arg(long = "home", env = "RPM_HOME", global = true)]
    pub home: Option<PathBuf>,
    /// Folder of PostgreSQL's programs; searched for where absent.
    #[arg(long, env = "RPM_PG_BIN", global = true)]
    pub pg_bin: Option<PathBuf>,
    /// Secret that signs access tokens, at least 32 bytes. With the private PostgreSQL one is made and kept in RPM_HOME.
    #[arg(long, env = "JWT_SECRET", global = true, hide_env_values = true)]
    pub jwt_secret: Option<String>,
    /// The secret that JWT_SECRET has replaced: what was signed with it holds until it ends.
    #[arg(long, env = "RPM_JWT_PREVIOUS_SECRET", global = true, hide_env_values = true)]
    pub jwt_previous_secret: Option<String>,
    /// Time zone in which an instant falls on a day and a day in a week.
    #[arg(long, env = "RPM_TIMEZONE", global = true, default_value = "America/Chicago")]
    pub timezone: Tz,
    /// Whose own completion rate is shown beside everybody's: an owner, in any known spelling.
    #[arg(long, env = "RPM_PRINCIPAL", global = true, default_value = "Jesse")]
    pub principal: String,
    /// An agent that has been silent for longer shows as offline, in seconds: so long a heartbeat tells how its agent is.
    #[arg(long, env = "RPM_AGENT_STALE_AFTER", global = true, default_value = "900", value_parser = seconds)]
    pub agent_stale_after: Duration,
    /// Most database connections of this process; more than 20 are not opened.
    #[arg(long, env = "RPM_MAX_CONNECTIONS", global = true, default_value_t = crate::store::MAX_CONNECTIONS)]
    pub max_connections: u32,
    /// What is told of the program itself.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

impl Common {
    /// What metrics depend on.
    #[must_use]
    pub fn basis(&self) -> Basis {
        Basis { zone: self.timezone, principal: self.principal.as_str().into(), agent_stale_after: self.agent_stale_after }
    }
}

/// Settings of `migrate`.
#[derive(Args, Debug, Clone)]
pub struct Migrate {
    /// Which way.
    #[arg(value_enum, default_value_t = MigrateDirection::Up)]
    pub direction: MigrateDirection,
    /// How many migrations at most; all of them where absent (one with `down`).
    #[arg(long)]
    pub steps: Option<u32>,
}

/// Which way the schema is moved.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrateDirection {
    /// Apply what is missing.
    Up,
    /// Take the last one back, data included.
    Down,
    /// Say what is applied and what is not.
    Status,
}

/// A whole number of seconds above 0.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds) if (1..=31_536_000).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err("give a whole number of seconds, from 1 to 31536000".to_owned()),
    }
}
