//! `doctor`.

use std::time::Duration;

use clap::Args;

use super::{Serve, seconds};

/// Settings of `doctor`: those of the server that is looked after, and how.
#[derive(Args, Debug, Clone)]
pub struct Doctor {
    /// The server's.
    #[command(flatten)]
    pub serve: Serve,
    /// Print one JSON object a line and check.
    #[arg(long)]
    pub json: bool,
    /// How long one check may take, in seconds.
    #[arg(long, env = "RPM_CHECK_TIMEOUT", default_value = "15", value_parser = seconds)]
    pub check_timeout: Duration,
}
