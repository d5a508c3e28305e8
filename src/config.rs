//! Every setting once: its flag, its environment variable, its default and its unit.
//!
//! What `rpm-api --help` and `rpm-api serve --help` print comes from here.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analytics::{Basis, Table};

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
    /// Bring the database schema up to date, or take it back.
    Migrate(Migrate),
    /// Read plans, and files about agents and songs, into the database, and copies of all of them into the lake.
    Ingest(Ingest),
    /// Print a week as the database holds it: as a document that can be read again, or as a table.
    ExportPlan(ExportPlan),
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
    /// How log lines are written, to standard error.
    #[arg(long, env = "RPM_LOG_FORMAT", global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Which log lines are written, as a tracing filter.
    #[arg(long, env = "RPM_LOG", global = true, default_value = "info,sqlx=warn,sea_orm_migration=warn")]
    pub log: String,
}

impl Common {
    /// What metrics depend on.
    #[must_use]
    pub fn basis(&self) -> Basis {
        Basis { zone: self.timezone, principal: self.principal.as_str().into(), agent_stale_after: self.agent_stale_after }
    }
}

/// How log lines are written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings of `serve`.
#[derive(Args, Debug, Clone)]
pub struct Serve {
    /// Address to listen on.
    #[arg(long, env = "RPM_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Fill an empty database with demo data and let demo members sign in by a click. Only on a loopback address.
    #[arg(long, env = "RPM_DEMO")]
    pub demo: bool,
    /// Keep the agents working, so that there is something to watch. Only with --demo.
    #[arg(long, env = "RPM_SIMULATE", requires = "demo")]
    pub simulate: bool,
    /// The address that browsers reach this server by (`https://host[:port]`). Needed for sign-in with an identity provider; with
    /// https the cookies are for that only.
    #[arg(long, env = "RPM_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Issuer URL of the identity provider that people sign in with.
    #[arg(long, env = "RPM_OIDC_ISSUER", default_value = "https://accounts.google.com", value_parser = provider_url)]
    pub oidc_issuer: String,
    /// This server's client id at the identity provider. Without it nobody signs in that way.
    #[arg(long, env = "RPM_OIDC_CLIENT_ID", requires = "public_url")]
    pub oidc_client_id: Option<String>,
    /// The client secret that belongs to it; none for a public client.
    #[arg(long, env = "RPM_OIDC_CLIENT_SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<String>,
    /// Firebase project whose ID tokens are taken at /auth/firebase.
    #[arg(long, env = "RPM_FIREBASE_PROJECT", requires = "public_url")]
    pub firebase_project: Option<String>,
    /// Issuer of Firebase's ID tokens, without the project.
    #[arg(long, env = "RPM_FIREBASE_ISSUER", default_value = "https://securetoken.google.com", value_parser = provider_url, hide = true)]
    pub firebase_issuer: String,
    /// Where Firebase's keys are.
    #[arg(
        long,
        env = "RPM_FIREBASE_KEYS",
        default_value = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
        value_parser = provider_url,
        hide = true
    )]
    pub firebase_keys: String,
    /// How long an access token lasts, in seconds.
    #[arg(long, env = "RPM_ACCESS_LIFETIME", default_value = "900", value_parser = seconds)]
    pub access_lifetime: Duration,
    /// How long a session lasts without use, in seconds.
    #[arg(long, env = "RPM_SESSION_IDLE", default_value = "3600", value_parser = seconds)]
    pub session_idle: Duration,
    /// How long a refresh token that was replaced still stands for its successor, for those who come at once, in seconds.
    #[arg(long, env = "RPM_REFRESH_GRACE", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=600))]
    pub refresh_grace: u32,
    /// Failed sign-ins from one address in a minute, beyond which it has to wait.
    #[arg(long, env = "RPM_FAILED_SIGN_INS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub failed_sign_ins: u64,
    /// Proxies of yours in front of this server: as many addresses at the end of X-Forwarded-For are believed.
    #[arg(long, env = "RPM_TRUSTED_PROXIES", default_value_t = 0)]
    pub trusted_proxies: usize,
    /// Seed of the demo data.
    #[arg(long, env = "RPM_DEMO_SEED", default_value_t = 42)]
    pub demo_seed: u64,
    /// Bring the schema of DATABASE_URL up to date before serving. The private PostgreSQL always is.
    #[arg(long, env = "RPM_MIGRATE")]
    pub migrate: bool,
    /// PostgreSQL for LISTEN, where DATABASE_URL is a transaction pooler.
    #[arg(long, env = "RPM_LISTEN_URL", hide_env_values = true)]
    pub listen_url: Option<String>,
    /// Origins (`https://host[:port]`) whose pages may use the API besides the server's own, separated by commas.
    #[arg(long, env = "RPM_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,
    /// How often the DNA periods are summed up in which something changed, in seconds.
    #[arg(long, env = "RPM_PERIODS_EVERY", default_value = "60", value_parser = seconds)]
    pub periods_every: Duration,
    /// How much memory answers may take that are given again until something changes, in MiB (0 to 65536); with 0 each is made anew.
    #[arg(long, env = "RPM_ANSWER_CACHE", default_value_t = 16, value_parser = clap::value_parser!(u64).range(..=65536))]
    pub answer_cache: u64,
    /// How long the database may take for the warehouse's tables before the warehouse is asked instead, in seconds.
    #[arg(long, env = "RPM_ANALYTICS_PATIENCE", default_value = "5", value_parser = seconds)]
    pub analytics_patience: Duration,
    /// How long an event stays in the log after it was recorded, in days (1 to 3650).
    #[arg(long, env = "RPM_EVENT_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub event_retention_days: u16,
    /// Files and folders that are read at the start and then every RPM_INGEST_EVERY, separated by commas.
    #[arg(long, env = "RPM_INGEST", value_delimiter = ',')]
    pub ingest: Vec<PathBuf>,
    /// How often they are looked at, and the agents' states are copied into the lake, in seconds.
    #[arg(long, env = "RPM_INGEST_EVERY", default_value = "900", value_parser = seconds)]
    pub ingest_every: Duration,
    /// Where copies go.
    #[command(flatten)]
    pub lake: Lake,
    /// The warehouse that is kept up to date.
    #[command(flatten)]
    pub warehouse: Warehouse,
    /// How often what has changed is written into the warehouse, in seconds.
    #[arg(long, env = "RPM_EXPORT_EVERY", default_value = "3600", value_parser = seconds)]
    pub export_every: Duration,
    /// File of registered documents: a JSON object of SHA-256 (hexadecimal) and text.
    #[arg(long, env = "RPM_TRUSTED_DOCUMENTS")]
    pub trusted_documents: Option<PathBuf>,
    /// Roles that run registered documents only, separated by commas.
    #[arg(long, env = "RPM_TRUSTED_ONLY", value_delimiter = ',', value_enum, requires = "trusted_documents")]
    pub trusted_only: Vec<MemberRole>,
    /// Largest request body, in bytes.
    #[arg(long, env = "RPM_BODY_LIMIT", default_value_t = 1024 * 1024)]
    pub body_limit: usize,
    /// Longest time for one query or mutation, in seconds.
    #[arg(long, env = "RPM_OPERATION_TIMEOUT", default_value = "30", value_parser = seconds)]
    pub operation_timeout: Duration,
    /// Most levels of fields in one operation, for any role; what each role may ask is in docs/access.md.
    #[arg(long, env = "RPM_MAX_DEPTH", default_value_t = 15)]
    pub max_depth: usize,
    /// Most that one operation may cost, for any role: fields, those in a page counted as often as the page is long.
    #[arg(long, env = "RPM_MAX_COMPLEXITY", default_value_t = 200_000)]
    pub max_complexity: u64,
    /// Other budgets for some roles: `ROLE=REQUESTS/COST`, of a minute, and `/COST` of one operation, separated by commas
    /// (`INVESTOR=60/100000`, `ADMIN=6000/20000000/500000`).
    #[arg(long, env = "RPM_BUDGETS", value_delimiter = ',', value_parser = budget)]
    pub budgets: Vec<Budget>,
    /// Most operations in flight on one WebSocket.
    #[arg(long, env = "RPM_MAX_SUBSCRIPTIONS", default_value_t = 100)]
    pub max_subscriptions: usize,
    /// Most subscriptions that one member has open on this server, over all connections.
    #[arg(long, env = "RPM_MAX_MEMBER_SUBSCRIPTIONS", default_value_t = 1_000)]
    pub max_member_subscriptions: usize,
    /// A round of keep-alive, in seconds: a connection that was silent for one is pinged, and dropped after two more.
    #[arg(long, env = "RPM_PING_INTERVAL", default_value = "20", value_parser = seconds)]
    pub ping_interval: Duration,
    /// Longest time that open requests and sockets get when the server is told to stop, in seconds.
    #[arg(long, env = "RPM_DRAIN_TIMEOUT", default_value = "10", value_parser = seconds)]
    pub drain_timeout: Duration,
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

/// Where files are kept.
#[derive(Args, Debug, Clone)]
pub struct Lake {
    /// The data lake: `gs://bucket`, or a folder [default: RPM_HOME/lake with the private PostgreSQL, else none].
    #[arg(long = "lake", env = "RPM_LAKE")]
    pub address: Option<String>,
    /// Where Cloud Storage is, instead of at Google: an emulator, without credentials.
    #[arg(long = "lake-endpoint", env = "RPM_LAKE_ENDPOINT")]
    pub endpoint: Option<String>,
    /// Folder of the copies that the lake has not taken yet [default: RPM_HOME/outbox].
    #[arg(long, env = "RPM_OUTBOX")]
    pub outbox: Option<PathBuf>,
    /// Google Cloud project that a new bucket belongs to.
    #[arg(long = "project-id", env = "GCP_PROJECT_ID")]
    pub project_id: Option<String>,
    /// Region of a new bucket.
    #[arg(long, env = "RPM_LAKE_REGION", default_value = "us-central1")]
    pub region: String,
}

/// Where the numbers are kept for those who ask much of them.
#[derive(Args, Debug, Clone)]
pub struct Warehouse {
    /// The warehouse, `bigquery://PROJECT/DATASET`. Without it there is the database only, and nothing is exported.
    #[arg(id = "warehouse_address", long = "warehouse", env = "RPM_WAREHOUSE")]
    pub address: Option<String>,
    /// Where BigQuery is, instead of at Google: an emulator, without credentials.
    #[arg(id = "warehouse_endpoint", long = "warehouse-endpoint", env = "RPM_WAREHOUSE_ENDPOINT")]
    pub endpoint: Option<String>,
    /// Region of a new data set.
    #[arg(id = "warehouse_region", long = "warehouse-region", env = "RPM_WAREHOUSE_REGION", default_value = "us-central1")]
    pub region: String,
    /// How long one call of the warehouse may take, in seconds.
    #[arg(id = "warehouse_timeout", long = "warehouse-timeout", env = "RPM_WAREHOUSE_TIMEOUT", default_value = "60", value_parser = seconds)]
    pub timeout: Duration,
    /// For how long a call is tried again while the warehouse does not answer, in seconds.
    #[arg(id = "warehouse_patience", long = "warehouse-patience", env = "RPM_WAREHOUSE_PATIENCE", default_value = "300", value_parser = seconds)]
    pub patience: Duration,
}

/// Settings of `provision`.
#[derive(Args, Debug, Clone)]
pub struct Provision {
    /// The lake.
    #[command(flatten)]
    pub lake: Lake,
    /// The warehouse.
    #[command(flatten)]
    pub warehouse: Warehouse,
}

/// Which rows of the warehouse are meant.
#[derive(Args, Debug, Clone)]
pub struct Rows {
    /// Tables, separated by commas; all seven where absent.
    #[arg(long = "table", value_delimiter = ',', value_parser = table)]
    pub tables: Vec<Table>,
    /// First day. For tables by the week: of the weeks' first days.
    #[arg(long, requires = "through")]
    pub from: Option<chrono::NaiveDate>,
    /// Last day.
    #[arg(long, requires = "from")]
    pub through: Option<chrono::NaiveDate>,
}

/// Settings of `export`.
#[derive(Args, Debug, Clone)]
pub struct Export {
    /// These days are written, whether they have changed or not; what has changed since the last export where there are none.
    #[command(flatten)]
    pub rows: Rows,
    /// The warehouse.
    #[command(flatten)]
    pub warehouse: Warehouse,
    /// Where copies go.
    #[command(flatten)]
    pub lake: Lake,
    /// Print one JSON object a line and table.
    #[arg(long)]
    pub json: bool,
}

/// Settings of `reconcile`.
#[derive(Args, Debug, Clone)]
pub struct Reconcile {
    /// These days are compared; all where there are none.
    #[command(flatten)]
    pub rows: Rows,
    /// The warehouse.
    #[command(flatten)]
    pub warehouse: Warehouse,
    /// Print one JSON object a line and difference.
    #[arg(long)]
    pub json: bool,
}

/// Settings of `ingest`.
#[derive(Args, Debug, Clone)]
pub struct Ingest {
    /// Plans, files about agents and songs, recordings and other documents, and folders of them (in name order, with their subfolders).
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Keep looking, and read what changes, until told to stop.
    #[arg(long)]
    pub watch: bool,
    /// How often `--watch` looks, in seconds.
    #[arg(long, default_value = "5", value_parser = seconds, requires = "watch")]
    pub every: Duration,
    /// Read also what is as it was when it was last read.
    #[arg(long)]
    pub again: bool,
    /// Where copies go.
    #[command(flatten)]
    pub lake: Lake,
    /// Print one JSON object a line and file.
    #[arg(long)]
    pub json: bool,
    /// Put every plan into this project instead of the one its file name says.
    #[arg(long, value_parser = project_code)]
    pub project: Option<String>,
}

/// Settings of `export-plan`.
#[derive(Args, Debug, Clone)]
pub struct ExportPlan {
    /// A day of the week (`2025-10-27`); of several plans that hold it, the one that began last.
    pub week: chrono::NaiveDate,
    /// Code of the project; the default project where absent.
    #[arg(long, value_parser = project_code)]
    pub project: Option<String>,
    /// Markdown, or CSV with a row for each action.
    #[arg(long, value_enum, default_value_t = ExportFormat::Md)]
    pub format: ExportFormat,
    /// File to write, in place of printing it.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

/// Settings of `backtest`.
#[derive(Args, Debug, Clone)]
pub struct Backtest {
    /// How many weeks back from today.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=104))]
    pub weeks: u32,
}

/// How a plan is written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Markdown.
    Md,
    /// CSV.
    Csv,
}

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

/// The code of a project: at most 100 letters, digits, `-`, `_` and `.`.
fn project_code(text: &str) -> Result<String, String> {
    let sound = (1..=100).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if sound { Ok(text.to_uppercase()) } else { Err("give letters, digits, `-`, `_`, `.`, at most 100 of them".to_owned()) }
}

/// `https://host[:port]`, without a path; `http` for this machine only.
fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/').to_owned();
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://").filter(|host| is_loopback(host)));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@']) => Ok(url),
        _ => Err("give https://host[:port]; http is for localhost and 127.0.0.1 only".to_owned()),
    }
}

/// The URL of an identity provider: as above, with a path.
fn provider_url(text: &str) -> Result<String, String> {
    let is_plain = |rest: &str| is_loopback(rest.split('/').next().unwrap_or_default());
    if text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) || text.strip_prefix("http://").is_some_and(is_plain) {
        return Ok(text.to_owned());
    }
    Err("give an https:// URL; http is for localhost and 127.0.0.1 only".to_owned())
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// A role's budgets, where they are not as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Whose.
    pub role: MemberRole,
    /// Operations in a minute.
    pub requests: u64,
    /// Their cost in a minute.
    pub cost: u64,
    /// The cost of one operation, where that is another too.
    pub operation: Option<u64>,
}

/// `ROLE=REQUESTS/COST`, or `ROLE=REQUESTS/COST/COST`.
fn budget(text: &str) -> Result<Budget, String> {
    let parsed = || {
        let (role, budget) = text.split_once('=')?;
        let role = MemberRole::from_str(role, true).ok()?;
        let numbers: Option<Vec<u64>> = budget.split('/').map(|number| number.parse().ok().filter(|n| *n > 0)).collect();
        match numbers?[..] {
            [requests, cost] => Some(Budget { role, requests, cost, operation: None }),
            [requests, cost, operation] => Some(Budget { role, requests, cost, operation: Some(operation) }),
            _ => None,
        }
    };
    parsed().ok_or_else(|| "give ROLE=REQUESTS/COST, such as INVESTOR=60/100000".to_owned())
}

/// The name of a table of the warehouse.
fn table(text: &str) -> Result<Table, String> {
    let names = || Table::ALL.map(Table::name).join(", ");
    Table::named(text).ok_or_else(|| format!("the tables are {}", names()))
}

/// A whole number of seconds above 0.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u64>() {
        Ok(seconds) if (1..=31_536_000).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err("give a whole number of seconds, from 1 to 31536000".to_owned()),
    }
}
