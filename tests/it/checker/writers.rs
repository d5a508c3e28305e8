//! Those who change things, and do not mind when it fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::scene::{Ending, Scene};
use crate::support::{fixture, http, rpm_api};

/// Who changes things through the servers, at once.
const MEMBERS: u64 = 3;

/// Writers at work.
pub struct Writers {
    ending: Ending,
    tasks: JoinSet<usize>,
}

impl Writers {
    /// Ends them; how many changes succeeded.
    pub async fn stop(self) -> usize {
        self.ending.store(true, Ordering::Relaxed);
        self.tasks.join_all().await.into_iter().sum()
    }
}

pub async fn start(scene: &Scene, seed: u32) -> Writers {
    let ending = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let codes = codes(scene).await;
    for number in 0..MEMBERS {
        let random = StdRng::seed_from_u64(u64::from(seed) + number + 1);
        tasks.spawn(member(random, scene.addresses(), scene.token.clone(), codes.clone(), Arc::clone(&ending)));
    }
    tasks.spawn(document(scene.url.clone(), Arc::clone(&ending)));
    Writers { ending, tasks }
}

async fn codes(scene: &Scene) -> Vec<String> {
    let body = json!({ "query": "{ actions(first: 100) { nodes { code } } }" });
    let answer = http().post(&scene.addresses()[0]).bearer_auth(&scene.token).json(&body).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["data"]["actions"]["nodes"].as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect()
}

/// Works on random actions through either server.
async fn member(mut random: StdRng, addresses: Vec<String>, token: String, codes: Vec<String>, ending: Ending) -> usize {
    let http = rpm_api::tls::http_client().timeout(Duration::from_secs(5)).build().unwrap();
    let mut succeeded = 0;
    while !ending.load(Ordering::Relaxed) {
        let code = codes.choose(&mut random).unwrap();
        let number: u32 = random.random();
        let change = match random.random_range(0..9) {
            0 => format!("startAction(input: {{ code: \"{code}\" }}) {{ action {{ id }} }}"),
            1 | 2 => {
                format!("blockAction(input: {{ code: \"{code}\", blockerDescription: \"{number}\" }}) {{ action {{ id }} }}")
            }
            3 => format!("unblockAction(input: {{ code: \"{code}\" }}) {{ action {{ id }} }}"),
            4 => format!("completeAction(input: {{ code: \"{code}\" }}) {{ action {{ id }} }}"),
            5 => format!("reopenAction(input: {{ code: \"{code}\" }}) {{ action {{ id }} }}"),
            6 => format!("cancelAction(input: {{ code: \"{code}\", reason: \"{number}\" }}) {{ action {{ id }} }}"),
            7 => {
                let owner = ["Artifacts", "QA", "Jesse"].choose(&mut random).unwrap();
                format!("reassignAction(input: {{ code: \"{code}\", owner: \"{owner}\" }}) {{ action {{ id }} }}")
            }
            _ => format!("recordHeartbeat(input: {{ agent: \"QA\", status: ERROR, error: \"{number}\" }}) {{ agent {{ id }} }}"),
        };
        let address = addresses.choose(&mut random).unwrap();
        let body = json!({ "query": format!("mutation {{ {change} }}") });
        // Whether it was done although its answer got lost is for the log to say.
        let done = async {
            let answer = http.post(address).bearer_auth(&token).json(&body).send().await.ok()?;
            let answer: Value = answer.json().await.ok()?;
            answer.get("errors").is_none().then_some(())
        };
        succeeded += usize::from(done.await.is_some());
        tokio::time::sleep(Duration::from_millis(random.random_range(5..80))).await;
    }
    succeeded
}

/// Reads a document again and again that says something else each time.
async fn document(url: String, ending: Ending) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let source = fixture("plans/RPM-WEEKLY-PLAN-Mar2-Mar15-2026-HARBOR.md");
    let path = folder.path().join(source.file_name().unwrap());
    let text = std::fs::read_to_string(source).unwrap();
    let mut succeeded = 0;
    while !ending.load(Ordering::Relaxed) {
        std::fs::write(&path, format!("{text}\n\nRound {succeeded}.\n")).unwrap();
        let mut command = rpm_api();
        command.env("DATABASE_URL", &url).arg("ingest").arg(&path);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        succeeded += usize::from(output.status.success());
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    succeeded
}
