//! `serve`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Alerts, Lake, MemberRole, Steady, Warehouse, Watched, seconds};

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
    /// How people are told of what happens.
    #[command(flatten)]
    pub alerts: Alerts,
    /// File of registered documents: a JSON object of SHA-256 (hexadecimal) and text.
    #[arg(long, env = "RPM_TRUSTED_DOCUMENTS")]
    pub trusted_documents: Option<PathBuf>,
    /// Roles that run registered documents only, separated by commas.
    #[arg(long, env = "RPM_TRUSTED_ONLY", value_delimiter = ',', value_enum, requires = "trusted_documents")]
    pub trusted_only: Vec<MemberRole>,
    /// What is told of the server itself.
    #[command(flatten)]
    pub watched: Watched,
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
    /// Longest time that open requests and sockets get when the server is told to stop, in seconds. What is closed behind that takes
    /// a second more at most: Cloud Run kills after ten.
    #[arg(long, env = "RPM_DRAIN_TIMEOUT", default_value = "8", value_parser = seconds)]
    pub drain_timeout: Duration,
    /// How much is taken on, and for how long others are waited for.
    #[command(flatten)]
    pub steady: Steady,
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
