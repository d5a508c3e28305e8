//! A warehouse that refuses, hangs or is away: tried again, then told; and nobody else notices.

use std::time::Instant;

use axum::http::StatusCode;
use reqwest::Method;
use serde_json::json;

use super::{House, TABLE, said};
use crate::support::Server;
use crate::support::TestDatabase;
use crate::support::line::Disturbance::{Hang, LoseAnswer, Refuse};
use crate::support::postgres::ADMIN;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_is_waited_for() {
    let house = House::new().await;
    let line = &house.bigquery.line;
    line.disturb(Method::POST, "queries", Refuse(StatusCode::SERVICE_UNAVAILABLE), 2);
    line.disturb(Method::POST, "queries", LoseAnswer(StatusCode::BAD_GATEWAY), 1);
    let before = line.seen().len();
    assert_eq!(house.export(&["--table", TABLE])["days_written"], 5);
    assert_eq!(line.seen().len() - before, 4);
    house.export(&[]);
    house.is_up_to_date().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_pass_is_told_in_time() {
    let house = House::new().await;
    let impatient = || {
        let mut command = house.command("export");
        command.args(["--warehouse-patience", "1", "--warehouse-timeout", "1"]);
        command
    };
    for does in [Refuse(StatusCode::SERVICE_UNAVAILABLE), Hang] {
        house.bigquery.line.disturb(Method::POST, "queries", does, 1000);
        let begun = Instant::now();
        let output = impatient().output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("rpm-api: the warehouse does not answer: "), "{output:?}");
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
        house.bigquery.line.calm();
    }
    house.bigquery.line.close();
    let output =
        house.command("export").args(["--warehouse-patience", "1"]).env("RPM_WAREHOUSE_ENDPOINT", "http://127.0.0.1:1").output();
    assert!(said(&output.unwrap()).contains("the warehouse does not answer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_while_the_warehouse_does_not_and_the_export_comes_after() {
    let house = House::new().await;
    house.bigquery.line.disturb(Method::POST, "queries", Hang, 1000);
    let mut flags = vec!["--export-every", "1", "--warehouse-timeout", "1", "--warehouse-patience", "1", "--timezone", "UTC"];
    let (address, endpoint) = (house.bigquery.warehouse(), house.bigquery.endpoint().to_owned());
    flags.extend(["--warehouse", &address, "--warehouse-endpoint", &endpoint]);
    let mut failing = house.database.connection().await;
    let server = Server::with(TestDatabase { url: house.database.url.clone() }, &flags);
    let token = server.token(ADMIN);
    // Ten answers, of which none waits for what hangs.
    let begun = Instant::now();
    while !house.bigquery.line.seen().iter().any(|request| request.contains("queries")) {
        server.ask(&token, "{ actions(first: 1) { totalCount } }", json!({})).await;
    }
    for _ in 0..10 {
        let answer = server.ask(&token, "{ actions(first: 1) { totalCount } }", json!({})).await;
        assert_eq!(answer.data()["actions"]["totalCount"], 8);
    }
    assert!(begun.elapsed().as_secs() < 10);
    house.bigquery.line.calm();
    // The clock of the job, until it has been through all tables.
    let done = "SELECT count(*) FROM warehouse_looks";
    while sqlx::query_scalar::<_, i64>(done).fetch_one(&mut failing).await.unwrap() < 7 {
        tokio::task::yield_now().await;
    }
    drop(server);
    house.execute("UPDATE job_leases SET held_until = now() - interval '1 second'").await;
    house.is_up_to_date().await;
}
