//! Where the server's processor time goes while it answers one of the questions: `perf record`, and the stacks as a picture.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use super::contenders::Contender;
use super::data::Data;
use super::load::{self, Until};
use super::workload::Workload;
use super::{CONNECTIONS, flame};
use crate::stage::{self, Database};

/// How often the server is looked at in a second of its processor time.
const RATE: &str = "997";

/// How much of a stack is kept: futures lie deep in it.
const STACK: &str = "dwarf,32768";

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// What is asked.
    #[arg(long, default_value = "q1")]
    workload: Workload,
    /// Answers may be given again, which each is after the first.
    #[arg(long)]
    again: bool,
    /// How long it is watched, in seconds.
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// The picture.
    #[arg(long, default_value = "profile.svg")]
    out: PathBuf,
    /// The server's binary; the one beside this one where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// Ends the process when there is no perf, or when it sees nothing.
pub(crate) async fn run(options: &Options) {
    assert!(options.workload != Workload::M1, "questions only: a change can be made once");
    let database = Database::start().await;
    let mut asked = Contender::ours(&stage::binary(options.server.as_deref()), &database, &[]);
    if options.again {
        asked = asked.remembering();
    }
    let mut data = Data::load(&database, 1).await;
    let keys = data.keys().await;
    let requests = Rc::new(keys.of(options.workload).iter().map(|key| asked.request(options.workload, key)).collect());
    let elapsed = |seconds| Until::Elapsed(Duration::from_secs_f64(seconds));
    load::put(&asked.server.address, &requests, CONNECTIONS[0], elapsed(3.0)).await;

    let folder = tempfile::tempdir().unwrap();
    let samples = folder.path().join("perf.data");
    let lasting = options.seconds.to_string();
    let mut perf = Command::new("perf")
        .args(["record", "--quiet", "-e", "cpu-clock", "-F", RATE, "--call-graph", STACK, "-o"])
        .arg(&samples)
        .args(["-p", &asked.server.pid().to_string(), "--", "sleep", &lasting])
        .stdout(Stdio::null())
        .spawn()
        .expect("perf (Debian: linux-perf)");
    let load = load::put(&asked.server.address, &requests, CONNECTIONS[0], elapsed(options.seconds + 1.0)).await;
    assert!(perf.wait().unwrap().success(), "perf record has failed");
    println!("{} requests, {:.0} a second", load.latencies.len(), load.latencies.len() as f64 / load.lasted.as_secs_f64());

    let script = Command::new("perf").args(["script", "--no-inline", "-F", "ip,sym", "-i"]).arg(&samples).output().unwrap();
    assert!(script.status.success(), "perf script: {}", String::from_utf8_lossy(&script.stderr));
    let flame = flame::Flame::read(&String::from_utf8_lossy(&script.stdout));
    let again = if options.again { ", given again" } else { "" };
    let title = format!(
        "{}{again}: where the server's processor time goes (blue: its own code; below a box is what it calls)",
        options.workload.name()
    );
    std::fs::write(&options.out, flame.picture(&title)).unwrap();
    print!("{}", flame.text());
}
