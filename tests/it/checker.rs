//! The promise put to the test: nobody who follows the log misses an event, whatever happens to the servers meanwhile.
//!
//! Writers change things through two servers on one database, and through `rpm-api ingest`. Clients with the field's own
//! libraries follow over all transports (`tests/node/subscribers.mjs`). Servers are killed and told to stop, PostgreSQL is
//! restarted, clients drop their connections and stall. In the end what each client saw is compared with the log.
//!
//! Every choice of who suffers what and when comes from a seed, which is printed; `RPM_CHECKER_SEED` repeats it.
//! `RPM_CHECKER_SECONDS` says how long it goes on (`make soak` for long), `RPM_CHECKER_CLIENTS` how many follow,
//! `RPM_CHECKER_TRANSPORTS` how (`ws,sse,poll`).

mod compare;
mod scene;
mod writers;

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use self::compare::{Log, Row};
use self::scene::Scene;

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

#[tokio::test]
async fn no_subscriber_loses_an_event() {
    let seed: u32 = setting("RPM_CHECKER_SEED", rand::random());
    let time = Duration::from_secs(setting("RPM_CHECKER_SECONDS", 30));
    let clients: usize = setting("RPM_CHECKER_CLIENTS", 36);
    let transports = setting("RPM_CHECKER_TRANSPORTS", "ws,sse,poll".to_owned());
    eprintln!("\nchecker: RPM_CHECKER_SEED={seed}, {clients} clients over {transports}, {} s", time.as_secs());

    let mut random = StdRng::seed_from_u64(seed.into());
    let mut scene = Scene::set().await;
    let (start, cursor) = scene.position().await;
    let followers = scene.followers(seed, clients, &transports, &cursor);
    let writers = writers::start(&scene, seed).await;

    let began = Instant::now();
    let mut restart_database = true;
    while began.elapsed() < time {
        tokio::time::sleep(Duration::from_millis(random.random_range(300..2500))).await;
        if restart_database && began.elapsed() > time / 2 {
            restart_database = false;
            scene.restart_database().await;
            continue;
        }
        let server = random.random_range(0..2);
        let pause = Duration::from_millis(random.random_range(0..1500));
        if random.random_bool(0.3) { scene.stop(server, pause).await } else { scene.kill(server, pause).await }
    }
    let written = writers.stop().await;
    let last = scene.last_event().await;
    let logs = followers.finish(last);
    let rows = scene.rows(start, last).await;
    let deliveries: usize = logs.iter().map(Log::deliveries).sum();
    let connections: usize = logs.iter().map(|log| log.connections.len()).sum();
    eprintln!(
        "checker: {} events by {written} changes, {deliveries} deliveries over {connections} connections; {}",
        rows.len(),
        scene.faults()
    );
    let mut wrong = Vec::new();
    for (number, log) in logs.iter().enumerate() {
        for fault in compare::faults(&rows, log) {
            wrong.push(format!("client {number} ({}): {fault}", log.describe()));
        }
    }
    assert!(wrong.is_empty(), "RPM_CHECKER_SEED={seed}\n{}\n\n{}", wrong.join("\n"), scene.timeline());
    assert!(rows.len() > 50 && deliveries > 50 * clients / 2, "too little happened to say anything: {} events", rows.len());
}

/// The comparison finds what it is there to find.
#[test]
fn every_kind_of_fault_is_found() {
    let rows: Vec<Row> =
        (1..=6).map(|id| Row::new(id, if id == 4 { "ACTION_COMPLETED" } else { "ACTION_BLOCKED" }, &[])).collect();
    let faults = |connections: &[&[i64]]| compare::faults(&rows, &Log::of(Some(&["ACTION_BLOCKED"]), connections)).join("; ");
    assert_eq!(faults(&[&[1, 2, 3, 5, 6]]), "");
    assert_eq!(faults(&[&[1, 2], &[3, 5], &[6]]), "");
    assert_eq!(faults(&[&[1, 2, 3], &[2, 3, 5, 6]]), "", "the same again after a reconnect");
    assert!(faults(&[&[1, 2, 5, 6]]).starts_with("missing 3 "), "{}", faults(&[&[1, 2, 5, 6]]));
    assert!(faults(&[&[1, 2, 3, 5]]).starts_with("missing 6 "), "{}", faults(&[&[1, 2, 3, 5]]));
    assert!(faults(&[&[1, 3, 2, 5, 6]]).contains("out of order"));
    assert!(faults(&[&[1, 2, 5], &[3, 6]]).contains("out of order"), "late, though nothing is missing in the end");
    assert!(faults(&[&[1, 2, 2, 3, 5, 6]]).contains("twice on one connection"));
    assert!(faults(&[&[1, 2, 3], &[5, 1, 6]]).contains("out of order"));
    assert!(faults(&[&[1, 2, 3, 4, 5, 6]]).contains("4 is not for this client"));
}
