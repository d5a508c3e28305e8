//! The few questions of the cockpit, asked of rpm-api, of floors made by hand, and of peers, over one database.

mod chart;
mod contenders;
pub(crate) mod data;
mod figures;
mod flame;
pub(crate) mod floor;
mod growth;
pub(crate) mod instructions;
pub(crate) mod load;
pub(crate) mod profile;
mod same;
pub(crate) mod workload;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use self::contenders::{Contender, Peer};
use self::data::Data;
use self::figures::{Figures, Row};
use self::load::{Client, Until};
use self::workload::{Keys, Workload};
use crate::stage::{self, Database};

/// Connections of the clients.
const CONNECTIONS: [usize; 2] = [32, 1];

/// Requests of a mutation over one connection; each waits for the disk.
const ALONE: usize = 200;

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// A million actions instead of 104 weeks.
    #[arg(long)]
    large: bool,
    /// 104 weeks and a million actions in turn, of rpm-api alone.
    #[arg(long, conflicts_with_all = ["large", "check", "peers", "alone"])]
    growth: bool,
    /// What is asked; everything where absent.
    #[arg(long, value_delimiter = ',', default_value = "q1,q2,q3,m1")]
    workloads: Vec<Workload>,
    /// Who is asked beside rpm-api and the floors.
    #[arg(long, value_delimiter = ',', default_value = "postgraphile,mercurius,yoga")]
    peers: Vec<Peer>,
    /// Nobody is asked beside rpm-api and the floors.
    #[arg(long, conflicts_with = "peers")]
    alone: bool,
    /// Rounds, everybody in turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each is asked, in seconds; a mutation for each of a thousand actions.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How long each is asked before that, for compilers that compile what is used much.
    #[arg(long, default_value_t = 3.0)]
    warm: f64,
    /// Whether everybody says the same, and nothing more.
    #[arg(long)]
    check: bool,
    /// A picture of what was measured with many connections, as SVG.
    #[arg(long)]
    chart: Option<PathBuf>,
    /// The server's binary; the one beside this one where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// How many projects, and what that is called.
const SIZES: [(usize, &str); 2] = [(1, "S: 104 weeks, 2,912 actions"), (data::LARGE, "L: 1,001,728 actions")];

pub(crate) async fn run(options: &Options) {
    if options.growth {
        return growth::run(options, SIZES).await;
    }
    let database = Database::start().await;
    let peers = if options.alone { &[] } else { options.peers.as_slice() };
    // The first one makes the tables.
    let ours = Contender::ours(&stage::binary(options.server.as_deref()), &database, &[]);
    let (projects, name) = SIZES[usize::from(options.large)];
    let data = Data::load(&database, projects).await;
    let mut contenders = vec![ours];
    contenders.push(contenders[0].remembering());
    contenders.extend(Contender::floors(&database));
    contenders.extend(peers.iter().map(|peer| Contender::peer(*peer, &database)));
    let mut bench = Bench { options, contenders, data, keys: Keys { weeks: Vec::new(), actions: Vec::new() } };
    bench.keys = bench.data.keys().await;
    bench.compare().await;
    if options.check {
        println!("Everybody says the same.");
        return;
    }
    let mut tables = Vec::new();
    for &workload in &options.workloads {
        let rows = bench.measure(workload).await;
        println!("{}", figures::table(&format!("{}, {name}", workload.name()), CONNECTIONS, &rows));
        tables.push((workload, rows));
    }
    if let Some(file) = &options.chart {
        std::fs::write(file, chart::chart(CONNECTIONS[0], &tables)).unwrap();
    }
}

struct Bench<'a> {
    options: &'a Options,
    contenders: Vec<Contender>,
    data: Data,
    keys: Keys,
}

impl Bench<'_> {
    /// Stops when somebody answers something else than the others.
    async fn compare(&self) {
        for workload in [Workload::Q1, Workload::Q2, Workload::Q3] {
            for key in self.keys.of(workload).iter().take(50) {
                let mut first: Option<(&str, serde_json::Value)> = None;
                for contender in self.contenders.iter().filter(|contender| contender.answers(workload) && contender.is_true()) {
                    let mut client = Client::connect(&contender.server.address).await;
                    let answer = same::plain(client.ask(&contender.request(workload, key)).await);
                    match &first {
                        None => first = Some((contender.name, answer)),
                        Some((name, wanted)) => {
                            let difference = same::difference(wanted, &answer);
                            assert!(
                                difference.is_none(),
                                "{} {key:?}: {name} and {} differ at {}",
                                workload.name(),
                                contender.name,
                                difference.unwrap_or_default()
                            );
                        }
                    }
                }
            }
        }
    }

    async fn measure(&mut self, workload: Workload) -> Vec<Row> {
        let keys = self.keys.of(workload);
        let asked: Vec<usize> = (0..self.contenders.len()).filter(|&at| self.contenders[at].answers(workload)).collect();
        let requests: Vec<Rc<Vec<Vec<u8>>>> = asked
            .iter()
            .map(|&at| Rc::new(keys.iter().map(|key| self.contenders[at].request(workload, key)).collect()))
            .collect();
        let mut rounds: Vec<[Vec<Figures>; 2]> = asked.iter().map(|_| [Vec::new(), Vec::new()]).collect();
        for (requests, &at) in requests.iter().zip(&asked) {
            self.put(workload, at, requests, CONNECTIONS[0], self.options.warm).await;
        }
        for _ in 0..self.options.rounds {
            for (kind, connections) in CONNECTIONS.into_iter().enumerate() {
                for (place, &at) in asked.iter().enumerate() {
                    let figures = self.put(workload, at, &requests[place], connections, self.options.seconds).await;
                    rounds[place][kind].push(figures);
                }
            }
        }
        asked
            .iter()
            .zip(rounds)
            .map(|(&at, rounds)| (self.contenders[at].name, rounds.map(|rounds| Figures::median(&rounds))))
            .collect()
    }

    async fn put(
        &mut self,
        workload: Workload,
        at: usize,
        requests: &Rc<Vec<Vec<u8>>>,
        connections: usize,
        seconds: f64,
    ) -> Figures {
        let mut requests = Rc::clone(requests);
        let mut until = Until::Elapsed(Duration::from_secs_f64(seconds));
        if workload == Workload::M1 {
            self.data.reopen(&self.keys).await;
            until = Until::Exhausted;
            if connections == 1 {
                requests = Rc::new(requests[..ALONE].to_vec());
            }
        }
        let server = &self.contenders[at].server;
        let (used, backends) = (server.cpu(), self.data.backends().await);
        let load = load::put(&server.address, &requests, connections, until).await;
        let used = server.cpu() - used;
        let database = self.data.backends().await.since(&backends);
        Figures::of(&load, used, database, server.resident())
    }
}
