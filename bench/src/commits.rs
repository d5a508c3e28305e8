//! Ways to a cursor in commit order, and places for NOTIFY: what they cost the writers, and how long readers wait.

use clap::Args;

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Seconds for each case.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

pub(crate) async fn run(options: &Options) {
    let _ = options.seconds;
}
