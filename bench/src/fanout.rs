//! One event every 200 ms to many subscribers: what it costs, beside a bare broadcast of the same bytes.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use clap::Args;
use tokio::time::{Instant, interval, sleep};

use crate::process::{self, Server};
use crate::report::{self, Figures};
use crate::stage::{self, Database, Stage, Way};
use crate::subscribers::{self, Graphql, MOMENT, OCCURRED_AT, Plan, Subscribers};

const DOCUMENT: &str = "subscription Watch($after: Cursor) { events(after: $after) { __typename id cursor type occurredAt actor detail \
    ... on AgentStatusChangedEvent { agent { name status healthScore currentAction { code status } } } } }";

/// Longest time without a delivery before the rest counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long nothing happens, to see what that costs.
const IDLE: Duration = Duration::from_secs(10);

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Subscribers; 1,000 and 10,000, each with a socket of its own, and 10,000 on 1,000 sockets where absent.
    #[arg(long)]
    subscribers: Option<usize>,
    /// Subscriptions on one socket.
    #[arg(long, default_value_t = 1, requires = "subscribers")]
    per_socket: usize,
    /// Events, one every 200 ms.
    #[arg(long, default_value_t = 100)]
    events: usize,
    /// Rounds, the server and the floor in turn.
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// The server's binary; the one beside this one where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

pub(crate) async fn run(options: &Options) {
    let cases = match options.subscribers {
        Some(subscribers) => vec![(subscribers, options.per_socket)],
        None => vec![(1_000, 1), (10_000, 1), (10_000, 10)],
    };
    let binary = stage::binary(options.server.as_deref());
    for (subscribers, per_socket) in cases {
        let sockets = subscribers / per_socket;
        let possible = usize::try_from(process::file_limit()).unwrap_or(usize::MAX) - 500;
        assert!(sockets <= possible, "{sockets} sockets are more than the file limit allows ({possible}); see `ulimit -n`");
        println!("\n### {subscribers} subscribers on {sockets} sockets, {} events\n\n{}", options.events, report::HEAD);
        let (mut ours, mut floors, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..options.rounds {
            let (figures, sample) = subscribers::local(measure_server(options, &binary, sockets, per_socket)).await;
            println!("{}", figures.row());
            ours.push(figures);
            bytes = sample.len();
            let figures = subscribers::local(measure_floor(options, sample, sockets)).await;
            println!("{}", figures.row());
            floors.push(figures);
        }
        println!("\nA message has {bytes} bytes.");
        let (ours, floor) = (report::median(&ours), report::median(&floors));
        if per_socket == 1 {
            println!("\n{}", report::ratios(&ours, &floor));
        } else {
            println!(
                "\nThe floor has one message a socket and event, not {per_socket}: compare the CPU per delivery with its other cases."
            );
        }
    }
}

/// A round with the server under test, and one of its messages.
async fn measure_server(options: &Options, binary: &std::path::Path, sockets: usize, per_socket: usize) -> (Figures, Vec<u8>) {
    let database = Database::start().await;
    let mut stage = Stage::set(binary, &database, Way::default());
    stage.publish().await;
    let after = stage.ask("{ eventCursor }").await["eventCursor"].as_str().unwrap().to_owned();
    let graphql = Graphql { token: stage.token.clone(), query: DOCUMENT.to_owned(), after, per_socket };
    let plan = Plan { address: stage.server.address.clone(), sockets, graphql: Some(graphql) };
    let before = stage.server.resident();
    let subscribers = Subscribers::open(&plan).await;
    let count = sockets * per_socket;
    // Everybody has begun when everybody has this one.
    stage.publish().await;
    assert!(subscribers.deliveries(count, PATIENCE).await, "not everybody has begun");
    let mut run = Run::begin(&subscribers, count * options.events);
    let memory = (stage.server.resident() - before) as f64 / count as f64 / 1024.0;

    sleep(Duration::from_secs(2)).await;
    let (cpu, statements) = (stage.server.cpu(), stage.statements().await);
    sleep(IDLE).await;
    let idle = (stage.server.cpu() - cpu, stage.statements().await - statements);

    run.start(&stage.server);
    let mut ticks = interval(Duration::from_millis(200));
    for _ in 0..options.events {
        ticks.tick().await;
        stage.publish().await;
    }
    let figures = run.end(&stage.server, "rpm-api", memory, idle).await;
    let sample = subscribers.tally.borrow().sample.clone();
    (figures, sample)
}

/// A round with the bare broadcast of a message.
async fn measure_floor(options: &Options, mut sample: Vec<u8>, sockets: usize) -> Figures {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.arg("floor");
    let server = Server::start(command);
    let http = stage::http_client();
    let url = format!("http://{}/publish", server.address);
    let at = sample.windows(OCCURRED_AT.len()).position(|window| window == OCCURRED_AT).unwrap() + OCCURRED_AT.len();
    let mut publish = async || {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        sample[at..at + MOMENT].copy_from_slice(now.as_bytes());
        http.post(&url).body(sample.clone()).send().await.unwrap();
    };
    publish().await;
    let plan = Plan { address: server.address.clone(), sockets, graphql: None };
    let before = server.resident();
    let subscribers = Subscribers::open(&plan).await;
    publish().await;
    assert!(subscribers.deliveries(sockets, PATIENCE).await, "not everybody has begun");
    let mut run = Run::begin(&subscribers, sockets * options.events);
    let memory = (server.resident() - before) as f64 / sockets as f64 / 1024.0;

    sleep(Duration::from_secs(2)).await;
    let cpu = server.cpu();
    sleep(IDLE).await;
    let idle = (server.cpu() - cpu, 0);

    run.start(&server);
    let mut ticks = interval(Duration::from_millis(200));
    for _ in 0..options.events {
        ticks.tick().await;
        publish().await;
    }
    run.end(&server, "bare broadcast", memory, idle).await
}

/// A round while events come.
struct Run<'a> {
    subscribers: &'a Subscribers,
    before: usize,
    expected: usize,
    cpu: Duration,
    client: Duration,
    began: Instant,
}

impl<'a> Run<'a> {
    fn begin(subscribers: &'a Subscribers, expected: usize) -> Self {
        let before = subscribers.tally.borrow().latencies.len();
        Self { subscribers, before, expected, cpu: Duration::ZERO, client: Duration::ZERO, began: Instant::now() }
    }

    fn start(&mut self, server: &Server) {
        self.cpu = server.cpu();
        self.client = process::cpu(0);
        self.began = Instant::now();
    }

    async fn end(self, server: &Server, what: &'static str, memory: f64, idle: (Duration, u64)) -> Figures {
        self.subscribers.deliveries(self.before + self.expected, PATIENCE).await;
        let client = (process::cpu(0) - self.client).as_secs_f64() / self.began.elapsed().as_secs_f64();
        let cpu = server.cpu() - self.cpu;
        let tally = self.subscribers.tally.borrow();
        assert_eq!(tally.lost, 0, "sockets that ended");
        let mut latencies = tally.latencies[self.before..].to_vec();
        latencies.sort_unstable();
        Figures {
            what,
            delivered: latencies.len(),
            expected: self.expected,
            p50: report::quantile(&latencies, 0.50),
            p99: report::quantile(&latencies, 0.99),
            slowest: report::quantile(&latencies, 1.0),
            cpu: cpu.as_secs_f64() * 1e6 / latencies.len() as f64,
            memory,
            idle_cpu: report::milliseconds(idle.0) / IDLE.as_secs_f64(),
            idle_statements: idle.1,
            client,
        }
    }
}
