//! What keeps a server steady: how much it takes on, how long it waits for others, and from whom it reads.

use std::time::Duration;

use clap::Args;

use super::seconds;

/// Bounds on what a server takes on, and on how long it waits.
#[derive(Args, Debug, Clone)]
pub struct Steady {
    /// Most queries and mutations under way at once; what comes beyond that is refused with OVERLOADED and Retry-After (1 to 100000).
    #[arg(long, env = "RPM_MAX_IN_FLIGHT", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_in_flight: u32,
    /// How long a request waits for a connection to the database before it is answered with UNAVAILABLE, in seconds.
    #[arg(long, env = "RPM_POOL_PATIENCE", default_value = "2", value_parser = seconds)]
    pub pool_patience: Duration,
    /// A read replica of DATABASE_URL (`postgres://…`): queries are read from it while it has everything that is known to have changed.
    #[arg(long, env = "RPM_DATABASE_READ_URL", hide_env_values = true)]
    pub database_read_url: Option<String>,
    /// Failures in a row of the lake or the warehouse after which it is left alone for a while, and callers are told so at once
    /// (1 to 1000).
    #[arg(long, env = "RPM_BREAKER_FAILURES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub breaker_failures: u32,
    /// For how long, in seconds; then one call tries whether it answers.
    #[arg(long, env = "RPM_BREAKER_REST", default_value = "15", value_parser = seconds)]
    pub breaker_rest: Duration,
    /// How long a caller waits for a link to a file of the lake, in seconds.
    #[arg(long, env = "RPM_LINK_PATIENCE", default_value = "5", value_parser = seconds)]
    pub link_patience: Duration,
}
