//! A lake and a warehouse that refuse or hang: callers are told so in time, then at once, and both are found again.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use super::rig::until;
use crate::support::line::Disturbance::{Hang, Refuse};
use crate::support::line::{Line, Mend};
use crate::support::postgres::ADMIN;
use crate::support::{Server, TestDatabase};

/// Nobody is at its other end: what a test does not answer itself is a bad gateway.
async fn line() -> std::sync::Arc<Line> {
    Line::to("http://127.0.0.1:1".to_owned(), Mend::NOTHING).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_that_does_not_answer_is_left_alone_for_a_while() {
    for does in [Hang, Refuse(StatusCode::SERVICE_UNAVAILABLE)] {
        let line = line().await;
        let database = TestDatabase::new().await;
        let song =
            "INSERT INTO suno_songs (song_id, title, cloud_storage_path, status) VALUES ('s-1', 'x', 'songs/a.mp3', 'released')";
        database.connection().await.execute(song).await.unwrap();
        let flags = ["--lake", "gs://test-lake", "--lake-endpoint", &line.own, "--link-patience", "1"];
        let server = Server::with(database, &[&flags[..], &["--breaker-failures", "2", "--breaker-rest", "2"]].concat());
        let token = server.token(ADMIN);
        let ask = async || server.ask(&token, "{ song(songId: \"s-1\") { title downloadUrl } }", json!({})).await;
        line.disturb(Method::GET, "", does, usize::MAX);
        for _ in 0..2 {
            let begun = Instant::now();
            let answer = ask().await;
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
            assert_eq!((answer.status, answer.code()), (200, "UNAVAILABLE"), "{:#}", answer.body);
            assert_eq!(answer.body["data"]["song"], json!({ "title": "x", "downloadUrl": null }), "the rest is there");
        }
        let seen = line.seen().len();
        assert!(seen >= 2);
        assert_eq!(server.metric("rpm_breaker_open").await, 1.0);
        assert_eq!(ask().await.code(), "UNAVAILABLE");
        assert_eq!(line.seen().len(), seen, "it is not asked while it is left alone");
        // Back, without that file.
        line.calm();
        line.disturb(Method::GET, "", Refuse(StatusCode::NOT_FOUND), usize::MAX);
        until("the lake is asked again", async || ask().await.body.get("errors").is_none()).await;
        assert_eq!(server.metric("rpm_breaker_open").await, 0.0);
        line.close();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warehouse_that_does_not_answer_is_left_alone_for_a_while() {
    for does in [Hang, Refuse(StatusCode::SERVICE_UNAVAILABLE)] {
        let line = line().await;
        for method in [Method::GET, Method::POST] {
            line.disturb(method, "", does.clone(), usize::MAX);
        }
        let mut flags = vec!["--warehouse", "bigquery://acme/rpm", "--warehouse-endpoint", &line.own, "--warehouse-timeout", "1"];
        flags.extend(["--warehouse-patience", "1", "--analytics-patience", "1", "--answer-cache", "0"]);
        flags.extend(["--breaker-failures", "2", "--breaker-rest", "600"]);
        let server = Server::with(TestDatabase::new().await, &flags);
        let token = server.token(ADMIN);
        // The export has failed for itself meanwhile, or will: whoever comes first.
        let mut holder = server.database.connection().await;
        let mut held = holder.begin().await.unwrap();
        held.execute("LOCK TABLE rpm_weekly_plans IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let ask = async || {
            let begun = Instant::now();
            let answer = server.ask(&token, "{ completionTrends(weeks: 4) { startDate } }", json!({})).await;
            assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"), "{:#}", answer.body);
            assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        };
        // One that is not left alone is asked each time. What was let through before may be tried again for a second.
        until("it is left alone", async || {
            let seen = line.seen().len();
            ask().await;
            server.metric("rpm_breaker_open").await == 1.0 && line.seen().len() == seen
        })
        .await;
        assert!(server.metric("rpm_breaker_refused_total").await >= 1.0);
        held.rollback().await.unwrap();
        let answer: Value = server.ask(&token, "{ completionTrends(weeks: 4) { startDate } }", json!({})).await.data();
        assert_eq!(answer["completionTrends"], json!([]));
        line.close();
    }
}
