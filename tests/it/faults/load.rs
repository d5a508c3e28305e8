//! Clients that change things, insist until they are told that it is done, and write down what they were told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::ledger::{Entry, Then};

/// Refusals that are announced, each with what a client does about it: try again.
const ANNOUNCED: [&str; 3] = ["UNAVAILABLE", "OVERLOADED", "TIMEOUT"];

/// What the clients were told.
#[derive(Debug, Default)]
pub struct Told {
    pub entries: Vec<Entry>,
    /// Announced refusals, by their code.
    pub refused: BTreeMap<String, usize>,
    /// Requests without an answer.
    pub unanswered: usize,
    /// Answers that are none of the announced.
    pub wrong: Vec<String>,
    /// Microseconds of requests that were answered as wanted.
    pub latencies: Vec<u32>,
}

/// Clients at work.
pub struct Load {
    ending: Arc<AtomicBool>,
    told: Arc<Mutex<Told>>,
    tasks: JoinSet<()>,
}

/// Where and as whom they work.
#[derive(Clone)]
pub struct Where {
    pub addresses: Vec<String>,
    pub token: String,
    /// The result that actions are added to.
    pub result: String,
    /// Whether they report heartbeats too, by the clock of this process.
    pub beats: bool,
}

impl Where {
    /// Asks for a result.
    pub async fn of(addresses: &[&str], token: &str) -> Self {
        let body = json!({ "query": "{ weeks(first: 1) { nodes { results(first: 1) { nodes { id } } } } }" });
        let url = format!("http://{}/graphql", addresses[0]);
        let answer = crate::support::http().post(url).bearer_auth(token).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let result =
            answer["data"]["weeks"]["nodes"][0]["results"]["nodes"][0]["id"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let addresses = addresses.iter().map(|address| format!("http://{address}/graphql")).collect();
        Self { addresses, token: token.to_owned(), result: result.to_owned(), beats: true }
    }
}

impl Load {
    /// Starts so many clients, each with names of its own.
    pub fn start(place: &Where, name: &str, clients: usize) -> Self {
        let (ending, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Told::default())));
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let client = Worker {
                http: rpm_api::tls::http_client().timeout(Duration::from_secs(20)).build().unwrap(),
                place: place.clone(),
                name: format!("{name}-{number}"),
                turn: number,
                ending: Arc::clone(&ending),
                told: Arc::clone(&told),
            };
            tasks.spawn(client.work());
        }
        Self { ending, told, tasks }
    }

    /// How many changes have been acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.told.lock().unwrap().entries.iter().map(|entry| usize::from(entry.is_created) + usize::from(entry.is_done)).sum()
    }

    /// How many announced refusals there were.
    pub fn refused(&self) -> usize {
        self.told.lock().unwrap().refused.values().sum()
    }

    /// Whether something was answered that should not have been: no need to go on.
    pub fn is_failing(&self) -> bool {
        !self.told.lock().unwrap().wrong.is_empty()
    }

    /// Waits until so many more changes have been acknowledged.
    pub async fn goes_on(&self, more: usize) {
        let wanted = self.acknowledged() + more;
        super::rig::until("the clients get on", async || self.acknowledged() >= wanted).await;
    }

    /// Ends it; what the clients were told.
    pub async fn finish(self) -> Told {
        self.ending.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

struct Worker {
    http: Client,
    place: Where,
    name: String,
    turn: usize,
    ending: Arc<AtomicBool>,
    told: Arc<Mutex<Told>>,
}

const CREATE: &str = "mutation($input: CreateActionInput!) { createAction(input: $input) { action { code status } } }";
const COMPLETE: &str = "mutation($input: CompleteActionInput!) { completeAction(input: $input) { action { code status } } }";
const BLOCK: &str = "mutation($input: BlockActionInput!) { blockAction(input: $input) { action { code status } } }";
const BEAT: &str = "mutation($input: RecordHeartbeatInput!) { recordHeartbeat(input: $input) { agent { name } } }";
const READ: &str = "query($code: String!) { action(code: $code) { status } }";

impl Worker {
    async fn work(mut self) {
        let mut number = 0;
        while !self.is_over() {
            number += 1;
            let code = format!("{}-{number}", self.name);
            let then = match number % 3 {
                0 if self.place.beats => Then::Beat(format!("{code} went wrong")),
                1 => Then::Complete(format!("{}.25", number % 90)),
                _ => Then::Block(format!("{code} waits")),
            };
            // Written down before it is asked for: it may be done although nobody says so.
            let at = self.note(Entry { code: code.clone(), then: then.clone(), is_created: false, is_done: false });
            let new = json!({ "resultId": self.place.result, "code": code, "text": format!("the work of {code}"), "funnelStage": "TOP" });
            if !self.insist(CREATE, json!({ "input": new })).await {
                return;
            }
            self.told.lock().unwrap().entries[at].is_created = true;
            let (document, input, status) = match &then {
                Then::Complete(hours) => (COMPLETE, json!({ "code": code, "actualHours": hours }), "COMPLETED"),
                Then::Block(reason) => (BLOCK, json!({ "code": code, "blockerDescription": reason }), "BLOCKED"),
                Then::Beat(error) => {
                    let at = chrono::Utc::now();
                    (BEAT, json!({ "agent": self.name, "status": "ERROR", "error": error, "reportedAt": at }), "PENDING")
                }
            };
            if !self.insist(document, json!({ "input": input })).await {
                return;
            }
            self.told.lock().unwrap().entries[at].is_done = true;
            self.look(&code, status).await;
        }
    }

    fn is_over(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    fn note(&self, entry: Entry) -> usize {
        let mut told = self.told.lock().unwrap();
        told.entries.push(entry);
        told.entries.len() - 1
    }

    /// Asks again until it is done; false when it is over before that.
    async fn insist(&mut self, document: &str, variables: Value) -> bool {
        while !self.is_over() {
            if self.ask(document, &variables).await.is_some() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// Who was told that something is done sees it, whichever server is asked.
    async fn look(&mut self, code: &str, wanted: &str) {
        let Some(data) = self.ask(READ, &json!({ "code": code })).await else { return };
        if data["action"]["status"] != wanted && self.place.addresses.len() == 1 {
            self.wrong(format!("{code} is {} when it had been acknowledged as {wanted}", data["action"]["status"]));
        }
    }

    fn wrong(&self, what: String) {
        self.told.lock().unwrap().wrong.push(what);
    }

    /// The data of a good answer; an announced refusal is counted, anything else is wrong.
    async fn ask(&mut self, document: &str, variables: &Value) -> Option<Value> {
        self.turn += 1;
        let address = &self.place.addresses[self.turn % self.place.addresses.len()];
        let body = json!({ "query": document, "variables": variables });
        let sent = std::time::Instant::now();
        let answer = async {
            let answer = self.http.post(address).bearer_auth(&self.place.token).json(&body).send().await.ok()?;
            let (status, retry_after) = (answer.status().as_u16(), answer.headers().contains_key(RETRY_AFTER));
            Some((status, retry_after, answer.text().await.ok()?))
        };
        let Some((status, retry_after, text)) = answer.await else {
            self.told.lock().unwrap().unanswered += 1;
            return None;
        };
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(error) = answer["errors"].get(0) else {
            if status == 200 && answer["data"].is_object() {
                self.told.lock().unwrap().latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                return Some(answer["data"].clone());
            }
            self.wrong(format!("{status}: {text}"));
            return None;
        };
        let code = error["extensions"]["code"].as_str().unwrap_or_default();
        // One that took too long may be tried at once, or never.
        let says_when = retry_after || code == "TIMEOUT";
        if ANNOUNCED.contains(&code) && status == 503 && says_when {
            *self.told.lock().unwrap().refused.entry(code.to_owned()).or_default() += 1;
        } else {
            self.wrong(format!("{status}: {text}"));
        }
        None
    }
}
