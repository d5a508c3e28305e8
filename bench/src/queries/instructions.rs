//! Instructions of the server for a question, counted by callgrind: a figure that no other load on the machine moves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::contenders::Contender;
use super::data::Data;
use super::load::Client;
use super::workload::Workload;
use crate::stage::{self, Database};

/// What is written down: instructions a request, by workload.
const WRITTEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.json");

/// How much more than what is written down is let pass.
const TOLERANCE: f64 = 0.05;

/// Requests that are not counted, and that are.
const WARM: usize = 30;
const COUNTED: usize = 100;

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the figures down instead of comparing them.
    #[arg(long)]
    write: bool,
    /// The server's binary; the one beside this one where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// Ends the process with 1 when a question costs more than it should.
pub(crate) async fn run(options: &Options) {
    let database = Database::start().await;
    let folder = tempfile::tempdir().unwrap();
    let out = format!("--callgrind-out-file={}", folder.path().join("out").display());
    let valgrind = ["valgrind", "--tool=callgrind", "-q", "--collect-atstart=yes", &out];
    let ours = Contender::ours(&stage::binary(options.server.as_deref()), &database, &valgrind);
    let mut data = Data::load(&database, 1).await;
    let keys = data.keys().await;
    let mut counts = BTreeMap::new();
    for workload in [Workload::Q1, Workload::Q2, Workload::Q3] {
        let requests: Vec<Vec<u8>> = keys.of(workload).iter().map(|key| ours.request(workload, key)).collect();
        let mut requests = requests.iter().cycle();
        let mut client = Client::connect(&ours.server.address).await;
        for request in requests.by_ref().take(WARM) {
            client.ask(request).await;
        }
        say(&ours, "zero");
        for request in requests.take(COUNTED) {
            client.ask(request).await;
        }
        say(&ours, "dump");
        counts.insert(workload.name(), take_total(folder.path()) / u64::try_from(COUNTED).unwrap());
    }
    if options.write {
        std::fs::write(WRITTEN, serde_json::to_string_pretty(&counts).unwrap() + "\n").unwrap();
        println!("{counts:?}");
        return;
    }
    let written: BTreeMap<String, u64> = serde_json::from_slice(&std::fs::read(WRITTEN).unwrap()).unwrap();
    let mut worse = false;
    println!("| | instructions | written down | ratio |\n| --- | --- | --- | --- |");
    for (name, count) in counts {
        let ratio = count as f64 / written[name] as f64;
        worse |= ratio > 1.0 + TOLERANCE;
        println!("| {name} | {count} | {} | {ratio:.3} |", written[name]);
    }
    // Not by `exit`: the server and its database end with this.
    assert!(!worse, "more than {:.0} % above what is written down in bench/instructions.json", TOLERANCE * 100.0);
}

/// A word to callgrind.
fn say(ours: &Contender, word: &str) {
    let output = Command::new("vgdb").arg(format!("--pid={}", ours.server.pid())).arg(word).output().unwrap();
    assert!(output.status.success(), "vgdb {word}: {output:?}");
}

/// The instructions of the dumps there are, which are removed.
fn take_total(folder: &Path) -> u64 {
    let mut total = 0;
    for dump in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let text = std::fs::read_to_string(&dump).unwrap();
        let totals = text.lines().filter_map(|line| line.strip_prefix("totals: "));
        total += totals.map(|count| count.trim().parse::<u64>().unwrap()).sum::<u64>();
        std::fs::remove_file(dump).unwrap();
    }
    assert!(total > 0, "callgrind has counted nothing");
    total
}
