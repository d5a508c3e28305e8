//! Plan files into the database and the lake: how many a second, and how much memory at most.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};

use crate::stage::{Database, binary};

/// What is measured.
#[derive(Args)]
pub(crate) struct Options {
    /// Plan files of the largest case; a tenth of them come first, to tell whether memory grows with them.
    #[arg(long, default_value_t = 10_000)]
    files: usize,
    /// The server's binary; the one beside this where absent.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Results of a plan, and actions of each.
const RESULTS: usize = 3;
const ACTIONS: usize = 4;

pub(crate) async fn run(options: &Options) {
    let binary = binary(options.binary.as_deref());
    println!("| files | look | seconds | files/s | CPU ms a file | peak MiB |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for count in [options.files / 10, options.files] {
        let database = Database::start().await;
        let folder = tempfile::Builder::new().prefix("rpm-bench-files-").tempdir_in("/var/tmp").unwrap();
        let files = folder.path().join("plans");
        std::fs::create_dir(&files).unwrap();
        for number in 0..count {
            std::fs::write(files.join(format!("RPM-F{number:05}-001-Load.md")), plan(number)).unwrap();
        }
        for look in ["the first", "nothing changed"] {
            let before = children();
            let begun = Instant::now();
            ingest(&binary, &database, folder.path(), &files);
            let (elapsed, used) = (begun.elapsed().as_secs_f64(), children());
            let cpu = (used.cpu - before.cpu).as_secs_f64() * 1000.0 / count as f64;
            let rate = count as f64 / elapsed;
            println!("| {count} | {look} | {elapsed:.1} | {rate:.0} | {cpu:.2} | {:.0} |", used.peak_kib as f64 / 1024.0);
        }
    }
}

fn ingest(binary: &Path, database: &Database, folder: &Path, files: &Path) {
    let command = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        command.env("DATABASE_URL", database.url()).env("RPM_LOG", "warn").args(arguments).stdout(Stdio::null());
        command
    };
    assert!(command(&["migrate"]).status().unwrap().success());
    let mut ingest = command(&["ingest", "--json"]);
    ingest.arg(files).arg("--lake").arg(folder.join("lake")).arg("--outbox").arg(folder.join("outbox"));
    assert!(ingest.status().unwrap().success());
}

struct Used {
    cpu: Duration,
    /// The most that one process had resident.
    peak_kib: i64,
}

/// What the processes that have ended have used.
fn children() -> Used {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let time = |time: nix::sys::time::TimeVal| {
        Duration::new(u64::try_from(time.tv_sec()).unwrap(), u32::try_from(time.tv_usec()).unwrap() * 1000)
    };
    Used { cpu: time(usage.user_time()) + time(usage.system_time()), peak_kib: usage.max_rss() }
}

/// A plan of about 3 KB, of a project and with codes of its own.
fn plan(number: usize) -> String {
    let mut text = format!(
        "=== RPM WEEKLY PLAN ===\nWeek of: 2026-03-01 to 2026-03-07\n\n# RPM-F{number:05}-001: LOAD {number}\n\n**Owner:** Jesse\n\n## RESULTS\n\n"
    );
    for result in 1..=RESULTS {
        text.push_str(&format!(
            "**R{result}: Result {result} of {number}** - STATUS: In Progress\n- **Purpose**: why it matters\n\n"
        ));
    }
    for result in 1..=RESULTS {
        text.push_str(&format!("### PHASE {result}: WORK (R{result})\n\n"));
        for action in 0..ACTIONS {
            let letter = char::from(b'a' + u8::try_from(action).unwrap());
            text.push_str(&format!(
                "**□ OPS-F{number:05}{result}-001{letter}**: Do step {action} of {result}\n- **Agent**: Artifacts + QA\n- **Due**: 2026-03-0{}\n- **Estimated Hours**: 2\n- **Verification**: somebody looked at it\n\n",
                action + 2
            ));
        }
    }
    text
}
