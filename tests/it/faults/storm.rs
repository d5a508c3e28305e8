//! Everything at once, for as long as one wants: servers killed and stopped, PostgreSQL ended without warning, the wire between them
//! slow, hanging, cut; and in the end what clients were told is what the database holds.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::ledger;
use super::load::{Load, Where};
use super::rig::{Base, Served};
use super::setting;
use crate::support::Wire;
use crate::support::wire::Manner;

/// Clients who change things at once.
const CLIENTS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    let seed: u32 = setting("RPM_FAULTS_SEED", rand::random());
    let time = Duration::from_secs(setting("RPM_FAULTS_SECONDS", 12));
    eprintln!("\nstorm: RPM_FAULTS_SEED={seed}, {CLIENTS} clients, {} s", time.as_secs());
    let mut random = StdRng::seed_from_u64(seed.into());
    let mut base = Base::set().await;
    let wire = Wire::to(&base.url).await;
    let flags = ["--pool-patience", "1", "--operation-timeout", "3", "--drain-timeout", "2"];
    let mut served = [Served::on(&wire, &flags).await, Served::on(&wire, &flags).await];
    let addresses = served.each_ref().map(|served| served.address.clone());
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let place = Where::of(&addresses, &base.token).await;
    let load = Load::start(&place, "STORM", CLIENTS);

    let began = Instant::now();
    let mut faults = Vec::new();
    while began.elapsed() < time {
        let pause = Duration::from_millis(random.random_range(0..600));
        let one = random.random_range(0..2);
        let what = ["killed", "stopped", "PostgreSQL ended", "slow", "hanging", "cut"][random.random_range(0..6)];
        faults.push(format!("{:7.3} s {what}", began.elapsed().as_secs_f64()));
        match what {
            "killed" => {
                served[one].kill();
                tokio::time::sleep(pause).await;
                served[one].again().await;
            }
            "stopped" => {
                served[one].tell_to_stop();
                assert_eq!(served[one].ended().await, Some(0), "a server stops in order");
                served[one].again().await;
            }
            "PostgreSQL ended" => {
                base.stop_at_once().await;
                tokio::time::sleep(pause).await;
                base.start().await;
            }
            manner => {
                wire.becomes(match manner {
                    "slow" => Manner::Slow(Duration::from_millis(10)),
                    "hanging" => Manner::Hangs,
                    _ => Manner::Cut,
                });
                tokio::time::sleep(pause).await;
                wire.becomes(Manner::Passes);
            }
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(100..1000))).await;
        if load.is_failing() {
            break;
        }
    }
    load.goes_on(2 * CLIENTS).await;
    let told = load.finish().await;
    let acknowledged = told.entries.iter().filter(|entry| entry.is_done).count();
    eprintln!(
        "storm: {acknowledged} changes of {} acknowledged, {} requests without an answer, refused {:?}; {} faults",
        told.entries.len(),
        told.unanswered,
        told.refused,
        faults.len()
    );
    let wrong = ledger::differences(&mut base.connection().await, "STORM", &told).await;
    assert!(wrong.is_empty(), "RPM_FAULTS_SEED={seed}\n{}\n\n{}", wrong.join("\n"), faults.join("\n"));
    assert!(acknowledged > CLIENTS, "too little happened to say anything");
}

/// A hundred clients who ask and change things for a while, all in one week, whose changes wait in line (so patience is long): nothing is refused, and memory does not grow with time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_clients_at_once_are_served_and_memory_stays_flat() {
    let time = Duration::from_secs(setting("RPM_CROWD_SECONDS", 6));
    let base = Base::set().await;
    let served = Served::start(&base.url, &["--pool-patience", "30"], &[("RPM_BUDGETS", "admin=1000000000/1000000000000")]).await;
    let load = Load::start(&Where::of(&[&served.address], &base.token).await, "CROWD", 100);
    // What is taken once (connections, caches, the allocator's own) is there after a third.
    tokio::time::sleep(time / 3).await;
    let before = served.resident();
    tokio::time::sleep(time / 3 * 2).await;
    let after = served.resident();
    let mut told = load.finish().await;
    told.latencies.sort_unstable();
    let share = |of: f64| f64::from(told.latencies[(told.latencies.len() as f64 * of) as usize]) / 1000.0;
    eprintln!(
        "crowd: {} answers in {} s, p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms; resident {} MiB, then {} MiB",
        told.latencies.len(),
        time.as_secs(),
        share(0.5),
        share(0.95),
        share(0.99),
        before >> 20,
        after >> 20
    );
    assert_eq!(ledger::differences(&mut base.connection().await, "CROWD", &told).await, [""; 0]);
    assert_eq!((told.refused.len(), told.unanswered), (0, 0), "{:?}", told.refused);
    assert!(after < before + before / 4 + (16 << 20), "{before} bytes, then {after}");
}
