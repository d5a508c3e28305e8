//! Many clients at once for a while: the cockpit's questions with some changes between them, while many follow what changes. What the
//! slowest of them wait for, what is refused, and whether memory grows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::process;
use crate::queries::data::Data;
use crate::queries::load::Client;
use crate::queries::workload::{Key, Workload};
use crate::report::quantile;
use crate::stage::{self, Database, Stage, Way};
use crate::subscribers::{Graphql, Plan, Subscribers, local};

const QUESTIONS: &str = include_str!("queries/documents/rpm-api.graphql");

/// A change that can be made again and again; each leaves an event.
const CHANGE: &str = "mutation Change($code: String!, $reason: String!) {
  blockAction(input: { code: $code, blockerDescription: $reason }) { action { code status blockerDescription } } }";

/// Their name in the figures.
const CHANGED: &str = "change";

/// Stands in a change where each has a number of its own, of as many digits: what is blocked for the same reason is as it was, and
/// leaves no event.
const SERIAL: &str = "0000000000";

/// What is watched: the row as of the event beside it.
const WATCHED: &str = "subscription Watch($after: Cursor) { events(after: $after) { __typename id cursor type occurredAt actor
    ... on ActionBlockedEvent { action { code status blockerDescription } } } }";

/// The owner's bar for the questions, in milliseconds.
const BAR: [(f64, f64); 2] = [(0.95, 100.0), (0.99, 200.0)];

/// Into how many parts the time is cut to see whether memory grows.
const PARTS: u32 = 6;

/// What is run.
#[derive(Args)]
pub(crate) struct Options {
    /// Clients who ask at once.
    #[arg(long, default_value_t = 100)]
    clients: usize,
    /// Followers of the log, each with a socket of its own.
    #[arg(long, default_value_t = 1_000)]
    subscribers: usize,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// How many of a hundred requests change something.
    #[arg(long, default_value_t = 10)]
    changes: usize,
    /// How often each client asks: the time from one request to the next, in milliseconds. With 0 each asks as soon as it is answered.
    #[arg(long, default_value_t = 250)]
    every: u64,
    /// Each answer is to be made anew.
    #[arg(long)]
    fresh: bool,
    /// The server's binary; the one beside this one where absent.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// What came of the requests of one kind.
#[derive(Default)]
struct Kind {
    /// Microseconds.
    latencies: Vec<u32>,
    /// Other answers than good ones, by their status.
    refused: BTreeMap<u16, usize>,
}

type Kinds = Rc<RefCell<BTreeMap<&'static str, Kind>>>;

pub(crate) async fn run(options: &Options) {
    let database = Database::start().await;
    let binary = stage::binary(options.server.as_deref());
    let stage = Stage::set(&binary, &database, Way::default());
    let mut data = Data::load(&database, 1).await;
    let keys = data.keys().await;
    let open = "{ actions(filter: { status: [PENDING, IN_PROGRESS, BLOCKED] }, first: 100) { nodes { code } } }";
    let open = stage.ask(open).await["actions"]["nodes"].as_array().unwrap().clone();
    let mut requests = Vec::new();
    let request = |workload: &'static str, body: Value| (workload, wire(&stage, options.fresh, &body));
    for number in 0..1_000 {
        let workload = [Workload::Q1, Workload::Q2, Workload::Q3, Workload::Q2, Workload::Q3][number % 5];
        let asked = keys.of(workload);
        // Out of step with the kinds, so that all of them come in turn; the changes spread evenly.
        if (number + 1) * options.changes / 100 > number * options.changes / 100 {
            let variables = json!({ "code": open[number / 7 % open.len()]["code"], "reason": format!("Asked again {SERIAL}") });
            requests.push(request(CHANGED, json!({ "query": CHANGE, "variables": variables })));
        } else {
            let key = &asked[number % asked.len()];
            let body = json!({ "query": workload.operation(QUESTIONS), "variables": variables(key) });
            requests.push(request(workload.name(), body));
        }
    }
    let begin = format!(
        "mutation {{ blockAction(input: {{ code: {}, blockerDescription: \"All follow\" }}) {{ action {{ code }} }} }}",
        open[0]["code"]
    );
    local(measure(options, &stage, &begin, Rc::new(requests))).await;
}

fn variables(key: &Key) -> Value {
    match key {
        Key::Week(id) => json!({ "id": id }),
        Key::Status(status, owner) => json!({ "status": status.to_uppercase(), "owner": owner }),
        Key::Action(code) => json!({ "code": code }),
    }
}

/// A request as it goes over the wire.
fn wire(stage: &Stage, fresh: bool, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let caching = if fresh { "cache-control: no-cache\r\n" } else { "" };
    format!(
        "POST /graphql HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\naccept: application/json\r\n\
         {caching}content-length: {}\r\n\r\n{body}",
        stage.server.address,
        stage.token,
        body.len()
    )
    .into_bytes()
}

async fn measure(options: &Options, stage: &Stage, begin: &str, requests: Rc<Vec<(&'static str, Vec<u8>)>>) {
    let after = stage.ask("{ eventCursor }").await["eventCursor"].as_str().unwrap().to_owned();
    let graphql = Graphql { token: stage.token.clone(), query: WATCHED.to_owned(), after, per_socket: 1 };
    let plan = Plan { address: stage.server.address.clone(), sockets: options.subscribers, graphql: Some(graphql) };
    let subscribers = Subscribers::open(&plan).await;
    stage.ask(begin).await;
    let begun = subscribers.deliveries(options.subscribers, Duration::from_secs(30)).await;
    assert!(begun, "not everybody has begun to follow");

    let kinds: Kinds = Rc::default();
    let (start, cpu, client) = (Instant::now(), stage.server.cpu(), process::cpu(0));
    let until = start + Duration::from_secs_f64(options.seconds);
    let mut tasks = JoinSet::new();
    for number in 0..options.clients {
        let client = Client::connect(&stage.server.address).await;
        tasks.spawn_local(ask(client, number, options.clients, options.every, until, Rc::clone(&requests), Rc::clone(&kinds)));
    }
    let mut resident = Vec::new();
    for part in 1..=PARTS {
        sleep_until(start + Duration::from_secs_f64(options.seconds) * part / PARTS).await;
        resident.push(stage.server.resident() as f64 / f64::from(1 << 20));
    }
    tasks.join_all().await;
    let lasted = start.elapsed().as_secs_f64();
    let (cpu, client) = (stage.server.cpu() - cpu, process::cpu(0) - client);
    let changes = kinds.borrow().get(CHANGED).map_or(0, |kind| kind.latencies.len());
    // The one by which all began, too.
    let expected = options.subscribers * (changes + 1);
    subscribers.deliveries(expected, Duration::from_secs(30)).await;
    sleep(Duration::from_millis(200)).await;

    let share = |used: Duration| used.as_secs_f64() / lasted * 100.0;
    println!(
        "\n### {} clients for {lasted:.0} s, one request every {} ms each, {} % changes, {} followers\n\n\
         | | requests | a second | p50 ms | p95 ms | p99 ms | slowest ms | not answered well |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |",
        options.clients, options.every, options.changes, options.subscribers
    );
    let mut questions = Kind::default();
    for (name, kind) in kinds.borrow().iter() {
        println!("{}", row(name, kind, lasted));
        if *name != CHANGED {
            questions.latencies.extend(&kind.latencies);
            for (status, count) in &kind.refused {
                *questions.refused.entry(*status).or_default() += count;
            }
        }
    }
    println!("{}", row("questions", &questions, lasted));
    questions.latencies.sort_unstable();
    let verdicts = BAR.map(|(share, most)| {
        let found = quantile(&questions.latencies, share);
        let verdict = if found < most { "met" } else { "missed" };
        format!("p{:.0} {found:.1} ms of {most:.0} ms: {verdict}", share * 100.0)
    });
    println!("\nThe bar for the questions: {}.", verdicts.join("; "));
    let tally = subscribers.tally.borrow();
    let mut latencies = tally.latencies[options.subscribers..].to_vec();
    latencies.sort_unstable();
    println!(
        "Followers: {} of {} deliveries, p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, {} sockets lost.",
        tally.latencies.len(),
        expected,
        quantile(&latencies, 0.5),
        quantile(&latencies, 0.95),
        quantile(&latencies, 0.99),
        tally.lost
    );
    let resident: Vec<String> = resident.iter().map(|mebibytes| format!("{mebibytes:.0}")).collect();
    println!("The server's resident MiB over time: {}.", resident.join(", "));
    println!("Of a core: the server {:.0} %, the clients {:.0} %.", share(cpu), share(client));
}

/// One client: asks by its clock, and counts from the moment at which it wanted to ask.
async fn ask(
    mut client: Client,
    number: usize,
    clients: usize,
    every: u64,
    until: Instant,
    requests: Rc<Vec<(&'static str, Vec<u8>)>>,
    kinds: Kinds,
) {
    let every = Duration::from_millis(every);
    // Each somewhere else in the list, and at another moment.
    let mut turn = number * requests.len() / clients;
    let mut wanted = Instant::now() + every.mul_f64(number as f64 / clients as f64);
    loop {
        if every.is_zero() {
            wanted = Instant::now();
        } else {
            sleep_until(wanted).await;
        }
        if wanted >= until {
            return;
        }
        let (name, request) = &requests[turn % requests.len()];
        turn += 1;
        let mut numbered = Vec::new();
        if let Some(at) = memchr::memmem::find(request, SERIAL.as_bytes()).filter(|_| *name == CHANGED) {
            numbered.clone_from(request);
            let serial = format!("{:010}", number * 1_000_000 + turn);
            numbered[at..at + SERIAL.len()].copy_from_slice(serial.as_bytes());
        }
        let (status, is_good) = client.send(if numbered.is_empty() { request } else { &numbered }).await;
        let took = u32::try_from(wanted.elapsed().as_micros()).unwrap_or(u32::MAX);
        wanted += every;
        let mut kinds = kinds.borrow_mut();
        let kind = kinds.entry(name).or_default();
        if is_good {
            kind.latencies.push(took);
        } else {
            *kind.refused.entry(status).or_default() += 1;
        }
    }
}

fn row(name: &str, kind: &Kind, lasted: f64) -> String {
    let mut sorted = kind.latencies.clone();
    sorted.sort_unstable();
    let [p50, p95, p99, slowest] = [0.5, 0.95, 0.99, 1.0].map(|share| quantile(&sorted, share));
    let refused: Vec<String> = kind.refused.iter().map(|(status, count)| format!("{count} × {status}")).collect();
    let refused = if refused.is_empty() { "none".to_owned() } else { refused.join(", ") };
    format!(
        "| {name} | {} | {:.0} | {p50:.1} | {p95:.1} | {p99:.1} | {slowest:.1} | {refused} |",
        sorted.len(),
        sorted.len() as f64 / lasted
    )
}
