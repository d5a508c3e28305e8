//! Cloud Storage on a bad line: passing failures are got over, lasting ones are told at once, damage is never taken.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use rpm_api::lake::{Created, LakeError, Source};

use super::{content, contents, name, noise, put, source};
use crate::support::CloudStorage;
use crate::support::line::Disturbance::{DamageAnswer, DamageRequest, LoseAnswer, Meanwhile, Refuse};

const UPLOADS: &str = "/upload/storage/v1/b/acme-lake/";
const OBJECTS: &str = "/storage/v1/b/acme-lake/o";

#[tokio::test]
async fn passing_failures_are_got_over() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    cloud.disturb(Method::GET, OBJECTS, Refuse(StatusCode::SERVICE_UNAVAILABLE), 2);
    cloud.disturb(Method::POST, UPLOADS, Refuse(StatusCode::TOO_MANY_REQUESTS), 1);
    cloud.disturb(Method::POST, UPLOADS, Refuse(StatusCode::INTERNAL_SERVER_ERROR), 1);
    assert_eq!(put(&*lake, "a", "one").await.created, Created::Created);
    cloud.disturb(Method::GET, "alt=media", Refuse(StatusCode::BAD_GATEWAY), 1);
    assert_eq!(lake.read(&name("a"), 100).await.unwrap(), "one");
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_version() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    put(&*lake, "a", "one").await;
    cloud.disturb(Method::POST, UPLOADS, LoseAnswer(StatusCode::GATEWAY_TIMEOUT), 1);
    put(&*lake, "a", "two").await;
    assert_eq!(contents(&*lake, &name("a")).await, [b"one", b"two"]);
}

#[tokio::test]
async fn a_large_upload_that_breaks_off_gets_through() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    let whole = noise(2, 17_000_000);
    cloud.disturb(Method::POST, UPLOADS, Refuse(StatusCode::SERVICE_UNAVAILABLE), 1);
    cloud.disturb(Method::PUT, UPLOADS, Refuse(StatusCode::SERVICE_UNAVAILABLE), 1);
    lake.put(&name("large"), source(whole.clone()), "audio/mpeg").await.unwrap();
    assert!(content(&*lake, &name("large"), None).await == whole, "the contents differ");
}

#[tokio::test]
async fn lasting_failures_are_told_at_once() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    put(&*lake, "a", "one").await;
    let asked = async |method: Method, fragment: &str| {
        cloud.disturb(method, fragment, Refuse(StatusCode::FORBIDDEN), usize::MAX);
        let before = cloud.seen().len();
        let error = lake.put(&name("a"), source("two"), "text/plain").await.unwrap_err();
        assert!(matches!(error, LakeError::Denied(_)) && !error.is_transient(), "{error:?}");
        cloud.seen().len() - before
    };
    assert_eq!(asked(Method::POST, UPLOADS).await, 2, "one look and one upload");
    assert_eq!(asked(Method::GET, OBJECTS).await, 1, "one look");

    let elsewhere = cloud.lake("no-such-bucket").await;
    let error = elsewhere.put(&name("a"), source("one"), "text/plain").await.unwrap_err();
    assert!(matches!(error, LakeError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn damage_on_the_way_in_is_not_taken_for_the_content() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    cloud.disturb(Method::PUT, UPLOADS, DamageRequest, 1);
    let error = lake.put(&name("large"), source(noise(3, 17_000_000)), "audio/mpeg").await.unwrap_err();
    assert!(matches!(error, LakeError::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn damage_on_the_way_out_ends_the_stream_in_an_error() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    put(&*lake, "a", "one").await;
    cloud.disturb(Method::GET, "alt=media", DamageAnswer, 1);
    let error = lake.read(&name("a"), 100).await.unwrap_err();
    assert!(matches!(error, LakeError::Corrupt { .. }), "{error:?}");
    assert_eq!(lake.read(&name("a"), 100).await.unwrap(), "one");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_refused() {
    let cloud = CloudStorage::start().await;
    let lake = cloud.new_lake().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    for changed in ["other", "more of it", ""] {
        std::fs::write(&file, "first").unwrap();
        let change = {
            let file = file.clone();
            Meanwhile(Arc::new(move || std::fs::write(&file, changed).unwrap()))
        };
        // When the lake looks for what is there, the hash is taken.
        cloud.disturb(Method::GET, OBJECTS, change, 1);
        let error = lake.put(&name(&format!("a/{changed}x")), Source::File(file.clone()), "text/plain").await.unwrap_err();
        assert!(matches!(error, LakeError::Corrupt { .. }), "{error:?}");
    }
}
