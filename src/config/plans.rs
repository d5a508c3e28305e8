//! The commands about plans.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Lake, seconds};
use crate::report::IsoWeek;

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

/// Settings of `report`.
#[derive(Args, Debug, Clone)]
pub struct Report {
    /// The ISO week (`2025-W43`), or a day in it (`2025-10-27`). A plan is of the week that most of its first seven days are in.
    pub week: IsoWeek,
    /// PDF file to write; by its own name (`2025-W43-summary.pdf`) where absent, `-` for standard output.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

/// How a plan is written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Markdown.
    Md,
    /// CSV.
    Csv,
}

/// Settings of `backtest`.
#[derive(Args, Debug, Clone)]
pub struct Backtest {
    /// How many weeks back from today.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=104))]
    pub weeks: u32,
}

/// The code of a project: at most 100 letters, digits, `-`, `_` and `.`.
fn project_code(text: &str) -> Result<String, String> {
    let sound = (1..=100).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if sound { Ok(text.to_uppercase()) } else { Err("give letters, digits, `-`, `_`, `.`, at most 100 of them".to_owned()) }
}
