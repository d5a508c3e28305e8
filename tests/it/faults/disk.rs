//! A full disk under PostgreSQL: changes are refused as announced, none is lost, and all goes on when there is room again.

use std::io::Write;

use super::ledger;
use super::load::{Load, Where};
use super::rig::{Base, Served, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_changes_and_loses_none() {
    let mut base = match Base::on_a_small_disk(256).await {
        Ok(base) => base,
        Err(why) => {
            eprintln!("skipped: a full disk is not tried: {why}");
            return;
        }
    };
    let served = Served::start(&base.url, &["--pool-patience", "1"], &[]).await;
    let load = Load::start(&Where::of(&[&served.address], &base.token).await, "FULL", 8);
    load.goes_on(20).await;
    let filler = base.home().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    let block = vec![1; 1 << 20];
    while file.write_all(&block).is_ok() {}
    // What is left of the last megabyte, and of what PostgreSQL gives back.
    until("changes are refused", async || {
        let _ = file.write_all(&block[..4096]);
        load.refused() > 8
    })
    .await;
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    base.is_up().await;
    load.goes_on(40).await;
    let told = load.finish().await;
    assert_eq!(ledger::differences(&mut base.connection().await, "FULL", &told).await, [""; 0]);
    assert_eq!(told.refused.keys().collect::<Vec<_>>(), ["UNAVAILABLE"], "{:?}", told.refused);
}
