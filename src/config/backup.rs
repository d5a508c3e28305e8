//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::Lake;

/// Settings of `backup`.
#[derive(Args, Debug, Clone)]
pub struct Backup {
    /// File to write, and beside it FILE.json, which says what is in it. Into the lake, below `backups/`, where absent.
    pub file: Option<PathBuf>,
    /// The lake.
    #[command(flatten)]
    pub lake: Lake,
    /// Print what is in the backup as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Settings of `restore`.
#[derive(Args, Debug, Clone)]
pub struct Restore {
    /// A file that `backup` has written, with FILE.json beside it; or the name of one in the lake (`backups/2025/10/….dump`).
    pub file: PathBuf,
    /// Replace what the database holds. Without it, only an empty database is restored into.
    #[arg(long)]
    pub force: bool,
    /// The lake.
    #[command(flatten)]
    pub lake: Lake,
}
