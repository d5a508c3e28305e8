//! A process that sends through the outbox is killed again and again, at any moment: all that it was promised arrives, in order
//! and whole, and nothing else.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rpm_api::lake::{Lake, LakePath, Options, Outbox, open};

use super::{contents, name, noise, source};
use crate::support::CloudStorage;

/// Contents that are sent, under a third as many names.
const CONTENTS: usize = 60;
const KILLS: usize = 12;

/// The content of a number, and its name; one is large enough for Cloud Storage to take it in parts.
fn given(number: usize) -> (LakePath, Vec<u8>) {
    let length = if number == CONTENTS / 2 { 17_000_000 } else { (number * 7_919) % 300_000 };
    (name(&format!("session-logs/2025/10/{}.md", number % (CONTENTS / 3))), noise(number as u64, length))
}

/// What the child does: takes over the contents from a number on, says so for each, and sends a little in between; then sends
/// what is left.
#[tokio::test]
#[ignore = "the child of the tests below"]
async fn child() {
    let setting = |name: &str| std::env::var(name).unwrap_or_default();
    let Ok(from) = setting("LAKE_FROM").parse::<usize>() else { return };
    let endpoint = Some(setting("LAKE_ENDPOINT")).filter(|endpoint| !endpoint.is_empty());
    let lake = open(&setting("LAKE"), Options { endpoint, ..Options::default() }).await.unwrap();
    let outbox = Outbox::open(setting("LAKE_OUTBOX")).unwrap();
    for number in from..CONTENTS {
        let (path, content) = given(number);
        outbox.enqueue(&path, source(content), "text/markdown", Utc::now()).await.unwrap();
        say(&format!("taken {number}"));
        if number % 4 == 3 {
            drain(&outbox, &*lake, 2).await;
        }
    }
    while !outbox.pending().await.unwrap().is_empty() {
        drain(&outbox, &*lake, 5).await;
        say("sending");
    }
    say("done");
}

/// Tells the parent, in one write.
fn say(word: &str) {
    std::io::stdout().write_all(format!("{word}\n").as_bytes()).unwrap();
}

/// From a time at which all waiting is over.
async fn drain(outbox: &Outbox, lake: &dyn Lake, limit: usize) {
    let drained = outbox.drain(lake, limit, Utc::now() + TimeDelta::hours(1)).await.unwrap();
    assert!(drained.failed.is_empty() && !drained.busy, "{drained:?}");
}

fn spawn(from: usize, lake: &str, endpoint: &str, outbox: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lake::killed::child", "--include-ignored", "--nocapture", "--quiet"])
        .env("LAKE_FROM", from.to_string())
        .env("LAKE", lake)
        .env("LAKE_ENDPOINT", endpoint)
        .env("LAKE_OUTBOX", outbox)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    (child, said)
}

/// Lets children work and kills them; then lets one finish.
fn work(seed: u64, lake: &str, endpoint: &str, outbox: &Path) {
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let mut taken = 0;
    for round in 0..=KILLS {
        let (mut child, said) = spawn(taken, lake, endpoint, outbox);
        // A moment somewhere in the work: after some words, and a little later.
        let words = random.random_range(1..CONTENTS / 6);
        let later = Duration::from_micros(random.random_range(0..30_000));
        let mut heard = 0;
        let mut done = false;
        for line in said.lines().map_while(Result::ok) {
            if let Some((_, number)) = line.split_once("taken ") {
                taken = number.parse::<usize>().unwrap() + 1;
            }
            done |= line.contains("done");
            heard += usize::from(line.contains("taken ") || line.contains("sending"));
            if heard == words && round < KILLS {
                std::thread::sleep(later);
                child.kill().unwrap();
            }
        }
        let status = child.wait().unwrap();
        assert!(round < KILLS || (done && status.success()), "the last one: {status:?}");
    }
    assert_eq!(taken, CONTENTS);
}

/// Everything is there, whole and in order, and nothing else.
async fn check(lake: &dyn Lake, outbox: &Path) {
    let mut wanted: BTreeMap<LakePath, Vec<Vec<u8>>> = BTreeMap::new();
    for number in 0..CONTENTS {
        let (path, content) = given(number);
        wanted.entry(path).or_default().push(content);
    }
    let listed = lake.list("", None, 1000).await.unwrap().objects;
    assert_eq!(listed.iter().map(|stat| &stat.path).collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (path, wanted) in wanted {
        let found = contents(lake, &path).await;
        assert!(found == wanted, "{path}: {} versions of {}, or other contents", found.len(), wanted.len());
    }
    for part in ["entries", "contents"] {
        assert_eq!(std::fs::read_dir(outbox.join(part)).unwrap().count(), 0, "{part}");
    }
}

async fn killed(lake: Arc<dyn Lake>, endpoint: String) {
    let seed = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    eprintln!("killed: TEST_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("outbox");
    let (address, spool) = (lake.location(), outbox.clone());
    tokio::task::spawn_blocking(move || work(seed, &address, &endpoint, &spool)).await.unwrap();
    check(&*lake, &outbox).await;
}

#[tokio::test]
async fn nothing_is_lost_on_the_way_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path().to_str().unwrap(), Options::default()).await.unwrap();
    killed(lake, String::new()).await;
}

#[tokio::test]
async fn nothing_is_lost_on_the_way_to_cloud_storage() {
    let cloud = CloudStorage::start().await;
    killed(cloud.new_lake().await, cloud.endpoint().to_owned()).await;
}
