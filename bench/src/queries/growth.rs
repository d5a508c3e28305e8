//! What a million actions cost beside 104 weeks: the same server over both, in turn, since an hour differs from the next by more than that.

use std::rc::Rc;

use super::contenders::Contender;
use super::data::Data;
use super::figures::Figures;
use super::workload::Workload;
use super::{Bench, CONNECTIONS, Options};
use crate::stage::{self, Database};

impl<'a> Bench<'a> {
    /// rpm-api alone over so many projects.
    async fn over(options: &'a Options, database: &Database, projects: usize) -> Self {
        let ours = Contender::ours(&stage::binary(options.server.as_deref()), database, &[]);
        let mut data = Data::load(database, projects).await;
        let keys = data.keys().await;
        Self { options, contenders: vec![ours], data, keys }
    }

    async fn ask(&mut self, workload: Workload, seconds: f64) -> Figures {
        let requests = self.keys.of(workload).iter().map(|key| self.contenders[0].request(workload, key)).collect();
        self.put(workload, 0, &Rc::new(requests), CONNECTIONS[0], seconds).await
    }
}

pub(super) async fn run(options: &Options, sizes: [(usize, &str); 2]) {
    let databases = [Database::start().await, Database::start().await];
    let mut benches = Vec::new();
    for (database, (projects, _)) in databases.iter().zip(sizes) {
        benches.push(Bench::over(options, database, projects).await);
    }
    let [(_, few), (_, many)] = sizes;
    println!("\n### rpm-api, {} connections: {few}, and {many}\n", CONNECTIONS[0]);
    println!("| | CPU µs | at L | ÷ | database µs | at L | ÷ | p50 ms | at L | p99 ms | at L |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for &workload in &options.workloads {
        let mut rounds = [Vec::new(), Vec::new()];
        for bench in &mut benches {
            bench.ask(workload, options.warm).await;
        }
        for _ in 0..options.rounds {
            for (bench, rounds) in benches.iter_mut().zip(&mut rounds) {
                rounds.push(bench.ask(workload, options.seconds).await);
            }
        }
        let [small, large] = rounds.map(|rounds| Figures::median(&rounds));
        println!(
            "| {} | {:.0} | {:.0} | {:.2} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            workload.name(),
            small.cpu,
            large.cpu,
            large.cpu / small.cpu,
            small.database,
            large.database,
            large.database / small.database,
            small.p50,
            large.p50,
            small.p99,
            large.p99,
        );
    }
}
